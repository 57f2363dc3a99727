package org.vmcore.gdbstub.machine;

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
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.Architectures;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MachineFacts;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.linux.KernelBuildId;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.Utsname;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.tasks.Tasks;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.symbols.offer.ServedSymbols;
import org.vmcore.gdbstub.symbols.read.Vmlinux;

/**
 * A dump with its architecture and its kernel: all that sessions share. What costs more than
 * reading headers is found at first use and kept. Safe for use by several threads.
 */
public final class CrashedMachine implements Closeable {
  private final Dump dump;
  private final MachineOptions options;
  private final Optional<Architecture> architecture;
  private final List<CpuState> states;
  private final Optional<Vmlinux> named;
  private final FoundVmcoreinfo vmcoreinfo;

  private final MachineKernel kernel;
  private final MachineSymbols symbols;

  private @Nullable KernelSpace kernelSpace;
  private @Nullable VmlinuxChoice vmlinux;
  private @Nullable List<CrashedCpu> cpus;
  private @Nullable AddressSpaces spaces;
  private @Nullable Optional<PerCpuWindow> perCpuWindow;
  private @Nullable MachineTasks tasks;
  private @Nullable MachineStacks stacks;

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
    this.kernel = new MachineKernel(this, options.types());
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
    return open(DumpFormats.openFiles(files, options.open()), options);
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
  public synchronized VmlinuxChoice vmlinuxChoice() {
    if (vmlinux == null) {
      vmlinux = new VmlinuxFinder(this, options).choose(named);
    }
    return vmlinux;
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
  public synchronized KernelSpace kernelSpace() throws MissingFactException {
    if (kernelSpace == null) {
      // Where memory must be read to tell whether a vmlinux is the right one, it is believed here.
      Function<String, OptionalLong> linkAddress =
          name ->
              (buildIdOfNote().isPresent() ? vmlinux() : named)
                  .map(v -> v.linkAddress(name))
                  .orElse(OptionalLong.empty());
      kernelSpace =
          requireArchitecture()
              .kernelSpace(
                  new Machine(dump, vmcoreinfo(), states, linkAddress, requireKnownOptions()));
    }
    return kernelSpace;
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
   * addresses as they were when it ran; empty where it has no symbols. It takes a second or two to
   * make, and is not kept.
   *
   * @throws MissingFactException when the kernel's memory cannot be read
   */
  public Optional<byte[]> makeSymbolFile() throws MissingFactException {
    return symbols.makeFile();
  }

  /** Where a debugger sees per-CPU variables, if it is asked to. */
  public synchronized Optional<PerCpuWindow> perCpuWindow() {
    if (perCpuWindow == null) {
      try {
        perCpuWindow = PerCpuWindow.of(linux());
      } catch (MissingFactException e) {
        perCpuWindow = Optional.empty();
      }
    }
    return perCpuWindow;
  }

  /**
   * The memory that CPUs and processes saw.
   *
   * @throws MissingFactException when the kernel's page tables cannot be found
   */
  public synchronized AddressSpaces spaces() throws MissingFactException {
    if (spaces == null) {
      spaces = new AddressSpaces(this, requireArchitecture(), kernelSpace());
    }
    return spaces;
  }

  /**
   * The machine's tasks.
   *
   * @throws MissingFactException when the layout of the kernel's structures is not known
   */
  public synchronized MachineTasks tasks() throws MissingFactException {
    if (tasks == null) {
      tasks =
          new MachineTasks(this, requireArchitecture(), kernelSpace(), new Tasks(requireTypes()));
    }
    return tasks;
  }

  /**
   * The machine's stacks.
   *
   * @throws MissingFactException when the kernel's memory cannot be read
   */
  public synchronized MachineStacks stacks() throws MissingFactException {
    if (stacks == null) {
      stacks = new MachineStacks(this, linux(), requireArchitecture());
    }
    return stacks;
  }

  /**
   * The kernel's memory with its types.
   *
   * @throws MissingFactException when these are not known; the message says what would tell them
   */
  public TypedMemory requireTypes() throws MissingFactException {
    Optional<TypedMemory> types = linux().types();
    if (types.isEmpty()) {
      throw new MissingFactException(
          "the layout of the kernel's structures is not known: it carries no BTF in this dump; give"
              + " --vmlinux FILE with debug info, or --types FILE (any module of that kernel with"
              + " debug info)");
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
   * The CPUs that the dump has registers of, in the order of their numbers. Without any, as in raw
   * memory, those that the kernel had online, all registers unavailable; empty when not even that
   * can be told.
   */
  public synchronized List<CrashedCpu> cpus() {
    if (cpus == null) {
      Optional<LinuxKernel> kernel;
      try {
        kernel = Optional.of(linux());
      } catch (MissingFactException e) {
        kernel = Optional.empty();
      }
      List<CrashedCpu> numbered =
          states.isEmpty() && architecture.isPresent()
              ? CpuNumbering.withoutRegisters(architecture.get(), byteOrder(), kernel)
              : CpuNumbering.number(states, kernel);
      List<CrashedCpu> found = new ArrayList<>();
      for (CrashedCpu cpu : numbered) {
        found.add(withCurrentTask(cpu, kernel));
      }
      cpus = List.copyOf(found);
    }
    return cpus;
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
