package org.vmcore.gdbstub.linux.symbols;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.KallsymsLayout.Meaning;

/** Finds and reads a kernel's own symbol table; see {@link Kallsyms} for its form. */
final class KallsymsReader {
  private static final String TABLES = "kallsyms_";
  private static final String NAMES = "kallsyms_names";

  /**
   * The longest that comes last in any order, but for the offsets, which are about a third as long
   * as the names.
   */
  private static final int LAST_TABLE = KallsymsTokens.COUNT * Short.BYTES;

  private static final int CHUNK = 1 << 18;

  private KallsymsReader() {}

  /** See {@link Kallsyms#open}. */
  static Optional<Kallsyms> open(KernelMemory memory, Vmcoreinfo vmcoreinfo) {
    if (vmcoreinfo.symbol(NAMES).isEmpty()) {
      return search(memory, vmcoreinfo);
    }
    LongSummaryStatistics places =
        vmcoreinfo.symbols().entrySet().stream()
            .filter(symbol -> symbol.getKey().startsWith(TABLES))
            .collect(Collectors.summarizingLong(Map.Entry::getValue));
    long length = places.getMax() - places.getMin();
    boolean offsetsAreLast =
        vmcoreinfo.symbol("kallsyms_offsets").equals(OptionalLong.of(places.getMax()));
    memory.willRead(places.getMin(), length + (offsetsAreLast ? length / 3 : LAST_TABLE));
    return KallsymsLayout.of(memory, vmcoreinfo).flatMap(layout -> read(memory, layout));
  }

  /** The table by its shape alone, searched from where VMCOREINFO says that the text starts. */
  static Optional<Kallsyms> search(KernelMemory memory, Vmcoreinfo vmcoreinfo) {
    Map<String, Long> known = new HashMap<>();
    for (String name : new String[] {"_stext", "swapper_pg_dir", "init_uts_ns"}) {
      OptionalLong address = vmcoreinfo.symbol(name);
      if (address.isPresent()) {
        known.put(name, memory.truncate(address.getAsLong()));
      }
    }
    OptionalLong text = vmcoreinfo.symbol("_stext");
    if (text.isEmpty()) {
      return Optional.empty();
    }
    long start = memory.truncate(text.getAsLong());
    OptionalLong data =
        vmcoreinfo.symbols().values().stream()
            .mapToLong(memory::truncate)
            .filter(address -> address > start)
            .min();
    return KallsymsSearch.find(memory, start, data, known).flatMap(layout -> read(memory, layout));
  }

  /** Reads the tables; where their ends are missing from the dump, as much as is there of both. */
  static Optional<Kallsyms> read(KernelMemory memory, KallsymsLayout layout) {
    int size = layout.meaning().bytes(memory);
    byte[] values = memory.upTo(layout.values(), layout.count() * size);
    ByteBuffer table = ByteBuffer.wrap(values).order(memory.byteOrder());
    int[] starts = new int[layout.count() + 1];
    Compressed compressed = new Compressed(memory, layout.names(), layout.namesLimit());
    int count = 0;
    while (count < Math.min(layout.count(), values.length / size)) {
      int end = compressed.end(starts[count]);
      if (end < 0) {
        break;
      }
      starts[++count] = end;
    }
    if (count == 0) {
      return Optional.empty();
    }
    long[] addresses = new long[count];
    int lastPerCpu = -1;
    for (int i = 0; i < count; i++) {
      addresses[i] = layout.meaning().address(memory, table, i, layout.values(), layout.base());
      if (layout.meaning() == Meaning.PER_CPU_ABSOLUTE && table.getInt(i * Integer.BYTES) >= 0) {
        lastPerCpu = i;
      }
      if (layout.meaning() == Meaning.ADDRESS
          && i > 0
          && addresses[i] < 0
          && addresses[i - 1] >= 0) {
        lastPerCpu = i - 1;
      }
    }
    byte[] names = Arrays.copyOf(compressed.bytes, starts[count]);
    return Optional.of(
        new Kallsyms(
            names,
            Arrays.copyOf(starts, count + 1),
            layout.tokens(),
            addresses,
            lastPerCpu,
            count == layout.count()));
  }

  /** The names as they are in memory, read as far as they are asked for. */
  private static final class Compressed {
    private final KernelMemory memory;
    private final long address;
    private final int limit;
    private byte[] bytes = new byte[0];
    private boolean ended;

    Compressed(KernelMemory memory, long address, int limit) {
      this.memory = memory;
      this.address = address;
      this.limit = limit;
    }

    /** Where the name that starts at an offset ends; negative when that is not in the dump. */
    int end(int start) {
      if (!has(start + 1)) {
        return -1;
      }
      int length = bytes[start] & 0xff;
      int head = 1;
      if (length >= 0x80) {
        if (!has(start + 2)) {
          return -1;
        }
        length = (length & 0x7f) | (bytes[start + 1] & 0xff) << 7;
        head = 2;
      }
      int end = start + head + length;
      return has(end) ? end : -1;
    }

    private boolean has(int length) {
      while (bytes.length < length && !ended && length <= limit) {
        int wanted = Math.min(Math.max(CHUNK, bytes.length), limit - bytes.length);
        byte[] more = memory.upTo(address + bytes.length, wanted);
        int old = bytes.length;
        bytes = Arrays.copyOf(bytes, old + more.length);
        System.arraycopy(more, 0, bytes, old, more.length);
        ended = more.length == 0;
      }
      return bytes.length >= length;
    }
  }
}
