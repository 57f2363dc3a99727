package org.vmcore.gdbstub.linux.log;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * Records of a head, a text and a dictionary in {@code log_buf}, from {@code log_first_idx} to
 * {@code log_next_idx} (Linux kernel/printk/printk.c before 5.10). A length of 0 means that the
 * next record is at the buffer's start. The head is {@code struct printk_log}, before 3.11 {@code
 * struct log} (commit 62e32ac3505a, "printk: rename struct log to struct printk_log").
 *
 * <p>Until 4.8 a line that came in pieces could be stored in as many records; all but the last have
 * LOG_CONT and no LOG_NEWLINE, and the kernel showed them as one line (msg_print_text()).
 */
final class RecordBuffer {
  /** enum log_flags. */
  private static final int NEWLINE = 2;

  private static final int PREFIX = 4;
  private static final int CONTINUED = 8;

  private static final int LEVEL_BITS = 3;

  private final KernelMemory memory;
  private final int headSize;
  private final int timeAt;
  private final int lengthAt;
  private final int textLengthAt;
  private final int dictionaryLengthAt;
  private final OptionalInt callerAt;
  private final OptionalInt priorityAt;
  private final long size;
  private final long first;
  private final long next;
  private final LogWindow buffer;

  RecordBuffer(KernelMemory memory, LogLayout layout) throws MissingFactException {
    this.memory = memory;
    String head = layout.hasStructure("printk_log") ? "printk_log" : "log";
    headSize = layout.size(head);
    timeAt = layout.offset(head + ".ts_nsec", Long.BYTES);
    lengthAt = layout.offset(head + ".len", Short.BYTES);
    textLengthAt = layout.offset(head + ".text_len", Short.BYTES);
    // Behind this one, and not told by themselves: u8 facility; u8 flags:5, level:3; or, in 3.5,
    // u16 level, which is both the facility and the level.
    dictionaryLengthAt = layout.offset(head + ".dict_len", Short.BYTES + 2);
    callerAt =
        layout.hasMember(head + ".caller_id")
            ? OptionalInt.of(layout.offset(head + ".caller_id", Integer.BYTES))
            : OptionalInt.empty();
    priorityAt =
        layout.hasMember(head + ".level")
            ? OptionalInt.of(layout.offset(head + ".level", Short.BYTES))
            : OptionalInt.empty();
    size = layout.int32("log_buf_len");
    first = layout.int32("log_first_idx");
    next = layout.int32("log_next_idx");
    buffer = new LogWindow(memory, layout.word("log_buf"), size);
  }

  KernelLog read() {
    List<LogRecord> records = new ArrayList<>();
    long at = first;
    boolean wrapped = false;
    int before = NEWLINE;
    // What is passed by is less than the whole buffer, so that a damaged one comes to an end.
    while (at != next) {
      Optional<ByteBuffer> head = buffer.bytes(at, headSize);
      if (head.isEmpty()) {
        return broken(records, at);
      }
      int length = Short.toUnsignedInt(head.get().getShort(lengthAt));
      int textLength = Short.toUnsignedInt(head.get().getShort(textLengthAt));
      if (length == 0 && !wrapped) {
        wrapped = true;
        at = 0;
        continue;
      }
      Optional<LogRecord> record = record(head.get(), at, textLength);
      if (length < headSize + textLength || record.isEmpty() || (wrapped && at > first)) {
        return broken(records, at);
      }
      int flags = flags(head.get());
      if (continues(before, flags) && !records.isEmpty()) {
        records.add(records.remove(records.size() - 1).followedBy(record.get().text()));
      } else {
        records.add(record.get());
      }
      before = flags;
      at += length;
    }
    return new KernelLog(records, Optional.empty());
  }

  private static boolean continues(int before, int flags) {
    return (before & (CONTINUED | NEWLINE)) == CONTINUED
        && ((flags & CONTINUED) != 0 || (flags & PREFIX) == 0);
  }

  private int flags(ByteBuffer head) {
    return priorityAt.isPresent()
        ? NEWLINE
        : PrintkRing.flags(head.get(dictionaryLengthAt + Short.BYTES + 1), memory.byteOrder());
  }

  private Optional<LogRecord> record(ByteBuffer head, long at, int textLength) {
    long time = head.getLong(timeAt);
    int facility;
    int level;
    if (priorityAt.isPresent()) {
      int priority = Short.toUnsignedInt(head.getShort(priorityAt.getAsInt()));
      facility = priority >> LEVEL_BITS;
      level = priority & ((1 << LEVEL_BITS) - 1);
    } else {
      facility = Byte.toUnsignedInt(head.get(dictionaryLengthAt + Short.BYTES));
      level = PrintkRing.level(head.get(dictionaryLengthAt + Short.BYTES + 1), memory.byteOrder());
    }
    Optional<String> caller =
        callerAt.isPresent()
            ? Optional.of(LogRecord.caller(head.getInt(callerAt.getAsInt())))
            : Optional.empty();
    return buffer
        .bytes(at + headSize, textLength)
        .map(
            text ->
                new LogRecord(
                    OptionalLong.empty(),
                    OptionalLong.of(time),
                    OptionalInt.of(level),
                    OptionalInt.of(facility),
                    caller,
                    device(head, at + headSize + textLength),
                    ISO_8859_1.decode(text).toString()));
  }

  /** The dictionary behind the text, strings with NUL between them. */
  private List<String> device(ByteBuffer head, long at) {
    int length = Short.toUnsignedInt(head.getShort(dictionaryLengthAt));
    return buffer
        .bytes(at, length)
        .map(bytes -> ISO_8859_1.decode(bytes).toString())
        .filter(text -> !text.isEmpty())
        .map(text -> List.of(text.split("\0")))
        .orElse(List.of());
  }

  private static KernelLog broken(List<LogRecord> records, long at) {
    String problem = "the record at %d of the buffer cannot be read".formatted(at);
    return new KernelLog(records, Optional.of(problem));
  }
}
