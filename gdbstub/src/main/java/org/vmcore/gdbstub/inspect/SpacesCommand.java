package org.vmcore.gdbstub.inspect;

import java.util.List;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.Translation;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** {@code monitor spaces [ADDRESS]}. */
final class SpacesCommand implements MonitorCommand {
  @Override
  public String name() {
    return "spaces";
  }

  @Override
  public String arguments() {
    return "[ADDRESS]";
  }

  @Override
  public String summary() {
    return "Search memory for the page tables of processes";
  }

  @Override
  public String help() {
    return """
        Lists the physical address of each top-level page table whose kernel half is the
        kernel's own, and with ADDRESS only those that map it, and where to. Reads all of the
        dump's memory once. Give one of them to 'monitor space'.
        """;
  }

  @Override
  public void run(Call call, List<String> arguments) throws UsageException, MissingFactException {
    OptionalLong address =
        arguments.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Addresses.only(arguments));
    CrashedMachine machine = call.view().machine();
    int[] found = {0};
    machine
        .spaces()
        .forEach(
            root -> {
              if (address.isEmpty()) {
                call.print("%#x\n", root);
                found[0]++;
              } else if (machine.spaces().at(root).translate(address.getAsLong())
                  instanceof Translation.Mapped mapped) {
                call.print("%#x -> %#x\n", root, mapped.physicalAddress());
                found[0]++;
              }
            },
            call.console()::stillBusy);
    if (found[0] == 0) {
      call.print("no page tables%s found\n", address.isEmpty() ? "" : " that map it were");
    }
  }
}
