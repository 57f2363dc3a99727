package org.vmcore.gdbstub.linux.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.mm.VmallocAreas.Area;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;

/** The three ways in which kernels have kept these areas (Linux mm/vmalloc.c). */
class VmallocAreasTest {
  private static final String LISTS =
      """
      struct list_head {
        struct list_head *next;
        struct list_head *prev;
      };
      """;

  /** Linux 5.10 to 6.8. */
  private static final String AREA =
      LISTS
          + """
          struct vmap_area {
            unsigned long va_start;
            unsigned long va_end;
            struct list_head list;
            unsigned long subtree_max_size;
            struct vm_struct *vm;
          };
          """;

  private final MadeKernel kernel = new MadeKernel(AREA);

  private Made area(long start, long end, long structure) {
    return kernel
        .object("vmap_area")
        .set("va_start", start)
        .set("va_end", end)
        .set("vm", structure);
  }

  private static Area expected(Made area, long structure, long start, long end) {
    return new Area(area.address(), structure, start, end);
  }

  /** The list is by age; one that is about to be freed has no {@code vm_struct} any more. */
  @Test
  void thoseWithAStructureAreListedByAddress() throws Exception {
    Made high = area(0x9000, 0xb000, 0x71);
    Made freed = area(0x5000, 0x6000, 0);
    Made low = area(0x1000, 0x3000, 0x72);
    kernel.list(kernel.variable("vmap_area_list", "list_head").address(), "list", high, freed, low);

    Listing<Area> found = VmallocAreas.read(kernel.memory());

    assertThat(found.problem()).isEmpty();
    assertThat(found.all())
        .containsExactly(expected(low, 0x72, 0x1000, 0x3000), expected(high, 0x71, 0x9000, 0xb000));
  }

  @Test
  void aListThatRunsInACircleIsCutAndSaid() throws Exception {
    Made first = area(0x1000, 0x3000, 0x71);
    Made second = area(0x5000, 0x6000, 0x72);
    kernel.list(kernel.variable("vmap_area_list", "list_head").address(), "list", first, second);
    kernel.word(second.at("list.next"), first.at("list"));

    Listing<Area> found = VmallocAreas.read(kernel.memory());

    assertThat(found.all()).hasSize(2);
    assertThat(found.problem().orElseThrow())
        .contains("runs in a circle")
        .contains("%#018x leads back to %#018x".formatted(second.at("list"), first.at("list")));
  }

  /**
   * Before 5.2 a flag told of the structure, not of the tree: 4 that there is one, 1 and 2 that it
   * is on its way out. The pointer was called {@code private} until 3.4.
   */
  @Test
  void flagsTellOfItOnOlderKernels() throws Exception {
    MadeKernel old =
        new MadeKernel(
            LISTS
                + """
                struct vmap_area {
                  unsigned long va_start;
                  unsigned long va_end;
                  unsigned long flags;
                  struct list_head list;
                  void *private;
                };
                """);
    Made[] areas = old.objects("vmap_area", 4);
    for (int i = 0; i < areas.length; i++) {
      areas[i].set("va_start", 0x1000L * (i + 1)).set("private", 0x70 + i);
    }
    areas[0].set("flags", 4);
    areas[1].set("flags", 4 | 1);
    areas[2].set("flags", 4 | 2);
    areas[3].set("flags", 0);
    old.list(old.variable("vmap_area_list", "list_head").address(), "list", areas);

    assertThat(VmallocAreas.read(old.memory()).all())
        .extracting(Area::structure)
        .containsExactly(0x70L);
  }

  /** Since 6.9 each of several nodes has a list for some addresses. */
  @Test
  void everyNodeIsAsked() throws Exception {
    MadeKernel now =
        new MadeKernel(
            AREA
                + """
                struct vmap_pool {
                  struct list_head head;
                  unsigned long root;
                };
                struct vmap_node {
                  unsigned long pool[3];
                  struct vmap_pool busy;
                };
                """);
    Made[] nodes = now.objects("vmap_node", 2);
    Made high = now.object("vmap_area").set("va_start", 0x9000).set("vm", 0x71);
    Made low = now.object("vmap_area").set("va_start", 0x1000).set("vm", 0x72);
    now.list(nodes[0].at("busy.head"), "list", high);
    now.list(nodes[1].at("busy.head"), "list", low);
    now.words("vmap_nodes", nodes[0].address());
    now.words("nr_vmap_nodes", 2);

    assertThat(VmallocAreas.read(now.memory()).all())
        .extracting(Area::structure)
        .containsExactly(0x72L, 0x71L);
  }

  /** Before 3.10 the structures themselves hung together, and had a size instead of an end. */
  @Test
  void theOldestHaveNoAreasButStructures() throws Exception {
    MadeKernel old =
        new MadeKernel(
            """
            struct vm_struct {
              struct vm_struct *next;
              void *addr;
              unsigned long size;
            };
            """);
    Made second = old.object("vm_struct").set("addr", 0x9000).set("size", 0x2000);
    Made first =
        old.object("vm_struct").set("addr", 0x1000).set("size", 0x3000).set("next", second);
    old.words("vmlist", first.address());

    assertThat(VmallocAreas.read(old.memory()).all())
        .containsExactly(
            new Area(0, first.address(), 0x1000, 0x4000),
            new Area(0, second.address(), 0x9000, 0xb000));
  }

  @Test
  void aKernelWithoutAnyOfThemIsRefusedByName() {
    assertThatThrownBy(() -> VmallocAreas.read(kernel.memory()))
        .isInstanceOf(KernelReadException.class)
        .hasMessageContaining("struct vm_struct");
  }
}
