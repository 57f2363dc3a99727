package org.vmcore.gdbstub.inspect;

import java.util.List;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** {@code monitor why ADDRESS}. */
final class WhyCommand implements MonitorCommand {
  @Override
  public String name() {
    return "why";
  }

  @Override
  public String arguments() {
    return "ADDRESS";
  }

  @Override
  public String summary() {
    return "Say why a virtual address can or cannot be read";
  }

  @Override
  public String help() {
    return """
        The reasons: not mapped by the page tables; swapped out before the crash; filtered out
        of the dump by makedumpfile; never in the dump; lost because the file is cut short;
        corrupt in the file. Of the symbol of a per-CPU variable it says where the CPU's copy is.
        """;
  }

  @Override
  public void run(Call call, List<String> arguments) throws UsageException, MissingFactException {
    long address = Addresses.only(arguments);
    VirtualMemory memory = call.view().memory(call.cpu());
    Fault fault = memory.read(address, new byte[1], 0, 1).fault();
    if (fault != null) {
      call.print("%s\n", fault.message());
    } else if (memory.translate(address) instanceof Translation.Mapped mapped) {
      call.print(
          "virtual address %#018x is readable: it is physical address %#x\n",
          address, mapped.physicalAddress());
    }
    CrashedMachine machine = call.view().machine();
    Optional<PerCpuAddress> perCpu = PerCpuAddress.of(machine, address);
    if (perCpu.isPresent()) {
      call.print("%s", perCpu.get().text(machine, call.cpu().number()));
    }
  }
}
