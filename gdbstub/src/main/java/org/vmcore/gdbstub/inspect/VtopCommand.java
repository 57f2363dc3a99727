package org.vmcore.gdbstub.inspect;

import java.util.List;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.PageWalk;
import org.vmcore.arch.paging.Translation;

/** {@code monitor vtop ADDRESS}, laid out after the command of that name in crash. */
final class VtopCommand implements MonitorCommand {
  private static final long KIB = 1L << 10;
  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;

  @Override
  public String name() {
    return "vtop";
  }

  @Override
  public String arguments() {
    return "ADDRESS";
  }

  @Override
  public String summary() {
    return "Translate a virtual address, showing each page-table entry on the way";
  }

  @Override
  public String help() {
    return """
        Each line is one entry: its physical address, its value, and its flags. User addresses
        are those of the selected thread, or of the space chosen with 'monitor space'.
        """;
  }

  @Override
  public void run(Call call, List<String> arguments) throws UsageException, MissingFactException {
    PageWalk walk = call.view().memory(call.cpu()).walk(Addresses.only(arguments));
    Translation result = walk.result();
    String physical =
        result instanceof Translation.Mapped mapped
            ? Long.toHexString(mapped.physicalAddress())
            : "(not mapped)";
    call.print("VIRTUAL           PHYSICAL\n%-16x  %s\n\n", walk.virtualAddress(), physical);
    for (PageWalk.Step step : walk.steps()) {
      if (step.hasEntry()) {
        call.print(
            "%6s: %x => %x  %s\n", step.level(), step.entryAddress(), step.entry(), flags(step));
      } else {
        call.print("%6s: %s\n", step.level(), step.flags());
      }
      if (step.pageSize() > 0) {
        call.print("  PAGE: %x  (%s)\n", step.target(), size(step.pageSize()));
      }
    }
    if (result instanceof Fault fault) {
      call.print("%s\n", fault.message());
    }
  }

  private static String flags(PageWalk.Step step) {
    return step.flags().isEmpty() ? "" : "(" + step.flags() + ")";
  }

  private static String size(long bytes) {
    if (bytes % GIB == 0) {
      return bytes / GIB + "GB";
    }
    return bytes % MIB == 0 ? bytes / MIB + "MB" : bytes / KIB + "KB";
  }
}
