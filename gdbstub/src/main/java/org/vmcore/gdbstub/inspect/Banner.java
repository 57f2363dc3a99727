package org.vmcore.gdbstub.inspect;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.SystemState;
import org.vmcore.gdbstub.linux.log.PanicMessage;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.symbols.read.Vmlinux;

/**
 * What happened to which machine, in the words and the layout that crash greets people with. What
 * the dump does not tell is left out.
 */
public final class Banner {
  /** As crash and date(1) print it, in UTC. */
  static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss 'UTC' yyyy", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final long KIB = 1024;

  private final CrashedMachine machine;
  private final Map<String, String> lines = new LinkedHashMap<>();

  private Banner(CrashedMachine machine) {
    this.machine = machine;
  }

  /** The lines by what stands before their colon, in crash's order. */
  public static Map<String, String> lines(CrashedMachine machine) throws MissingFactException {
    return lines(machine, true);
  }

  /** The same without the number of tasks, for which all of them have to be read. */
  public static Map<String, String> quickLines(CrashedMachine machine) throws MissingFactException {
    return lines(machine, false);
  }

  private static Map<String, String> lines(CrashedMachine machine, boolean countTasks)
      throws MissingFactException {
    Banner banner = new Banner(machine);
    banner.dump();
    banner.system(countTasks);
    if (machine.linux().types().isPresent()) {
      banner.panicTask();
    }
    return banner.lines;
  }

  /** {@link #lines} as text. */
  public static String text(Map<String, String> lines) {
    StringBuilder text = new StringBuilder();
    lines.forEach((name, value) -> text.append("%12s: %s\n".formatted(name, value)));
    return text.toString();
  }

  /** What comes from the dump may hold anything; control characters would reach a terminal. */
  private void put(String name, Optional<String> value) {
    value
        .filter(text -> !text.isEmpty())
        .ifPresent(text -> lines.put(name, text.replaceAll("\\p{Cntrl}", "?")));
  }

  private void dump() throws MissingFactException {
    boolean tainted = new SystemState(machine.linux()).taint().orElse(0) != 0;
    put(
        "KERNEL",
        machine.vmlinux().map(Vmlinux::path).map(path -> path + (tainted ? "  [TAINTED]" : "")));
    DumpInfo info = machine.dump().info();
    String marks =
        (info.dumpLevel().orElse(0) != 0 ? "  [PARTIAL DUMP]" : "")
            + (info.incomplete().isEmpty() ? "" : "  [INCOMPLETE]");
    put("DUMPFILE", Optional.of(info.file() + marks));
  }

  private void system(boolean countTasks) throws MissingFactException {
    LinuxKernel linux = machine.linux();
    SystemState state = new SystemState(linux);
    put("CPUS", cpus(linux));
    put("DATE", date(machine, state).map(DATE::format));
    put("UPTIME", state.uptime().map(Banner::uptime));
    put("LOAD AVERAGE", load(state.loadAverage()));
    if (countTasks && linux.types().isPresent()) {
      put("TASKS", tasks());
    }
    Map<String, String> uname = machine.utsname();
    for (String field : List.of("nodename", "release", "version")) {
      put(field.toUpperCase(Locale.ROOT), Optional.ofNullable(uname.get(field)));
    }
    if (!lines.containsKey("RELEASE")) {
      put("RELEASE", machine.vmcoreinfo().flatMap(info -> info.value("OSRELEASE")));
    }
    String clock =
        state.processorMegahertz().isPresent()
            ? state.processorMegahertz().getAsInt() + " Mhz"
            : "unknown Mhz";
    put(
        "MACHINE",
        Optional.ofNullable(uname.get("machine")).map(name -> name + "  (" + clock + ")"));
    OptionalLong pages = state.memoryPages();
    if (pages.isPresent()) {
      put("MEMORY", Optional.of(size(pages.getAsLong() * machine.pageBytes())));
    }
    put("PANIC", panic());
  }

  private Optional<String> cpus(LinuxKernel linux) {
    Optional<BitSet> present = linux.presentCpus();
    if (present.isEmpty()) {
      return machine.cpus().isEmpty()
          ? Optional.empty()
          : Optional.of(Integer.toString(machine.cpus().size()));
    }
    BitSet offline = (BitSet) present.get().clone();
    linux.onlineCpus().ifPresent(offline::andNot);
    String count = Integer.toString(present.get().cardinality());
    return Optional.of(
        offline.isEmpty() || linux.onlineCpus().isEmpty()
            ? count
            : "%s [OFFLINE: %d]".formatted(count, offline.cardinality()));
  }

  /** The kernel's clock; without types the time that it left in VMCOREINFO when it crashed. */
  static Optional<Instant> date(CrashedMachine machine, SystemState state) {
    return state
        .time()
        .or(
            () ->
                machine
                    .vmcoreinfo()
                    .flatMap(info -> info.value("CRASHTIME"))
                    .filter(text -> text.matches("[0-9]{1,12}"))
                    .map(text -> Instant.ofEpochSecond(Long.parseLong(text))));
  }

  /** Such as {@code 00:00:09} or {@code 12 days, 03:04:05}. */
  private static String uptime(Duration uptime) {
    String clock =
        "%02d:%02d:%02d"
            .formatted(uptime.toHoursPart(), uptime.toMinutesPart(), uptime.toSecondsPart());
    return uptime.toDays() > 0 ? uptime.toDays() + " days, " + clock : clock;
  }

  private static Optional<String> load(List<Double> loads) {
    return Optional.of(
        loads.stream()
            .map(load -> String.format(Locale.ROOT, "%.2f", load))
            .collect(Collectors.joining(", ")));
  }

  private Optional<String> tasks() throws MissingFactException {
    return Optional.of(Integer.toString(new TaskLines(machine).everyTask().size()));
  }

  /** Such as {@code 191.5 MB} or {@code 8 GB}, in crash's rounding and with its units. */
  private static String size(long bytes) {
    double value = bytes;
    String unit = "bytes";
    for (String next : List.of("KB", "MB", "GB", "TB")) {
      if (value < KIB) {
        break;
      }
      value /= KIB;
      unit = next;
    }
    return String.format(Locale.ROOT, "%.1f", value).replaceFirst("\\.0$", "") + " " + unit;
  }

  /** As crash puts it: in quotes, with a hint where the log tells more than a panic's reason. */
  private Optional<String> panic() {
    try {
      return PanicMessage.of(LogCommand.read(machine).records())
          .map(
              text ->
                  "\"%s\"%s"
                      .formatted(
                          text, text.startsWith("Kernel panic") ? "" : " (check log for details)"));
    } catch (MissingFactException e) {
      return Optional.empty();
    }
  }

  private void panicTask() throws MissingFactException {
    Optional<CrashedCpu> crashed = machine.cpus().stream().filter(CrashedCpu::crashed).findFirst();
    Optional<Task> task = machine.tasks().panicTask();
    if (task.isEmpty() || crashed.isEmpty()) {
      return;
    }
    put("PID", Optional.of(Integer.toString(task.get().pid())));
    put("COMMAND", Optional.of("\"" + TaskLines.shown(task.get()) + "\""));
    put("TASK", Optional.of(new TaskLines(machine).pointer(task.get().address())));
    put("CPU", Optional.of(Integer.toString(crashed.get().number())));
    put("STATE", Optional.of(task.get().state().kernelName() + " (PANIC)"));
  }
}
