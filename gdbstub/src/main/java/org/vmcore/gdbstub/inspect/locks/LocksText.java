package org.vmcore.gdbstub.inspect.locks;

import java.util.Locale;
import java.util.stream.Collectors;
import org.vmcore.gdbstub.inspect.view.Text;

/** Lays out locks with those who have and those who want them. */
final class LocksText {
  private static final double MILLIS = 1000.0;

  private final Text out;

  LocksText(Text out) {
    this.out = out;
  }

  void print(Locks.Answer answer) {
    for (Locks.CpuCircle circle : answer.spinDeadlocks()) {
      String cpus =
          circle.cpus().stream().map(cpu -> "CPU " + cpu).collect(Collectors.joining(", "));
      out.print("DEADLOCK of spinlocks: %s, each of which waits for the next\n", cpus);
    }
    answer.spinlocks().forEach(this::print);
    answer.locks().forEach(this::print);
    answer.held().forEach(this::print);
    if (answer.spinlocks().isEmpty() && answer.locks().isEmpty()) {
      out.print("no task is blocked, and no CPU waits for a spinlock\n");
    }
  }

  private void print(TaskLocks task) {
    out.print("PID %d (%s) has taken:\n", task.pid(), task.comm());
    for (TaskLocks.Taken lock : task.locks()) {
      out.print("  %s (%s)", out.pointer(lock.map()), lock.name());
      out.print("%s, at %s", lock.read() ? " for reading" : "", lock.acquired());
      out.print(lock.awaited() ? ", and still waits for it\n" : "\n");
    }
  }

  private void print(SpinLock lock) {
    out.print("spinlock");
    if (lock.lock().isPresent()) {
      out.print(" %s", out.pointer(lock.lock().getAsLong()));
    } else {
      out.print(" that is not known");
    }
    lock.what().ifPresent(what -> out.print(" (%s)", what));
    if (lock.owner().isPresent()) {
      print(lock.owner().get());
    } else {
      out.print(", who has it is not known");
    }
    out.print("\n");
    for (SpinLock.Spinning one : lock.spinning()) {
      out.print("  CPU %d", one.cpu());
      one.task().ifPresent(task -> out.print(", PID %d (%s)", task.pid(), task.comm()));
      out.print(", spins in %s", one.where());
      if (one.behind().isPresent()) {
        out.print(", before CPU %d in the queue", one.behind().getAsInt());
      }
      out.print("\n");
    }
  }

  private void print(SpinLock.Owner owner) {
    out.print(owner.certain() ? " of" : ", likely of");
    if (owner.cpu().isPresent()) {
      out.print(" CPU %d", owner.cpu().getAsInt());
    }
    owner.task().ifPresent(task -> out.print(" PID %d (%s)", task.pid(), task.comm()));
    owner.place().ifPresent(place -> out.print(", %s", place));
  }

  private void print(Locks.Lock lock) {
    out.print("%s %s", lock.kind().text(), out.pointer(lock.lock()));
    lock.what().ifPresent(what -> out.print(" (%s)", what));
    if (lock.owner().isPresent()) {
      Waiting.Owner owner = lock.owner().get();
      out.print("%s PID %d (%s)", owner.reader() ? ", read by" : " of", owner.pid(), owner.comm());
    }
    out.print("\n");
    for (Waiting.Holder one : lock.holders()) {
      out.print("  held by PID %d (%s)", one.pid(), one.comm());
      out.print("%s, acquired at %s\n", one.read() ? " for reading" : "", one.acquired());
    }
    for (Locks.Waiter one : lock.waiters()) {
      out.print("  PID %d (%s)", one.pid(), one.comm());
      if (one.milliseconds().isPresent()) {
        String seconds =
            String.format(Locale.ROOT, "%.1f", one.milliseconds().getAsLong() / MILLIS);
        out.print(" for %s s", seconds);
      }
      if (!one.where().isEmpty()) {
        out.print(", in %s", one.where());
      }
      out.print("\n");
    }
  }
}
