package org.vmcore.gdbstub.linux.trace;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * A CPU's part of one of ftrace's buffers: {@code struct ring_buffer_per_cpu} (Linux
 * kernel/trace/ring_buffer.c), a ring of pages and one that belongs to the reader.
 *
 * <pre>
 *   pages   next of a page's list_head leads to the next; its lowest bits mark the page that the
 *           reader takes next (RB_PAGE_HEAD) and one that is about to be it (RB_PAGE_UPDATE)
 *   page    struct buffer_data_page: u64 time_stamp, local_t commit (bytes of data), data
 *   data    events: u32 type_len:5, time_delta:27; then what type_len says
 * </pre>
 */
public final class TraceBuffer {
  /** More pages of one CPU than any has; buffer_size_kb would be 4 TiB. */
  private static final int MAX_PAGES = 1 << 30;

  /** RB_PAGE_HEAD and RB_PAGE_UPDATE. */
  private static final long FLAGS = 3;

  private static final long HEAD = 1;

  /** Above it in {@code commit} it is told what was lost before: RB_MISSED_EVENTS. */
  private static final long COMMIT_MASK = 0x3fff_ffff;

  /** RINGBUF_TYPE_PADDING and the two behind it (include/linux/ring_buffer.h). */
  private static final int PADDING = 29;

  private static final int TIME_EXTEND = 30;
  private static final int TIME_STAMP = 31;
  private static final int DELTA_BITS = 27;
  private static final long DELTA_MASK = (1L << DELTA_BITS) - 1;

  /** An absolute time has 59 bits; the others are those of the last one (TS_MSB, since 5.18). */
  private static final long HIGH_TIME = 0xf8L << 56;

  private final TypedMemory memory;
  private final KernelObject buffer;
  private final int cpu;
  private final int pageBytes;
  private Optional<String> problem = Optional.empty();

  /**
   * An event.
   *
   * @param time in nanoseconds by the buffer's clock
   * @param data a {@code struct trace_entry} and what comes behind it
   */
  public record Event(int cpu, long time, ByteBuffer data) {}

  /**
   * Nothing is read yet.
   *
   * @param buffer a {@code struct ring_buffer_per_cpu}
   * @param pageBytes of one of its pages
   */
  TraceBuffer(TypedMemory memory, KernelObject buffer, int cpu, int pageBytes) {
    this.memory = memory;
    this.buffer = buffer;
    this.cpu = cpu;
    this.pageBytes = pageBytes;
  }

  /** The number of its CPU. */
  public int cpu() {
    return cpu;
  }

  /** Events that newer ones have taken the place of. */
  public long overrun() throws KernelReadException {
    return buffer.member("overrun").value("a.counter");
  }

  /** Why not all could be read, if not. */
  public Optional<String> problem() {
    return problem;
  }

  /** The pages that have something in them, the oldest first, as they are in memory. */
  public List<ByteBuffer> pages() throws KernelReadException {
    List<ByteBuffer> pages = new ArrayList<>();
    KernelObject reader = buffer.member("reader_page").dereference();
    long commit = buffer.value("commit_page");
    if (reader.value("read") < committed(reader)) {
      add(reader, pages);
    }
    if (reader.address() == commit) {
      return pages;
    }
    Optional<KernelObject> head = head();
    if (head.isEmpty()) {
      problem = Optional.of("the first page of CPU %d's traces is not to be found".formatted(cpu));
      return pages;
    }
    KernelObject page = head.get();
    for (long i = 0; i < pageCount(); i++) {
      add(page, pages);
      if (page.address() == commit) {
        break;
      }
      page = next(page);
    }
    return pages;
  }

  private long pageCount() throws KernelReadException {
    return Math.min(buffer.value("nr_pages"), MAX_PAGES);
  }

  private long committed(KernelObject page) throws KernelReadException {
    KernelObject data = page.member("page").dereference();
    return data.member("commit").value("a.counter") & COMMIT_MASK;
  }

  private void add(KernelObject page, List<ByteBuffer> pages) throws KernelReadException {
    long address = page.value("page");
    byte[] bytes = memory.memory().upTo(address, pageBytes);
    if (bytes.length < pageBytes) {
      problem = Optional.of("the page of traces at %#x is not in the dump".formatted(address));
    } else if (committed(page) > 0) {
      pages.add(ByteBuffer.wrap(bytes).order(memory.memory().byteOrder()));
    }
  }

  private KernelObject next(KernelObject page) throws KernelReadException {
    return memory
        .object("struct list_head", page.member("list").value("next") & ~FLAGS)
        .containerOf("struct buffer_page", "list");
  }

  /** The page that the one before it marks. */
  private Optional<KernelObject> head() throws KernelReadException {
    KernelObject page = buffer.member("head_page").dereference();
    for (long i = 0; i < pageCount(); i++) {
      boolean marked = (page.member("list").value("next") & FLAGS) == HEAD;
      page = next(page);
      if (marked) {
        return Optional.of(page);
      }
    }
    return Optional.empty();
  }

  /** The events of a page. */
  List<Event> events(ByteBuffer page) throws KernelReadException {
    KernelObject layout = memory.object("struct buffer_data_page", 0);
    int start = (int) layout.member("data").address();
    int commitAt = (int) layout.member("commit").address();
    long commit = memory.memory().word(page, commitAt) & COMMIT_MASK;
    int end = (int) Math.min(start + commit, page.limit());
    long time = page.getLong(0);
    List<Event> events = new ArrayList<>();
    int at = start;
    while (at + Integer.BYTES <= end) {
      long head = Integer.toUnsignedLong(page.getInt(at));
      boolean little = page.order() == ByteOrder.LITTLE_ENDIAN;
      int type = (int) (little ? head & 31 : head >>> DELTA_BITS);
      long delta = little ? head >>> 5 : head & DELTA_MASK;
      OptionalLong word =
          at + 2 * Integer.BYTES <= end
              ? OptionalLong.of(Integer.toUnsignedLong(page.getInt(at + Integer.BYTES)))
              : OptionalLong.empty();
      int data = at + Integer.BYTES;
      long length;
      if (type > 0 && type < PADDING) {
        length = (long) type * Integer.BYTES;
      } else if (word.isEmpty() || (type == PADDING && delta == 0)) {
        break;
      } else if (type == TIME_EXTEND || type == TIME_STAMP) {
        long value = word.getAsLong() << DELTA_BITS | delta;
        time = type == TIME_EXTEND ? time + value : value | (time & HIGH_TIME);
        at += 2 * Integer.BYTES;
        continue;
      } else {
        // The length counts itself.
        length = word.getAsLong() - (type == 0 ? Integer.BYTES : 0);
        data += type == 0 ? Integer.BYTES : 0;
      }
      time += delta;
      if (length < 0 || data + length > end) {
        problem = Optional.of("an event of CPU %d's traces is cut off".formatted(cpu));
        break;
      }
      if (type != PADDING) {
        events.add(new Event(cpu, time, page.slice(data, (int) length).order(page.order())));
      }
      at = data + (int) length;
    }
    return events;
  }
}
