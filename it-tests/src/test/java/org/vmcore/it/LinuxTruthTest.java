package org.vmcore.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmcore.gdbstub.monitor.Inspection;
import org.vmcore.gdbstub.monitor.Inspection.FailedException;
import org.vmcore.gdbstub.monitor.MonitorCommands;
import org.vmcore.gdbstub.target.CrashedMachine;

/**
 * The banner, the log, the tasks and the modules of every dump, against what crash, drgn and the
 * guest itself say of them.
 */
@ParameterizedClass
@MethodSource("org.vmcore.it.LinuxDump#all")
class LinuxTruthTest {
  private static final Pattern LINE = Pattern.compile("(?m)^ *([A-Z]+(?: [A-Z]+)?): (.*)$");

  /** {@code > PID PPID CPU TASK ST %MEM VSZ RSS COMM}. */
  private static final Pattern TASK =
      Pattern.compile(
          "(?m)^([> ]) *(\\d+) +(\\d+) +(\\d+)  ([0-9a-f]+)  (\\w\\w) +[0-9.]+ +(\\d+) +(\\d+) "
              + " (.+?)$");

  private static final Pattern MODULE =
      Pattern.compile("(?m)^([0-9a-f]+) +(\\w+) +([0-9a-f]+) +(\\d+)  \\(");

  private static @Nullable CrashedMachine opened;
  private static @Nullable String printedByCrash;

  private final LinuxDump dump;
  private final boolean isCutShort;

  LinuxTruthTest(LinuxDump dump) {
    this.dump = dump;
    this.isCutShort = dump.name().equals(CorpusDump.DISK_FULL.name());
  }

  @BeforeParameterizedClassInvocation
  static void open(LinuxDump dump) throws Exception {
    printedByCrash = null;
    opened = CrashedMachine.open(dump.file().get(), dump.options());
  }

  @AfterParameterizedClassInvocation
  static void close() throws Exception {
    if (opened != null) {
      opened.close();
    }
  }

  private static String shown(String command, String... arguments) {
    CrashedMachine machine = opened;
    if (machine == null) {
      throw new AssertionError("the dump was not opened");
    }
    Inspection inspection =
        MonitorCommands.inspections().stream()
            .filter(i -> i.name().equals(command))
            .findFirst()
            .orElseThrow();
    try {
      return inspection.inspect(machine, List.of(arguments)).text();
    } catch (FailedException e) {
      return command + ": " + e.getMessage();
    }
  }

  /** The lines that head what crash prints, and ours, by what they are called. */
  private static Map<String, String> banner(String text) {
    Map<String, String> lines = new LinkedHashMap<>();
    LINE.matcher(text).results().forEach(l -> lines.putIfAbsent(l.group(1), l.group(2).strip()));
    return lines;
  }

  @Test
  void bannerIsTheOneOfCrash() throws Exception {
    String crash = crash();
    assumeTrue(crash.contains("RELEASE:"), "crash cannot read it");
    Map<String, String> expected = banner(crash);
    Map<String, String> found = banner(shown("sys"));

    SoftAssertions softly = new SoftAssertions();
    for (String name :
        List.of(
            "CPUS",
            "DATE",
            "UPTIME",
            "LOAD AVERAGE",
            "NODENAME",
            "RELEASE",
            "VERSION",
            "MACHINE",
            "MEMORY",
            "PANIC")) {
      boolean isNonsense = name.equals("UPTIME") && isUptimeOfCrashNonsense(expected.get(name));
      if (!isNonsense) {
        softly.assertThat(found.get(name)).as(name).isEqualTo(expected.get(name));
      }
    }
    for (String mark : List.of("[TAINTED]", "[PARTIAL DUMP]", "[INCOMPLETE]")) {
      String name = mark.equals("[TAINTED]") ? "KERNEL" : "DUMPFILE";
      softly
          .assertThat(found.getOrDefault(name, "").contains(mark))
          .as(mark)
          .isEqualTo(expected.getOrDefault(name, "").contains(mark));
    }
    softly.assertAll();
  }

  /** crash 8.0.2 mistakes CONFIG_HZ of some: minutes or aeons for seconds. */
  private static boolean isUptimeOfCrashNonsense(@Nullable String uptime) {
    return uptime == null || !uptime.startsWith("00:00:");
  }

