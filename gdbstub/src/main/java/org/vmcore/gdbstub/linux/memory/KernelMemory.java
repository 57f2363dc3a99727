package org.vmcore.gdbstub.linux.memory;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.arch.paging.VirtualMemory;

/**
 * The kernel's memory as C types of the machine that crashed. What cannot be read is empty.
 *
 * @param wordBytes size of a pointer and of {@code unsigned long}, 4 or 8
 */
public record KernelMemory(VirtualMemory memory, ByteOrder byteOrder, int wordBytes) {

  /**
   * {@code length} bytes, or empty when not all of them can be read.
   *
   * @param virtualAddress a sum of addresses may be wider than the machine's
   */
  public Optional<ByteBuffer> bytes(long virtualAddress, int length) {
    byte[] bytes = new byte[length];
    return memory.read(truncate(virtualAddress), bytes, 0, length).isComplete()
        ? Optional.of(ByteBuffer.wrap(bytes).order(byteOrder))
        : Optional.empty();
  }

  /** An {@code int}. */
  public OptionalInt int32(long virtualAddress) {
    return bytes(virtualAddress, Integer.BYTES)
        .map(buffer -> OptionalInt.of(buffer.getInt()))
        .orElse(OptionalInt.empty());
  }

  /** A pointer or {@code unsigned long}, zero-extended. */
  public OptionalLong word(long virtualAddress) {
    return bytes(virtualAddress, wordBytes)
        .map(buffer -> OptionalLong.of(nextWord(buffer)))
        .orElse(OptionalLong.empty());
  }

  /** The bytes from an address on up to the first that cannot be read, at most {@code length}. */
  public byte[] upTo(long virtualAddress, int length) {
    byte[] bytes = new byte[length];
    int got = memory.read(truncate(virtualAddress), bytes, 0, length).length();
    return got == length ? bytes : Arrays.copyOf(bytes, got);
  }

  /** Says what will be read soon, of a dump for which few and large pieces are better than many. */
  public void willRead(long virtualAddress, long length) {
    memory.willRead(truncate(virtualAddress), length);
  }

  /** A NUL-terminated text, of at most {@code length} bytes; as much of it as can be read. */
  public String text(long virtualAddress, int length) {
    byte[] bytes = upTo(virtualAddress, length);
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, ISO_8859_1);
  }

  /** A sum of addresses as the machine's own arithmetic has it. */
  public long truncate(long virtualAddress) {
    return wordBytes == Long.BYTES ? virtualAddress : virtualAddress & 0xffff_ffffL;
  }

  /** The pointer or {@code unsigned long} at an offset in {@code buffer}, zero-extended. */
  public long word(ByteBuffer buffer, int offset) {
    return wordBytes == Long.BYTES
        ? buffer.getLong(offset)
        : Integer.toUnsignedLong(buffer.getInt(offset));
  }

  /** The next pointer or {@code unsigned long} of what {@link #bytes} returned, zero-extended. */
  public long nextWord(ByteBuffer buffer) {
    return wordBytes == Long.BYTES ? buffer.getLong() : Integer.toUnsignedLong(buffer.getInt());
  }
}
