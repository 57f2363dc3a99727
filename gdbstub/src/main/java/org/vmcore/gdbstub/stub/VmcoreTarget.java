package org.vmcore.gdbstub.stub;

import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.api.Register;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.MemoryFilter;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.arch.paging.VirtualRead;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.machine.CpuNumbering;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.rsp.Peer;
import org.vmcore.gdbstub.rsp.Target;
import org.vmcore.gdbstub.rsp.ThreadId;
import org.vmcore.gdbstub.symbols.offer.ServedFile;
import org.vmcore.gdbstub.symbols.offer.ServedSymbols;
import org.vmcore.gdbstub.symbols.offer.Taker;

/**
 * A crashed machine as one debugger sees it: its CPUs are the threads of one process. A dump
 * without registers still has threads, whose registers are all unavailable: memory, symbols and
 * what the kernel knows of the CPUs can be read through them.
 */
public final class VmcoreTarget implements Target {
  /** {@code monitor} commands that know of CPUs where the protocol knows threads. */
  @FunctionalInterface
  public interface MachineMonitor {
    void run(String commandLine, CrashedCpu cpu, Console console);
  }

  private static final Logger LOG = LoggerFactory.getLogger(VmcoreTarget.class);

  /** All CPUs belong to one process, the machine. */
  private static final long PROCESS = 1;

  /**
   * The same for a debugger that may attach to processes, of which 1 is init. PID 2 is kthreadd's,
   * or another of the kernel's own threads before Linux 2.6.22, and so never a program's.
   */
  private static final long PROCESS_BESIDE_OTHERS = 2;

  /** GDB_SIGNAL_TRAP: what a debugger expects of a target that simply has stopped. */
  private static final int SIGTRAP = 5;

  private final CrashedMachine machine;
  private final PhysicalMemory physical;
  private final Architecture architecture;
  private final MemoryFilter filter;
  private final DebuggerView view;
  private final MachineMonitor monitor;
  private final Map<ThreadId, CrashedCpu> cpus = new LinkedHashMap<>();
  private final Peer peer;
  private Taker taker = Taker.REMOTE;
  private final MachineProcesses processes;
  private long process = PROCESS;
  private DebuggerView.Threads shown;
  private @Nullable List<ThreadInfo> threads;

  /** Kept when they are shown no more: a debugger may still have one selected. */
  private @Nullable TaskThreads tasks;

  /** A target that shows the CPUs until its debugger asks for something else. */
  public VmcoreTarget(CrashedMachine machine, Function<DebuggerView, MachineMonitor> monitor)
      throws MissingFactException {
    this(machine, DebuggerView.Threads.CPUS, Peer.UNKNOWN, monitor);
  }

  /**
   * @param shown what the debugger sees as threads until it asks for something else
   * @param peer the debugger
   * @param monitor makes the {@code monitor} commands of this debugger, which are run for the CPU
   *     that the debugger has selected
   * @throws MissingFactException when it is no machine that is known; one whose page tables are not
   *     found has its registers and physical memory all the same
   */
  public VmcoreTarget(
      CrashedMachine machine,
      DebuggerView.Threads shown,
      Peer peer,
      Function<DebuggerView, MachineMonitor> monitor)
      throws MissingFactException {
    this.machine = machine;
    this.peer = peer;
    this.architecture = machine.requireArchitecture();
    Optional<KernelSpace> kernel = kernelSpace(machine);
    this.physical = kernel.map(KernelSpace::physical).orElseGet(() -> machine.dump().memory());
    this.filter =
        kernel
            .map(space -> architecture.filterForDebuggers(space, machine.vmcoreinfo()))
            .orElse(MemoryFilter.NONE);
    this.shown = shown;
    this.view = new DebuggerView(machine, shown);
    this.monitor = monitor.apply(view);
    this.processes = new MachineProcesses(machine);
    nameThreads();
  }

