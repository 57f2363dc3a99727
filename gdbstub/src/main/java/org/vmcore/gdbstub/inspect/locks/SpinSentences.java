package org.vmcore.gdbstub.inspect.locks;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.linux.types.Reasons;

/** What {@code locks} tells of spinlocks, in sentences for a verdict. */
public final class SpinSentences {
  private SpinSentences() {}

  /** One for each circle of CPUs, and for each lock that a CPU waits for. */
  public static List<String> of(Call call) throws MissingFactException {
    Reasons reasons = new Reasons();
    List<SpinLock> locks = new SpinningCpus(call, reasons).find();
    call.notes().incomplete(reasons);
    List<String> sentences = new ArrayList<>();
    for (Locks.CpuCircle circle : Locks.circles(locks)) {
      sentences.add(
          "deadlock of spinlocks: each of %s waits for the next"
              .formatted(
                  circle.cpus().stream()
                      .map(cpu -> "CPU " + cpu)
                      .collect(Collectors.joining(", "))));
    }
    locks.forEach(lock -> sentences.add(sentence(lock)));
    return sentences;
  }

  private static String sentence(SpinLock lock) {
    String cpus =
        lock.spinning().stream()
            .map(one -> "CPU %d, in %s,".formatted(one.cpu(), one.where()))
            .collect(Collectors.joining(" and "));
    StringBuilder text = new StringBuilder(cpus);
    text.append(lock.spinning().size() == 1 ? " waits" : " wait").append(" for a spinlock");
    lock.what().ifPresent(what -> text.append(": ").append(what));
    lock.owner()
        .ifPresent(
            owner -> {
              text.append(owner.certain() ? ", of" : ", likely of");
              owner.cpu().ifPresent(cpu -> text.append(" CPU ").append(cpu));
              owner.task().ifPresent(t -> text.append(" PID %d (%s)".formatted(t.pid(), t.comm())));
              owner.place().ifPresent(place -> text.append(", ").append(place));
            });
    return text.toString();
  }
}
