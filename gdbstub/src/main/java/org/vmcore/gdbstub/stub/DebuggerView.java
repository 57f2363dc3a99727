package org.vmcore.gdbstub.stub;

import org.vmcore.gdbstub.machine.PerCpuWindow;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** What one debugger has chosen to look at in a machine that it shares with others. */
public final class DebuggerView {
  /** What the machine is shown as. */
  public enum Threads {
    /** Its CPUs. */
    CPUS,
    /** Its CPUs, and then every task that ran on none. */
    TASKS
  }

  private final CrashedMachine machine;
  private Threads threads;
  private @Nullable VirtualMemory chosenSpace;
  private @Nullable VirtualMemory cpusSpace;
  private @Nullable Task selectedTask;
  private boolean seesPerCpuWindow;
  private final Map<Integer, Windowed> windowed = new HashMap<>();

  public DebuggerView(CrashedMachine machine) {
    this(machine, Threads.CPUS);
  }

  DebuggerView(CrashedMachine machine, Threads threads) {
    this.machine = machine;
    this.threads = threads;
  }

  public CrashedMachine machine() {
    return machine;
  }

  public Threads threads() {
    return threads;
  }

  public void showThreads(Threads shown) {
    threads = shown;
  }

  /** The task whose thread the debugger has selected, if it is not a CPU's. */
  public Optional<Task> selectedTask() {
    return Optional.ofNullable(selectedTask);
  }

  void select(@Nullable Task task) {
    selectedTask = task;
  }

  /**
   * Memory as the selected thread sees it: the task's, if it is one's, else as {@code cpu} saw it;
   * or the address space that the user chose instead.
   */
  public VirtualMemory memory(CrashedCpu cpu) throws MissingFactException {
    VirtualMemory space = space(cpu);
    Optional<PerCpuWindow> window = seesPerCpuWindow ? machine.perCpuWindow() : Optional.empty();
    if (window.isEmpty()) {
      return space;
    }
    Windowed known = windowed.get(cpu.number());
    if (known == null || known.space() != space) {
      VirtualMemory over = window.get().over(space, machine.kernelSpace().physical(), cpu.number());
      known = new Windowed(space, over);
      windowed.put(cpu.number(), known);
    }
    return known.memory();
  }

  /** Memory without and with the window to per-CPU variables. */
  private record Windowed(VirtualMemory space, VirtualMemory memory) {}

  /** Whether per-CPU variables are seen at the addresses of {@link PerCpuWindow}. */
  public boolean seesPerCpuWindow() {
    return seesPerCpuWindow;
  }

  /** See {@link PerCpuWindow}; a debugger whose symbols are not in it needs none. */
  public void showPerCpuWindow(boolean shown) {
    seesPerCpuWindow = shown;
  }

  private VirtualMemory space(CrashedCpu cpu) throws MissingFactException {
    if (chosenSpace != null) {
      return chosenSpace;
    }
    if (selectedTask != null) {
      return machine.tasks().memoryOf(selectedTask);
    }
    return cpusSpace != null ? cpusSpace : machine.spaces().of(cpu);
  }

  /**
   * Shows another address space to all threads.
   *
   * @param root physical address of its top-level page table
   */
  public void chooseSpace(long root) throws MissingFactException {
    chosenSpace = machine.spaces().at(root);
  }

  /**
   * Shows the address space of a task to the threads of CPUs; those of tasks go on to see their
   * own.
   *
   * @param root of its page tables
   */
  public void chooseTask(long root) throws MissingFactException {
    chosenSpace = null;
    cpusSpace = machine.spaces().at(root);
  }

  /** Shows each thread its own address space again. */
  public void forgetSpace() {
    chosenSpace = null;
    cpusSpace = null;
  }
}
