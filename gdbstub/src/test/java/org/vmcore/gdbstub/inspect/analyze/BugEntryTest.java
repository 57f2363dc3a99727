package org.vmcore.gdbstub.inspect.analyze;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** Tables of two BUG()s and a WARN(), with distances and with addresses. */
class BugEntryTest {
  private static final long PC = MadeKernel.BASE + 0x4000;

  private static final String RELATIVE =
      """
      struct bug_entry {
        int bug_addr_disp;
        int file_disp;
        unsigned int line;
        unsigned int flags;
      };
      """;

  private static final String ABSOLUTE =
      RELATIVE
          .replace("int bug_addr_disp", "unsigned long bug_addr")
          .replace("int file_disp", "char *file");

  private static final int ENTRIES = 3;

  private static BugEntry find(MadeKernel kernel, Made[] table) throws Exception {
    TypedMemory memory = kernel.memory();
    long bytes = memory.types().compound("struct bug_entry").orElseThrow().size().orElseThrow();
    assertThat(BugEntry.find(memory, table[0].address(), ENTRIES * bytes, PC + 1)).isEmpty();
    return BugEntry.find(memory, table[0].address(), ENTRIES * bytes, PC).orElseThrow();
  }

  @Test
  void distancesAreFromTheMemberItself() throws Exception {
    MadeKernel kernel = new MadeKernel(RELATIVE);
    Made[] table = kernel.objects("bug_entry", ENTRIES);
    long file = kernel.text("mm/slub.c");
    Made last = table[ENTRIES - 1];
    last.set("bug_addr_disp", PC - last.at("bug_addr_disp"))
        .set("file_disp", file - last.at("file_disp"))
        .set("line", 435)
        .set("flags", 1 << 11);

    assertThat(find(kernel, table))
        .isEqualTo(new BugEntry(last.address(), "mm/slub.c", 435, false));
  }

  /** BUGFLAG_WARNING is bit 0 (Linux include/asm-generic/bug.h). */
  @Test
  void aFlagTellsAWarning() throws Exception {
    MadeKernel kernel = new MadeKernel(ABSOLUTE);
    Made[] table = kernel.objects("bug_entry", ENTRIES);
    table[1]
        .set("bug_addr", PC)
        .point("file", "kernel/sched/core.c")
        .set("line", 7)
        .set("flags", 9L << 8 | 1);

    assertThat(find(kernel, table))
        .isEqualTo(new BugEntry(table[1].address(), "kernel/sched/core.c", 7, true));
  }

  @Test
  void whatIsNoTableHasNoEntry() throws Exception {
    TypedMemory memory = new MadeKernel(ABSOLUTE).memory();

    assertThat(BugEntry.find(memory, MadeKernel.BASE, 0, PC)).isEmpty();
    assertThat(BugEntry.find(memory, MadeKernel.BASE, -32, PC)).isEmpty();
  }
}
