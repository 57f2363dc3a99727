package org.vmcore.gdbstub.inspect.session;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.machine.PerCpuWindow;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code percpu-window}. */
@Command(
    name = "percpu-window",
    description = "Show the selected CPU's copies of per-CPU variables at addresses of their own.",
    footer =
        """
        The addresses are those of the kernel with the highest bit flipped. A debugger that took
        its symbols from here has per-CPU variables there: 'p runqueues' shows the copy of the
        CPU whose thread is selected. For a gdb with a vmlinux of its own, switch it on and say
        where the section is, as this command prints it.
        """)
public final class ShowPercpuWindow extends Query<ShowPercpuWindow.Answer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "on|off",
      description = "Whether to show them; without it, only tells.")
  private @Nullable String shown;

  /**
   * @param shown whether this debugger sees the window
   * @param section where .data..percpu begins in it
   */
  record Answer(boolean shown, @Hex long section) {}

  @Override
  public boolean isOfSession() {
    return true;
  }

  @Override
  public Answer answer(Call call) throws NoAnswerException, MissingFactException {
    Optional<PerCpuWindow> window = call.machine().perCpuWindow();
    if (window.isEmpty()) {
      throw new MissingFactException(
          "there is no window: the kernel has 32 bits or one CPU, or does not tell its per-CPU"
              + " section");
    }
    if ("on".equals(shown) || "off".equals(shown)) {
      call.view().showPerCpuWindow("on".equals(shown));
    } else if (shown != null) {
      throw NoAnswerException.usage("takes 'on', 'off' or nothing");
    }
    return new Answer(call.view().seesPerCpuWindow(), window.get().sectionAddress());
  }

  @Override
  public void print(Answer answer, Text out) {
    out.print(
        "per-CPU variables are %s: .data..percpu at %#x\n",
        answer.shown() ? "shown" : "not shown", answer.section());
  }
}
