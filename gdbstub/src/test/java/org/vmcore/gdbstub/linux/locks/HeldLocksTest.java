package org.vmcore.gdbstub.linux.locks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.locks.HeldLocks.Held;
import org.vmcore.gdbstub.linux.types.Reasons;

/**
 * Two tasks and a mutex as 6.1 with PROVE_LOCKING had them: the holder has it, and what waits for
 * it has it too, as the last of what it has taken.
 */
class HeldLocksTest {
  private final MadeKernel kernel =
      new MadeKernel(
          """
          struct lockdep_map {
            void *key;
            char *name;
          };
          struct held_lock {
            long prev_chain_key;
            unsigned long acquire_ip;
            struct lockdep_map *instance;
            struct lockdep_map *nest_lock;
            unsigned int class_idx;
            unsigned int read;
            unsigned long pin_count;
          };
          struct lock_class {
            void *key;
            unsigned int subclass;
            int name_version;
            char *name;
          };
          struct task_struct {
            long state;
            int lockdep_depth;
            int unused;
            struct held_lock held_locks[4];
          };
          struct mutex {
            unsigned long owner;
            long wait_list[8];
            struct lockdep_map dep_map;
          };
          struct number {
            int value;
          };
          """);

  private final Made mutex = kernel.object("mutex");
  private final Made holder = kernel.object("task_struct");
  private final Made waiter = kernel.object("task_struct");
  private final Made[] classes = kernel.objects("lock_class", 3);
  private final Made debugLocks = kernel.variable("debug_locks", "number").set("value", 1);
  private final Reasons reasons = new Reasons();
  private final long key = kernel.words(0);

  @BeforeEach
  void take() {
    kernel.symbol("lock_classes", classes[0].address());
    kernel.word(mutex.at("dep_map.key"), key);
    classes[1].set("key", key).point("name", "lab_a").set("name_version", 1);
    take(holder, 0, mutex.at("dep_map"), 0x100);
    take(waiter, 0, mutex.at("dep_map"), 0x200);
  }

  private void take(Made task, int number, long instance, long from) {
    task.set("lockdep_depth", number + 1);
    String lock = "held_locks[%d].".formatted(number);
    kernel.word(task.at(lock + "instance"), instance).word(task.at(lock + "acquire_ip"), from);
    // And that it was not taken for reading.
    kernel.word(task.at(lock + "class_idx"), 1);
  }

  private HeldLocks read() {
    return HeldLocks.read(
        kernel.memory(), List.of(holder.address(), waiter.address()), reasons);
  }

  private Held held(Made task, String name, long from) {
    return new Held(task.address(), mutex.at("dep_map"), name, from, false);
  }

  /** Lockdep has taken down both alike; who waits for it, the lock's own list tells. */
  @Test
  void whoWaitsForALockDoesNotHoldIt() {
    HeldLocks locks = read();

    assertThat(locks.areCurrent()).isTrue();
    assertThat(locks.holders(mutex.address(), Set.of(waiter.address())))
        .containsExactly(held(holder, "lab_a", 0x100));
    assertThat(locks.awaited(waiter.address(), mutex.address()))
        .contains(held(waiter, "lab_a", 0x200));
    assertThat(reasons.all()).isEmpty();
  }

  /** What a task has taken before does not tell what it waits for. */
  @Test
  void anotherLockIsNotTheOneThatIsAwaited() {
    assertThat(read().awaited(waiter.address(), mutex.address() + 0x1000)).isEmpty();
    assertThat(read().holders(mutex.address(), Set.of())).isEmpty();
  }

  /** As sysrq-d writes it: {@code &type->s_umount_key#21/1}. */
  @Test
  void aClassHasAVersionAndASubclass() {
    classes[1].set("name_version", 21).set("subclass", 1).set("key", key + 1);

    assertThat(read().of(holder.address())).containsExactly(held(holder, "lab_a#21/1", 0x100));
  }

  /** Older kernels counted them from 1: {@code lock_classes + hlock->class_idx - 1}. */
  @Test
  void theKeyTellsFromWhatOnClassesAreCounted() {
    classes[0].set("key", key).point("name", "lab_older");
    classes[1].set("key", key + 0x1000);

    assertThat(read().of(holder.address())).containsExactly(held(holder, "lab_older", 0x100));
  }

  @Test
  void itIsToldThatLockdepHadTurnedItselfOff() {
    debugLocks.set("value", 0);

    assertThat(read().areKept()).isTrue();
    assertThat(read().areCurrent()).isFalse();
  }

  @Test
  void aDepthThatIsTornEndsAtTheArray() {
    holder.set("lockdep_depth", 0x7fff_ffff);
    waiter.set("lockdep_depth", -1);

    assertThat(read().of(holder.address())).hasSize(4);
    assertThat(read().of(waiter.address())).isEmpty();
    // Of the three that were never taken there is no class to tell.
    assertThat(reasons.all()).isNotEmpty();
  }

  @Test
  void aKernelWithoutLockdepKeepsNothing() {
    MadeKernel plain = new MadeKernel("struct task_struct { long state; };");

    HeldLocks none = HeldLocks.read(plain.memory(), List.of(MadeKernel.BASE), reasons);

    assertThat(none.areKept()).isFalse();
    assertThat(none.of(MadeKernel.BASE)).isEmpty();
    assertThat(reasons.all()).isEmpty();
  }
}
