package org.vmcore.gdbstub.demo;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One section of the demo's kernel while it is filled: bytes, symbols, pointers to be relocated.
 */
final class ImageSection {
  private final String name;
  private final Kind kind;
  private final long address;
  private final List<ImageSymbol> symbols = new ArrayList<>();
  private final List<Pointer> pointers = new ArrayList<>();
  private byte[] contents = new byte[0];

  /** What a section holds. The letter is the one that nm shows for its global symbols. */
  enum Kind {
    CODE('T'),
    READ_ONLY('R'),
    NOTES('R'),
    DATA('D'),
    /** Zero-based: KASLR does not move its symbols. */
    PER_CPU('A'),
    /** Zero until the kernel runs, and not in vmlinux. */
    ZERO('B');

    private final char letter;

    Kind(char letter) {
      this.letter = letter;
    }

    char letter() {
      return letter;
    }
  }

  /**
   * A symbol with its link-time address.
   *
   * @param size bytes, or 0 for a mere mark
   */
  record ImageSymbol(String name, long address, int size, boolean global, Kind section) {
    boolean isCode() {
      return section == Kind.CODE && size > 0;
    }

    /** The letter that nm shows. */
    char letter() {
      return global ? section.letter() : Character.toLowerCase(section.letter());
    }
  }

  /**
   * Eight bytes that hold an address of the image, and move with it.
   *
   * @param offset from the start of the section
   */
  record Pointer(int offset, String target) {}

  ImageSection(String name, Kind kind, long address) {
    this.name = name;
    this.kind = kind;
    this.address = address;
  }

  ImageSection align(int alignment) {
    int rest = contents.length % alignment;
    if (rest != 0) {
      append(new byte[alignment - rest]);
    }
    return this;
  }

  /** A symbol without a size, such as {@code _etext}. */
  ImageSection mark(String symbol) {
    symbols.add(new ImageSymbol(symbol, end(), 0, true, kind));
    return this;
  }

  ImageSection define(String symbol, byte[] value) {
    return define(symbol, value, true);
  }

  ImageSection define(String symbol, byte[] value, boolean global) {
    symbols.add(new ImageSymbol(symbol, end(), value.length, global, kind));
    return append(value);
  }

  /** An 8-byte aligned variable of {@code size} zero bytes. */
  ImageSection reserve(String symbol, int size) {
    return align(Long.BYTES).define(symbol, new byte[size]);
  }

  /** An 8-byte aligned table of addresses; an empty target is a null pointer. */
  ImageSection definePointers(String symbol, String... targets) {
    align(Long.BYTES);
    for (int i = 0; i < targets.length; i++) {
      if (!targets[i].isEmpty()) {
        pointers.add(new Pointer(contents.length + i * Long.BYTES, targets[i]));
      }
    }
    return define(symbol, new byte[targets.length * Long.BYTES]);
  }

  ImageSection append(byte[] bytes) {
    int start = contents.length;
    contents = Arrays.copyOf(contents, start + bytes.length);
    System.arraycopy(bytes, 0, contents, start, bytes.length);
    return this;
  }

  String name() {
    return name;
  }

  Kind kind() {
    return kind;
  }

  /** Link-time address of the first byte. */
  long address() {
    return address;
  }

  /** Link-time address past the last byte. */
  long end() {
    return address + contents.length;
  }

  /** The bytes themselves, which the linker fills in. */
  byte[] contents() {
    return contents;
  }

  List<ImageSymbol> symbols() {
    return symbols;
  }

  List<Pointer> pointers() {
    return pointers;
  }
}
