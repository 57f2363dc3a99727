package org.vmcore.gdbstub.inspect.memory;

import org.vmcore.gdbstub.inspect.view.Sizes;
import org.vmcore.gdbstub.inspect.view.Text;

/** Lays out who had the memory. */
final class MemoryText {
  private static final String ROW = "%11s  %5.1f%%  %s\n";
  private static final double PERCENT = 100.0;

  private final Memory.Answer answer;
  private final Text out;

  MemoryText(Memory.Answer answer, Text out) {
    this.answer = answer;
    this.out = out;
  }

  void print() {
    for (Memory.Part part : answer.parts()) {
      row(part.text(), part.pages());
    }
    row("unaccounted", answer.unaccountedPages());
    row("all that the kernel managed", answer.totalPages());
    out.print("\n%11s  reserved when it booted, beside that\n", size(answer.reservedPages()));
    if (answer.swapPages().orElse(0) != 0) {
      out.print(
          "%11s  of %s of swap in use\n",
          size(answer.swapUsedPages().orElse(0)), size(answer.swapPages().getAsLong()));
    }
    title(answer.processes().isEmpty(), "PROCESSES", "anonymous, resident, in swap");
    for (Memory.ProcessUse one : answer.processes()) {
      out.print(
          "%11s  %11s  %11s  PID %d (%s)\n",
          size(one.anonymousPages()),
          size(one.residentPages()),
          size(one.swappedPages()),
          one.pid(),
          one.comm());
    }
    title(answer.files().isEmpty(), "FILES", "in the page cache");
    for (Memory.File one : answer.files()) {
      String name = one.path().orElse(Text.format("inode %x", one.inode()));
      out.print("%11s  %s of %s (%s)\n", size(one.pages()), name, one.fileSystem(), one.device());
    }
    title(answer.caches().isEmpty(), "SLAB CACHES", "objects in use, of all");
    for (Memory.Cache one : answer.caches()) {
      out.print(
          "%11s  %8d  %8d  %s\n", size(one.pages()), one.allocated(), one.total(), one.name());
    }
    title(answer.vmalloc().isEmpty(), "VMALLOC", "areas, by caller");
    for (Memory.Caller one : answer.vmalloc()) {
      out.print("%11s  %8d  %s\n", size(one.pages()), one.areas(), one.function());
    }
    title(answer.groups().isEmpty(), "CONTROL GROUPS", "with those below them");
    for (Memory.Group one : answer.groups()) {
      String limit =
          one.limitPages().isPresent()
              ? Text.format(" of %s", size(one.limitPages().getAsLong()))
              : "";
      out.print("%11s%s  %s\n", size(one.pages()), limit, one.path());
    }
  }

  private void title(boolean isEmpty, String title, String columns) {
    if (!isEmpty) {
      out.print("\n%s (%s)\n", title, columns);
    }
  }

  private void row(String text, long pages) {
    double share = answer.totalPages() == 0 ? 0 : pages * PERCENT / answer.totalPages();
    out.row(ROW, size(pages), share, text);
  }

  private String size(long pages) {
    return pages < 0
        ? "-" + Sizes.of(-pages * answer.pageSize())
        : Sizes.of(pages * answer.pageSize());
  }
}
