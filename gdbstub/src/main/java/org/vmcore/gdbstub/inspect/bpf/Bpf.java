package org.vmcore.gdbstub.inspect.bpf;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.bpf.BpfObjects;
import org.vmcore.gdbstub.linux.bpf.MapEntries;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bpf}, laid out after the command of that name in crash. */
@Command(
    name = "bpf",
    description = "List the programs and maps of BPF.",
    footer =
        """
        Of kernels since 4.13, built with CONFIG_BPF_SYSCALL. -e shows what is in arrays and hash
        tables, keys and values as their bytes in hexadecimal.
        """)
public final class Bpf extends Query<Bpf.Answer> {
  @Option(names = "-p", paramLabel = "ID", description = "One program alone.")
  private @Nullable Long program;

  @Option(names = "-m", paramLabel = "ID", description = "One map alone.")
  private @Nullable Long map;

  @Option(names = "-P", description = "All programs alone.")
  private boolean programs;

  @Option(names = "-M", description = "All maps alone.")
  private boolean maps;

  @Option(names = "-e", description = "Show the entries of maps, too.")
  private boolean entries;

  /** By number. */
  record Answer(List<Program> programs, List<BpfMap> maps) {}

  /**
   * A program.
   *
   * @param bpfProg address of that structure, and {@code bpfProgAux} of that
   * @param tag a digest of its instructions
   * @param usedMaps numbers of its maps
   * @param jited address of its machine code; 0 without
   */
  record Program(
      long id,
      @Hex long bpfProg,
      @Hex long bpfProgAux,
      String type,
      String tag,
      String name,
      List<Long> usedMaps,
      @Hex long jited,
      long jitedBytes) {}

  /**
   * A map.
   *
   * @param bpfMap address of that structure
   */
  record BpfMap(
      long id,
      @Hex long bpfMap,
      String type,
      @Hex long flags,
      String name,
      long keyBytes,
      long valueBytes,
      long maxEntries,
      List<Entry> entries) {}

  /**
   * An entry of a map; bytes are in the order of memory.
   *
   * @param values one, or one for each CPU that was online
   */
  record Entry(String key, List<String> values) {}

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    BpfObjects objects = new BpfObjects(call.typed());
    boolean all = !(programs || maps) && program == null && map == null;
    Listing<BpfObjects.Program> foundPrograms = objects.programs();
    Listing<BpfObjects.BpfMap> foundMaps = objects.maps();
    call.notes().incomplete(foundPrograms.problem());
    call.notes().incomplete(foundMaps.problem());
    List<BpfMap> chosen = new ArrayList<>();
    for (BpfObjects.BpfMap one : foundMaps.all()) {
      if (all || maps || (map != null && map == one.id())) {
        chosen.add(of(one, entries ? entries(call, one) : List.of()));
      }
    }
    Answer answer =
        new Answer(
            foundPrograms.all().stream()
                .filter(one -> all || programs || (program != null && program == one.id()))
                .map(Bpf::of)
                .toList(),
            chosen);
    boolean none = answer.programs().isEmpty() && answer.maps().isEmpty();
    if (none && (program != null || map != null)) {
      throw NoAnswerException.notThere("nothing of BPF has that number");
    }
    return answer;
  }

  private static Program of(BpfObjects.Program one) {
    return new Program(
        one.id(),
        one.address(),
        one.aux(),
        one.type(),
        one.tag(),
        one.name(),
        one.maps(),
        one.jited(),
        one.jitedBytes());
  }

  private static List<Entry> entries(Call call, BpfObjects.BpfMap one) throws MissingFactException {
    if (!MapEntries.knows(one)) {
      call.notes().incomplete("entries of a map of type %s are not shown".formatted(one.type()));
      return List.of();
    }
    try {
      return MapEntries.read(call.typed(), one, call.cpus()).stream()
          .map(entry -> new Entry(entry.key(), entry.values()))
          .toList();
    } catch (KernelReadException e) {
      call.notes().incomplete(e);
      return List.of();
    }
  }

  private static BpfMap of(BpfObjects.BpfMap one, List<Entry> entries) {
    return new BpfMap(
        one.id(),
        one.address(),
        one.type(),
        one.flags(),
        one.name(),
        one.keyBytes(),
        one.valueBytes(),
        one.maxEntries(),
        entries);
  }

  @Override
  public int version() {
    return 2;
  }

  @Override
  public void print(Answer answer, Text out) {
    int digits = out.digits();
    String address = "%-" + digits + "s  ";
    if (answer.programs().isEmpty() && answer.maps().isEmpty()) {
      out.print("(no bpf programs or maps loaded)\n");
      return;
    }
    if (!answer.programs().isEmpty()) {
      out.line(
          " ID  " + address + address + "%-18s %-16s  %-9s  NAME",
          Text.centred("BPF_PROG", digits),
          Text.centred("BPF_PROG_AUX", digits),
          "BPF_PROG_TYPE",
          "TAG",
          "USED_MAPS");
    }
    for (Program one : answer.programs()) {
      List<String> maps = one.usedMaps().stream().map(String::valueOf).toList();
      out.line(
          "%3d  " + address + address + "%-18s %-16s  %-9s  %s",
          one.id(),
          Long.toHexString(one.bpfProg()),
          Long.toHexString(one.bpfProgAux()),
          one.type(),
          one.tag(),
          String.join(",", maps),
          one.name());
    }
    if (!answer.maps().isEmpty()) {
      out.lay(answer.programs().isEmpty() ? "" : "\n");
      out.line(
          " ID  " + address + "%-18s %-9s %9s %9s %11s  NAME",
          Text.centred("BPF_MAP", digits),
          "BPF_MAP_TYPE",
          "MAP_FLAGS",
          "KEY",
          "VALUE",
          "MAX_ENTRIES");
    }
    for (BpfMap one : answer.maps()) {
      out.line(
          "%3d  " + address + "%-18s %08x  %9d %9d %11d  %s",
          one.id(),
          Long.toHexString(one.bpfMap()),
          one.type(),
          one.flags(),
          one.keyBytes(),
          one.valueBytes(),
          one.maxEntries(),
          one.name());
      one.entries().forEach(e -> out.print("     %s: %s\n", e.key(), String.join(" ", e.values())));
    }
  }
}
