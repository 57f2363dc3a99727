package org.vmcore.gdbstub.inspect.bpf;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.code.CodeLines;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.types.StructValue;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.bpf.BpfDetails;
import org.vmcore.gdbstub.linux.bpf.BpfObjects;
import org.vmcore.gdbstub.linux.bpf.BpfProgramCode;
import org.vmcore.gdbstub.linux.bpf.MapEntries;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.machine.CrashTime;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bpf}, laid out after the command of that name in crash. */
@Command(
    name = "bpf",
    description = "List the programs and maps of BPF.",
    footer =
        """
        Of kernels since 4.13, built with CONFIG_BPF_SYSCALL. -e shows what is in arrays and hash
        tables, keys and values as their bytes in hexadecimal. -t, -T and -j show programs in the
        words of the kernel's verifier and as the machine runs them, and go with -p or -P. For
        example:
          bpf -p 5 -tj
          bpf -M -se
        """)
public final class Bpf extends Query<Bpf.Answer> {
  @Option(names = "-p", paramLabel = "ID", description = "One program alone, and more of it.")
  private @Nullable Long program;

  @Option(names = "-m", paramLabel = "ID", description = "One map alone, and more of it.")
  private @Nullable Long map;

  @Option(names = "-P", description = "All programs alone, and more of them.")
  private boolean programs;

  @Option(names = "-M", description = "All maps alone, and more of them.")
  private boolean maps;

  @Option(names = "-t", description = "Show the instructions of programs.")
  private boolean translate;

  @Option(names = "-T", description = "The same with the bytes of each.")
  private boolean translateWithBytes;

  @Option(names = "-j", description = "Show the machine's instructions that they became.")
  private boolean jit;

  @Option(names = "-s", description = "Show the kernel's structures of them.")
  private boolean structures;

  @Option(names = "-x", description = "Print integers of these in hexadecimal.")
  private boolean hexadecimal;

