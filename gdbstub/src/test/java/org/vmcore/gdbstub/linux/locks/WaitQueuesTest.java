package org.vmcore.gdbstub.linux.locks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.types.Listing;

/** A queue with two tasks on it, and an entry that is of no task. */
class WaitQueuesTest {
  private static final String NEW =
      """
      struct list_head {
        struct list_head *next;
        struct list_head *prev;
      };
      struct wait_queue_entry {
        unsigned int flags;
        void *private;
        void *func;
        struct list_head entry;
      };
      struct wait_queue_head {
        unsigned int lock;
        struct list_head head;
      };
      """;

  /** Until 4.12. */
  private static final String OLD =
      NEW.replace("wait_queue_entry", "__wait_queue")
          .replace("wait_queue_head", "__wait_queue_head")
          .replace(" entry;", " task_list;")
          .replace(" head;", " task_list;");

  private static Listing<Long> waiting(
      String types, String entry, String head, String link, String list) throws Exception {
    MadeKernel kernel = new MadeKernel(types);
    Made queue = kernel.object(head);
    Made first = kernel.object(entry).set("private", 0x1000);
    Made other = kernel.object(entry);
    Made second = kernel.object(entry).set("private", 0x2000);
    kernel.list(queue.at(list), link, first, other, second);
    return WaitQueues.waiting(kernel.memory(), queue.address());
  }

  @Test
  void tasksAreInTheirOrder() throws Exception {
    Listing<Long> found = waiting(NEW, "wait_queue_entry", "wait_queue_head", "entry", "head");

    assertThat(found.all()).containsExactly(0x1000L, 0x2000L);
    assertThat(found.problem()).isEmpty();
  }

  @Test
  void namesWereOthersBefore413() throws Exception {
    Listing<Long> found =
        waiting(OLD, "__wait_queue", "__wait_queue_head", "task_list", "task_list");

    assertThat(found.all()).containsExactly(0x1000L, 0x2000L);
  }

  @Test
  void aListThatLeadsOutOfTheDumpIsTold() throws Exception {
    MadeKernel kernel = new MadeKernel(NEW);
    Made queue = kernel.object("wait_queue_head");
    Made first = kernel.object("wait_queue_entry").set("private", 0x1000);
    kernel.list(queue.at("head"), "entry", first);
    kernel.word(first.at("entry"), MadeKernel.BASE - 0x1000);

    Listing<Long> found = WaitQueues.waiting(kernel.memory(), queue.address());

    assertThat(found.all()).containsExactly(0x1000L);
    assertThat(found.problem()).isPresent();
  }
}
