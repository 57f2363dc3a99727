package org.vmcore.gdbstub.linux;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.SymbolTable;

/**
 * The build id that a kernel carries in its own memory, for those whose VMCOREINFO does not tell it
 * (BUILD-ID since 5.9, commit 0935288c6e00, "kdump: append kernel build-id string to VMCOREINFO").
 * It is among the notes between two symbols (Linux include/asm-generic/vmlinux.lds.h, NOTES).
 *
 * <pre>
 *   note: namesz u32, descsz u32, type u32, name, descriptor; both padded to 4 bytes
 * </pre>
 */
public final class KernelBuildId {
  private static final String START = "__start_notes";
  private static final String STOP = "__stop_notes";

  /** A kernel has a handful of notes, of some hundred bytes. */
  private static final long MOST = 1 << 16;

  private static final int HEADER = 12;
  private static final int NT_GNU_BUILD_ID = 3;

  /** "GNU" and its NUL, in either byte order. */
  private static final byte[] GNU = {'G', 'N', 'U', 0};

  private KernelBuildId() {}

  /**
   * The symbols that {@link #read} needs.
   *
   * @param symbols run-time addresses
   */
  private static Optional<ByteBuffer> notes(KernelMemory memory, SymbolTable symbols) {
    Map<String, Long> found = symbols.find(Set.of(START, STOP));
    Long start = found.get(START);
    Long stop = found.get(STOP);
    if (start == null || stop == null || stop - start < HEADER || stop - start > MOST) {
      return Optional.empty();
    }
    return memory.bytes(start, (int) (stop - start));
  }

  /**
   * Whether there is memory in the dump where the symbols say that the notes are; what is there may
   * be something else.
   */
  public static boolean isReadable(KernelMemory memory, SymbolTable symbols) {
    return notes(memory, symbols).isPresent();
  }

  /**
   * The build id in lower-case hexadecimal.
   *
   * @param symbols run-time addresses
   */
  public static Optional<String> read(KernelMemory memory, SymbolTable symbols) {
    return notes(memory, symbols).flatMap(KernelBuildId::find);
  }

  private static Optional<String> find(ByteBuffer notes) {
    while (notes.remaining() > HEADER) {
      long nameSize = Integer.toUnsignedLong(notes.getInt());
      long size = Integer.toUnsignedLong(notes.getInt());
      int type = notes.getInt();
      if (align(nameSize) + align(size) > notes.remaining()) {
        return Optional.empty();
      }
      byte[] name = new byte[(int) align(nameSize)];
      byte[] descriptor = new byte[(int) size];
      notes.get(name).get(descriptor);
      if (type == NT_GNU_BUILD_ID && size > 0 && Arrays.equals(name, GNU)) {
        return Optional.of(HexFormat.of().formatHex(descriptor));
      }
      notes.position(notes.position() + (int) (align(size) - size));
    }
    return Optional.empty();
  }

  private static long align(long size) {
    return (size + 3) & ~3L;
  }
}
