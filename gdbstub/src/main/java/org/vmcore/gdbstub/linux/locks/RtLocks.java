package org.vmcore.gdbstub.linux.locks;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.MemberHistory;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * Locks of kernels with PREEMPT_RT, where mutexes, rwsems, rwlocks and spinlocks are made of
 * rtmutexes (Linux kernel/locking/rtmutex_api.c, rwbase_rt.c, spinlock_rt.c).
 */
final class RtLocks {
  /** What rwsems and rwlocks are made of there, and begin with. */
  private static final String READERS_AND_WRITER = "struct rwbase_rt";

  private final TypedMemory memory;
  private final LockOwners owners;

  RtLocks(TypedMemory memory, LockOwners owners) {
    this.memory = memory;
    this.owners = owners;
  }

  /** A lock, by a name that people know it by. */
  record Named(WaitKind kind, long lock) {}

  /**
   * What a rtmutex is part of. A spinlock begins with its own, and nothing else in it is of use.
   *
   * @param told what the task waits for, by the functions on its stack
   */
  Named around(long rtmutex, WaitKind told) {
    OptionalLong lock =
        switch (told) {
          case MUTEX -> around(rtmutex, "struct mutex", LockMembers.RT_OF_MUTEX);
          case RWSEM -> around(rtmutex, "struct rw_semaphore", LockMembers.RT_OF_RWSEM);
          default -> OptionalLong.empty();
        };
    return lock.isPresent()
        ? new Named(told, lock.getAsLong())
        : new Named(WaitKind.RT_MUTEX, rtmutex);
  }

  private OptionalLong around(long rtmutex, String type, MemberHistory member) {
    Optional<Compound> lock = memory.types().compound(type);
    Optional<String> path = member.path(memory.types(), type);
    if (lock.isEmpty() || path.isEmpty()) {
      return OptionalLong.empty();
    }
    OptionalLong offset = lock.get().offsetOf(path.get());
    return offset.isPresent()
        ? OptionalLong.of(rtmutex - offset.getAsLong())
        : OptionalLong.empty();
  }

  /**
   * The lock of which a task is the next writer, that waits for those who read. It is on no list:
   * its own it is already by the rtmutex, and there are readers, of which a lock that is written
   * has none. The functions that wait have its address on the stack.
   *
   * @param start of the part of the stack that was in use
   * @param length in bytes, bounded by the stack
   */
  OptionalLong writtenNext(long task, long start, int length) {
    if (!memory.types().has(READERS_AND_WRITER, "rtmutex")) {
      return OptionalLong.empty();
    }
    KernelMemory plain = memory.memory();
    ByteBuffer words = ByteBuffer.wrap(plain.upTo(start, length)).order(plain.byteOrder());
    Set<Long> seen = new HashSet<>();
    while (words.remaining() >= plain.wordBytes()) {
      long word = plain.nextWord(words);
      boolean isAligned = word != 0 && word % Integer.BYTES == 0;
      if (isAligned && seen.add(word) && isWrittenNext(word, task)) {
        return OptionalLong.of(word);
      }
    }
    return OptionalLong.empty();
  }

  /**
   * READER_BIAS, the highest bit, is taken off by the writer first, and WRITER_BIAS, the next, put
   * in when the last reader has left.
   */
  private boolean isWrittenNext(long address, long task) {
    try {
      KernelObject lock = memory.object(READERS_AND_WRITER, address);
      int readers = (int) lock.value("readers.counter");
      return readers > 0
          && readers < 1 << 30
          && owners.ofRtMutex(lock.member("rtmutex").address()).task().orElse(0) == task;
    } catch (KernelReadException e) {
      // A word that is no address of a lock's.
      return false;
    }
  }
}