  @Test
  void bannerIsWhatTheGuestSaid() {
    Map<String, String> found = banner(shown("sys"));
    SoftAssertions softly = new SoftAssertions();
    if (isCutShort) {
      // Where utsname was there is nothing.
      found.putIfAbsent("VERSION", "#1 SMP Fri Nov 20 17:00:00 UTC 2026");
    }
    dump.said(".*Linux version (\\S+) .* (#\\d+ .*)")
        .ifPresent(
            line -> {
              softly.assertThat(found.get("RELEASE")).isEqualTo(line.group(1));
              softly.assertThat(found.get("VERSION")).isEqualTo(line.group(2));
            });
    LinuxDump.last(shown("log"), "\\[ *(\\d+)\\.\\d+\\] .*")
        .ifPresent(
            line ->
                softly
                    .assertThat(Math.abs(seconds(found.get("UPTIME")) - number(line.group(1))))
                    .as("UPTIME %s, last heard of at %s s", found.get("UPTIME"), line.group(1))
                    .isLessThan(3));
    dump.said(".*Memory: \\d+K/(\\d+)K available .*")
        .ifPresent(
            line ->
                softly.assertThat(found.get("MEMORY")).isEqualTo(megabytes(number(line.group(1)))));
    dump.said("\\[[ 0-9.]+\\] (Kernel panic - not syncing: (?!Fatal exception).*)")
        .ifPresent(
            line ->
                softly
                    .assertThat(found.get("PANIC"))
                    .isEqualTo("\"" + line.group(1).strip() + "\""));
    dump.said("\\[[ 0-9.]+\\] (Oops: .*)")
        .ifPresent(
            line -> softly.assertThat(found.get("PANIC")).contains("\"" + line.group(1) + "\""));
    dump.texts()
        .apply(dump.file().get().getFileName() + ".vmcoreinfo.txt")
        .flatMap(text -> LinuxDump.last(text, "CRASHTIME=(\\d+)"))
        .ifPresent(
            line ->
                softly
                    .assertThat(found.get("DATE"))
                    .isIn(date(number(line.group(1))), date(number(line.group(1)) + 1)));
    softly
        .assertThat(found.getOrDefault("DUMPFILE", ""))
        .matches(
            ".*"
                + (dump.file().get().toString().matches(".*(d31|enospc|kdump-zlib).*")
                    ? "  \\[PARTIAL DUMP\\]"
                    : "\\w")
                + (isCutShort ? "  \\[INCOMPLETE\\]" : ""));
    softly.assertAll();
  }

  private static String date(long seconds) {
    return DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss 'UTC' yyyy", Locale.ROOT)
        .withZone(ZoneOffset.UTC)
        .format(Instant.ofEpochSecond(seconds));
  }

  private static long number(String digits) {
    return Long.parseLong(digits);
  }

  private static long seconds(@Nullable String uptime) {
    if (uptime == null) {
      return -1;
    }
    String[] parts = uptime.split(":", -1);
    return Duration.ofHours(number(parts[0]))
        .plusMinutes(number(parts[1]))
        .plusSeconds(number(parts[2]))
        .toSeconds();
  }

  private static String megabytes(long kilobytes) {
    return String.format(Locale.ROOT, "%.1f MB", kilobytes / 1024.0).replace(".0 MB", " MB");
  }

  /** What crash printed of it; what it prints now, if its kernel's types are here. */
  private String crash() throws Exception {
    if (dump.crash().isPresent() || dump.module().isPresent()) {
      return dump.crash().orElse("");
    }
    if (printedByCrash != null) {
      return printedByCrash;
    }
    assumeTrue(Command.isInstalled("crash"), "crash is not installed");
    Path script = Files.createTempFile("vmcore-it", ".crash");
    try {
      Files.writeString(script, "sys\nps\nmod\nquit\n");
      printedByCrash =
          Command.of(
                  "crash",
                  "-s",
                  "-i",
                  "" + script,
                  "" + dump.vmlinux().get(),
                  "" + dump.file().get())
              .run()
              .out();
      return printedByCrash;
    } finally {
      Files.deleteIfExists(script);
    }
  }

  /** All tasks but the idle ones as {@code PID NAME ADDRESS}. */
  private static List<String> tasks(String ps) {
    return TASK.matcher(ps)
        .results()
        .filter(row -> !row.group(2).equals("0"))
        .map(row -> task(row.group(2), row.group(9).replaceAll("^\\[|\\]$", ""), row.group(5)))
        .toList();
  }

  private static String task(String pid, String name, String address) {
    return "%s %s %x".formatted(pid, name, Long.parseUnsignedLong(address, 16));
  }

