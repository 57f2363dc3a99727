package org.vmcore.gdbstub.inspect;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.vmcore.arch.api.MissingFactException;

/** {@code monitor sys}, laid out after the command of that name in crash. */
final class SysCommand extends KernelCommand {
  SysCommand() {
    super(
        "sys",
        "",
        "Show which machine this is and what happened to it",
        """
        TASKS counts all threads, the kernel's and the idle tasks too. DATE is the machine's own
        clock, in UTC. What the dump does not tell is left out.
        """);
  }

  @Override
  Answer answer(Call call, List<String> arguments) throws UsageException, MissingFactException {
    takesNone(arguments);
    Map<String, String> lines = Banner.lines(machine(call));
    Map<String, Object> tree = new LinkedHashMap<>();
    lines.forEach(
        (name, value) -> tree.put(name.toLowerCase(Locale.ROOT).replace(' ', '_'), value));
    return new Answer(Banner.text(lines), tree);
  }
}
