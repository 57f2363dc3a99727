package org.vmcore.gdbstub.inspect.hangs;

import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Text;
import picocli.CommandLine.Command;

/** {@code hangs}. */
@Command(
    name = "hangs",
    description = "Show what did not come on: works, RCU, CPUs, timers, disks.",
    footer =
        """
        Workers with what they do and what waits for them, and those who wait until it is done;
        RCU's grace period with the CPUs and tasks that it waits for; CPUs whose timer did not
        tick while they had something to do; what CPUs were asked by others and did not do;
        timers that should have expired a second ago or more; requests that disks have not
        answered, through dm and md, with the tasks that wait for them. For tasks: waits, for
        locks: locks
        """)
public final class Hangs extends Query<Hanging> {
  @Override
  public Hanging answer(Call call) throws MissingFactException {
    return new HangFacts(call).answer();
  }

  @Override
  public void print(Hanging answer, Text out) {
    new HangsText(out).print(answer);
  }
}
