package org.vmcore.gdbstub.inspect.memory;

import java.util.List;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.mm.SwapAreas;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import picocli.CommandLine.Command;

/** {@code swap}, laid out after the command of that name in crash. */
@Command(
    name = "swap",
    description = "List where the kernel swaps to.",
    footer = "As /proc/swaps has it: sizes are in KiB; a higher PRI is used first.")
public final class Swap extends Query<Swap.Answer> {
  private static final int KIB = 1024;

  /** */
  record Answer(List<Area> areas) {}

  /**
   * A partition or file.
   *
   * @param swapInfo address of its {@code struct swap_info_struct}
   */
  record Area(
      @Hex long swapInfo,
      boolean partition,
      long sizeKib,
      long usedKib,
      long priority,
      String name) {}

  @Override
  public Answer answer(Call call) throws MissingFactException, KernelReadException {
    long kib = call.machine().pageBytes() / KIB;
    return new Answer(
        SwapAreas.read(call.typed()).stream()
            .map(
                area ->
                    new Area(
                        area.address(),
                        area.partition(),
                        area.pages() * kib,
                        area.used() * kib,
                        area.priority(),
                        area.name()))
            .toList());
  }

  @Override
  public void print(Answer answer, Text out) {
    out.print("SWAP_INFO_STRUCT    TYPE       SIZE       USED     PCT  PRI  FILENAME\n");
    for (Area area : answer.areas()) {
      out.print(
          "%16x  %9s  %9dk %9dk  %3d%%  %3d  %s\n",
          area.swapInfo(),
          area.partition() ? "PARTITION" : "FILE",
          area.sizeKib(),
          area.usedKib(),
          area.sizeKib() == 0 ? 0 : area.usedKib() * 100 / area.sizeKib(),
          area.priority(),
          area.name());
    }
  }
}