  @Option(names = "-d", description = "Print integers of these in decimal.")
  private boolean decimal;

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
   * @param details and what comes behind where they were asked for
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
      long jitedBytes,
      Optional<ProgramDetails> details,
      Optional<List<Instruction>> translated,
      Optional<List<MachineCode>> compiled,
      Optional<List<StructValue>> structures) {}

  /**
   * More of a program.
   *
   * @param xlatedBytes of its instructions, and {@code jitedBytes} of what they became, functions
   *     of its own among them
   */
  record ProgramDetails(
      long xlatedBytes,
      long jitedBytes,
      OptionalLong memlockBytes,
      Optional<Instant> loaded,
      Optional<Boolean> gplCompatible,
      OptionalLong uid) {}

  /**
   * An instruction of BPF.
   *
   * @param index in the program, in places of 8 bytes
   * @param bytes in the order of memory
   */
  record Instruction(int index, String bytes, String text) {}

  /** An instruction of the machine. */
  record MachineCode(@Hex long address, String text) {}

  /**
   * A map.
   *
   * @param bpfMap address of that structure
   * @param details and {@code structure} where they were asked for
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
      List<Entry> entries,
      Optional<MapDetails> details,
      Optional<StructValue> structure) {}

  /** More of a map. */
  record MapDetails(OptionalLong memlockBytes, OptionalLong uid) {}

  /**
   * An entry of a map; bytes are in the order of memory.
   *
   * @param values one, or one for each CPU that was online
   */
  record Entry(String key, List<String> values) {}

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    boolean ofPrograms = programs || program != null;
    boolean ofMaps = maps || map != null;
    if (!ofPrograms && (translate || translateWithBytes || jit)) {
      throw NoAnswerException.usage("-t, -T and -j take a program: -p ID, or -P for all");
    } else if (structures && !(ofPrograms || ofMaps)) {
      throw NoAnswerException.usage("-s takes -p ID, -P, -m ID or -M");
    }
    BpfObjects objects = new BpfObjects(call.typed());
    boolean all = !(ofPrograms || ofMaps);
    Listing<BpfObjects.Program> foundPrograms = objects.programs();
    Listing<BpfObjects.BpfMap> foundMaps = objects.maps();
    call.notes().incomplete(foundPrograms.problem());
    call.notes().incomplete(foundMaps.problem());
    List<Program> chosenPrograms = new ArrayList<>();
    for (BpfObjects.Program one : foundPrograms.all()) {
      if (all || programs || (program != null && program == one.id())) {
        chosenPrograms.add(of(call, one, !all));
      }
    }
    List<BpfMap> chosenMaps = new ArrayList<>();
    for (BpfObjects.BpfMap one : foundMaps.all()) {
      if (all || maps || (map != null && map == one.id())) {
        chosenMaps.add(of(call, one, !all));
      }
    }
    if (program != null && chosenPrograms.isEmpty()) {
      throw NoAnswerException.notThere("no program of BPF has the number " + program);
    } else if (map != null && chosenMaps.isEmpty()) {
      throw NoAnswerException.notThere("no map of BPF has the number " + map);
    }
    return new Answer(chosenPrograms, chosenMaps);
  }

  /** What of one of them is not there, which ends no answer. */
  @FunctionalInterface
  private interface Part<T> {
    T read() throws MissingFactException, KernelReadException;
  }

  private static <T> Optional<T> part(Call call, boolean wanted, Part<T> part)
      throws MissingFactException {
    if (!wanted) {
      return Optional.empty();
    }
    try {
      return Optional.of(part.read());
    } catch (KernelReadException e) {
      call.notes().incomplete(e);
      return Optional.empty();
    }
  }

  private Program of(Call call, BpfObjects.Program one, boolean more)
      throws MissingFactException, KernelReadException {
    TypedMemory memory = call.typed();
    BpfProgramCode code = new BpfProgramCode(memory, call.symbols(), one.address());
    return new Program(
        one.id(),
        one.address(),
        one.aux(),
        one.type(),
        one.tag(),
        one.name(),
        one.maps(),
        one.jited(),
        one.jitedBytes(),
        part(call, more, () -> details(call, code, BpfDetails.ofProgram(memory, one.address()))),
        part(
            call,
            translate || translateWithBytes,
            () ->
                code.instructions().stream()
                    .map(i -> new Instruction(i.index(), i.bytes(), i.text()))
                    .toList()),
        part(call, jit, () -> compiled(call, code)),
        part(
            call,
            structures,
            () ->
                List.of(
                    StructValue.of(call, memory.object("struct bpf_prog", one.address())),
                    StructValue.of(call, memory.object("struct bpf_prog_aux", one.aux())))));
  }

  private static ProgramDetails details(Call call, BpfProgramCode code, BpfDetails.OfProgram of)
      throws KernelReadException {
    Optional<Instant> boot = Optional.empty();
    try {
      boot = Optional.of(CrashTime.boot(call.machine()));
    } catch (MissingFactException e) {
      call.notes().incomplete(String.valueOf(e.getMessage()));
    }
    return new ProgramDetails(
        of.instructionBytes(),
        code.compiled().stream().mapToLong(BpfProgramCode.Compiled::bytes).sum(),
        bytes(call, of.pages()),
        of.loadTimeNs().isPresent()
            ? boot.map(start -> start.plusNanos(of.loadTimeNs().getAsLong()))
            : Optional.empty(),
        of.gplCompatible(),
        of.uid());
  }

  private static OptionalLong bytes(Call call, OptionalLong pages) {
    return pages.isPresent()
        ? OptionalLong.of(pages.getAsLong() * call.machine().pageBytes())
        : OptionalLong.empty();
  }

  private static List<MachineCode> compiled(Call call, BpfProgramCode code)
      throws MissingFactException, KernelReadException {
    List<MachineCode> all = new ArrayList<>();
    for (BpfProgramCode.Compiled function : code.compiled()) {
      CodeLines.of(call, function.start(), function.bytes())
          .forEach(line -> all.add(new MachineCode(line.address(), line.text())));
    }
    return all;
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

  private BpfMap of(Call call, BpfObjects.BpfMap one, boolean more) throws MissingFactException {
    TypedMemory memory = call.typed();
    return new BpfMap(
        one.id(),
        one.address(),
        one.type(),
        one.flags(),
        one.name(),
        one.keyBytes(),
        one.valueBytes(),
        one.maxEntries(),
        entries ? entries(call, one) : List.of(),
        part(
            call,
            more,
            () -> {
              int cpus = new PerCpu(memory).count();
              BpfDetails.OfMap of = BpfDetails.ofMap(memory, one, call.machine().pageBytes(), cpus);
              return new MapDetails(of.bytes(), of.uid());
            }),
        part(
            call,
            structures,
            () -> StructValue.of(call, memory.object("struct bpf_map", one.address()))));
  }

  @Override
  public int version() {
    return 3;
  }

  @Override
  public void print(Answer answer, Text out) {
    int radix = hexadecimal ? Text.HEXADECIMAL : decimal ? Text.DECIMAL : out.radix();
    new BpfText(translateWithBytes, radix).print(answer, out);
  }
}
