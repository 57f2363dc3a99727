package org.vmcore.gdbstub.inspect;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.List;
import java.util.Optional;
import org.vmcore.dumpreader.api.Vmcoreinfo;

/** {@code monitor vmcoreinfo [KEY]}. */
final class VmcoreinfoCommand implements MonitorCommand {
  @Override
  public String name() {
    return "vmcoreinfo";
  }

  @Override
  public String arguments() {
    return "[KEY]";
  }

  @Override
  public String summary() {
    return "Print the kernel's VMCOREINFO, or one value of it";
  }

  @Override
  public String help() {
    return "KEY is what stands before the '=', such as KERNELOFFSET or SYMBOL(_stext).\n";
  }

  @Override
  public void run(Call call, List<String> arguments) throws UsageException {
    Optional<Vmcoreinfo> vmcoreinfo = call.view().machine().vmcoreinfo();
    if (vmcoreinfo.isEmpty()) {
      call.print("the dump has no VMCOREINFO\n");
    } else if (arguments.isEmpty()) {
      call.console().print(new String(vmcoreinfo.get().text(), ISO_8859_1));
    } else {
      Optional<String> value = vmcoreinfo.get().value(arguments.get(0));
      if (value.isEmpty()) {
        throw new UsageException("VMCOREINFO has no key '" + arguments.get(0) + "'");
      }
      call.print("%s\n", value.get());
    }
  }
}
