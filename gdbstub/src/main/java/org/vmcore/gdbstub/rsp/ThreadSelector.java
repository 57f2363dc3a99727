package org.vmcore.gdbstub.rsp;

import java.util.Optional;

/**
 * A thread-id as a debugger may write it (GDB manual, "Packets", thread-id).
 *
 * @param process a process, {@link #ALL} or {@link #ANY}
 * @param thread a thread, {@link #ALL} or {@link #ANY}
 */
record ThreadSelector(long process, long thread) {
  static final long ALL = -1;
  static final long ANY = 0;

  /** Whether more than one thread may be meant. */
  boolean isWildcard() {
    return thread == ALL || thread == ANY;
  }

  /**
   * The thread that is meant. For a wildcard the current one of an inferior, if it is among them:
   * of the one that is selected before the others.
   */
  Optional<ThreadId> resolve(Session session) {
    for (Target target : session.inferiors().from(session.thread())) {
      ThreadId current = target.currentThread();
      Optional<ThreadId> found =
          matches(current)
              ? Optional.of(current)
              : target.threads().stream()
                  .map(Target.ThreadInfo::id)
                  .filter(this::matches)
                  .findFirst();
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private boolean matches(ThreadId id) {
    return (process == ALL || process == ANY || process == id.process())
        && (isWildcard() || thread == id.thread());
  }
}