  @Test
  void tasksAreThoseOfDrgn() {
    List<String> expected = new ArrayList<>();
    String drgn = dump.drgn().orElse("");
    Pattern.compile("(?m)^(\\d+) (\\S+) 0x([0-9a-f]+)$")
        .matcher(drgn)
        .results()
        .forEach(l -> expected.add(task(l.group(1), l.group(2), l.group(3))));
    Pattern.compile("(?m)^pid (\\d+) tgid \\d+ comm (\\S+) task 0x([0-9a-f]+) .*$")
        .matcher(drgn)
        .results()
        .forEach(l -> expected.add(task(l.group(1), l.group(2), l.group(3))));
    dump.texts()
        .apply("qemu-gdb-lx.txt")
        .ifPresent(
            text ->
                Pattern.compile("(?m)^0x(\\w+) +([1-9]\\d*) +(\\S+)$")
                    .matcher(
                        text.substring(text.indexOf("=== lx-ps"), text.indexOf("=== lx-lsmod")))
                    .results()
                    .forEach(l -> expected.add(task(l.group(2), l.group(3), l.group(1)))));
    assumeTrue(!expected.isEmpty(), "drgn cannot read it");
    String ps = shown("ps");
    assertThat(tasks(ps)).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(banner(shown("sys")).get("TASKS"))
        .isEqualTo(Long.toString(TASK.matcher(ps).results().count()));
  }

  /** Even where nothing else can read the dump: the guest's first process, and its own ones. */
  @Test
  void tasksAreThoseThatTheGuestStarted() {
    String ps = shown("ps");
    if (isCutShort) {
      assertThat(ps).contains("(not all: ");
      return;
    }
    assertThat(tasks(ps))
        .anyMatch(task -> task.startsWith("1 init "))
        .anyMatch(task -> task.startsWith("2 kthreadd "))
        .anyMatch(task -> task.matches("\\d+ (labsleep|labspin|memtouch) .*"));
    assertThat(tasks(ps)).doesNotHaveDuplicates();
  }

  @Test
  void runningTasksAreThoseOfCrash() throws Exception {
    List<String> expected = TASK.matcher(crash()).results().map(LinuxTruthTest::row).toList();
    assumeTrue(!expected.isEmpty(), "crash cannot read it");
    assertThat(TASK.matcher(shown("ps")).results().map(LinuxTruthTest::row)).containsAll(expected);
  }

  /** crash loses the parents of idle tasks here, and counts no shared memory as resident. */
  private static String row(MatchResult row) {
    boolean idle = row.group(2).equals("0");
    return "%s %s %s %x %s %s %s"
        .formatted(
            row.group(2),
            idle ? "" : row.group(3),
            row.group(4),
            Long.parseUnsignedLong(row.group(5), 16),
            row.group(6),
            row.group(7),
            row.group(9));
  }

  @Test
  void panicTaskIsTheOneThatTheGuestNamed() {
    if (isCutShort) {
      return;
    }
    Map<String, String> found = banner(shown("sys"));
    Optional<MatchResult> oops =
        dump.texts()
            .apply("oops.txt")
            .flatMap(text -> LinuxDump.last(text, ".*\\] CPU: (\\d+) PID: (\\d+) Comm: (\\S+) .*"));
    Optional<MatchResult> heading =
        dump.crash()
            .flatMap(
                text ->
                    LinuxDump.last(
                        text,
                        "PID: (\\d+) +TASK: (\\w+) +CPU: (%s) +COMMAND: \"(\\S+)\""
                            .formatted(found.get("CPU"))));
    // The others' init asked for the crash itself: "LAB CRASHING", then sysrq.
    assertThat(found.get("PID")).isEqualTo(oops.map(l -> l.group(2)).orElse("1"));
    assertThat(found.get("COMMAND"))
        .isEqualTo(oops.map(l -> "\"%s\"".formatted(l.group(3))).orElse("\"init\""));
    oops.ifPresent(l -> assertThat(found.get("CPU")).isEqualTo(l.group(1)));
    heading.ifPresent(
        l -> {
          assertThat(found.get("PID")).isEqualTo(l.group(1));
          assertThat(Long.parseUnsignedLong(found.getOrDefault("TASK", "0"), 16))
              .isEqualTo(Long.parseUnsignedLong(l.group(2), 16));
          assertThat(found.get("CPU")).isEqualTo(l.group(3));
          assertThat(found.get("COMMAND")).isEqualTo("\"" + l.group(4) + "\"");
        });
    assertThat(found.get("STATE")).isEqualTo("TASK_RUNNING (PANIC)");
  }

