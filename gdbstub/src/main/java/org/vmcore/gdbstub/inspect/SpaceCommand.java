package org.vmcore.gdbstub.inspect;

import java.util.List;
import org.vmcore.arch.api.MissingFactException;

/** {@code monitor space ROOT|cpu}. */
final class SpaceCommand implements MonitorCommand {
  @Override
  public String name() {
    return "space";
  }

  @Override
  public String arguments() {
    return "ROOT|cpu";
  }

  @Override
  public String summary() {
    return "Read user addresses through other page tables";
  }

  @Override
  public String help() {
    return """
        ROOT is the physical address of a top-level page table: mm->pgd, a CR3 value, or one
        that 'monitor spaces' lists. 'cpu' goes back to each thread's own. Only this debugger
        sees the change; have it forget what it has cached: 'maint flush dcache' in gdb.
        """;
  }

  @Override
  public void run(Call call, List<String> arguments) throws UsageException, MissingFactException {
    if (arguments.equals(List.of("cpu"))) {
      call.view().forgetSpace();
      call.print("user addresses are each CPU's own again\n");
    } else {
      long root = Addresses.only(arguments);
      call.view().chooseSpace(root);
      call.print("user addresses are read through the page tables at %#x\n", root);
    }
  }
}
