package org.vmcore.gdbstub.inspect.hangs;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;

/** What {@code hangs} tells that explains a failure, in sentences for a verdict. */
public final class HangSentences {
  /** In ms: the shortest that anything is told of, so that what is merely busy is not. */
  private static final long LONG = 1000;

  private static final double MILLIS = 1000.0;

  private HangSentences() {}

  /** What RCU waits for. */
  public static List<String> ofRcu(Call call) throws MissingFactException {
    List<String> sentences = new ArrayList<>();
    for (Hanging.GracePeriod period : new Hangs().answer(call).rcu()) {
      for (Hanging.OnCpu one : period.cpus()) {
        StringBuilder text = new StringBuilder("RCU waits for CPU ").append(one.cpu());
        one.current()
            .ifPresent(
                task -> text.append(", which runs PID %d (%s)".formatted(task.pid(), task.comm())));
        one.function().ifPresent(function -> text.append(" in ").append(function));
        sentences.add(text + since(period.milliseconds()));
      }
      period
          .tasks()
          .forEach(
              task ->
                  sentences.add(
                      "RCU waits for PID %d (%s), which was preempted%s"
                          .formatted(task.pid(), task.comm(), since(period.milliseconds()))));
    }
    return sentences;
  }

  private static String since(OptionalLong milliseconds) {
    return milliseconds.isPresent()
        ? String.format(Locale.ROOT, ", for %.1f s", milliseconds.getAsLong() / MILLIS)
        : "";
  }

  /** Pools whose works wait for a worker, and disks that do not answer. */
  public static List<String> ofWorksAndDisks(Call call) throws MissingFactException {
    Hanging found = new Hangs().answer(call);
    List<String> sentences = new ArrayList<>();
    for (Hanging.WorkPool pool : found.pools()) {
      if (pool.milliseconds().orElse(0) > LONG) {
        sentences.add(
            "%d works wait for a worker of pool %d%s"
                .formatted(pool.pending().size(), pool.id(), since(pool.milliseconds())));
      }
    }
    for (Hanging.DiskRequest request : found.requests()) {
      if (request.milliseconds().orElse(0) > LONG) {
        sentences.add(
            "%s has not answered a %s of %d bytes%s"
                .formatted(
                    request.disk(),
                    request.operation(),
                    request.bytes(),
                    since(request.milliseconds())));
      }
    }
    return sentences;
  }
}
