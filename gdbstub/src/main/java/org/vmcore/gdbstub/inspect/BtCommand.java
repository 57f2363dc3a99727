package org.vmcore.gdbstub.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.MachineStacks;
import org.vmcore.gdbstub.machine.MachineStacks.Stack;

/** {@code monitor bt [-s] [-a | all | cpu N | PID | TASK]}, laid out after crash's command. */
final class BtCommand extends KernelCommand {
  BtCommand() {
    super(
        "bt",
        "[-s] [-a | all | cpu N | PID | TASK]",
        "Show which functions called one another on a kernel stack",
        """
        Of the selected CPU or task, of all CPUs (-a), of every task (all), of one. In brackets is
        the place on the stack, behind the address the module. Registers are those of a CPU, of
        what an exception or interrupt came in, or, last, of the user program. '?' marks what only
        looks like a return address, where the way back was lost. -s tells the offset in each
        function, in decimal. Without types (see 'task') it is CPUs only.
        """);
  }

  @Override
  Answer answer(Call call, List<String> arguments) throws UsageException, MissingFactException {
    StackLines lines = new StackLines(machine(call), arguments.contains("-s"));
    List<String> rest = arguments.stream().filter(word -> !word.equals("-s")).toList();
    List<String> texts = new ArrayList<>();
    List<Object> tree = new ArrayList<>();
    for (Stack stack : stacks(call, rest)) {
      texts.add(lines.text(stack));
      tree.add(lines.tree(stack));
      call.console().stillBusy();
    }
    return new Answer(String.join("\n", texts), tree);
  }

  private static List<Stack> stacks(Call call, List<String> arguments)
      throws UsageException, MissingFactException {
    MachineStacks stacks = machine(call).stacks();
    List<Stack> found = new ArrayList<>();
    if (arguments.isEmpty()) {
      Optional<Task> selected = call.view().selectedTask();
      found.add(selected.isPresent() ? stacks.of(selected.get()) : stacks.of(call.cpu()));
    } else if (arguments.equals(List.of("-a"))) {
      for (CrashedCpu cpu : machine(call).cpus()) {
        found.add(stacks.of(cpu));
      }
    } else if (arguments.equals(List.of("all"))) {
      for (Task task : new TaskLines(machine(call)).everyTask()) {
        found.add(stacks.of(task));
      }
    } else if (arguments.get(0).equals("cpu")) {
      found.add(stacks.of(cpu(call, arguments.subList(1, arguments.size()))));
    } else {
      found.add(stacks.of(task(machine(call).tasks().list(), call, arguments)));
    }
    return found;
  }

  private static CrashedCpu cpu(Call call, List<String> arguments) throws UsageException {
    return machine(call).cpus().stream()
        .filter(cpu -> arguments.equals(List.of("" + cpu.number())))
        .findFirst()
        .orElseThrow(() -> new UsageException("takes 'cpu' and the number of one in the dump"));
  }
}
