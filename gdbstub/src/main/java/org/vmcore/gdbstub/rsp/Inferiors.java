package org.vmcore.gdbstub.rsp;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What one debugger looks at: the machine, and the processes that it has attached to, each a target
 * with a process number of its own. Only a debugger in extended mode can let go of one and stay.
 */
final class Inferiors {
  private final Target machine;
  private final List<Target> all = new ArrayList<>();
  private boolean extended;

  Inferiors(Target machine) {
    this.machine = machine;
    all.add(machine);
  }

  /** The debugger stays connected without an inferior, and may attach to others. */
  void extend() {
    if (!extended) {
      extended = true;
      machine.processes().ifPresent(Target.Processes::makeRoom);
    }
  }

  boolean isExtended() {
    return extended;
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  Target machine() {
    return machine;
  }

  /** Whose thread it is; the machine where it is nobody's any more. */
  Target of(ThreadId thread) {
    return of(thread.process()).orElse(machine);
  }

  Optional<Target> of(long process) {
    return all.stream().filter(target -> process(target) == process).findFirst();
  }

  private static long process(Target target) {
    return target.currentThread().process();
  }

  List<Target.ThreadInfo> threads() {
    return all.stream().flatMap(target -> target.threads().stream()).toList();
  }

  /** The targets, that of a thread before the others. */
  List<Target> from(ThreadId thread) {
    List<Target> ordered = new ArrayList<>(all);
    of(thread.process())
        .ifPresent(
            first -> {
              ordered.remove(first);
              ordered.add(0, first);
            });
    return ordered;
  }

  /**
   * Adds a process.
   *
   * @throws Target.NoProcessException when it is there already or cannot be shown
   */
  Target attach(long pid) throws Target.NoProcessException {
    if (of(pid).isPresent()) {
      throw new Target.NoProcessException("process " + pid + " is an inferior already");
    }
    Optional<Target.Processes> processes = machine.processes();
    if (!extended || processes.isEmpty()) {
      throw new Target.NoProcessException("only target extended-remote can attach to processes");
    }
    Target attached = processes.get().attach(pid);
    all.add(attached);
    return attached;
  }

  /** Lets go of one; false where there is none of that number. */
  boolean release(long process) {
    return all.removeIf(target -> process(target) == process);
  }
}
