package org.vmcore.gdbstub.inspect;

import java.util.List;
import org.vmcore.gdbstub.Version;

/**
 * {@code monitor info version}. The kernel's own gdb scripts take a server that answers this for
 * QEMU, and only then know the current CPU (Linux scripts/gdb/linux/utils.py, get_gdbserver_type).
 */
final class InfoCommand implements MonitorCommand {
  @Override
  public String name() {
    return "info";
  }

  @Override
  public String arguments() {
    return "version";
  }

  @Override
  public String summary() {
    return "Show which program serves which dump";
  }

  @Override
  public String help() {
    return "";
  }

  @Override
  public void run(Call call, List<String> arguments) throws UsageException {
    if (!arguments.equals(List.of("version"))) {
      throw new UsageException("knows only 'version'");
    }
    call.print(
        "vmcore-gdbserver %s serving %s\n",
        Version.get(), call.view().machine().dump().info().file());
  }
}
