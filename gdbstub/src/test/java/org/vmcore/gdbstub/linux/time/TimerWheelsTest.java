package org.vmcore.gdbstub.linux.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.time.Timers.Base;
import org.vmcore.gdbstub.linux.time.Timers.Timer;

/** Wheels of three lists each, of CPU 1, whose copy of a variable is 0x1000 behind the image's. */
class TimerWheelsTest {
  private static final int COPY = 0x1000;

  private static final String NOW =
      """
      struct hlist_node {
        struct hlist_node *next;
        struct hlist_node **pprev;
      };
      struct hlist_head {
        struct hlist_node *first;
      };
      struct timer_list {
        struct hlist_node entry;
        unsigned long expires;
        void *function;
      };
      struct timer_base {
        unsigned long clk;
        unsigned int cpu;
        struct hlist_head vectors[3];
      };
      """;

  private final MadeKernel kernel = new MadeKernel(NOW);
  private Made[] image = {};

  @BeforeEach
  void twoBases() {
    kernel.words("__per_cpu_offset", 0, COPY);
    image = kernel.objects("timer_base", 2);
    kernel.symbol("timer_bases", image[0].address());
    for (Made base : image) {
      // So that the copies are no more than what the kernel's own start with.
      kernel.word(base.at("clk") + COPY, 1000).word(base.at("cpu") + COPY, 1);
    }
  }

  private Made timer(long expires, long function) {
    return kernel.object("timer_list").set("expires", expires).set("function", function);
  }

  private long wheel(int base, int list) {
    return image[base].at("vectors") + COPY + (long) list * Long.BYTES;
  }

  private static Timer expected(Made made, long expires, long function) {
    return new Timer(made.address(), expires, function);
  }

  /**
   * jiffies are compared without a sign: they begin 300 seconds before they wrap (INITIAL_JIFFIES).
   */
  @Test
  void timersOfAllListsAreInTheOrderOfTheirTime() throws Exception {
    Made soon = timer(1010, 0x51);
    Made later = timer(1500, 0x52);
    Made last = timer(-2, 0x53);
    kernel.hlist(wheel(0, 0), "entry", later, soon);
    kernel.hlist(wheel(0, 2), "entry", last);
    kernel.declared("timer_bases", "timer_base", 2);

    List<Base> bases = Timers.read(kernel.memory(), List.of(1));

    assertThat(bases).extracting(Base::name).containsExactly("BASE_STD", "BASE_DEF");
    assertThat(bases.get(0).timers())
        .containsExactly(
            expected(soon, 1010, 0x51), expected(later, 1500, 0x52), expected(last, -2, 0x53));
    assertThat(bases.get(1).timers()).isEmpty();
    assertThat(bases).allMatch(base -> base.problem().isEmpty());
  }

  /** Since 6.9; nothing but the number of them tells. */
  @Test
  void threeBasesHaveOtherNames() throws Exception {
    kernel.declared("timer_bases", "timer_base", 3);

    assertThat(Timers.read(kernel.memory(), List.of(1)))
        .extracting(Base::name)
        .containsExactly("BASE_LOCAL", "BASE_GLOBAL", "BASE_DEF");
  }

  /** What comes behind the second is of another CPU, or is no wheel. */
  @Test
  void withoutATypeBasesAreCountedByWhatTheySay() throws Exception {
    kernel.hlist(wheel(1, 1), "entry", timer(1010, 0x51));

    assertThat(Timers.read(kernel.memory(), List.of(1)))
        .extracting(Base::name)
        .containsExactly("BASE_STD", "BASE_DEF");
  }

  @Test
  void aListThatRunsInACircleIsSaidAndTheOthersAreRead() throws Exception {
    Made one = timer(1010, 0x51);
    Made other = timer(1020, 0x52);
    kernel.hlist(wheel(0, 0), "entry", one);
    kernel.word(one.at("entry.next"), one.at("entry"));
    kernel.hlist(wheel(0, 1), "entry", other);
    kernel.declared("timer_bases", "timer_base", 2);

    Base base = Timers.read(kernel.memory(), List.of(1)).get(0);

    assertThat(base.timers())
        .containsExactly(expected(one, 1010, 0x51), expected(other, 1020, 0x52));
    assertThat(base.problem().orElseThrow()).contains("runs in a circle");
  }

  /** Until 4.0 a CPU had a pointer to its wheels, whose lists were circles. */
  @Test
  void olderKernelsHaveFiveWheelsOfCircles() throws Exception {
    StringBuilder wheels = new StringBuilder("struct tvec_base {\n  unsigned long lock;\n");
    for (int i = 1; i <= 5; i++) {
      wheels.append("  struct tvec tv%d;\n".formatted(i));
    }
    MadeKernel old =
        new MadeKernel(
            """
            struct list_head {
              struct list_head *next;
              struct list_head *prev;
            };
            struct timer_list {
              struct list_head entry;
              unsigned long expires;
              void *function;
            };
            struct tvec {
              struct list_head vec[2];
            };
            """
                + wheels
                + "};\n");
    Made base = old.object("tvec_base");
    for (int i = 1; i <= 5; i++) {
      for (int list = 0; list < 2; list++) {
        old.list(base.at("tv%d.vec".formatted(i)) + list * 16L, "entry");
      }
    }
    Made timer = old.object("timer_list").set("expires", 77).set("function", 0x51);
    old.list(base.at("tv5.vec") + 16, "entry", timer);
    old.words("__per_cpu_offset", 0, 0);
    old.words("tvec_bases", base.address());

    List<Base> bases = Timers.read(old.memory(), List.of(0));

    assertThat(bases).hasSize(1);
    assertThat(bases.get(0).address()).isEqualTo(base.address());
    assertThat(bases.get(0).timers()).containsExactly(expected(timer, 77, 0x51));
  }
}
