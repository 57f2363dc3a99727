package org.vmcore.gdbstub.linux.pstore;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.LongFunction;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * The calls of functions in a record of ftrace: {@code struct pstore_ftrace_record} as kernels of
 * 64 bits have it, with the CPU in the lowest byte of the time (Linux include/linux/pstore.h,
 * TS_CPU_SHIFT).
 */
public final class FunctionTrace {
  private static final int RECORD = 24;
  private static final int CPU_BITS = 8;
  private static final long CPU_MASK = 0xff;

  private final KernelMemory memory;
  private final ByteBuffer content;

  /**
   * @param content of a record
   */
  public FunctionTrace(KernelMemory memory, byte[] content) {
    this.memory = memory;
    this.content = ByteBuffer.wrap(content.clone()).order(memory.byteOrder());
  }

  /**
   * A line for each call, as the record's file has them (fs/pstore/inode.c,
   * pstore_ftrace_seq_show()); nothing of machines of 32 bits, whose form depends on how their
   * kernel was configured.
   *
   * @param names what addresses are in, with the offset
   */
  public String text(LongFunction<Optional<String>> names) {
    StringBuilder text = new StringBuilder();
    // What is cut off is the oldest.
    int at = content.limit() % RECORD;
    for (; memory.wordBytes() == Long.BYTES && at < content.limit(); at += RECORD) {
      long function = content.getLong(at);
      long caller = content.getLong(at + Long.BYTES);
      long time = content.getLong(at + 2 * Long.BYTES);
      text.append(
          "CPU:%d ts:%d %08x  %08x  %s <- %s\n"
              .formatted(
                  time & CPU_MASK,
                  time >>> CPU_BITS,
                  function,
                  caller,
                  names.apply(function).map(name -> name.replaceFirst("\\+.*", "")).orElse("?"),
                  names.apply(caller).orElse("?")));
    }
    return text.toString();
  }
}
