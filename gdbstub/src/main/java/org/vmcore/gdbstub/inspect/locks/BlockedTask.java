package org.vmcore.gdbstub.inspect.locks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;

/**
 * A task that waits for something that others have.
 *
 * @param pid its number
 * @param waits what it waits for, and who has that
 * @param circle the tasks that wait for one another with this one, itself first; none where nobody
 *     waits for it in the end
 */
public record BlockedTask(int pid, String waits, List<String> circle) {
  public BlockedTask {
    circle = List.copyOf(circle);
  }

  /** What a task waits for; empty where it does not, or that is not known. */
  public static Optional<BlockedTask> of(Call call, int pid) throws MissingFactException {
    List<Waiting> all = new Waits().answer(call).waits();
    Optional<Waiting> task = all.stream().filter(one -> one.pid() == pid).findFirst();
    return task.map(one -> new BlockedTask(pid, text(one), circle(new WaitGraph(all), one)));
  }

  private static List<String> circle(WaitGraph graph, Waiting one) {
    for (List<Waiting> circle : graph.deadlocks()) {
      int at = circle.indexOf(one);
      if (at >= 0) {
        List<Waiting> turned = new ArrayList<>(circle.subList(at, circle.size()));
        turned.addAll(circle.subList(0, at));
        return turned.stream().map(BlockedTask::text).toList();
      }
    }
    return List.of();
  }

  private static String text(Waiting one) {
    StringBuilder text = new StringBuilder("%s (PID %d)".formatted(one.comm(), one.pid()));
    text.append(" waits for ").append(one.kind().text());
    one.what().ifPresent(what -> text.append(' ').append(what));
    one.owner()
        .ifPresent(owner -> text.append(" of %s (PID %d)".formatted(owner.comm(), owner.pid())));
    return text.toString();
  }
}
