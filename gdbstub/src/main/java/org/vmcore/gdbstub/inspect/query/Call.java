package org.vmcore.gdbstub.inspect.query;

import java.io.BufferedReader;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.stub.DebuggerView;

/** Who asks a question, of which machine. For one answer. */
public final class Call {
  private final DebuggerView view;
  private final Optional<CrashedCpu> selected;
  private final Listener listener;
  private final Optional<Task> task;
  private final Notes notes;

  /** Is told how an answer that takes long comes on. */
  public interface Listener {
    /** To be called now and then while nothing is found: keeps who asked waiting. */
    default void stillBusy() {}

    /** A record of the answer has been shown. */
    default void shown() {}

    /** Where more to ask about can be read; empty where nobody writes it. */
    default Optional<BufferedReader> input() {
      return Optional.empty();
    }
  }

  /** Asked in a debugger, with the thread of a CPU or of a task that it ran last selected. */
  public Call(DebuggerView view, CrashedCpu selected, Listener listener) {
    this(view, Optional.of(selected), listener, Optional.empty(), new Notes());
  }

  /** Asked without a debugger. */
  public Call(CrashedMachine machine, Listener listener) {
    this(new DebuggerView(machine), Optional.empty(), listener, Optional.empty(), new Notes());
  }

  private Call(
      DebuggerView view,
      Optional<CrashedCpu> selected,
      Listener listener,
      Optional<Task> task,
      Notes notes) {
    this.view = view;
    this.selected = selected;
    this.listener = listener;
    this.task = task;
    this.notes = notes;
  }

  /** The same about a task, where the question names none; notes are those of this call. */
  public Call of(Task meant) {
    return new Call(view, selected, listener, Optional.of(meant), notes);
  }

  /** The task that is meant where none is named; empty where it is the one that the CPU ran. */
  public Optional<Task> task() {
    return task.or(view::selectedTask);
  }

  /** The memory that is meant: that of the task, or as the CPU saw it. */
  public VirtualMemory memory() throws MissingFactException {
    return task.isPresent() ? machine().tasks().memoryOf(task.get()) : view.memory(cpu());
  }

  /** Whether a debugger asks, which may be somebody else's, on another machine. */
  public boolean isOfDebugger() {
    return selected.isPresent();
  }

  /** What the debugger that asked has chosen. */
  public DebuggerView view() {
    return view;
  }

  public CrashedMachine machine() {
    return view.machine();
  }

  public Notes notes() {
    return notes;
  }

  /** To be called now and then by what takes long. */
  public void stillBusy() {
    listener.stillBusy();
  }

  /** Where more to ask about can be read; empty in a debugger. */
  public Optional<BufferedReader> input() {
    return listener.input();
  }

  void shown() {
    listener.shown();
    listener.stillBusy();
  }

  /** The CPU that is meant: without a debugger the one that brought the machine down. */
  public CrashedCpu cpu() throws MissingFactException {
    return selected.isPresent() ? selected.get() : cpu(machine());
  }

  /** The CPU that brought a machine down, else the first. */
  public static CrashedCpu cpu(CrashedMachine machine) throws MissingFactException {
    Optional<CrashedCpu> crashed = machine.cpus().stream().filter(CrashedCpu::crashed).findFirst();
    return crashed
        .or(() -> machine.cpus().stream().findFirst())
        .orElseThrow(() -> new MissingFactException("the dump does not tell what CPUs there were"));
  }

  /**
   * The numbers of all CPUs that were online or that the dump has registers of; without those that
   * the kernel never had, as of a guest that was started with fewer than its machine has.
   */
  public List<Integer> cpus() throws MissingFactException {
    TreeSet<Integer> cpus = new TreeSet<>();
    for (CrashedCpu cpu : machine().cpus()) {
      cpus.add(cpu.number());
    }
    LinuxKernel linux = machine().linux();
    int possible =
        linux
            .address("nr_cpu_ids")
            .map(linux.memory()::int32)
            .orElse(OptionalInt.empty())
            .orElse(0);
    cpus.removeIf(cpu -> possible > 0 && cpu >= possible);
    linux.onlineCpus().map(BitSet::stream).ifPresent(s -> s.forEach(cpus::add));
    return new ArrayList<>(cpus);
  }

  /** The kernel's memory with its types. */
  public TypedMemory typed() throws MissingFactException {
    return machine().requireTypes();
  }

  public SymbolNames symbols() throws MissingFactException {
    return machine().linux().symbolNames();
  }

  /** How many digits an address has. */
  public int digits() {
    return machine().pointerBytes() * 2;
  }
}
