package org.vmcore.gdbstub.inspect.machine;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.Firmware;
import org.vmcore.gdbstub.linux.KernelConfig;
import org.vmcore.gdbstub.linux.SystemCalls;
import org.vmcore.gdbstub.linux.Taint;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sys}, laid out after the command of that name in crash. */
@Command(
    name = "sys",
    description = "Show which machine this is and what happened to it.",
    footer =
        """
        TASKS counts all threads, the kernel's and the idle tasks too. DATE is the machine's own
        clock, in UTC. What the dump does not tell is left out. 'sys config' prints the kernel's
        configuration, which it carries if it was built with CONFIG_IKCONFIG.
        """)
public final class Sys extends Query<Sys.Answer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "[config | PART]",
      hideParamSyntax = true,
      description = "The configuration; with -c, system calls whose names contain it, or a number.")
  private @Nullable String word;

  @Option(names = "-c", description = "List the system calls.")
  private boolean calls;

  @Option(names = "-t", description = "Tell what taints the kernel.")
  private boolean taints;

  @Option(names = "-i", description = "Tell what the firmware says of the machine (DMI).")
  private boolean firmware;

  /** */
  public sealed interface Answer permits MachineState, Config, Calls, Tainted, Identity {}

  /** */
  record Config(String config) implements Answer {}

  /** */
  record Calls(List<SystemCall> calls) implements Answer {}

  /**
   * @param address of the function
   */
  record SystemCall(int number, @Hex long address, String function) {}

  /**
   * @param taints letters with their meanings
   */
  record Tainted(@Hex long mask, Map<String, String> taints) implements Answer {}

  /** By the names of the kernel's fields. */
  record Identity(Map<String, String> dmi) implements Answer {}

  @Override
  public int version() {
    return 2;
  }

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    boolean config = "config".equals(word) && !calls;
    if (isMoreThanOne(calls, taints, firmware, config) || (word != null && !calls && !config)) {
      throw NoAnswerException.usage("takes 'config', -c, -t or -i");
    } else if (config) {
      return new Config(KernelConfig.read(call.machine().linux()));
    } else if (calls) {
      List<SystemCall> found =
          SystemCalls.read(call.machine().linux()).stream()
              .filter(one -> word == null || isNamed(one, word))
              .map(one -> new SystemCall(one.number(), one.address(), one.function()))
              .toList();
      if (found.isEmpty()) {
        throw NoAnswerException.notThere("there is no such system call");
      }
      return new Calls(found);
    } else if (taints) {
      return tainted(call);
    }
    return firmware
        ? new Identity(Firmware.identity(call.machine().linux()))
        : MachineState.of(call.machine(), call.notes());
  }

  private static boolean isNamed(SystemCalls.SystemCall one, String word) {
    return word.matches("\\d+")
        ? word.equals(String.valueOf(one.number()))
        : one.function().contains(word);
  }

  private static Tainted tainted(Call call) throws MissingFactException {
    OptionalLong mask =
        call.machine()
            .linux()
            .address("tainted_mask")
            .map(call.machine().kernelMemory()::word)
            .orElse(OptionalLong.empty());
    if (mask.isEmpty()) {
      throw new MissingFactException("tainted_mask is not in the dump");
    }
    Map<String, String> found = new LinkedHashMap<>();
    Taint.of(mask.getAsLong()).forEach(t -> found.put(String.valueOf(t.letter()), t.meaning()));
    return new Tainted(mask.getAsLong(), found);
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer instanceof MachineState state) {
      Banner.print(Banner.lines(state, out.digits()), out);
    } else if (answer instanceof Config config) {
      out.lay(config.config());
    } else if (answer instanceof Calls all) {
      out.print("NUM  SYSTEM CALL                FILE AND LINE NUMBER\n");
      all.calls().forEach(one -> out.line("%3d  %s", one.number(), one.function()));
    } else if (answer instanceof Tainted tainted) {
      out.print(
          "TAINTED_MASK: %x  %s\n", tainted.mask(), String.join("", tainted.taints().keySet()));
    } else if (answer instanceof Identity identity) {
      identity.dmi().forEach((name, value) -> out.print("%22s: %s\n", name, value));
    }
  }
}
