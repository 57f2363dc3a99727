package org.vmcore.gdbstub.inspect.memory;

import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.HexAddress;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code why}. */
@Command(
    name = "why",
    description = "Say why a virtual address can or cannot be read.",
    footer =
        """
        The reasons: not mapped by the page tables; swapped out before the crash; filtered out
        of the dump by makedumpfile; never in the dump; lost because the file is cut short;
        corrupt in the file. Of the symbol of a per-CPU variable it says where the CPU's copy is.
        """)
public final class Why extends Query<Why.Answer> {
  @Parameters(
      paramLabel = "ADDRESS",
      converter = HexAddress.class,
      description = "A virtual address, hexadecimal.")
  private long address;

  /**
   * @param physical where it is, if it is mapped
   * @param fault why it cannot be read, if so
   * @param perCpu the per-CPU variable whose symbol it is, if so
   */
  record Answer(
      @Hex long virtual,
      boolean readable,
      @Hex OptionalLong physical,
      Optional<String> fault,
      Optional<PerCpuAddress> perCpu) {}

  @Override
  public int version() {
    return 2;
  }

  @Override
  public Answer answer(Call call) throws MissingFactException {
    VirtualMemory memory = call.memory();
    Fault fault = memory.read(address, new byte[1], 0, 1).fault();
    OptionalLong physical =
        memory.translate(address) instanceof Translation.Mapped mapped
            ? OptionalLong.of(mapped.physicalAddress())
            : OptionalLong.empty();
    return new Answer(
        address,
        fault == null,
        physical,
        Optional.ofNullable(fault).map(Fault::message),
        PerCpuAddress.of(call, address));
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer.fault().isPresent()) {
      out.print("%s\n", answer.fault().get());
    } else {
      out.print(
          "virtual address %#018x is readable: it is physical address %#x\n",
          answer.virtual(), answer.physical().orElse(0));
    }
    answer.perCpu().ifPresent(variable -> out.print("%s\n", variable.text()));
  }
}
