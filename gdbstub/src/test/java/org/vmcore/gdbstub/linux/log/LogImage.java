package org.vmcore.gdbstub.linux.log;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.linux.LinearKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/** A kernel's memory with a log in it, written by hand. */
final class LogImage {
  static final int SIZE = 1 << 16;

  private final long base;
  private final int word;
  private final ByteBuffer image = ByteBuffer.allocate(SIZE);
  private final StringBuilder vmcoreinfo = new StringBuilder("OSRELEASE=test\n");

  LogImage(ByteOrder order, int word) {
    this.word = word;
    base = word == 8 ? 0xffffffff81000000L : 0xc1000000L;
    image.order(order);
  }

  /** A line of VMCOREINFO. */
  LogImage tells(String line) {
    vmcoreinfo.append(line).append('\n');
    return this;
  }

  /** A symbol at an offset of the image. */
  LogImage symbol(String name, int at) {
    return tells("SYMBOL(%s)=%x".formatted(name, base + at));
  }

  LogImage int32(int at, int value) {
    image.putInt(at, value);
    return this;
  }

  LogImage int64(int at, long value) {
    image.putLong(at, value);
    return this;
  }

  LogImage int16(int at, int value) {
    image.putShort(at, (short) value);
    return this;
  }

  LogImage int8(int at, int value) {
    image.put(at, (byte) value);
    return this;
  }

  LogImage word(int at, long value) {
    return word == 8 ? int64(at, value) : int32(at, (int) value);
  }

  /** A pointer to an offset of the image. */
  LogImage pointer(int at, int target) {
    return word(at, base + target);
  }

  LogImage text(int at, String text) {
    image.put(at, text.getBytes(ISO_8859_1));
    return this;
  }

  /**
   * The first of the bits of {@code u8 flags:5, level:3} is the lowest, or on s390x the highest.
   */
  LogImage level(int at, int flags, int level) {
    return int8(
        at, image.order() == ByteOrder.LITTLE_ENDIAN ? level << 5 | flags : flags << 3 | level);
  }

  KernelMemory memory() {
    return LinearKernel.memory(base, image.order(), word, image.array());
  }

  KernelLog read() throws Exception {
    return KernelLog.read(memory(), Vmcoreinfo.parse(vmcoreinfo.toString().getBytes(ISO_8859_1)));
  }
}