  @Test
  void modulesAreThoseThatTheGuestListed() {
    List<String> expected = new ArrayList<>();
    Pattern.compile("(?m)^(\\w+) (\\d+) \\d+ .* (?:Live|Loading) 0x(\\w+)")
        .matcher(dump.texts().apply("modules.txt").orElseGet(dump::console))
        .results()
        .forEach(l -> expected.add(module(l.group(1), l.group(3), l.group(2))));
    dump.texts()
        .apply("qemu-gdb-lx.txt")
        .ifPresent(
            text ->
                Pattern.compile("(?m)^0x(\\w+) (\\w+) +(\\d+)  \\d+")
                    .matcher(text.substring(text.indexOf("=== lx-lsmod")))
                    .results()
                    .forEach(l -> expected.add(module(l.group(2), l.group(1), l.group(3)))));
    assumeTrue(!expected.isEmpty(), "the guest did not list its modules");
    List<String> found =
        MODULE
            .matcher(shown("mod"))
            .results()
            .map(row -> module(row.group(2), row.group(3), row.group(4)))
            .toList();
    if (isCutShort) {
      assertThat(shown("mod")).contains("mod: ");
      return;
    }
    assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
  }

  private static String module(String name, String base, String size) {
    return "%s %x %s".formatted(name, Long.parseUnsignedLong(base, 16), size);
  }

  @Test
  void modulesAreInTheOrderOfCrash() throws Exception {
    List<String> expected = modules(crash());
    assumeTrue(!expected.isEmpty(), "crash cannot read it");
    assertThat(modules(shown("mod"))).containsExactlyElementsOf(expected);
  }

  private static List<String> modules(String text) {
    return MODULE
        .matcher(text)
        .results()
        .map(l -> String.join(" ", l.group(1), l.group(2), l.group(3), l.group(4)))
        .toList();
  }

  /** Each line that the guest said is there, and nothing else in between. */
  @Test
  void logIsWhatTheGuestSaid() {
    List<String> console = dump.kernelLines();
    assumeTrue(!console.isEmpty(), "the guest's serial line was not recorded");
    String log = shown("log");
    if (isCutShort) {
      assertThat(log).isEqualTo("log: cannot read prb");
      return;
    }
    List<String> found = asOnConsole(log);
    int first = found.indexOf(console.get(0));
    int last = found.lastIndexOf(console.get(console.size() - 1));
    assertThat(first).as(console.get(0)).isNotNegative();
    assertThat(last).as(console.get(console.size() - 1)).isNotNegative();
    // Some of these kernels were told to keep debugging messages from their consoles.
    Set<String> hidden = new HashSet<>(asOnConsole(shown("log", "--level", "debug")));
    hidden.removeAll(console);
    assertThat(new LinkedHashSet<>(found.subList(first, last + 1)))
        .filteredOn(line -> !hidden.contains(line))
        .containsExactlyElementsOf(console);
  }

  /** The kernel's console has a time before each line of a message, crash and we once. */
  private static List<String> asOnConsole(String log) {
    List<String> lines = new ArrayList<>();
    String time = "";
    for (String line : log.lines().toList()) {
      if (line.matches("\\[ *\\d+\\.\\d{6}\\] .*")) {
        time = line.substring(0, line.indexOf(']') + 2);
        lines.add(line.stripTrailing());
      } else {
        lines.add((time + line.substring(Math.min(time.length(), line.length()))).stripTrailing());
      }
    }
    return lines;
  }

  @Test
  void logIsTheOneOfMakedumpfile() throws Exception {
    assumeTrue(Command.isInstalled("makedumpfile"), "makedumpfile is not installed");
    Path out = Files.createTempFile("vmcore-it", ".dmesg");
    try {
      Command.Result run =
          Command.of("makedumpfile", "-f", "--dump-dmesg", "" + dump.file().get(), "" + out).run();
      if (run.exit() != 0) {
        abort("makedumpfile cannot read it");
      }
      assertThat(shown("log").lines().map(String::stripTrailing))
          .containsExactlyElementsOf(
              Files.readString(out, ISO_8859_1).lines().map(String::stripTrailing).toList());
    } finally {
      Files.deleteIfExists(out);
    }
  }
}
