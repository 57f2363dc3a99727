package org.vmcore.gdbstub.linux.bpf;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.KernelReadException.Reason;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * What maps of BPF hold: arrays (Linux kernel/bpf/arraymap.c) and hash tables
 * (kernel/bpf/hashtab.c), also those with a value for each CPU.
 */
public final class MapEntries {
  /** More of one map is left to somebody who looks for one of them. */
  private static final int MAX_ENTRIES = 1 << 20;

  /** Longest key or value that is believed: KMALLOC_MAX_SIZE. */
  private static final long MAX_BYTES = 4 << 20;

  /** Values begin at multiples of it, and are as long: round_up(size, 8). */
  private static final int ALIGNMENT = 8;

  private static final Set<String> ARRAYS = Set.of("ARRAY", "PERCPU_ARRAY");
  private static final Set<String> HASHES =
      Set.of("HASH", "PERCPU_HASH", "LRU_HASH", "LRU_PERCPU_HASH");

  private final TypedMemory memory;
  private final BpfObjects.BpfMap map;
  private final List<Integer> cpus;
  private final boolean perCpu;

  private MapEntries(TypedMemory memory, BpfObjects.BpfMap map, List<Integer> cpus) {
    this.memory = memory;
    this.map = map;
    this.cpus = cpus;
    this.perCpu = map.type().contains("PERCPU");
  }

  /**
   * An entry; bytes are hexadecimal, in the order of memory.
   *
   * @param values one, or one of each CPU that was asked about
   */
  public record Entry(String key, List<String> values) {
    public Entry {
      values = List.copyOf(values);
    }
  }

  /** Whether {@link #read} knows the kind of map. */
  public static boolean knows(BpfObjects.BpfMap map) {
    return ARRAYS.contains(map.type()) || HASHES.contains(map.type());
  }

  /**
   * All entries, in the order of an array, or of a table's buckets.
   *
   * @param cpus whose values are wanted, where each has one
   */
  public static List<Entry> read(TypedMemory memory, BpfObjects.BpfMap map, List<Integer> cpus)
      throws KernelReadException {
    if (map.keyBytes() > MAX_BYTES || map.valueBytes() > MAX_BYTES || map.maxEntries() < 0) {
      throw new KernelReadException(
          Reason.IMPLAUSIBLE,
          "map %d has keys of %d bytes and values of %d"
              .formatted(map.id(), map.keyBytes(), map.valueBytes()));
    }
    MapEntries entries = new MapEntries(memory, map, cpus);
    return ARRAYS.contains(map.type()) ? entries.array() : entries.hash();
  }

  private List<Entry> array() throws KernelReadException {
    KernelObject array =
        memory.object("struct bpf_map", map.address()).containerOf("struct bpf_array", "map");
    List<Entry> found = new ArrayList<>();
    int word = memory.memory().wordBytes();
    long stride = array.value("elem_size");
    long start = array.member(perCpu ? "pptrs" : "value").address();
    for (long i = 0; i < Math.min(map.maxEntries(), MAX_ENTRIES); i++) {
      ByteBuffer key = ByteBuffer.allocate(Integer.BYTES).order(memory.memory().byteOrder());
      long at = start + i * (perCpu ? word : stride);
      found.add(new Entry(HexFormat.of().formatHex(key.putInt((int) i).array()), values(at)));
    }
    return found;
  }

  private List<Entry> hash() throws KernelReadException {
    KernelObject table =
        memory.object("struct bpf_map", map.address()).containerOf("struct bpf_htab", "map");
    KernelObject buckets = table.member("buckets").dereference();
    long bucketBytes = buckets.type().size().orElse(0);
    List<Entry> found = new ArrayList<>();
    for (long i = 0; i < table.value("n_buckets") && found.size() < MAX_ENTRIES; i++) {
      long node = buckets.moved(i * bucketBytes).value("head.first");
      // A list's end is an odd number (include/linux/list_nulls.h).
      for (long passed = 0; (node & 1) == 0 && node != 0; passed++) {
        if (passed > map.maxEntries()) {
          throw new KernelReadException(
              Reason.IMPLAUSIBLE, "map %d has a bucket without an end".formatted(map.id()));
        }
        KernelObject element = memory.object("struct htab_elem", node);
        KernelObject key = element.member("key");
        long value = key.address() + roundUp(map.keyBytes());
        found.add(
            new Entry(HexFormat.of().formatHex(key.bytes((int) map.keyBytes())), values(value)));
        node = element.value("hash_node.next");
      }
    }
    return found;
  }

  private static long roundUp(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /**
   * @param at where the value is, or the pointer to those of all CPUs
   */
  private List<String> values(long at) throws KernelReadException {
    if (!perCpu) {
      return List.of(bytes(at));
    }
    long base =
        memory
            .memory()
            .word(at)
            .orElseThrow(
                () ->
                    new KernelReadException(
                        Reason.UNREADABLE, "values at %#x cannot be read".formatted(at)));
    PerCpu offsets = new PerCpu(memory);
    List<String> values = new ArrayList<>();
    for (int cpu : cpus) {
      values.add(bytes(memory.memory().truncate(base + offsets.offset(cpu).orElse(0))));
    }
    return values;
  }

  private String bytes(long at) throws KernelReadException {
    byte[] bytes = memory.memory().upTo(at, (int) map.valueBytes());
    if (bytes.length < map.valueBytes()) {
      throw new KernelReadException(
          Reason.UNREADABLE, "a value of map %d at %#x cannot be read".formatted(map.id(), at));
    }
    return HexFormat.of().formatHex(bytes);
  }
}
