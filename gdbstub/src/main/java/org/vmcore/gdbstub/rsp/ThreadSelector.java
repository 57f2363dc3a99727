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

  /** The thread that is meant: for a wildcard the target's current one, if it is among them. */
  Optional<ThreadId> resolve(Target target) {
    ThreadId current = target.currentThread();
    if (matches(current)) {
      return Optional.of(current);
    }
    return target.threads().stream().map(Target.ThreadInfo::id).filter(this::matches).findFirst();
  }

  private boolean matches(ThreadId id) {
    return (process == ALL || process == ANY || process == id.process())
        && (isWildcard() || thread == id.thread());
  }
}
