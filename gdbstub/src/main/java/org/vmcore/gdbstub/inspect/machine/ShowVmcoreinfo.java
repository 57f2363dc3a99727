package org.vmcore.gdbstub.inspect.machine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code vmcoreinfo}. */
@Command(
    name = "vmcoreinfo",
    description = "Print the kernel's VMCOREINFO, or one value of it.",
    footer = "KEY is such as KERNELOFFSET or SYMBOL(_stext).")
public final class ShowVmcoreinfo extends Query<ShowVmcoreinfo.Answer> {
  @Parameters(arity = "0..1", paramLabel = "KEY", description = "What stands before the '='.")
  private @Nullable String key;

  /**
   * @param values by their keys, in the kernel's order
   */
  record Answer(Map<String, String> values) {}

  @Override
  public Answer answer(Call call) throws NoAnswerException, MissingFactException {
    Vmcoreinfo info =
        call.machine()
            .vmcoreinfo()
            .orElseThrow(() -> new MissingFactException("the dump has no VMCOREINFO"));
    if (key != null) {
      String value =
          info.value(key)
              .orElseThrow(() -> NoAnswerException.notThere("VMCOREINFO has no key '" + key + "'"));
      return new Answer(Map.of(key, value));
    }
    Map<String, String> values = new LinkedHashMap<>();
    for (String line : new String(info.text(), ISO_8859_1).split("\n", -1)) {
      int equals = line.indexOf('=');
      if (!line.isEmpty()) {
        values.put(
            equals < 0 ? line : line.substring(0, equals),
            equals < 0 ? "" : line.substring(equals + 1));
      }
    }
    return new Answer(values);
  }

  @Override
  public void print(Answer answer, Text out) {
    answer
        .values()
        .forEach(
            (name, value) -> {
              if (key != null) {
                out.print("%s\n", value);
              } else {
                out.print("%s=%s\n", name, value);
              }
            });
  }
}
