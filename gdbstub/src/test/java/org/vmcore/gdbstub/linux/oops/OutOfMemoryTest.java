package org.vmcore.gdbstub.linux.oops;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Lines as 6.1 prints them (Linux mm/oom_kill.c, mm/memcontrol.c, mm/slab_common.c). */
class OutOfMemoryTest {
  private static final String ANY =
      "tail invoked oom-killer: gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO),"
          + " order=0, oom_score_adj=0";

  private static List<String> identity(String log) {
    return OutOfMemory.identity(
        log.lines().map(text -> new LogLine(text, Optional.empty())).toList());
  }

  @Test
  void whoAskedIsChance() {
    assertThat(identity(ANY)).containsExactly("out_of_memory");
    assertThat(identity(ANY.replace("tail", "Xorg"))).containsExactly("out_of_memory");
    assertThat(identity("")).containsExactly("out_of_memory");
  }

  @Test
  void whatThereWasTooLittleOfIsNot() {
    assertThat(identity("x invoked oom-killer: gfp_mask=0xcc4(GFP_KERNEL|GFP_DMA32), order=3, o=0"))
        .containsExactly("out_of_memory", "zone GFP_DMA32", "order 3");
    assertThat(identity(ANY + "\nmemory: usage 1024kB, limit 1024kB, failcnt 33"))
        .containsExactly("mem_cgroup_out_of_memory");
  }

  /** The order came behind the nodes for some kernels. */
  @Test
  void nodesMayStandBetween() {
    assertThat(identity("a invoked oom-killer: gfp_mask=0x1(GFP_X), nodemask=0-1, order=2, o=0"))
        .containsExactly("out_of_memory", "order 2");
  }

  @Test
  void theCacheThatHasMostIsTheCause() {
    assertThat(
            identity(
                ANY
                    + """

                    Unreclaimable slab info:
                    Name                      Used          Total
                    kmalloc-64               100KB        200KB
                    lab_leak                9000KB       9001KB
                    task_struct             8000KB       9000KB
                    Tasks state (memory values in pages):
                    later                 999999KB     999999KB
                    """))
        .containsExactly("out_of_memory", "slab lab_leak");
  }

  /** Earlier ones were over when the machine stopped. */
  @Test
  void theLastCounts() {
    assertThat(
            identity(
                """
                a invoked oom-killer: gfp_mask=0xcc4(GFP_DMA), order=9, oom_score_adj=0
                memory: usage 1024kB, limit 1024kB, failcnt 33
                """
                    + ANY))
        .containsExactly("out_of_memory");
  }
}
