package org.vmcore.gdbstub.inspect.machine;

import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.gdbstub.inspect.query.Notes;
import org.vmcore.gdbstub.inspect.tasks.TaskFinder;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.SystemState;
import org.vmcore.gdbstub.linux.log.PanicMessage;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.tasks.TaskState;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.machine.CrashTime;
import org.vmcore.gdbstub.machine.CrashVerdict;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.symbols.read.Vmlinux;

/**
 * What happened to which machine. What the dump does not tell is left out.
 *
 * @param kernel the kernel's vmlinux
 * @param tainted whether the kernel is
 * @param dumpfile the dump's file
 * @param partial whether pages were left out of it
 * @param truncated whether the file is not whole
 * @param cpus how many there were, and {@code offlineCpus} of them that were not used
 * @param date the machine's own clock
 * @param loadAverage over 1, 5 and 15 minutes
 * @param tasks all threads, the kernel's and the idle tasks too
 * @param processorMhz the processors' clock
 * @param memoryBytes that the kernel managed
 * @param panic the kernel's own words for what went wrong
 * @param panicTask what ran on the CPU that brought the machine down
 * @param notCrashed what tells that it had not crashed, and was only stopped to be looked at
 */
public record MachineState(
    Optional<String> kernel,
    boolean tainted,
    String dumpfile,
    boolean partial,
    boolean truncated,
    OptionalInt cpus,
    OptionalInt offlineCpus,
    Optional<Instant> date,
    OptionalDouble uptimeSeconds,
    List<Double> loadAverage,
    OptionalInt tasks,
    Optional<String> nodename,
    Optional<String> release,
    Optional<String> kernelVersion,
    Optional<String> machine,
    OptionalInt processorMhz,
    OptionalLong memoryBytes,
    Optional<String> panic,
    Optional<PanicTask> panicTask,
    Optional<String> notCrashed)
    implements Sys.Answer {
  private static final double NANOS_PER_SECOND = 1e9;

  /**
   * A task that ran when the machine went down.
   *
   * @param task address of its {@code task_struct}
   * @param cpu that it ran on
   */
  public record PanicTask(int pid, String comm, @Hex long task, int cpu, TaskState state) {}

  /**
   * All of it.
   *
   * @param notes told why what is missing is
   */
  public static MachineState of(CrashedMachine machine, Notes notes) throws MissingFactException {
    return of(machine, true, notes);
  }

  /** The same without the number of tasks, for which all of them have to be read. */
  public static MachineState quick(CrashedMachine machine, Notes notes)
      throws MissingFactException {
    return of(machine, false, notes);
  }

  private static MachineState of(CrashedMachine machine, boolean countTasks, Notes notes)
      throws MissingFactException {
    Reasons reasons = new Reasons();
    Optional<Instant> now = CrashTime.now(machine, reasons);
    notes.incomplete(reasons);
    LinuxKernel linux = machine.linux();
    SystemState state = new SystemState(linux);
    DumpInfo info = machine.dump().info();
    Map<String, String> uname = machine.utsname();
    boolean typed = linux.taskTypes().isPresent();
    OptionalLong pages = state.memoryPages();
    return new MachineState(
        machine.vmlinux().map(Vmlinux::path).map(Object::toString),
        state.taint().orElse(0) != 0,
        info.file(),
        info.dumpLevel().orElse(0) != 0,
        !info.incomplete().isEmpty(),
        cpus(machine),
        offline(linux),
        now,
        state
            .uptime()
            .map(uptime -> OptionalDouble.of(uptime.toNanos() / NANOS_PER_SECOND))
            .orElse(OptionalDouble.empty()),
        state.loadAverage(),
        countTasks && typed ? OptionalInt.of(tasks(machine, state)) : OptionalInt.empty(),
        Optional.ofNullable(uname.get("nodename")),
        Optional.ofNullable(uname.get("release"))
            .or(() -> machine.vmcoreinfo().flatMap(told -> told.value("OSRELEASE"))),
        Optional.ofNullable(uname.get("version")),
        Optional.ofNullable(uname.get("machine")),
        state.processorMegahertz(),
        pages.isPresent() ? OptionalLong.of(pages.getAsLong() * machine.pageBytes()) : pages,
        panic(machine, notes),
        typed ? panicTask(machine) : Optional.empty(),
        notCrashed(machine));
  }

  /** By the kernel's own count, for which no task has to be read; it leaves the idle ones out. */
  private static int tasks(CrashedMachine machine, SystemState state) throws MissingFactException {
    OptionalInt counted = state.threads();
    return counted.isPresent()
        ? counted.getAsInt() + machine.cpus().size()
        : TaskFinder.every(machine).size();
  }

  private static OptionalInt cpus(CrashedMachine machine) throws MissingFactException {
    Optional<BitSet> present = machine.linux().presentCpus();
    if (present.isPresent()) {
      return OptionalInt.of(present.get().cardinality());
    }
    int known = machine.cpus().size();
    return known == 0 ? OptionalInt.empty() : OptionalInt.of(known);
  }

  private static OptionalInt offline(LinuxKernel linux) {
    Optional<BitSet> present = linux.presentCpus();
    Optional<BitSet> online = linux.onlineCpus();
    if (present.isEmpty() || online.isEmpty()) {
      return OptionalInt.empty();
    }
    BitSet offline = (BitSet) present.get().clone();
    offline.andNot(online.get());
    return OptionalInt.of(offline.cardinality());
  }

  private static Optional<String> panic(CrashedMachine machine, Notes notes) {
    try {
      return PanicMessage.of(machine.log().records());
    } catch (MissingFactException e) {
      notes.incomplete("why it crashed: " + e.getMessage());
      return Optional.empty();
    }
  }

  private static Optional<String> notCrashed(CrashedMachine machine) throws MissingFactException {
    return Optional.of(machine.crash())
        .filter(verdict -> verdict.outcome() == CrashVerdict.Outcome.NOT_CRASHED)
        .map(CrashVerdict::reason);
  }

  private static Optional<PanicTask> panicTask(CrashedMachine machine) throws MissingFactException {
    Optional<CrashedCpu> crashed = machine.cpus().stream().filter(CrashedCpu::crashed).findFirst();
    Optional<Task> task = machine.tasks().panicTask();
    return task.isEmpty() || crashed.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new PanicTask(
                task.get().pid(),
                task.get().comm(),
                task.get().address(),
                crashed.get().number(),
                task.get().state()));
  }
}
