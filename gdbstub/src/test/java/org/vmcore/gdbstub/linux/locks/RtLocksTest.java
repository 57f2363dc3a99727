package org.vmcore.gdbstub.linux.locks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.types.Reasons;

/**
 * Locks of PREEMPT_RT, each made of a rtmutex. READER_BIAS and WRITER_BIAS are bits 31 and 30 of
 * the readers' count (Linux include/linux/rwbase_rt.h).
 */
class RtLocksTest {
  private static final String TYPES =
      """
      struct rt_mutex_base {
        unsigned long wait_lock;
        unsigned long owner;
      };
      struct count {
        unsigned int counter;
      };
      struct rwbase_rt {
        struct count readers;
        struct rt_mutex_base rtmutex;
      };
      struct rw_semaphore {
        struct rwbase_rt rwbase;
      };
      struct mutex {
        unsigned long map;
        struct rt_mutex_base rtmutex;
      };
      """;

  private static final long UNLOCKED = 1L << 31;
  private static final long WRITTEN = 1L << 30;

  private final MadeKernel kernel = new MadeKernel(TYPES);
  private final long task = kernel.words(0);

  private static RtLocks locks(MadeKernel kernel) {
    return new RtLocks(kernel.memory(), new LockOwners(kernel.memory(), new Reasons()));
  }

  private Made rwsem(long readers, long owner) {
    Made rwsem = kernel.object("rw_semaphore").set("rwbase.readers.counter", readers);
    kernel.word(rwsem.at("rwbase.rtmutex.owner"), owner);
    return rwsem;
  }

  private OptionalLong found(long... stack) {
    long start = kernel.words(stack);
    return locks(kernel).writtenNext(task, start, stack.length * Long.BYTES);
  }

  /** The functions on the stack tell what the rtmutex is of. */
  @Test
  void aRtMutexIsPartOfWhatTheTaskAskedFor() {
    Made mutex = kernel.object("mutex");
    Made rwsem = rwsem(UNLOCKED, 0);

    RtLocks locks = locks(kernel);
    assertThat(locks.around(mutex.at("rtmutex"), WaitKind.MUTEX))
        .isEqualTo(new RtLocks.Named(WaitKind.MUTEX, mutex.address()));
    assertThat(locks.around(rwsem.at("rwbase.rtmutex"), WaitKind.RWSEM))
        .isEqualTo(new RtLocks.Named(WaitKind.RWSEM, rwsem.address()));
    assertThat(locks.around(task, WaitKind.RT_MUTEX))
        .isEqualTo(new RtLocks.Named(WaitKind.RT_MUTEX, task));
  }

  @Test
  void withoutPreemptRtARtMutexIsOneItself() {
    MadeKernel other = new MadeKernel("struct mutex { unsigned long owner; };");

    assertThat(locks(other).around(task, WaitKind.MUTEX))
        .isEqualTo(new RtLocks.Named(WaitKind.RT_MUTEX, task));
  }

  /** The owner of the rtmutex has a flag below its address: others wait behind it. */
  @Test
  void whoWritesNextHasTheRtMutexWhileOthersRead() {
    Made rwsem = rwsem(2, task | 1);

    assertThat(found(0, 3, rwsem.address())).hasValue(rwsem.address());
  }

  @Test
  void whatIsWrittenOrFreeOrAnothersIsNotWaitedFor() {
    long other = kernel.words(0);

    assertThat(
            found(
                rwsem(WRITTEN, task).address(),
                rwsem(UNLOCKED, task).address(),
                rwsem(UNLOCKED + 1, task).address(),
                rwsem(1, other).address(),
                MadeKernel.BASE - 0x1000))
        .isEmpty();
  }
}
