package org.vmcore.gdbstub.linux.locks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.locks.LockOwners.Owner;
import org.vmcore.gdbstub.linux.types.Reasons;

/** Locks that a task holds, with the flags that the kernel keeps below its address. */
class LockOwnersTest {
  private static final long LOST = MadeKernel.BASE - 0x1000;

  private final MadeKernel kernel =
      new MadeKernel(
          """
          struct mutex {
            unsigned long owner;
          };
          struct rw_semaphore {
            unsigned long count;
            unsigned long owner;
          };
          struct rt_mutex_base {
            unsigned long owner;
          };
          struct semaphore {
            unsigned int count;
          };
          """);
  private final long task = kernel.words(0);
  private final Reasons reasons = new Reasons();

  private Owner find(WaitKind kind, long lock) {
    return new LockOwners(kernel.memory(), reasons).of(kind, lock);
  }

  private static Owner owner(long task, boolean reader) {
    return new Owner(OptionalLong.of(task), reader);
  }

  /** MUTEX_FLAG_WAITERS, _HANDOFF and _PICKUP are 1, 2 and 4 (kernel/locking/mutex.h). */
  @Test
  void aMutexHasThreeFlags() {
    Made mutex = kernel.object("mutex").set("owner", task | 7);

    assertThat(find(WaitKind.MUTEX, mutex.address())).isEqualTo(owner(task, false));
  }

  /** RWSEM_READER_OWNED is 1 (kernel/locking/rwsem.c): one of several that may read. */
  @Test
  void aSemaphoreOfReadersNamesTheLast() {
    Made written = kernel.object("rw_semaphore").set("owner", task);
    Made read = kernel.object("rw_semaphore").set("owner", task | 3);

    assertThat(find(WaitKind.RWSEM, written.address())).isEqualTo(owner(task, false));
    assertThat(find(WaitKind.RWSEM, read.address())).isEqualTo(owner(task, true));
  }

  /** RT_MUTEX_HAS_WAITERS is 1 (kernel/locking/rtmutex_common.h). */
  @Test
  void anRtMutexHasOneFlag() {
    Made mutex = kernel.object("rt_mutex_base").set("owner", task | 1);

    assertThat(find(WaitKind.RT_MUTEX, mutex.address())).isEqualTo(owner(task, false));
  }

  @Test
  void nobodyHasWhatIsFree() {
    assertThat(find(WaitKind.MUTEX, kernel.object("mutex").address())).isEqualTo(Owner.UNKNOWN);
    assertThat(reasons.all()).isEmpty();
  }

  /** Until 6.16 a semaphore kept no owner: nothing is wrong there. */
  @Test
  void aKernelMayNotKeepIt() {
    assertThat(find(WaitKind.SEMAPHORE, kernel.object("semaphore").address()))
        .isEqualTo(Owner.UNKNOWN);
    assertThat(reasons.all()).isEmpty();
  }

  @Test
  void aLockThatCannotBeReadIsTold() {
    assertThat(find(WaitKind.MUTEX, LOST)).isEqualTo(Owner.UNKNOWN);
    assertThat(reasons.all()).singleElement().asString().contains(Long.toHexString(LOST));
  }
}