  private static Optional<KernelSpace> kernelSpace(CrashedMachine machine) {
    try {
      return Optional.of(machine.kernelSpace());
    } catch (MissingFactException e) {
      // Told by whoever shows the machine, and again for each address that is read.
      LOG.debug("No virtual memory: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private void nameThreads() {
    cpus.clear();
    machine.cpus().forEach(cpu -> cpus.put(threadOf(cpu), cpu));
    if (cpus.isEmpty()) {
      // A debugger reads memory only through a thread.
      CrashedCpu standIn = CpuNumbering.standIn(architecture, machine.byteOrder(), 0, false);
      cpus.put(threadOf(standIn), standIn);
    }
  }

  /** The protocol's name of a CPU; gdb then numbers it one higher than Linux does. */
  private ThreadId threadOf(CrashedCpu cpu) {
    return new ThreadId(process, cpu.number() + 1L);
  }

  /** The task whose thread it is; null where it is a CPU's. */
  private @Nullable Task taskOf(ThreadId thread) {
    return tasks == null ? null : tasks.task(thread);
  }

  /** The CPU that a thread is, or that its task ran on last, or else the first. */
  private CrashedCpu cpuOf(ThreadId thread) {
    CrashedCpu cpu = cpus.get(thread);
    if (cpu != null) {
      return cpu;
    }
    Task task = taskOf(thread);
    if (task == null) {
      throw new IllegalArgumentException("no such thread: " + thread);
    }
    return lastCpuOf(task);
  }

  private CrashedCpu lastCpuOf(Task task) {
    return cpus.values().stream()
        .filter(candidate -> candidate.number() == task.cpu().orElse(-1))
        .findFirst()
        .orElseGet(() -> cpus.values().iterator().next());
  }

  @Override
  public List<ThreadInfo> threads() {
    if (threads == null || view.threads() != shown) {
      shown = view.threads();
      List<ThreadInfo> all = new ArrayList<>();
      cpus.forEach((id, cpu) -> all.add(describeCpu(id, cpu)));
      if (shown == DebuggerView.Threads.TASKS) {
        all.addAll(taskThreads());
      }
      threads = List.copyOf(all);
    }
    return threads;
  }

  private List<ThreadInfo> taskThreads() {
    try {
      if (tasks == null) {
        tasks = new TaskThreads(machine.tasks(), List.copyOf(cpus.values()), process);
      }
      return tasks.infos();
    } catch (MissingFactException e) {
      LOG.warn("No tasks as threads: {}", e.getMessage());
      return List.of();
    }
  }

  private ThreadInfo describeCpu(ThreadId id, CrashedCpu cpu) {
    String name = "CPU " + cpu.number();
    Optional<String> task = currentTask(cpu).map(Task::comm);
    return new ThreadInfo(
        id, cpu.number(), task.map(comm -> name + " [" + comm + "]").orElse(name), describe(cpu));
  }

  /** What a CPU ran, where the kernel's types are known. */
  private Optional<Task> currentTask(CrashedCpu cpu) {
    try {
      return machine.linux().taskTypes().isPresent()
          ? machine.tasks().list().current(cpu.number())
          : Optional.empty();
    } catch (MissingFactException e) {
      // A name beside the number of the CPU, which does without.
      return Optional.empty();
    }
  }

  /** Such as {@code CPU 1, PID 67, user mode} or {@code CPU 0, PID 1, crashed}. */
  private static String describe(CrashedCpu cpu) {
    StringBuilder text = new StringBuilder("CPU ").append(cpu.number());
    if (!cpu.hasRegisters()) {
      text.append(", no registers in this dump");
    }
    cpu.state().pid().ifPresent(pid -> text.append(", PID ").append(pid));
    if (cpu.state().userMode()) {
      text.append(", user mode");
    }
    if (cpu.crashed()) {
      text.append(", crashed");
    }
    return text.toString();
  }

  @Override
  public ThreadId currentThread() {
    return cpus.entrySet().stream()
        .filter(entry -> entry.getValue().crashed())
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseGet(() -> cpus.keySet().iterator().next());
  }

  @Override
  public int stopSignal() {
    return SIGTRAP;
  }

  @Override
  public String targetXml() {
    return architecture.registers().targetXml();
  }

  @Override
  public List<Integer> registerSizes() {
    return architecture.registers().registers().stream().map(Register::bytes).toList();
  }

  @Override
  public byte @Nullable [] readRegister(ThreadId thread, int number) {
    Task task = taskOf(thread);
    return task == null || tasks == null
        ? cpuOf(thread).state().registers().bytes(number)
        : tasks.registers(task).bytes(number);
  }

  @Override
  public MemoryRead readMemory(
      ThreadId thread, long address, byte[] destination, int offset, int length) {
    VirtualMemory memory;
    view.select(taskOf(thread));
    try {
      memory = view.memory(cpuOf(thread));
    } catch (MissingFactException e) {
      String message = String.valueOf(e.getMessage());
      return new MemoryRead(0, () -> message);
    }
    VirtualRead read = memory.read(address, destination, offset, length);
    filter.apply(address, destination, offset, read.length());
    Fault fault = read.fault();
    return new MemoryRead(read.length(), fault == null ? null : fault::message);
  }

  @Override
  public long afterHole(ThreadId thread, long address) {
    long page = Target.nextPage(address);
    view.select(taskOf(thread));
    try {
      return page == 0 ? 0 : view.memory(cpuOf(thread)).next(page);
    } catch (MissingFactException e) {
      // Reading said why: there is nothing more to try.
      return 0;
    }
  }

  @Override
  public Optional<PhysicalMemoryReader> physicalMemory() {
    return Optional.of(
        new PhysicalMemoryReader() {
          @Override
          public MemoryRead read(long address, byte[] destination, int offset, int length) {
            return readPhysical(address, destination, offset, length);
          }

          @Override
          public long afterHole(long address) {
            long page = Target.nextPage(address);
            long present = page == 0 ? PhysicalMemory.NONE : physical.nextPresent(page);
            return present == PhysicalMemory.NONE ? 0 : present;
          }
        });
  }

  private MemoryRead readPhysical(long address, byte[] destination, int offset, int length) {
    PhysicalRead read = physical.read(address, destination, offset, length);
    PhysicalFault fault = read.fault();
    return new MemoryRead(read.length(), fault == null ? null : fault::message);
  }

  @Override
  public Optional<Monitor> monitor() {
    return Optional.of(
        (commandLine, thread, console) -> {
          view.select(taskOf(thread));
          monitor.run(commandLine, cpuOf(thread), console);
        });
  }

  @Override
  public Optional<Relocation> relocation() {
    return Relocations.of(machine);
  }

  @Override
  public List<TransferObject> transferObjects() {
    List<TransferObject> objects = machineObjects();
    objects.add(new ProcessTarget.AuxiliaryVector(Optional.empty()));
    return objects;
  }

  /** Those that are of the machine, whatever the debugger looks at. */
  private List<TransferObject> machineObjects() {
    List<TransferObject> objects = new ArrayList<>();
    machine.vmcoreinfo().ifPresent(v -> objects.add(new VmcoreinfoObject(v)));
    objects.add(new OsTables(machine));
    return objects;
  }

  @Override
  public Optional<OfferedFile> file(String name) {
    return Target.super.file(name).or(() -> processes.file(name));
  }

  @Override
  public Optional<String> link(String name) {
    return processes.link(name);
  }

  @Override
  public Optional<Processes> processes() {
    return Optional.of(new Inferiors());
  }

  private final class Inferiors implements Processes {
    @Override
    public void makeRoom() {
      process = PROCESS_BESIDE_OTHERS;
      threads = null;
      tasks = null;
      nameThreads();
    }

    @Override
    public Target attach(long pid) throws NoProcessException {
      return processes.attach(pid, new ForProcesses());
    }
  }

  /** What processes leave to the machine. */
  private final class ForProcesses implements ProcessTarget.Machine {
    @Override
    public void monitor(String commandLine, Task task, Console console) {
      view.select(task);
      monitor.run(commandLine, lastCpuOf(task), console);
    }

    @Override
    public List<TransferObject> transferObjects() {
      return machineObjects();
    }

    @Override
    public Optional<OfferedFile> file(String name) {
      return processes.file(name);
    }

    @Override
    public Optional<String> link(String name) {
      return processes.link(name);
    }

    @Override
    public Optional<PhysicalMemoryReader> physicalMemory() {
      return VmcoreTarget.this.physicalMemory();
    }
  }

  @Override
  public List<OfferedFile> files() {
    return machine
        .servedSymbols()
        .map(symbols -> symbols.files().stream().map(file -> offer(symbols, file)).toList())
        .orElse(List.of());
  }

  private OfferedFile offer(ServedSymbols symbols, ServedFile file) {
    boolean hasWindow =
        symbols.usesPerCpuWindow(taker)
            && symbols.executable(taker).equals(Optional.of(file.name()));
    return new SymbolsFile(file, hasWindow ? () -> view.showPerCpuWindow(true) : () -> {});
  }

  @Override
  public void awaitFiles(Duration atMost) {
    machine.servedSymbols().ifPresent(symbols -> symbols.await(atMost));
  }

  @Override
  public boolean sharesFiles() {
    return peer.sharesFiles();
  }

  @Override
  public void describeDebugger(boolean opensFiles, boolean hasProgram) {
    taker = new Taker(opensFiles, hasProgram, peer.process());
  }

  @Override
  public Optional<String> executable() {
    return machine.servedSymbols().flatMap(symbols -> symbols.executable(taker));
  }

  @Override
  public Optional<Libraries> libraries() {
    return machine.servedSymbols().map(symbols -> () -> tell(symbols));
  }

  private List<Library> tell(ServedSymbols symbols) {
    List<Library> libraries = LibraryList.of(symbols, taker);
    if (taker.opensFiles() && symbols.usesPerCpuWindow(taker)) {
      view.showPerCpuWindow(true);
    }
    return libraries;
  }

  @Override
  public Optional<LocalFiles> localFiles() {
    return machine.servedSymbols().filter(ServedSymbols::hasImage).map(LocalSymbols::new);
  }

  @Override
  public Optional<Host> host() {
    boolean littleEndian = machine.byteOrder() == ByteOrder.LITTLE_ENDIAN;
    String triple = architecture.tripleName(machine.dump()) + "-unknown-linux-gnu";
    return Optional.of(
        new Host(triple, littleEndian, machine.pointerBytes(), (int) machine.pageBytes()));
  }

  /** {@code qXfer:vmcoreinfo:read}, the form agreed on the kgdb list in January 2025. */
  private record VmcoreinfoObject(Vmcoreinfo vmcoreinfo) implements TransferObject {
    @Override
    public String name() {
      return "vmcoreinfo";
    }

    @Override
    public Optional<byte[]> read(String annex) {
      return annex.isEmpty() ? Optional.of(vmcoreinfo.text()) : Optional.empty();
    }
  }
}
