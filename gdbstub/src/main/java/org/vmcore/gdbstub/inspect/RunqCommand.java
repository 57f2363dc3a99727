package org.vmcore.gdbstub.inspect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.sched.RunQueues;
import org.vmcore.gdbstub.linux.sched.RunQueues.Queued;
import org.vmcore.gdbstub.linux.sched.RunQueues.RunQueue;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** {@code monitor runq}, laid out after the command of that name in crash. */
final class RunqCommand extends KernelCommand {
  RunqCommand() {
    super(
        "runq",
        "",
        "List the tasks that wait for each CPU",
        """
        The number in brackets is the task's priority: 0 to 98 are real time, 100 to 139 nice -20
        to 19. CURRENT is what ran; the tree of fair tasks is without it. Tasks of control groups
        are with all others.
        """);
  }

  @Override
  Answer answer(Call call, List<String> arguments)
      throws UsageException, MissingFactException, KernelReadException {
    takesNone(arguments);
    TypedMemory memory = typed(call);
    StringBuilder text = new StringBuilder();
    List<Object> tree = new ArrayList<>();
    for (RunQueue queue : RunQueues.read(memory, machine(call).tasks().list(), cpus(call))) {
      text.append(text.isEmpty() ? "" : "\n");
      text.append("CPU %d RUNQUEUE: %x\n".formatted(queue.cpu(), queue.address()));
      text.append("  CURRENT: ");
      text.append(queue.current().map(RunqCommand::line).orElse("(unknown)\n"));
      text.append("  RT PRIO_ARRAY: %x\n".formatted(queue.realTimeArray()));
      text.append(lines(queue.realTime()));
      text.append("  CFS RB_ROOT: %x\n".formatted(queue.fairTree()));
      text.append(lines(queue.fair()));
      if (!queue.deadline().isEmpty()) {
        text.append("  DL RB_ROOT: %x\n".formatted(queue.deadlineTree()));
        text.append(lines(queue.deadline()));
      }
      text.append(note(queue.problem()));
      tree.add(tree(queue));
    }
    return new Answer(text.toString(), tree);
  }

  private static String lines(List<Queued> queued) {
    if (queued.isEmpty()) {
      return "     [no tasks queued]\n";
    }
    StringBuilder text = new StringBuilder();
    for (Queued one : queued) {
      text.append("     [%3d] %s".formatted(one.priority(), line(one.task())));
    }
    return text.toString();
  }

  private static String line(Task task) {
    return "PID: %-5d  TASK: %x  COMMAND: \"%s\"\n"
        .formatted(task.pid(), task.address(), task.comm());
  }

  private static Map<String, Object> tree(RunQueue queue) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("cpu", queue.cpu());
    tree.put("rq", hex(queue.address()));
    queue.current().ifPresent(task -> tree.put("current", tree(task)));
    tree.put("real_time", trees(queue.realTime()));
    tree.put("fair", trees(queue.fair()));
    tree.put("deadline", trees(queue.deadline()));
    return tree;
  }

  private static List<Object> trees(List<Queued> queued) {
    List<Object> trees = new ArrayList<>();
    for (Queued one : queued) {
      Map<String, Object> tree = tree(one.task());
      tree.put("priority", one.priority());
      trees.add(tree);
    }
    return trees;
  }

  private static Map<String, Object> tree(Task task) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("pid", task.pid());
    tree.put("task", hex(task.address()));
    tree.put("comm", task.comm());
    return tree;
  }
}
