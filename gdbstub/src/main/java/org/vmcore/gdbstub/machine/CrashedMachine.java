package org.vmcore.gdbstub.machine;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.Translation;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.linux.CrashKernel;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.log.KernelLog;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.tasks.Tasks;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.symbols.offer.ServedSymbols;
import org.vmcore.gdbstub.symbols.read.SourceLines.SourceLine;
import org.vmcore.gdbstub.symbols.read.Vmlinux;

/**
 * A dump with its architecture and its kernel: all that sessions share. What costs more than
 * reading headers is found at first use and kept. Safe for use by several threads.
 */
public final class CrashedMachine implements Closeable {
  private final MachineDump dump;
  private final MachineMemory memory;
  private final MachineKernel kernel;
  private final MachineCpus cpus;
  private final MachineSymbols symbols;
  private final MachineLines lines;

  // Each is made of those before it, and holds no more than those.
  private final Lazy<VmlinuxChoice, RuntimeException> vmlinux;
  private final Lazy<MachineTasks, MissingFactException> tasks;
  private final Lazy<AddressSpaces, MissingFactException> spaces;
  private final Lazy<MachineStacks, MissingFactException> stacks;
  private final Lazy<Optional<PerCpuWindow>, RuntimeException> perCpuWindow;

  private CrashedMachine(MachineDump dump, NamedFiles named) {
    this.dump = dump;
    // Only where no note tells the build id, the kernel's memory is read to choose a vmlinux, and
    // then no vmlinux is asked to find that memory.
    this.vmlinux = Lazy.of(() -> chooseVmlinux(named));
    this.memory = new MachineMemory(dump, named, this::vmlinux);
    this.kernel = new MachineKernel(dump, memory, named, vmlinux::get);
    this.cpus = new MachineCpus(dump, memory, kernel);
    this.tasks =
        Lazy.of(
            () ->
                new MachineTasks(
                    dump.requireArchitecture(),
                    dump.byteOrder(),
                    memory.space(),
                    new Tasks(kernel.requireTaskTypes()),
                    cpus));
    this.spaces =
        Lazy.of(
            () ->
                new AddressSpaces(
                    dump.requireArchitecture(), memory.space(), memory.pageBytes(), kernel, tasks));
    this.stacks =
        Lazy.of(() -> new MachineStacks(kernel.known(), dump.requireArchitecture(), cpus, tasks));
    this.perCpuWindow = Lazy.of(this::findPerCpuWindow);
    this.symbols =
        new MachineSymbols(dump, memory, kernel, this::vmlinux, perCpuWindow::get, stacks);
    this.lines = new MachineLines(dump, memory, kernel, this::vmlinux);
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
      return new CrashedMachine(new MachineDump(dump, options), NamedFiles.open(options));
    } catch (IOException | RuntimeException e) {
      dump.close();
      throw e;
    }
  }

  public Dump dump() {
    return dump.dump();
  }

  /** Empty when the dump is of none that is known. */
  public Optional<Architecture> architecture() {
    return dump.architecture();
  }

  /** The kernel's vmlinux: never one of another build, unless the user insists. */
  public Optional<Vmlinux> vmlinux() {
    return vmlinuxChoice().vmlinux();
  }

  /** The same with where it came from; it is looked for when this is first asked. */
  public VmlinuxChoice vmlinuxChoice() {
    return vmlinux.get();
  }

  private VmlinuxChoice chooseVmlinux(NamedFiles named) {
    return new VmlinuxFinder(memory, kernel, dump.options()).choose(named.vmlinux());
  }

  public Optional<Vmcoreinfo> vmcoreinfo() {
    return memory.vmcoreinfo();
  }

  /** Where {@link #vmcoreinfo()} came from, as a user would say it. */
  public String vmcoreinfoSource() {
    return memory.foundVmcoreinfo().source();
  }

  /**
   * The kernel's build id as VMCOREINFO has it, or else its own memory, in lower-case hexadecimal.
   */
  public Optional<String> buildId() {
    return kernel.buildId();
  }

  /**
   * One sentence when the named vmlinux is not the kernel that crashed; it names both build ids.
   */
  public Optional<String> vmlinuxMismatch() {
    return vmlinuxChoice().mismatch();
  }

  /** The line of source that code is of, where a vmlinux or the module's file tells it. */
  public Optional<SourceLine> sourceLine(long address) {
    return lines.at(address);
  }

  /**
   * The architecture.
   *
   * @throws MissingFactException when it is none that is known
   */
  public Architecture requireArchitecture() throws MissingFactException {
    return dump.requireArchitecture();
  }

  /**
   * The kernel's address space.
   *
   * @throws MissingFactException when its page tables cannot be found
   */
  public KernelSpace kernelSpace() throws MissingFactException {
    return memory.space();
  }

  /** Bytes that KASLR moved the kernel image by, where that is known. */
  public OptionalLong kaslrOffset() {
    return memory.kaslrOffset();
  }

  /**
   * The facts that the user has told.
   *
   * @throws MissingFactException when there is one that machines of this architecture do not have
   */
  public Map<String, String> requireKnownOptions() throws MissingFactException {
    return dump.requireKnownOptions();
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

  /**
   * An ELF file with the symbols and types that the dump itself has of its kernel and modules,
   * addresses as they were when it ran; empty where it has no symbols. It takes a second to make,
   * and half of that where what is of the kernel is in the user's cache.
   *
   * @throws MissingFactException when the kernel's memory cannot be read
   */
  public Optional<DumpInput> makeSymbolFile() throws MissingFactException {
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
      // Without the kernel's memory there is nothing to show in it.
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

  /**
   * The kernel's memory with its types.
   *
   * @throws MissingFactException when these are not known; the message says what would tell them
   */
  public TypedMemory requireTypes() throws MissingFactException {
    return kernel.requireTypes();
  }

  /** The machine's byte order, or what the dump's headers say where the architecture is unknown. */
  public ByteOrder byteOrder() {
    return dump.byteOrder();
  }

  /**
   * Size of a pointer in bytes, or what the dump's headers say where the architecture is unknown.
   */
  public int pointerBytes() {
    return dump.pointerBytes();
  }

  /** Size of a base page in bytes. */
  public long pageBytes() {
    return memory.pageBytes();
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
  public List<CrashKernel.Range> crashKernel() {
    try {
      return CrashKernel.reserved(linux());
    } catch (MissingFactException e) {
      // The map then shows the memory as it is; why the kernel's cannot be read is told elsewhere.
      return List.of();
    }
  }

  /** What {@code uname} showed on the machine, by field; empty when it cannot be read. */
  public Map<String, String> utsname() {
    return memory.utsname();
  }

  /**
   * The kernel's memory, for what needs neither symbols nor types.
   *
   * @throws MissingFactException when its page tables cannot be found
   */
  public KernelMemory kernelMemory() throws MissingFactException {
    return memory.read();
  }

  /**
   * The CPUs that were online when memory was saved, in the order of their numbers; those that the
   * dump has no registers of have all of them unavailable. Empty when not even their number can be
   * told.
   */
  public List<CrashedCpu> cpus() {
    return cpus.all();
  }

  /** Whether the machine crashed, and on which CPU. */
  public CrashVerdict crash() {
    return cpus.verdict();
  }

  /**
   * The kernel's log.
   *
   * @throws MissingFactException when it cannot be found
   */
  public KernelLog log() throws MissingFactException {
    return kernel.log();
  }

  @Override
  public void close() throws IOException {
    symbols.close();
    kernel.close();
    dump.close();
  }
}
