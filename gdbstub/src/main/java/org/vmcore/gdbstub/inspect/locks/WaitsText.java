package org.vmcore.gdbstub.inspect.locks;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.vmcore.gdbstub.inspect.view.Text;

/** Lays out who waits for whom. */
final class WaitsText {
  private static final double MILLIS = 1000.0;

  private final Text out;
  private final Set<Integer> shown = new HashSet<>();

  WaitsText(Text out) {
    this.out = out;
  }

  void print(Waits.Answer answer) {
    WaitGraph graph = new WaitGraph(answer.waits());
    for (List<Waiting> circle : graph.deadlocks()) {
      out.print(
          "DEADLOCK of %d tasks, each of which has what the one above it waits for:\n",
          circle.size());
      circle.forEach(one -> print(one, 1));
      List<Waiting> behind = graph.behind(circle);
      if (!behind.isEmpty()) {
        out.print("  and behind them:\n");
        behind.forEach(one -> print(one, 2));
      }
    }
    for (Map.Entry<Waiting.Owner, List<Waiting>> root : graph.byRoot().entrySet()) {
      out.print("%s has what %d wait for:\n", name(root.getKey()), root.getValue().size());
      root.getValue().forEach(one -> print(one, 1 + graph.depth(one)));
    }
    List<Waiting> rest = new ArrayList<>(answer.waits());
    rest.removeIf(one -> shown.contains(one.pid()));
    if (!rest.isEmpty()) {
      out.print("Others that wait:\n");
      rest.forEach(one -> print(one, 1));
    }
    if (answer.waits().isEmpty()) {
      out.print("no task is blocked\n");
    }
  }

  private static String name(Waiting.Owner owner) {
    return Text.format("PID %d (%s)", owner.pid(), owner.comm());
  }

  private void print(Waiting one, int depth) {
    shown.add(one.pid());
    out.lay("  ".repeat(depth));
    out.print("PID %d (%s)", one.pid(), one.comm());
    if (one.milliseconds().isPresent()) {
      String seconds = String.format(Locale.ROOT, "%.1f", one.milliseconds().getAsLong() / MILLIS);
      out.print(" for %s s", seconds);
    }
    out.print(": %s", one.kind().text());
    if (one.lock().isPresent()) {
      out.print(" %s", out.pointer(one.lock().getAsLong()));
    }
    one.what().ifPresent(what -> out.print(" (%s)", what));
    one.owner()
        .ifPresent(owner -> out.print(owner.reader() ? ", read by %s" : " of %s", name(owner)));
    one.acquired().ifPresent(acquired -> out.print(", acquired at %s", acquired));
    if (one.holders().size() > 1) {
      out.print(", one of %d that have it", one.holders().size());
    }
    if (!one.where().isEmpty()) {
      out.print(", in %s", one.where());
    }
    out.print("\n");
  }
}
