package org.vmcore.gdbstub.linux.locks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.locks.StackWaiters.Waiter;

/**
 * Two tasks that wait for a mutex, each with a waiter on its stack. Stacks are rows of words of
 * which the first points at the lock, as the function that waits has it.
 */
class StackWaitersTest {
  private static final long TASK = 0xffff_8881_0000_1000L;
  private static final long OTHER = 0xffff_8881_0000_2000L;

  private static final String TYPES =
      """
      struct list_head {
        struct list_head *next;
        struct list_head *prev;
      };
      struct mutex {
        unsigned long owner;
        struct list_head wait_list;
      };
      struct mutex_waiter {
        struct list_head list;
        void *task;
      };
      struct stack {
        struct mutex *lock;
        unsigned long word;
        struct mutex_waiter waiter;
      };
      """;

  /** The lock of 7.x has a pointer to the first of a ring of waiters, and no list's head. */
  private static final String RING =
      TYPES.replace("  struct list_head wait_list;", "  struct mutex_waiter *first_waiter;");

  private MadeKernel kernel;
  private Made mutex;
  private Made mine;
  private Made others;

  private void make(String types) {
    kernel = new MadeKernel(types);
    mutex = kernel.object("mutex");
    mine = stack(TASK);
    others = stack(OTHER);
  }

  @BeforeEach
  void makeRing() {
    make(RING);
    mutex.set("first_waiter", others.at("waiter"));
    ring(others, mine);
  }

  private Made stack(long task) {
    return kernel.object("stack").set("lock", mutex).set("waiter.task", task);
  }

  /** A list without a head: each leads to the next, and the last to the first. */
  private void ring(Made... stacks) {
    for (int i = 0; i < stacks.length; i++) {
      Made next = stacks[(i + 1) % stacks.length];
      kernel.word(stacks[i].at("waiter.list.next"), next.at("waiter.list"));
      kernel.word(next.at("waiter.list.prev"), stacks[i].at("waiter.list"));
    }
  }

  private List<Waiter> found(Made stack, long task) {
    int length = (int) (stack.at("waiter.task") + Long.BYTES - stack.address());
    return new StackWaiters(kernel.memory(), Set.of(TASK, OTHER)::contains, at -> false)
        .of(task, stack.address(), length);
  }

  private Waiter waiter(Made stack) {
    return new Waiter(WaitKind.MUTEX, stack.at("waiter"), mutex.address(), 0);
  }

  @Test
  void theLockPointsIntoARingOfWaiters() {
    assertThat(found(mine, TASK)).containsExactly(waiter(mine));
    assertThat(found(others, OTHER)).containsExactly(waiter(others));
  }

  @Test
  void oneThatWaitsAloneIsARing() {
    mutex.set("first_waiter", mine.at("waiter"));
    ring(mine);

    assertThat(found(mine, TASK)).containsExactly(waiter(mine));
  }

  @Test
  void noLockOfAnotherRingIsTaken() {
    mutex.set("first_waiter", others.at("waiter"));
    ring(mine);
    ring(others);

    assertThat(found(mine, TASK)).isEmpty();
  }

  @Test
  void aTornRingProvesNothing() {
    kernel.word(others.at("waiter.list.prev"), others.at("word"));

    assertThat(found(mine, TASK)).isEmpty();
  }

  @Test
  void aRingThroughWhatIsNoTaskProvesNothing() {
    others.set("waiter.task", OTHER + 8);

    assertThat(found(mine, TASK)).isEmpty();
  }

  @Test
  void aRingThatLeadsOutOfMemoryProvesNothing() {
    kernel.word(mine.at("waiter.list.next"), MadeKernel.BASE - 0x1000);

    assertThat(found(mine, TASK)).isEmpty();
  }

  /** Any one word of it may be something else: what is found then is this lock, or nothing. */
  @Test
  void anyTornWordFindsNothingElse() {
    List<Long> words = new ArrayList<>(List.of(mutex.at("first_waiter")));
    for (Made stack : List.of(mine, others)) {
      for (String member : List.of("lock", "waiter.list.next", "waiter.list.prev", "waiter.task")) {
        words.add(stack.at(member));
      }
    }
    for (long word : words) {
      for (long value : List.of(0L, 1L, mine.address(), mutex.address(), -1L)) {
        makeRing();
        kernel.word(word, value);
        assertThat(found(mine, TASK)).as("%x is %x", word, value).isSubsetOf(waiter(mine));
      }
    }
  }

  @Test
  void beforeTheLockHadAList() {
    make(TYPES);
    mutex.set("owner", OTHER);
    kernel.word(mutex.at("wait_list.next"), others.at("waiter.list"));
    kernel.word(others.at("waiter.list.prev"), mutex.at("wait_list"));
    kernel.word(others.at("waiter.list.next"), mine.at("waiter.list"));
    kernel.word(mine.at("waiter.list.prev"), others.at("waiter.list"));
    kernel.word(mine.at("waiter.list.next"), mutex.at("wait_list"));
    kernel.word(mutex.at("wait_list.prev"), mine.at("waiter.list"));

    assertThat(found(mine, TASK)).containsExactly(waiter(mine));
  }
}
