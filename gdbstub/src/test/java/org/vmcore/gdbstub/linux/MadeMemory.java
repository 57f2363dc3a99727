package org.vmcore.gdbstub.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/** A kernel's memory, written at the addresses that a real one had things at. */
public final class MadeMemory {
  private final long base;
  private final int word;
  private final ByteBuffer image;

  private MadeMemory(long base, int word, int length) {
    this.base = base;
    this.word = word;
    this.image = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Little-endian memory.
   *
   * @param word bytes of a pointer
   */
  public static MadeMemory at(long base, int length, int word) {
    return new MadeMemory(base, word, length);
  }

  public MadeMemory word(long address, long value) {
    if (word == Long.BYTES) {
      image.putLong(offset(address), value);
    } else {
      image.putInt(offset(address), (int) value);
    }
    return this;
  }

  public MadeMemory int32(long address, int value) {
    image.putInt(offset(address), value);
    return this;
  }

  public MadeMemory int64(long address, long value) {
    image.putLong(offset(address), value);
    return this;
  }

  /** With its NUL. */
  public MadeMemory text(long address, String text) {
    return bytes(address, (text + "\0").getBytes(StandardCharsets.ISO_8859_1));
  }

  public MadeMemory hex(long address, String digits) {
    return bytes(address, HexFormat.of().parseHex(digits));
  }

  /**
   * An {@code Elf64_Sym} (elf(5)) as the kernel keeps those of modules, with the letter of the type
   * where files have binding and type (add_kallsyms() in Linux kernel/module).
   *
   * @param name offset of the name in the table of strings
   */
  public MadeMemory symbol(long at, int name, char type, int section, long value, long size) {
    return int32(at, name)
        .int32(at + 4, type | section << 16)
        .int64(at + 8, value)
        .int64(at + 16, size);
  }

  public MadeMemory bytes(long address, byte[] bytes) {
    image.put(offset(address), bytes);
    return this;
  }

  private int offset(long address) {
    return Math.toIntExact(address - base);
  }

  public KernelMemory memory() {
    return LinearKernel.memory(base, image.order(), word, image.array());
  }
}
