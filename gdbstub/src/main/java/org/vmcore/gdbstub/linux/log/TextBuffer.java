package org.vmcore.gdbstub.linux.log;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * Text alone in {@code log_buf}: lines with their priority, {@code <4>}, and with
 * CONFIG_PRINTK_TIME the time, {@code [ 1.234567] } (Linux kernel/printk.c before 3.5). {@code
 * log_end} counts all bytes ever written; the buffer's size is a power of two.
 */
final class TextBuffer {
  /** As CONFIG_LOG_BUF_SHIFT was at most 21 and log_buf_len= asked for little more. */
  private static final long MAX_SIZE = 1 << 26;

  private static final Pattern LINE =
      Pattern.compile("(?:<(\\d{1,3})>)?(?:\\[ *(\\d{1,9})\\.(\\d{6})\\] )?(.*)", Pattern.DOTALL);

  private static final int LEVEL_BITS = 3;
  private static final long NANOS_PER_SECOND = 1_000_000_000;
  private static final long NANOS_PER_MICRO = 1000;

  private final KernelMemory memory;
  private final long buffer;
  private final long size;
  private final long end;

  TextBuffer(KernelMemory memory, LogLayout layout) throws MissingFactException {
    this.memory = memory;
    buffer = layout.word("log_buf");
    size = layout.int32("log_buf_len");
    end = layout.int32("log_end");
    if (size > MAX_SIZE || Long.bitCount(size) != 1) {
      throw new MissingFactException("the log's head is damaged: a buffer of " + size + " bytes");
    }
  }

  KernelLog read() {
    int newest = (int) (end & (size - 1));
    int older = end > size ? (int) size - newest : 0;
    byte[] first = memory.upTo(buffer + newest, older);
    byte[] second = memory.upTo(buffer, end == size ? (int) size : newest);
    String text = new String(first, ISO_8859_1) + new String(second, ISO_8859_1);
    List<LogRecord> records = new ArrayList<>();
    for (String line : text.split("\n", 0)) {
      records.add(record(line));
    }
    boolean all = first.length + second.length == Math.min(end, size);
    return new KernelLog(
        records, all ? Optional.empty() : Optional.of("a part of it is not in the dump"));
  }

  private static LogRecord record(String line) {
    Matcher parts = LINE.matcher(line);
    if (!parts.matches()) {
      throw new AssertionError(line);
    }
    OptionalInt level = OptionalInt.empty();
    OptionalInt facility = OptionalInt.empty();
    if (parts.group(1) != null) {
      int priority = Integer.parseInt(parts.group(1));
      level = OptionalInt.of(priority & ((1 << LEVEL_BITS) - 1));
      facility = OptionalInt.of(priority >> LEVEL_BITS);
    }
    OptionalLong time = OptionalLong.empty();
    if (parts.group(2) != null) {
      time =
          OptionalLong.of(
              Long.parseLong(parts.group(2)) * NANOS_PER_SECOND
                  + Long.parseLong(parts.group(3)) * NANOS_PER_MICRO);
    }
    return new LogRecord(
        OptionalLong.empty(), time, level, facility, Optional.empty(), parts.group(4));
  }
}
