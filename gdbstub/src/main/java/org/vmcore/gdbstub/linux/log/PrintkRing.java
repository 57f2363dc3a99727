package org.vmcore.gdbstub.linux.log;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * {@code struct printk_ringbuffer} (Linux kernel/printk/printk_ringbuffer.h):
 *
 * <pre>
 *   prb -> desc_ring: descs[1 << count_bits]   state and where the text is
 *                     infos[1 << count_bits]   number, time, level, ... of the same index
 *          text_data_ring: data[1 << size_bits], of blocks: an unsigned long, then the text
 * </pre>
 *
 * Descriptors are numbered on and on; the number's low bits are the index. Text positions count on
 * and on, too. A block that does not fit before the end of the data begins there all the same, but
 * its text is at the data's start.
 */
final class PrintkRing {
  /** As log_buf_len= is at most 2 GiB, which has a descriptor per 32 bytes (PRB_AVGBITS). */
  private static final int MAX_SIZE_BITS = 31;

  private static final int MAX_COUNT_BITS = MAX_SIZE_BITS - 5;

  /** Descriptors lost to holes in the dump until it is no use to go on. */
  private static final int MAX_LOST = 1 << 16;

  /** The two bits above a descriptor's number in state_var: enum desc_state. */
  private static final int COMMITTED = 1;

  private static final int FINALIZED = 2;

  /** The lowest bit of a position that is none: FAILED_LPOS, NO_LPOS, EMPTY_LINE_LPOS. */
  private static final int NO_POSITION = 1;

  private static final int LEVEL_BITS = 3;
  private static final int FLAG_BITS = 5;

  private final KernelMemory memory;
  private final int word;
  private final int descSize;
  private final int stateAt;
  private final int beginAt;
  private final int nextAt;
  private final int infoSize;
  private final int sequenceAt;
  private final int timeAt;
  private final int lengthAt;
  private final int callerAt;
  private final Optional<DeviceInfo> device;
  private final int countBits;
  private final int sizeBits;
  private final long head;
  private final long tail;
  private final LogWindow descs;
  private final LogWindow infos;
  private final LogWindow texts;

  /** Where {@code struct dev_printk_info} has its two texts in a {@code struct printk_info}. */
  private record DeviceInfo(int subsystemAt, int subsystemBytes, int deviceAt, int deviceBytes) {
    static Optional<DeviceInfo> of(LogLayout layout) throws MissingFactException {
      if (!layout.hasMember("printk_info.dev_info") || !layout.hasStructure("dev_printk_info")) {
        return Optional.empty();
      }
      int size = layout.size("dev_printk_info");
      int start = layout.offset("printk_info.dev_info", size);
      int subsystem = layout.offset("dev_printk_info.subsystem", 1);
      int device = layout.offset("dev_printk_info.device", 1);
      return subsystem < device
          ? Optional.of(
              new DeviceInfo(start + subsystem, device - subsystem, start + device, size - device))
          : Optional.empty();
    }

    List<String> read(ByteBuffer info) {
      String subsystem = text(info, subsystemAt, subsystemBytes);
      String device = text(info, deviceAt, deviceBytes);
      List<String> told = new ArrayList<>();
      if (!subsystem.isEmpty()) {
        told.add("SUBSYSTEM=" + subsystem);
      }
      if (!device.isEmpty()) {
        told.add("DEVICE=" + device);
      }
      return told;
    }

    private static String text(ByteBuffer info, int at, int length) {
      StringBuilder text = new StringBuilder();
      for (int i = at; i < at + length && info.get(i) != 0; i++) {
        text.append((char) (info.get(i) & 0xff));
      }
      return text.toString();
    }
  }

  private final List<LogRecord> records = new ArrayList<>();
  private long textBytes;
  private int lost;

  PrintkRing(KernelMemory memory, LogLayout layout) throws MissingFactException {
    this.memory = memory;
    this.word = memory.wordBytes();
    descSize = layout.size("prb_desc");
    stateAt = layout.offset("prb_desc.state_var", word);
    int block = layout.offset("prb_desc.text_blk_lpos", layout.size("prb_data_blk_lpos"));
    beginAt = block + layout.offset("prb_data_blk_lpos.begin", word);
    nextAt = block + layout.offset("prb_data_blk_lpos.next", word);
    infoSize = layout.size("printk_info");
    sequenceAt = layout.offset("printk_info.seq", Long.BYTES);
    timeAt = layout.offset("printk_info.ts_nsec", Long.BYTES);
    // Behind the length, and not told by themselves: u8 facility; u8 flags:5, level:3.
    lengthAt = layout.offset("printk_info.text_len", Short.BYTES + 2);
    callerAt = layout.offset("printk_info.caller_id", Integer.BYTES);
    device = DeviceInfo.of(layout);

    int size = layout.size("printk_ringbuffer");
    ByteBuffer ring =
        memory
            .bytes(layout.word("prb"), size)
            .orElseThrow(() -> new MissingFactException("the log's head is not in the dump"));
    int desc = layout.offset("printk_ringbuffer.desc_ring", layout.size("prb_desc_ring"));
    int data = layout.offset("printk_ringbuffer.text_data_ring", layout.size("prb_data_ring"));
    countBits =
        bits(ring.getInt(desc + layout.offset("prb_desc_ring.count_bits", 4)), MAX_COUNT_BITS);
    sizeBits = bits(ring.getInt(data + layout.offset("prb_data_ring.size_bits", 4)), MAX_SIZE_BITS);
    head = memory.word(ring, desc + layout.offset("prb_desc_ring.head_id", word));
    tail = memory.word(ring, desc + layout.offset("prb_desc_ring.tail_id", word));
    descs = window(ring, desc + layout.offset("prb_desc_ring.descs", word), descSize, countBits);
    infos = window(ring, desc + layout.offset("prb_desc_ring.infos", word), infoSize, countBits);
    texts = window(ring, data + layout.offset("prb_data_ring.data", word), 1, sizeBits);
  }

