package org.vmcore.gdbstub.inspect.machine;

import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Text;
import picocli.CommandLine.Command;

/** {@code sys}, laid out after the command of that name in crash. */
@Command(
    name = "sys",
    description = "Show which machine this is and what happened to it.",
    footer =
        """
        TASKS counts all threads, the kernel's and the idle tasks too. DATE is the machine's own
        clock, in UTC. What the dump does not tell is left out.
        """)
public final class Sys extends Query<MachineState> {
  /** 2: {@code kernel_version} was a second {@code version}. */
  @Override
  public int version() {
    return 2;
  }

  @Override
  public MachineState answer(Call call) throws MissingFactException {
    return MachineState.of(call.machine());
  }

  @Override
  public void print(MachineState answer, Text out) {
    Banner.print(Banner.lines(answer, out.digits()), out);
  }
}
