package org.vmcore.gdbstub.linux.locks;

import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** Which tasks hold locks, by the locks themselves. */
final class LockOwners {
  /**
   * Flags below the address of the owner: three of a mutex (kernel/locking/mutex.h), up to three of
   * a rwsem (kernel/locking/rwsem.c).
   */
  private static final long FLAGS = 7;

  /** RWSEM_READER_OWNED, and RT_MUTEX_HAS_WAITERS of a rtmutex. */
  private static final long LOWEST = 1;

  private final TypedMemory memory;
  private final Reasons reasons;

  /**
   * @param task address of the owner's {@code task_struct}; empty where nobody has it, or the
   *     kernel does not keep it
   * @param reader whether it is the last of those that read, and may not be one any more
   */
  record Owner(OptionalLong task, boolean reader) {
    static final Owner UNKNOWN = new Owner(OptionalLong.empty(), false);

    static Owner of(long task, boolean reader) {
      return task == 0 ? UNKNOWN : new Owner(OptionalLong.of(task), reader);
    }
  }

  /**
   * @param reasons told why who has a lock is not known
   */
  LockOwners(TypedMemory memory, Reasons reasons) {
    this.memory = memory;
    this.reasons = reasons;
  }

  Owner of(WaitKind kind, long lock) {
    try {
      return switch (kind) {
        case MUTEX -> {
          KernelObject mutex = memory.object("struct mutex", lock);
          yield Owner.of(LockMembers.MUTEX_OWNER.in(mutex).value() & ~FLAGS, false);
        }
        case RWSEM -> {
          long owner =
              LockMembers.RWSEM_OWNER.in(memory.object("struct rw_semaphore", lock)).value();
          yield Owner.of(owner & ~FLAGS, (owner & LOWEST) != 0);
        }
        case SEMAPHORE -> {
          // Since 6.16, with CONFIG_DETECT_HUNG_TASK_BLOCKER.
          KernelObject semaphore = memory.object("struct semaphore", lock);
          yield semaphore.has("last_holder")
              ? Owner.of(semaphore.value("last_holder"), false)
              : Owner.UNKNOWN;
        }
        case RT_MUTEX -> ofRtMutex(lock);
        default -> Owner.UNKNOWN;
      };
    } catch (KernelReadException e) {
      reasons.add(e);
      return Owner.UNKNOWN;
    }
  }

  /**
   * Of a rtmutex, or what another lock is made of.
   *
   * @throws KernelReadException when it cannot be read
   */
  Owner ofRtMutex(long mutex) throws KernelReadException {
    boolean base = memory.types().has("struct rt_mutex_base", "owner");
    KernelObject object = memory.object(base ? "struct rt_mutex_base" : "struct rt_mutex", mutex);
    return Owner.of(object.value("owner") & ~LOWEST, false);
  }
}
