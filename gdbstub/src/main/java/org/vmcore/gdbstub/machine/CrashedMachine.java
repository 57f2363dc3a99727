package org.vmcore.gdbstub.machine;

import static java.util.Objects.requireNonNull;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.arch.Architectures;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MachineFacts;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.Translation;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.linux.KernelBuildId;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.Utsname;
import org.vmcore.gdbstub.linux.log.KernelLog;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.SystemMap;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.tasks.Tasks;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.symbols.offer.ServedSymbols;
import org.vmcore.gdbstub.symbols.read.DebugDirectories;
import org.vmcore.gdbstub.symbols.read.Vmlinux;

/**
 * A dump with its architecture and its kernel: all that sessions share. What costs more than
 * reading headers is found at first use and kept. Safe for use by several threads.
 */
public final class CrashedMachine implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(CrashedMachine.class);

  private final Dump dump;
  private final MachineOptions options;
  private final Optional<Architecture> architecture;
  private final List<CpuState> states;
  private final Optional<Vmlinux> named;
  private final Optional<SystemMap> systemMap;
  private volatile FoundVmcoreinfo vmcoreinfo;

  private final MachineKernel kernel;
  private final MachineSymbols symbols;

  // Each is made of those before it. Only where no note tells the build id, the kernel's memory is
  // read to choose a vmlinux, and then no vmlinux is asked to find that memory.
  private final Lazy<VmlinuxChoice, RuntimeException> vmlinux = Lazy.of(this::chooseVmlinux);
  private final Lazy<KernelSpace, MissingFactException> kernelSpace =
      Lazy.of(this::findKernelSpace);
  private final Lazy<Cpus, RuntimeException> cpus = Lazy.of(this::findCpus);
  private final Lazy<Optional<PerCpuWindow>, RuntimeException> perCpuWindow =
      Lazy.of(this::findPerCpuWindow);
  private final Lazy<AddressSpaces, MissingFactException> spaces =
      Lazy.of(() -> new AddressSpaces(this, requireArchitecture(), kernelSpace()));
  private final Lazy<MachineTasks, MissingFactException> tasks =
      Lazy.of(
          () ->
              new MachineTasks(
                  this, requireArchitecture(), kernelSpace(), new Tasks(requireTaskTypes())));
  private final Lazy<MachineStacks, MissingFactException> stacks =
      Lazy.of(() -> new MachineStacks(this, linux(), requireArchitecture()));

  /** The CPUs, and which of them brought the machine down. */
  private record Cpus(List<CrashedCpu> all, CrashVerdict verdict) {}

  private CrashedMachine(Dump dump, MachineOptions options) throws IOException {
    this.dump = dump;
    this.options = options;
    this.vmcoreinfo = FoundVmcoreinfo.find(dump, options);
    this.architecture = findArchitecture();
    this.states = architecture.map(a -> a.cpus(dump)).orElse(List.of());
    this.named =
        options.vmlinux().isPresent()
            ? Optional.of(Vmlinux.open(options.vmlinux().get()))
            : Optional.empty();
    this.systemMap =
        options.systemMap().isPresent()
            ? Optional.of(SystemMap.read(options.systemMap().get()))
            : Optional.empty();
    this.kernel =
        new MachineKernel(
            this, options.types(), new DebugDirectories(options.symbols().debugDirectories()));
    this.symbols = new MachineSymbols(this, options.symbols());
  }

  /**
   * Opens a dump of one file or several. Only headers, notes and bitmaps are read, unless no note
   * carries VMCOREINFO: then memory is searched for it, and the options' progress is told.
   *
   * @param files all files of the dump, in any order
   */
  public static CrashedMachine open(List<Path> files, MachineOptions options)
      throws IOException, DumpException {
    return open(
        DumpFormats.openFiles(files, options.open()),
        options.withSymbols(options.symbols().beside(files)));
  }

  /** Opens a dump of one file. */
  public static CrashedMachine open(Path file, MachineOptions options)
      throws IOException, DumpException {
    return open(List.of(file), options);
  }

  /** Shows a dump, which is closed with the machine, also when this fails. */
  public static CrashedMachine open(Dump dump, MachineOptions options) throws IOException {
    try {
      return new CrashedMachine(dump, options);
    } catch (IOException | RuntimeException e) {
      dump.close();
      throw e;
    }
  }

  Optional<String> release() {
    return vmcoreinfo().flatMap(info -> info.value("OSRELEASE"));
  }

  /** A dump without notes tells its architecture by the VMCOREINFO that was found in its memory. */
  private Optional<Architecture> findArchitecture() {
    return options
        .architecture()
        .or(() -> Architectures.of(dump))
        .or(() -> Architectures.of(new DescribedDump(dump, vmcoreinfo.vmcoreinfo())));
  }

  public Dump dump() {
    return dump;
  }

  /** Empty when the dump is of none that is known. */
  public Optional<Architecture> architecture() {
    return architecture;
  }

  /** The kernel's vmlinux: never one of another build, unless the user insists. */
  public Optional<Vmlinux> vmlinux() {
    return vmlinuxChoice().vmlinux();
  }

  /** The same with where it came from; it is looked for when this is first asked. */
  public VmlinuxChoice vmlinuxChoice() {
    return vmlinux.get();
  }

  private VmlinuxChoice chooseVmlinux() {
    return new VmlinuxFinder(this, options).choose(named);
  }

  public Optional<Vmcoreinfo> vmcoreinfo() {
    return vmcoreinfo.vmcoreinfo();
  }

  /** Where {@link #vmcoreinfo()} came from, as a user would say it. */
  public String vmcoreinfoSource() {
    return vmcoreinfo.source();
  }

  /**
   * The kernel's build id as VMCOREINFO has it, or else its own memory, in lower-case hexadecimal.
   */
  public Optional<String> buildId() {
    return buildIdOfNote()
        .or(
            () -> {
              try {
                LinuxKernel alone = kernel.alone();
                return alone.kallsyms().flatMap(t -> KernelBuildId.read(alone.memory(), t));
              } catch (MissingFactException e) {
                return Optional.empty();
              }
            });
  }

  private Optional<String> buildIdOfNote() {
    return vmcoreinfo().flatMap(info -> info.value("BUILD-ID"));
  }

  /**
   * One sentence when the named vmlinux is not the kernel that crashed; it names both build ids.
   */
  public Optional<String> vmlinuxMismatch() {
    return vmlinuxChoice().mismatch();
  }

  /**
   * The architecture.
   *
   * @throws MissingFactException when it is none that is known
   */
  public Architecture requireArchitecture() throws MissingFactException {
    if (architecture.isEmpty()) {
      throw new MissingFactException(
          "%s: the dump's architecture (%s) is not one of %s; if it is, name it with --arch"
              .formatted(
                  dump.info().file(),
                  machineName(),
                  Architectures.all().stream().map(Architecture::name).toList()));
    }
    return architecture.get();
  }

  private String machineName() {
    return dump.info()
        .machine()
        .orElseGet(
            () ->
                dump.info().elfMachine().isPresent()
                    ? "e_machine " + dump.info().elfMachine().getAsInt()
                    : "it does not tell");
  }

  /**
   * The kernel's address space.
   *
   * @throws MissingFactException when its page tables cannot be found
   */
  public KernelSpace kernelSpace() throws MissingFactException {
    return kernelSpace.get();
  }

  private KernelSpace kernelSpace(FoundVmcoreinfo found) throws MissingFactException {
    // Where memory must be read to tell whether a vmlinux is the right one, it is believed here.
    Optional<Vmlinux> file = buildIdOfNote().isPresent() ? vmlinux() : named;
    Function<String, OptionalLong> linkAddress =
        name ->
            Stream.concat(
                    file.stream().map(vmlinux -> vmlinux.linkAddress(name)),
                    systemMap.stream().map(map -> map.linkAddress(name)))
                .flatMapToLong(OptionalLong::stream)
                .mapToObj(OptionalLong::of)
                .findFirst()
                .orElse(OptionalLong.empty());
    return requireArchitecture()
        .kernelSpace(
            new Machine(dump, found.vmcoreinfo(), states, linkAddress, requireKnownOptions()));
  }

  /**
   * By the VMCOREINFO at hand; where that is the note's and does not lead to page tables, it may be
   * of another boot or another kernel than the memory, which has its own.
   */
  private KernelSpace findKernelSpace() throws MissingFactException {
    KernelSpace byNote = null;
    MissingFactException problem = null;
    try {
      byNote = kernelSpace(vmcoreinfo);
    } catch (MissingFactException e) {
      problem = e;
    }
    boolean doubtful = byNote == null || (!hasRoot(byNote) && dump.info().incomplete().isEmpty());
    if (doubtful && vmcoreinfo.isOfNote()) {
      Optional<KernelSpace> other = byMemory();
      if (other.isPresent()) {
        return other.get();
      }
    }
    if (byNote == null) {
      throw requireNonNull(problem);
    }
    return byNote;
  }

  /** Whether the dump has the table that all others hang on; without, only arithmetic is left. */
  private static boolean hasRoot(KernelSpace space) {
    return space.physical().read(space.root(), new byte[1], 0, 1).isComplete();
  }

  private Optional<KernelSpace> byMemory() {
    FoundVmcoreinfo other = FoundVmcoreinfo.inMemory(dump, options);
    if (other.vmcoreinfo().isEmpty()) {
      return Optional.empty();
    }
    try {
      KernelSpace found = kernelSpace(other);
      if (!hasRoot(found)) {
        return Optional.empty();
      }
      LOG.warn(
          "{}: the VMCOREINFO of its note does not lead to the kernel's page tables; the one in its"
              + " memory ({}) does, and is used",
          dump.info().file(),
          other.source());
      vmcoreinfo = other;
      return Optional.of(found);
    } catch (MissingFactException e) {
      return Optional.empty();
    }
  }

  private Map<String, String> requireKnownOptions() throws MissingFactException {
    List<String> known = new ArrayList<>(requireArchitecture().options());
    known.add(MachineFacts.KASLR_OFFSET);
    for (String name : options.archOptions().keySet()) {
      if (!known.contains(name)) {
        throw new MissingFactException(
            "%s %s: %s takes %s"
                .formatted(
                    MachineFacts.OPTION,
                    name,
                    requireArchitecture().name(),
                    String.join(", ", known)));
      }
    }
    return options.archOptions();
  }

  /** The System.map that the user named. */
  Optional<SystemMap> systemMap() {
    return systemMap;
  }

  /** What the kernel's own variables say. */
  public LinuxKernel linux() throws MissingFactException {
    return kernel.known();
  }

  /**
   * What debuggers are given of symbols: nothing where the user does not want it, or the kernel's
   * memory cannot be read.
   */
  public Optional<ServedSymbols> servedSymbols() {
    return symbols.served();
  }

  OptionalLong kaslrOffset() {
    try {
      return kernelSpace().kaslrOffset();
    } catch (MissingFactException e) {
      return OptionalLong.empty();
    }
  }

  /**
   * An ELF file with the symbols and types that the dump itself has of its kernel and modules,
   * addresses as they were when it ran; empty where it has no symbols. It takes a second to make,
   * and half of that where what is of the kernel is in the user's cache.
   *
   * @throws MissingFactException when the kernel's memory cannot be read
   */
  public Optional<byte[]> makeSymbolFile() throws MissingFactException {
    return symbols.makeFile();
  }

  /** Where a debugger sees per-CPU variables, if it is asked to. */
  public Optional<PerCpuWindow> perCpuWindow() {
    return perCpuWindow.get();
  }

  private Optional<PerCpuWindow> findPerCpuWindow() {
    try {
      return PerCpuWindow.of(linux());
    } catch (MissingFactException e) {
      return Optional.empty();
    }
  }

  /**
   * The memory that CPUs and processes saw.
   *
   * @throws MissingFactException when the kernel's page tables cannot be found
   */
  public AddressSpaces spaces() throws MissingFactException {
    return spaces.get();
  }

  /**
   * The machine's tasks.
   *
   * @throws MissingFactException when the layout of the kernel's structures is not known
   */
  public MachineTasks tasks() throws MissingFactException {
    return tasks.get();
  }

  /**
   * The machine's stacks.
   *
   * @throws MissingFactException when the kernel's memory cannot be read
   */
  public MachineStacks stacks() throws MissingFactException {
    return stacks.get();
  }

  private TypedMemory requireTaskTypes() throws MissingFactException {
    Optional<TypedMemory> types = linux().taskTypes();
    return types.isPresent() ? types.get() : requireTypes();
  }

  /**
   * The kernel's memory with its types.
   *
   * @throws MissingFactException when these are not known; the message says what would tell them
   */
  public TypedMemory requireTypes() throws MissingFactException {
    Optional<TypedMemory> types = linux().types();
    Optional<String> problem = linux().typesProblem();
    if (types.isEmpty() && problem.isPresent()) {
      throw new MissingFactException(
          ("the layout of the kernel's structures is not known: the types that there are, are not"
                  + " those of this kernel (%s): CONFIG_RANDSTRUCT shuffles structures, or a file"
                  + " is of another build. What needs no types works all the same: log, sym, mod,"
                  + " vtop, search, and by the shape of the tasks ps and bt")
              .formatted(problem.get()));
    }
    if (types.isEmpty()) {
      throw new MissingFactException(
          "the layout of the kernel's structures is not known: it carries no BTF in this dump; "
              + vmlinuxMismatch()
                  .filter(text -> vmlinux().isEmpty())
                  .map(text -> text + ", so its types are not used")
                  .orElse(
                      "give --vmlinux FILE with debug info, or --types FILE (any module of that"
                          + " kernel with debug info)"));
    }
    return types.get();
  }

  /** The machine's byte order, or what the dump's headers say where the architecture is unknown. */
  public ByteOrder byteOrder() {
    return architecture.map(a -> a.byteOrder(dump)).orElse(dump.info().byteOrder());
  }

  /**
   * Size of a pointer in bytes, or what the dump's headers say where the architecture is unknown.
   */
  public int pointerBytes() {
    return architecture.map(Architecture::wordBits).orElse(dump.info().wordBits()) / Byte.SIZE;
  }

  /** Size of a base page in bytes. */
  public long pageBytes() {
    return vmcoreinfo().map(Vmcoreinfo::pageSize).orElse(OptionalLong.empty()).orElse(4096);
  }

  /**
   * What to add to a physical address for where the kernel has it in its linear map: told by one of
   * its tasks, whose structures are allocated there on every architecture.
   *
   * @throws MissingFactException when it cannot be told
   */
  public long linearOffset() throws MissingFactException {
    for (Task task : tasks().list().all()) {
      if (kernelSpace().virtual().translate(task.address()) instanceof Translation.Mapped mapped) {
        return task.address() - mapped.physicalAddress();
      }
    }
    throw new MissingFactException("it cannot be told where the kernel's linear map begins");
  }

  /** The memory set aside for the crash kernel; none where it cannot be told. */
  public List<LinuxKernel.PhysicalRange> crashKernel() {
    try {
      return linux().crashKernel();
    } catch (MissingFactException e) {
      return List.of();
    }
  }

  /** What {@code uname} showed on the machine, by field; empty when it cannot be read. */
  public Map<String, String> utsname() {
    try {
      KernelMemory memory = kernelMemory();
      return vmcoreinfo().map(info -> Utsname.read(memory, info)).orElse(Map.of());
    } catch (MissingFactException e) {
      return Map.of();
    }
  }

  /**
   * The kernel's memory, for what needs neither symbols nor types.
   *
   * @throws MissingFactException when its page tables cannot be found
   */
  public KernelMemory kernelMemory() throws MissingFactException {
    return new KernelMemory(kernelSpace().virtual(), byteOrder(), pointerBytes());
  }

  /**
   * The CPUs that were online when memory was saved, in the order of their numbers; those that the
   * dump has no registers of have all of them unavailable. Empty when not even their number can be
   * told.
   */
  public List<CrashedCpu> cpus() {
    return cpus.get().all();
  }

  /** Whether the machine crashed, and on which CPU. */
  public CrashVerdict crash() {
    return cpus.get().verdict();
  }

  private Cpus findCpus() {
    Optional<LinuxKernel> kernel;
    try {
      kernel = Optional.of(linux());
    } catch (MissingFactException e) {
      kernel = Optional.empty();
    }
    List<CrashedCpu> numbered =
        architecture.isPresent()
            ? CpuNumbering.number(states, architecture.get(), byteOrder(), kernel)
            : List.of();
    CrashVerdict found = new CrashEvidence(this, kernel, numbered).verdict();
    List<CrashedCpu> all = new ArrayList<>();
    for (CrashedCpu cpu : numbered) {
      CrashedCpu judged =
          new CrashedCpu(cpu.number(), found.isOn(cpu.number()), cpu.hasRegisters(), cpu.state());
      all.add(withCurrentTask(judged, kernel));
    }
    return new Cpus(List.copyOf(all), found);
  }

  /**
   * The kernel's log.
   *
   * @throws MissingFactException when it cannot be found
   */
  public KernelLog log() throws MissingFactException {
    Optional<Vmcoreinfo> told = vmcoreinfo().filter(KernelLog::isTold);
    return told.isPresent() ? KernelLog.read(kernelMemory(), told.get()) : KernelLog.read(linux());
  }

  private CrashedCpu withCurrentTask(CrashedCpu cpu, Optional<LinuxKernel> kernel) {
    OptionalLong task = kernel.map(k -> k.currentTask(cpu.number())).orElse(OptionalLong.empty());
    if (task.isEmpty() || architecture.isEmpty()) {
      return cpu;
    }
    CpuState state = architecture.get().withCurrentTask(cpu.state(), task.getAsLong());
    return new CrashedCpu(cpu.number(), cpu.crashed(), cpu.hasRegisters(), state);
  }

  @Override
  public void close() throws IOException {
    symbols.close();
    kernel.close();
    dump.close();
  }
}
