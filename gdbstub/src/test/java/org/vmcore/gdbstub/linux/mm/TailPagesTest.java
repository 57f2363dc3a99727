package org.vmcore.gdbstub.linux.mm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/** A large page of four. */
class TailPagesTest {
  private static final String PAGE =
      """
      struct page {
        unsigned long flags;
        unsigned long compound_head;
        unsigned long rest[6];
      };
      """;

  private static long head(MadeKernel kernel, Made page) throws KernelReadException {
    return TailPages.headOf(kernel.memory().object("struct page", page.address()));
  }

  @Test
  void aTailPointsToItsHead() throws Exception {
    MadeKernel kernel = new MadeKernel(PAGE);
    Made[] pages = kernel.objects("page", 4);
    pages[3].set("compound_head", pages[0].address() | 1);

    assertThat(head(kernel, pages[3])).isEqualTo(pages[0].address());
    assertThat(head(kernel, pages[0])).isEqualTo(pages[0].address());
  }

  /** Since 7.1 where a {@code struct page} has 64 bytes. */
  @Test
  void orHasAMaskOfItsOwnAddress() throws Exception {
    MadeKernel kernel = new MadeKernel(PAGE.replace("compound_head", "compound_info"));
    Made[] pages = kernel.objects("page", 8);
    pages[7].set("compound_info", (-4L * 64) | 1);
    pages[3].set("compound_info", pages[0].address() | 1);

    assertThat(head(kernel, pages[7])).isEqualTo(pages[4].address());
    assertThat(head(kernel, pages[3])).as("a pointer").isEqualTo(pages[0].address());
    assertThat(head(kernel, pages[4])).isEqualTo(pages[4].address());
  }

  @Test
  void olderKernelsHaveNoSuchWord() throws Exception {
    MadeKernel kernel = new MadeKernel(PAGE.replace("compound_head", "private"));
    Made page = kernel.object("page").set("private", 1);

    assertThat(head(kernel, page)).isEqualTo(page.address());
  }
}
