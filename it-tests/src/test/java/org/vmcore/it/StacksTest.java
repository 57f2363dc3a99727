package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.vmcore.testing.Command;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.RealDump;

/** {@code bt} through the real program and in gdb, against drgn and crash. */
class StacksTest {
  private static final Pattern TASK = Pattern.compile("(?m)^PID: (\\d+) .*$");

  private static final Pattern FRAME =
      Pattern.compile("(?m)^ *#\\d+ \\[([0-9a-f]+)\\] (\\S+) at ([0-9a-f]+)");

  /** The stacks of all tasks that did not run, return address by return address. */
  @Test
  void stacksOfAllTasksAreThoseThatDrgnSees() throws Exception {
    CorpusDump dump = CorpusDump.ZLIB;
    Map<Integer, List<String>> expected = stacksInDrgn(dump);
    assertThat(expected).hasSizeGreaterThan(30);

    Command.Result shown = Program.run("bt", dump.file(), "all");

    assertThat(shown.exit()).as("%s", shown).isZero();
    Map<Integer, List<String>> found = stacks(shown.out());
    expected.forEach((pid, stack) -> assertThat(found.get(pid)).as("PID %d", pid).isEqualTo(stack));
  }

  private static Map<Integer, List<String>> stacks(String text) {
    Map<Integer, List<String>> stacks = new TreeMap<>();
    List<MatchResult> tasks = TASK.matcher(text).results().toList();
    for (int i = 0; i < tasks.size(); i++) {
      int end = i + 1 < tasks.size() ? tasks.get(i + 1).start() : text.length();
      Matcher frames = FRAME.matcher(text.substring(tasks.get(i).end(), end));
      stacks.put(
          Integer.parseInt(tasks.get(i).group(1)),
          frames.results().map(frame -> frame.group(3)).toList());
    }
    return stacks;
  }

  /** Down to the user program, whose registers we show instead. */
  private static Map<Integer, List<String>> stacksInDrgn(CorpusDump dump) throws Exception {
    String python = "/usr/bin/python3";
    assumeTrue(
        Command.of(python, "-c", "import drgn").run().exit() == 0, "python3-drgn is not installed");
    Path script = Path.of(StacksTest.class.getResource("drgn-stacks.py").toURI());
    Command.Result drgn =
        Command.of(
                python,
                script.toString(),
                dump.file().toString(),
                dump.vmlinux().toString(),
                dump.modules().resolve("crashme.ko").toString())
            .limit(Duration.ofMinutes(2))
            .run();
    assertThat(drgn.exit()).as("%s", drgn).isZero();
    Map<Integer, List<String>> stacks = new TreeMap<>();
    for (String line : drgn.out().lines().toList()) {
      List<String> words = List.of(line.split(" ", -1));
      List<String> kernel =
          words.subList(1, words.size()).stream()
              .filter(pc -> Long.parseUnsignedLong(pc, 16) < 0)
              .toList();
      stacks.put(Integer.parseInt(words.get(0)), kernel);
    }
    return stacks;
  }

  /** The same lines as in crash from the exception on, registers included. */
  @Test
  void showsTheCrashAsCrashDoes() {
    CorpusDump dump = CorpusDump.QEMU_ELF;
    String crash = dump.text(dump.file().getFileName() + ".crash.txt");
    String task = crash.substring(crash.indexOf("    [exception RIP"));
    String head =
        crash.lines().filter(line -> line.startsWith("PID: 1 ")).findFirst().orElseThrow();
    List<String> expected =
        task.substring(0, task.indexOf("\n\n")).lines().map(StacksTest::unnumbered).toList();
    assertThat(expected).hasSize(23);
    try (Program server = Program.serve(dump.file())) {
      String shown = Gdb.batch().connect(server).ex("monitor bt").run().all();
      assertThat(shown.lines().map(StacksTest::unnumbered))
          .as(shown)
          .contains(head)
          .containsSequence(expected);
    }
  }

  /** crash does not show the function that panic() called, or was called by. */
  private static String unnumbered(String line) {
    return line.replaceFirst("^ *#\\d+ ", "#");
  }

  @Test
  void helpTellsOfIt() {
    assertThat(Program.run("bt", "--help").out())
        .contains("bt VMCORE [all | cpu N | PID... | TASK...] [-a|-A]");
    assertThat(Program.run("bt", RealDump.typed().file(), "cpu", "7").err())
        .contains("bt: the dump has no CPU 7");
  }
}
