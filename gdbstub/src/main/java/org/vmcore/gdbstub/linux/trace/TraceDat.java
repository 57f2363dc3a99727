package org.vmcore.gdbstub.linux.trace;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * Writes traces as {@code trace-cmd report} reads them, in version 6 of trace-cmd's format
 * (trace-cmd.dat.v6(5)):
 *
 * <pre>
 *   17 08 44 "tracing" "6\0", byte order (1 is big), bytes of a long, u32 bytes of a page
 *   "header_page\0"  u64 size, text      what a page begins with
 *   "header_event\0" u64 size, text
 *   u32 count, each: u64 size, text      formats of ftrace's own events
 *   u32 count of systems, each: name\0, u32 count, each: u64 size, text
 *   u32 size, text                       /proc/kallsyms
 *   u32 size, text                       printk_formats
 *   u64 size, text                       saved_cmdlines
 *   u32 count of CPUs
 *   "options  \0" u16 0                  none
 *   "flyrecord\0", for each CPU u64 position, u64 size; then their pages, at multiples of a page
 * </pre>
 */
public final class TraceDat {
  private static final byte[] MAGIC = {0x17, 0x08, 0x44, 't', 'r', 'a', 'c', 'i', 'n', 'g'};
  private static final String VERSION = "6";
  private static final String OWN = "ftrace";

  private final TypedMemory memory;
  private final TraceEvents events;
  private final Map<Integer, String> names;
  private final String symbols;

  /**
   * @param names of tasks by PID
   * @param symbols as {@code /proc/kallsyms} shows them
   */
  public TraceDat(
      TypedMemory memory, TraceEvents events, Map<Integer, String> names, String symbols) {
    this.memory = memory;
    this.events = events;
    this.names = Map.copyOf(names);
    this.symbols = symbols;
  }

  /**
   * Writes a whole file.
   *
   * @param pages of each CPU, by number, of one size
   */
  public void write(List<List<ByteBuffer>> pages, int pageBytes, OutputStream out)
      throws IOException, KernelReadException {
    Writer head = new Writer(memory.memory().byteOrder());
    head.bytes(MAGIC).text(VERSION);
    head.bytes(new byte[] {(byte) (memory.memory().byteOrder() == ByteOrder.BIG_ENDIAN ? 1 : 0)});
    head.bytes(new byte[] {(byte) memory.memory().wordBytes()}).int32(pageBytes);
    head.text("header_page").sized64(pageHeader(pageBytes));
    head.text("header_event").sized64(EVENT_HEADER);
    Map<String, List<TraceEvents.Format>> systems = new LinkedHashMap<>();
    for (TraceEvents.Format format : events.all()) {
      systems.computeIfAbsent(format.system(), system -> new ArrayList<>()).add(format);
    }
    List<TraceEvents.Format> own = systems.remove(OWN);
    formats(own == null ? List.of() : own, head);
    head.int32(systems.size());
    systems.forEach((system, formats) -> formats(formats, head.text(system)));
    head.sized32(symbols).sized32("").sized64(savedNames());
    head.int32(pages.size()).text("options  ").int16(0).text("flyrecord");
    long position = roundUp(head.size() + 16L * pages.size(), pageBytes);
    for (List<ByteBuffer> one : pages) {
      long size = (long) one.size() * pageBytes;
      head.int64(one.isEmpty() ? 0 : position).int64(size);
      position += size;
    }
    head.zeros((int) (roundUp(head.size(), pageBytes) - head.size()));
    head.writeTo(out);
    for (List<ByteBuffer> one : pages) {
      for (ByteBuffer page : one) {
        byte[] bytes = new byte[pageBytes];
        page.get(0, bytes);
        out.write(bytes);
      }
    }
  }

  private static long roundUp(long size, int pageBytes) {
    return (size + pageBytes - 1) / pageBytes * pageBytes;
  }

  private void formats(List<TraceEvents.Format> formats, Writer head) {
    head.int32(formats.size());
    formats.forEach(format -> head.sized64(events.description(format)));
  }

  private String savedNames() {
    StringBuilder text = new StringBuilder();
    names.forEach((pid, name) -> text.append(pid).append(' ').append(name).append('\n'));
    return text.toString();
  }

  /** As ring_buffer_print_page_header() (Linux kernel/trace/ring_buffer.c). */
  private String pageHeader(int pageBytes) throws KernelReadException {
    KernelObject page = memory.object("struct buffer_data_page", 0);
    long data = page.member("data").address();
    long commit = page.member("commit").address();
    return field("u64 timestamp", 0, Long.BYTES, 0)
        + field("local_t commit", commit, memory.memory().wordBytes(), 1)
        + field("int overwrite", commit, 1, 1)
        + field("char data", data, pageBytes - data, 1);
  }

  private static String field(String declaration, long offset, long size, int signed) {
    return "\tfield: %s;\toffset:%d;\tsize:%d;\tsigned:%d;\n"
        .formatted(declaration, offset, size, signed);
  }

  /** As ring_buffer_print_entry_header(). */
  private static final String EVENT_HEADER =
      """
      # compressed entry header
      \ttype_len    :    5 bits
      \ttime_delta  :   27 bits
      \tarray       :   32 bits

      \tpadding     : type == 29
      \ttime_extend : type == 30
      \ttime_stamp : type == 31
      \tdata max type_len  == 28
      """;

  /** What comes before the pages; it has a few megabytes. */
  private static final class Writer {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteOrder order;

    Writer(ByteOrder order) {
      this.order = order;
    }

    int size() {
      return out.size();
    }

    Writer bytes(byte[] bytes) {
      out.writeBytes(bytes);
      return this;
    }

    /** With a NUL behind it. */
    Writer text(String text) {
      return bytes(text.getBytes(ISO_8859_1)).bytes(new byte[1]);
    }

    Writer int16(int value) {
      return bytes(ByteBuffer.allocate(Short.BYTES).order(order).putShort((short) value).array());
    }

    Writer int32(int value) {
      return bytes(ByteBuffer.allocate(Integer.BYTES).order(order).putInt(value).array());
    }

    Writer int64(long value) {
      return bytes(ByteBuffer.allocate(Long.BYTES).order(order).putLong(value).array());
    }

    Writer sized32(String text) {
      byte[] bytes = text.getBytes(ISO_8859_1);
      return int32(bytes.length).bytes(bytes);
    }

    Writer sized64(String text) {
      byte[] bytes = text.getBytes(ISO_8859_1);
      return int64(bytes.length).bytes(bytes);
    }

    void zeros(int count) {
      out.writeBytes(new byte[count]);
    }

    void writeTo(OutputStream target) throws IOException {
      out.writeTo(target);
    }
  }
}