  private static int bits(int value, int max) throws MissingFactException {
    if (value < 1 || value > max) {
      throw new MissingFactException("the log's head is damaged: a ring of 2^" + value);
    }
    return value;
  }

  private LogWindow window(ByteBuffer ring, int pointerAt, int elementSize, int bits) {
    return new LogWindow(memory, memory.word(ring, pointerAt), (long) elementSize << bits);
  }

  KernelLog read() {
    long count = Math.min(((head - tail) & idMask()) + 1, 1L << countBits);
    for (long i = 0; i < count && lost < MAX_LOST && textBytes <= 1L << sizeBits; i++) {
      read((tail + i) & idMask());
    }
    boolean all = lost < MAX_LOST && textBytes <= 1L << sizeBits;
    String problem = lost + (all ? "" : " or more") + " messages cannot be read";
    return new KernelLog(records, lost == 0 && all ? Optional.empty() : Optional.of(problem));
  }

  private long idMask() {
    return (1L << (word * Byte.SIZE - 2)) - 1;
  }

  private void read(long id) {
    long index = id & ((1L << countBits) - 1);
    Optional<ByteBuffer> desc = descs.bytes(index * descSize, descSize);
    Optional<ByteBuffer> info = infos.bytes(index * infoSize, infoSize);
    if (desc.isEmpty() || info.isEmpty()) {
      lost++;
      return;
    }
    long stateWord = memory.word(desc.get(), stateAt);
    long state = stateWord >>> (word * Byte.SIZE - 2);
    if ((stateWord & idMask()) != id || (state != COMMITTED && state != FINALIZED)) {
      return; // Being written when the machine died, or already given up for a newer one.
    }
    Optional<String> text =
        text(
            memory.word(desc.get(), beginAt),
            memory.word(desc.get(), nextAt),
            Short.toUnsignedInt(info.get().getShort(lengthAt)));
    if (text.isEmpty()) {
      lost++;
      return;
    }
    textBytes += text.get().length();
    int facility = Byte.toUnsignedInt(info.get().get(lengthAt + Short.BYTES));
    int level = level(info.get().get(lengthAt + Short.BYTES + 1), memory.byteOrder());
    records.add(
        new LogRecord(
            OptionalLong.of(info.get().getLong(sequenceAt)),
            OptionalLong.of(info.get().getLong(timeAt)),
            OptionalInt.of(level),
            OptionalInt.of(facility),
            Optional.of(LogRecord.caller(info.get().getInt(callerAt))),
            device.map(one -> one.read(info.get())).orElse(List.of()),
            text.get()));
  }

  /** Of {@code u8 flags:5, level:3}, which compilers lay out from the byte order's own end. */
  static int level(byte bits, ByteOrder order) {
    int value = Byte.toUnsignedInt(bits);
    return order == ByteOrder.LITTLE_ENDIAN ? value >> FLAG_BITS : value & ((1 << LEVEL_BITS) - 1);
  }

  /** The other part of it: enum printk_info_flags, before 5.10 enum log_flags. */
  static int flags(byte bits, ByteOrder order) {
    int value = Byte.toUnsignedInt(bits);
    return order == ByteOrder.LITTLE_ENDIAN ? value & ((1 << FLAG_BITS) - 1) : value >> LEVEL_BITS;
  }

  /** Empty when it cannot be read; a message without a text is an empty line. */
  private Optional<String> text(long begin, long next, int wanted) {
    if ((begin & next & NO_POSITION) != 0) {
      return Optional.of("");
    }
    long mask = (1L << sizeBits) - 1;
    long at = begin & mask;
    long length = memory.truncate(next - begin);
    if (begin >>> sizeBits != memory.truncate(next - 1) >>> sizeBits) {
      at = 0;
      length = next & mask;
    }
    long available = length - word;
    if (available < 0) {
      return Optional.empty();
    }
    int count = (int) Math.min(wanted, available);
    return texts.bytes(at + word, count).map(bytes -> ISO_8859_1.decode(bytes).toString());
  }
}
