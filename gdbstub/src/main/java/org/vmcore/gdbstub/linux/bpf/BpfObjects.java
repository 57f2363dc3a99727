package org.vmcore.gdbstub.linux.bpf;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.types.Enumerators;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.XArray;

/**
 * The programs and maps of BPF that had numbers, since 4.13 (Linux commits dc4bb0e23561, "bpf:
 * Introduce bpf_prog ID", and f3f1c054c288, "bpf: Introduce bpf_map ID"; kernel/bpf/syscall.c).
 */
public final class BpfObjects {
  /** More maps than a program uses. */
  private static final long MAX_MAPS = 1 << 12;

  private final TypedMemory memory;
  private Optional<String> problem = Optional.empty();

  public BpfObjects(TypedMemory memory) {
    this.memory = memory;
  }

  /**
   * A program.
   *
   * @param address of its {@code struct bpf_prog}, and {@code aux} of what is beside that
   * @param type by the kernel's name without its beginning
   * @param tag a digest of its instructions
   * @param maps numbers of those that it uses
   * @param jited address of its machine code; 0 without
   */
  public record Program(
      long id,
      long address,
      long aux,
      String type,
      String tag,
      String name,
      List<Long> maps,
      long jited,
      long jitedBytes) {
    public Program {
      maps = List.copyOf(maps);
    }
  }

  /**
   * A map.
   *
   * @param address of its {@code struct bpf_map}
   * @param type by the kernel's name without its beginning
   */
  public record BpfMap(
      long id,
      long address,
      String type,
      long flags,
      String name,
      long keyBytes,
      long valueBytes,
      long maxEntries) {}

  private List<XArray.Entry> entries(String variable) throws KernelReadException {
    return XArray.entries(memory, memory.variable(variable, "struct idr").member("idr_rt"));
  }

  private String name(String type, String prefix, long value) {
    for (Map.Entry<String, Long> one : Enumerators.of(memory.types(), type).entrySet()) {
      if (one.getValue() == value) {
        return one.getKey().replaceFirst("^" + prefix, "");
      }
    }
    return String.valueOf(value);
  }

  /** By number. */
  public Listing<Program> programs() throws KernelReadException {
    problem = Optional.empty();
    List<Program> found = new ArrayList<>();
    for (XArray.Entry entry : entries("prog_idr")) {
      try {
        found.add(program(memory.object("struct bpf_prog", entry.address())));
      } catch (KernelReadException e) {
        problem = problem.or(() -> Optional.ofNullable(e.getMessage()));
      }
    }
    return new Listing<>(found, problem);
  }

  private Program program(KernelObject program) throws KernelReadException {
    KernelObject aux = program.member("aux").dereference();
    List<Long> maps = new ArrayList<>();
    Listing<Long> used = usedMaps(memory, aux);
    problem = problem.or(used::problem);
    for (long map : used.all()) {
      maps.add(memory.object("struct bpf_map", map).value("id"));
    }
    return new Program(
        aux.value("id"),
        program.address(),
        aux.address(),
        name("enum bpf_prog_type", "BPF_PROG_TYPE_", program.value("type")),
        HexFormat.of().formatHex(program.member("tag").bytes()),
        aux.has("name") ? aux.string("name") : "",
        maps,
        program.value("bpf_func"),
        program.has("jited_len") ? program.value("jited_len") : 0);
  }

  /** Addresses of the maps that a program uses. */
  static Listing<Long> usedMaps(TypedMemory memory, KernelObject aux) throws KernelReadException {
    List<Long> maps = new ArrayList<>();
    Optional<String> problem = Optional.empty();
    long count = Math.min(aux.value("used_map_cnt"), MAX_MAPS);
    KernelObject used = aux.member("used_maps");
    for (long i = 0; i < count && used.value() != 0; i++) {
      long at = used.value() + i * memory.memory().wordBytes();
      OptionalLong map = memory.memory().word(at);
      if (map.isEmpty()) {
        String reason = "a map of a program: %#x is not in the dump".formatted(at);
        problem = problem.or(() -> Optional.of(reason));
      } else if (map.getAsLong() != 0) {
        maps.add(map.getAsLong());
      }
    }
    return new Listing<>(maps, problem);
  }

  /** By number. */
  public Listing<BpfMap> maps() throws KernelReadException {
    problem = Optional.empty();
    List<BpfMap> found = new ArrayList<>();
    for (XArray.Entry entry : entries("map_idr")) {
      try {
        KernelObject map = memory.object("struct bpf_map", entry.address());
        found.add(
            new BpfMap(
                map.value("id"),
                map.address(),
                name("enum bpf_map_type", "BPF_MAP_TYPE_", map.value("map_type")),
                map.value("map_flags"),
                map.has("name") ? map.string("name") : "",
                map.value("key_size"),
                map.value("value_size"),
                map.value("max_entries")));
      } catch (KernelReadException e) {
        problem = problem.or(() -> Optional.ofNullable(e.getMessage()));
      }
    }
    return new Listing<>(found, problem);
  }
}
