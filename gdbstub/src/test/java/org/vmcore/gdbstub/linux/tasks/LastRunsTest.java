package org.vmcore.gdbstub.linux.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;

/** How long ago a task ran, by the clock of a run queue. */
class LastRunsTest {
  private static final String QUEUE =
      """
      struct rq {
        unsigned long clock;
        unsigned long clock_task;
      };
      """;

  private static OptionalLong ago(MadeKernel kernel, Made task) {
    kernel.variable("runqueues", "rq").set("clock", 5000).set("clock_task", 4000);
    Task its =
        new Task(
            task.address(), 1, 1, 0, "t", TaskState.INTERRUPTIBLE, OptionalInt.empty(), 0, 0, true);
    return LastRuns.read(kernel.memory(), List.of(its), List.of(0)).ago(its);
  }

  @Test
  void theSchedulerNotesWhenItGaveATaskACpu() {
    MadeKernel kernel =
        new MadeKernel(
            QUEUE
                + """
                struct sched_info {
                  unsigned long last_arrival;
                };
                struct sched_entity {
                  unsigned long exec_start;
                };
                struct task_struct {
                  struct sched_entity se;
                  struct sched_info sched_info;
                };
                """);
    Made task = kernel.object("task_struct").set("sched_info.last_arrival", 2000);

    assertThat(ago(kernel, task.set("se.exec_start", 3000))).hasValue(3000);
  }

  /** Without CONFIG_SCHED_INFO, by the clock that leaves out what interrupts took. */
  @Test
  void othersTellUpToWhenItWasCharged() {
    MadeKernel kernel =
        new MadeKernel(
            QUEUE
                + """
                struct sched_entity {
                  unsigned long exec_start;
                };
                struct task_struct {
                  struct sched_entity se;
                };
                """);
    Made task = kernel.object("task_struct").set("se.exec_start", 3000);

    assertThat(ago(kernel, task)).hasValue(1000);
  }
}
