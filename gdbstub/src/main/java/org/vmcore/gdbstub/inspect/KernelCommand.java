package org.vmcore.gdbstub.inspect;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.tasks.Tasks;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.rsp.Target.Console;
import org.vmcore.gdbstub.stub.DebuggerView;

/** A command that looks into the kernel of the dump. */
abstract class KernelCommand implements MonitorCommand, Inspection {
  private final String name;
  private final String arguments;
  private final String summary;
  private final String help;

  KernelCommand(String name, String arguments, String summary, String help) {
    this.name = name;
    this.arguments = arguments;
    this.summary = summary;
    this.help = help;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final String arguments() {
    return arguments;
  }

  @Override
  public final String summary() {
    return summary;
  }

  @Override
  public final String help() {
    return help;
  }

  /**
   * Finds out.
   *
   * @throws KernelReadException when the kernel lacks what it takes, or the dump does
   */
  abstract Answer answer(Call call, List<String> arguments)
      throws UsageException, MissingFactException, KernelReadException;

  @Override
  public final void run(Call call, List<String> arguments)
      throws UsageException, MissingFactException {
    try {
      call.console().print(answer(call, arguments).text());
    } catch (KernelReadException e) {
      throw new MissingFactException(reason(e));
    }
  }

  @Override
  public final Answer inspect(CrashedMachine machine, List<String> arguments, Console console)
      throws FailedException {
    try {
      DebuggerView view = new DebuggerView(machine);
      return answer(new Call(view, Optional.empty(), console), arguments);
    } catch (UsageException e) {
      throw new FailedException(String.valueOf(e.getMessage()), true);
    } catch (MissingFactException e) {
      throw new FailedException(String.valueOf(e.getMessage()), false);
    } catch (KernelReadException e) {
      throw new FailedException(reason(e), false);
    }
  }

  /** A module has only the types that it uses; many of the scheduler's and others are private. */
  private static String reason(KernelReadException e) {
    return e.reason() == KernelReadException.Reason.ABSENT
        ? e.getMessage() + ", as far as BTF, --vmlinux or --types tells"
        : String.valueOf(e.getMessage());
  }

  static void takesNone(List<String> arguments) throws UsageException {
    if (!arguments.isEmpty()) {
      throw new UsageException("takes no argument");
    }
  }

  static CrashedMachine machine(Call call) {
    return call.view().machine();
  }

  /** The kernel's memory with its types. */
  static TypedMemory typed(Call call) throws MissingFactException {
    return machine(call).requireTypes();
  }

  /** The numbers of all CPUs that were online or that the dump has registers of. */
  static List<Integer> cpus(Call call) throws MissingFactException {
    TreeSet<Integer> cpus = new TreeSet<>();
    for (CrashedCpu cpu : machine(call).cpus()) {
      cpus.add(cpu.number());
    }
    machine(call).linux().onlineCpus().map(BitSet::stream).ifPresent(s -> s.forEach(cpus::add));
    return new ArrayList<>(cpus);
  }

  /**
   * The task that is meant: that of a PID or at an address, or by default what the selected CPU
   * ran.
   */
  static Task task(Tasks tasks, Call call, List<String> arguments)
      throws UsageException, MissingFactException {
    if (arguments.size() > 1) {
      throw new UsageException("takes one task");
    }
    if (arguments.isEmpty()) {
      return tasks
          .current(call.cpu().number())
          .orElseThrow(() -> new MissingFactException("it cannot be told what the CPU ran"));
    }
    String text = arguments.get(0);
    if (text.matches("\\d{1,7}")) {
      int pid = Integer.parseInt(text);
      Optional<Task> found = pid == 0 ? tasks.idle(call.cpu().number()) : tasks.pid(pid);
      return found.orElseThrow(() -> new UsageException("no task has the PID " + text));
    }
    return tasks
        .at(Addresses.parse(text))
        .orElseThrow(() -> new UsageException("there is no task at " + text));
  }

  /** {@code PID: 1 TASK: ... CPU: 1 COMMAND: "init"}, as crash heads what it says of a task. */
  static String heading(Task task) {
    return "PID: %-7d  TASK: %x  CPU: %-3s  COMMAND: \"%s\"\n"
        .formatted(
            task.pid(),
            task.address(),
            task.cpu().isPresent() ? String.valueOf(task.cpu().getAsInt()) : "?",
            task.comm());
  }

  static KernelObject object(TypedMemory memory, Task task) throws KernelReadException {
    return memory.object("struct task_struct", task.address());
  }

  /** What stands for an address in a tree. */
  static String hex(long address) {
    return "0x" + Long.toHexString(address);
  }

  /** A line that says why what is above is not all; empty if it is. */
  static String note(Optional<String> problem) {
    return problem.map(text -> "(not all: " + text + ")\n").orElse("");
  }
}
