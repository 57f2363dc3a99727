package org.vmcore.gdbstub.inspect.session;

import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.HexAddress;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code space}. */
@Command(
    name = "space",
    description = "Read user addresses through other page tables.",
    footer =
        """
        ROOT is the physical address of a top-level page table: mm->pgd, a CR3 value, or one
        that 'monitor spaces' lists. 'cpu' goes back to each thread's own. Only this debugger
        sees the change; have it forget what it has cached: 'maint flush dcache' in gdb.
        """)
public final class Space extends Query<Space.Answer> {
  @Parameters(paramLabel = "ROOT|cpu", description = "Whose memory to see.")
  private String root = "";

  /**
   * @param root of the page tables; none for each CPU's own
   */
  record Answer(@Hex OptionalLong root) {}

  @Override
  public boolean isOfSession() {
    return true;
  }

  @Override
  public Answer answer(Call call) throws NoAnswerException, MissingFactException {
    if (root.equals("cpu")) {
      call.view().forgetSpace();
      return new Answer(OptionalLong.empty());
    }
    long tables = HexAddress.parse(root);
    call.view().chooseSpace(tables);
    return new Answer(OptionalLong.of(tables));
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer.root().isEmpty()) {
      out.print("user addresses are each CPU's own again\n");
    } else {
      long tables = answer.root().getAsLong();
      out.print("user addresses are read through the page tables at %#x\n", tables);
    }
  }
}
