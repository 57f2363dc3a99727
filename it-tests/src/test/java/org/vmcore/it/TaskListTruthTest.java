package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmcore.testing.NeedsCorpus;

/** The tasks and the modules of every dump, against crash, drgn and the guest itself. */
@Tag("slow")
@NeedsCorpus
@ParameterizedClass
@MethodSource("org.vmcore.it.LinuxDump#all")
class TaskListTruthTest extends LinuxTruth {
  /** {@code > PID PPID CPU TASK ST %MEM VSZ RSS COMM}. */
  private static final Pattern TASK =
      Pattern.compile(
          "(?m)^([> ]) *(\\d+) +(\\d+) +(\\d+)  ([0-9a-f]+)  (\\w\\w) +[0-9.]+ +(\\d+) +(\\d+) "
              + " (.+?)$");

  private static final Pattern MODULE =
      Pattern.compile("(?m)^([0-9a-f]+) +(\\w+) +([0-9a-f]+) +(\\d+)  \\(");

  TaskListTruthTest(LinuxDump dump) {
    super(dump);
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
    List<String> expected = TASK.matcher(crash()).results().map(TaskListTruthTest::row).toList();
    assumeTrue(!expected.isEmpty(), "crash cannot read it");
    assertThat(TASK.matcher(shown("ps")).results().map(TaskListTruthTest::row))
        .containsAll(expected);
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
}
