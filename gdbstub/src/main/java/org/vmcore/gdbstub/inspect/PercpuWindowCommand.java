package org.vmcore.gdbstub.inspect;

import java.util.List;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.machine.PerCpuWindow;

/** {@code monitor percpu-window [on|off]}. */
final class PercpuWindowCommand implements MonitorCommand {
  @Override
  public String name() {
    return "percpu-window";
  }

  @Override
  public String arguments() {
    return "[on|off]";
  }

  @Override
  public String summary() {
    return "Show the selected CPU's copies of per-CPU variables at addresses of their own";
  }

  @Override
  public String help() {
    return """
        The addresses are those of the kernel with the highest bit flipped. A debugger that took
        its symbols from here has per-CPU variables there: 'p runqueues' shows the copy of the
        CPU whose thread is selected. For a gdb with a vmlinux of its own, switch it on and say
        where the section is, as this command prints it.
        """;
  }

  @Override
  public void run(Call call, List<String> arguments) throws UsageException, MissingFactException {
    Optional<PerCpuWindow> window = call.view().machine().perCpuWindow();
    if (window.isEmpty()) {
      throw new MissingFactException(
          "there is no window: the kernel has 32 bits or one CPU, or does not tell its per-CPU"
              + " section");
    }
    if (arguments.equals(List.of("on"))) {
      call.view().showPerCpuWindow(true);
    } else if (arguments.equals(List.of("off"))) {
      call.view().showPerCpuWindow(false);
    } else if (!arguments.isEmpty()) {
      throw new UsageException("takes 'on', 'off' or nothing");
    }
    call.print(
        "per-CPU variables are %s: .data..percpu at %#x\n",
        call.view().seesPerCpuWindow() ? "shown" : "not shown", window.get().sectionAddress());
  }
}
