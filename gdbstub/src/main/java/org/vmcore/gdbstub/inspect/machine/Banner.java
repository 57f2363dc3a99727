package org.vmcore.gdbstub.inspect.machine;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.vmcore.gdbstub.inspect.log.LogText;
import org.vmcore.gdbstub.inspect.view.Sizes;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.log.PanicMessage;

/** What happened to which machine, in the words and the layout that crash greets people with. */
public final class Banner {
  private static final double NANOS_PER_SECOND = 1e9;

  private final Map<String, String> lines = new LinkedHashMap<>();

  private Banner() {}

  /**
   * The lines by what stands before their colon, in crash's order.
   *
   * @param digits of an address
   */
  public static Map<String, String> lines(MachineState state, int digits) {
    Banner banner = new Banner();
    banner.add(state);
    state.panicTask().ifPresent(task -> banner.add(task, digits));
    return banner.lines;
  }

  /** Prints {@link #lines}. */
  public static void print(Map<String, String> lines, Text out) {
    lines.forEach((name, value) -> out.print("%12s: %s\n", name, value));
  }

  private void put(String name, Optional<String> value) {
    value.filter(text -> !text.isEmpty()).ifPresent(text -> lines.put(name, text));
  }

  private static Optional<String> number(OptionalInt value) {
    return value.isPresent() ? Optional.of(String.valueOf(value.getAsInt())) : Optional.empty();
  }

  private void add(MachineState state) {
    put("KERNEL", state.kernel().map(path -> path + (state.tainted() ? "  [TAINTED]" : "")));
    put(
        "DUMPFILE",
        Optional.of(
            state.dumpfile()
                + (state.partial() ? "  [PARTIAL DUMP]" : "")
                + (state.truncated() ? "  [INCOMPLETE]" : "")));
    int offline = state.offlineCpus().orElse(0);
    put(
        "CPUS",
        number(state.cpus())
            .map(count -> offline == 0 ? count : count + " [OFFLINE: " + offline + "]"));
    put("DATE", state.date().map(LogText.DATE::format));
    if (state.uptimeSeconds().isPresent()) {
      put("UPTIME", Optional.of(uptime(state.uptimeSeconds().getAsDouble())));
    }
    put(
        "LOAD AVERAGE",
        Optional.of(
            state.loadAverage().stream()
                .map(load -> String.format(Locale.ROOT, "%.2f", load))
                .collect(Collectors.joining(", "))));
    put("TASKS", number(state.tasks()));
    put("NODENAME", state.nodename());
    put("RELEASE", state.release());
    put("VERSION", state.kernelVersion());
    String clock = number(state.processorMhz()).orElse("unknown") + " Mhz";
    put("MACHINE", state.machine().map(name -> name + "  (" + clock + ")"));
    if (state.memoryBytes().isPresent()) {
      put("MEMORY", Optional.of(Sizes.ofMachine(state.memoryBytes().getAsLong())));
    }
    // With a hint where the log tells more than a panic's reason.
    put("PANIC", state.panic().map(text -> '"' + text + '"' + hint(text)));
    put("PANIC", state.notCrashed().map(reason -> "(not crashed: " + reason + ")"));
  }

  private static String hint(String message) {
    boolean saysAll = message.startsWith("Kernel panic") || PanicMessage.isRequest(message);
    return saysAll ? "" : " (check log for details)";
  }

  /** Such as {@code 00:00:09} or {@code 12 days, 03:04:05}. */
  private static String uptime(double seconds) {
    Duration uptime = Duration.ofNanos((long) (seconds * NANOS_PER_SECOND));
    String clock =
        "%02d:%02d:%02d"
            .formatted(uptime.toHoursPart(), uptime.toMinutesPart(), uptime.toSecondsPart());
    return uptime.toDays() > 0 ? uptime.toDays() + " days, " + clock : clock;
  }

  private void add(MachineState.PanicTask task, int digits) {
    put("PID", Optional.of(String.valueOf(task.pid())));
    put("COMMAND", Optional.of('"' + task.comm() + '"'));
    put("TASK", Optional.of(Text.format("%0" + digits + "x", task.task())));
    put("CPU", Optional.of(String.valueOf(task.cpu())));
    put("STATE", Optional.of(task.state().kernelName() + " (PANIC)"));
  }
}
