package org.vmcore.gdbstub.linux.bpf;

import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.MemberHistory;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** What the kernel keeps of programs and maps of BPF beside what they do. */
public final class BpfDetails {
  /** Of a map, until 5.11 (80ee81e0403c), since when it is charged to a control group. */
  private static final MemberHistory PAGES =
      MemberHistory.added(
              "4.4",
              "pages",
              "aaac3ba95e4c, \"bpf: charge user for creation of BPF maps and programs\"")
          .since(
              "5.3",
              "memory.pages",
              "3539b96e041c, \"bpf: group memory related fields in struct bpf_map_memory\"");

  /** Of a map, for as long. */
  private static final MemberHistory USER =
      MemberHistory.added(
              "4.4",
              "user",
              "aaac3ba95e4c, \"bpf: charge user for creation of BPF maps and programs\"")
          .since(
              "5.3",
              "memory.user",
              "3539b96e041c, \"bpf: group memory related fields in struct bpf_map_memory\"");

  private static final long WORD = 8;

  private BpfDetails() {}

  /**
   * Of a program.
   *
   * @param instructionBytes of it as BPF
   * @param pages that it takes, as they were charged
   * @param loadTimeNs since the boot
   * @param gplCompatible whether it may call what is only for such
   * @param uid of who loaded it
   */
  public record OfProgram(
      long instructionBytes,
      OptionalLong pages,
      OptionalLong loadTimeNs,
      Optional<Boolean> gplCompatible,
      OptionalLong uid) {}

  /**
   * Of a map.
   *
   * @param bytes that it takes as far as the kernel itself told it
   * @param uid of who made it
   */
  public record OfMap(OptionalLong bytes, OptionalLong uid) {}

  /**
   * @param address of a {@code struct bpf_prog}
   */
  public static OfProgram ofProgram(TypedMemory memory, long address) throws KernelReadException {
    KernelObject program = memory.object("struct bpf_prog", address);
    KernelObject aux = program.member("aux").dereference();
    return new OfProgram(
        program.value("len") * BpfCode.BYTES,
        number(program, "pages"),
        number(aux, "load_time"),
        program.has("gpl_compatible")
            ? Optional.of(program.value("gpl_compatible") != 0)
            : Optional.empty(),
        aux.has("user") ? uid(aux.member("user")) : OptionalLong.empty());
  }

  /**
   * @param cpus that there can be, each with a value of a map that is per CPU
   */
  public static OfMap ofMap(TypedMemory memory, BpfObjects.BpfMap one, long pageBytes, int cpus)
      throws KernelReadException {
    KernelObject map = memory.object("struct bpf_map", one.address());
    OptionalLong bytes = OptionalLong.empty();
    if (PAGES.isIn(map)) {
      bytes = OptionalLong.of(PAGES.in(map).value() * pageBytes);
    } else if (!memory.types().has("struct bpf_map_ops", "map_mem_usage")) {
      bytes = OptionalLong.of(footprint(one, pageBytes, cpus));
    }
    return new OfMap(bytes, USER.isIn(map) ? uid(USER.in(map)) : OptionalLong.empty());
  }

  /**
   * What the kernel told since 80ee81e0403c (5.11), "bpf: Eliminate rlimit-based memory accounting
   * infra for bpf maps", and until 90a5527d7686 (6.4), "bpf: add new map ops ->map_mem_usage": for
   * all entries that there may be, in whole pages.
   */
  private static long footprint(BpfObjects.BpfMap map, long pageBytes, int cpus) {
    long value =
        map.type().contains("PERCPU") ? roundUp(map.valueBytes(), WORD) * cpus : map.valueBytes();
    return roundUp(map.maxEntries() * roundUp(map.keyBytes() + value, WORD), pageBytes);
  }

  private static long roundUp(long bytes, long unit) {
    return (bytes + unit - 1) / unit * unit;
  }

  private static OptionalLong number(KernelObject object, String member)
      throws KernelReadException {
    return object.has(member) ? OptionalLong.of(object.value(member)) : OptionalLong.empty();
  }

  /** A {@code kuid_t} of a {@code user_struct}. */
  private static OptionalLong uid(KernelObject user) throws KernelReadException {
    return user.value() == 0
        ? OptionalLong.empty()
        : OptionalLong.of(user.dereference().value("uid.val") & 0xffff_ffffL);
  }
}
