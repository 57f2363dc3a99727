package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmcore.testing.Command;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.NeedsCorpus;
import org.vmcore.testing.Truth;

/** Tasks, as threads and in lists, through the real program and a stock gdb. */
@NeedsCorpus
class TasksTest {
  /** Prints each task's PID and the functions on its stack. */
  private static final String STACKS_IN_DRGN =
      """
      import drgn, sys
      from drgn.helpers.linux import for_each_task
      program = drgn.Program()
      program.set_core_dump(sys.argv[1])
      program.load_debug_info([sys.argv[2]])
      for task in for_each_task(program):
          if task.on_cpu.value_() == 0:
              names = [frame.name or '?' for frame in program.stack_trace(task)]
              print(task.pid.value_(), *names)
      """;

  private static final Pattern THREAD =
      Pattern.compile("(?m)^Thread \\d+ \\(Thread 1\\.1(\\d{7}) .*$");

  private static final Pattern FRAME =
      Pattern.compile("(?m)^#\\d+ +(?:0x[0-9a-f]+ in )?([\\w.?]+) \\(");

  private static final Pattern ROW =
      Pattern.compile(
          "(?m)^([> ]) *(\\d+) +(\\d+) +(\\d+)  ([0-9a-f]+)  (\\w\\w) +[0-9.]+ +\\d+ +\\d+  (.+)$");

  /** Kernels without BTF take their types from one of their modules. */
  private static Object[] typesOf(CorpusDump dump) {
    Path crashme = dump.modules().resolve("crashme.ko");
    return dump == CorpusDump.ZLIB ? new Object[0] : new Object[] {"--types", crashme};
  }

  @Test
  @Tag("slow")
  void stacksOfAllTasksAreThoseThatDrgnSees() {
    CorpusDump dump = CorpusDump.ZLIB;
    Map<Integer, List<String>> expected = stacksInDrgn(dump);
    assertThat(expected).hasSizeGreaterThan(30);

    Map<Integer, List<String>> found = new TreeMap<>();
    try (Program server = Program.serve(dump.file(), "--threads", "tasks")) {
      String shown =
          Gdb.batch().symbols(dump.vmlinux()).connect(server).ex("thread apply all bt").run().all();
      List<MatchResult> threads = THREAD.matcher(shown).results().toList();
      for (int i = 0; i < threads.size(); i++) {
        int end = i + 1 < threads.size() ? threads.get(i + 1).start() : shown.length();
        String stack = shown.substring(threads.get(i).end(), end);
        found.put(
            Integer.parseInt(threads.get(i).group(1)),
            FRAME.matcher(stack).results().map(frame -> frame.group(1)).toList());
      }
    }
    assertThat(found.keySet()).containsExactlyElementsOf(expected.keySet());
    expected.forEach(
        (pid, stack) ->
            // Below the C code gdb guesses, as assembly has no call-frame information.
            assertThat(found.getOrDefault(pid, List.of()).stream().limit(stack.size()))
                .as("PID %d", pid)
                .containsExactlyElementsOf(stack));
  }

  /** Down to the entry code, for which drgn has no names here. */
  private static Map<Integer, List<String>> stacksInDrgn(CorpusDump dump) {
    String python = "/usr/bin/python3";
    assumeTrue(
        Command.of(python, "-c", "import drgn").run().exit() == 0, "python3-drgn is not installed");
    Command.Result drgn =
        Command.of(python, "-c", STACKS_IN_DRGN, "" + dump.file(), "" + dump.vmlinux())
            .limit(Duration.ofMinutes(2))
            .run();
    assertThat(drgn.exit()).as("%s", drgn).isZero();
    Map<Integer, List<String>> stacks = new TreeMap<>();
    for (String line : drgn.out().lines().toList()) {
      List<String> words = List.of(line.split(" ", -1));
      List<String> names = new ArrayList<>(words.subList(1, words.size()));
      names.removeIf(name -> name.equals("?"));
      stacks.put(Integer.parseInt(words.get(0)), names);
    }
    return stacks;
  }

  @Test
  void psListsTheTasksThatDrgnLists() {
    assertListsTasks(CorpusDump.ZLIB);
  }

  /** Where drgn can read the dump. */
  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"ZLIB", "FIVE_LEVELS_SNAPPY", "DISK_FULL", "QEMU_ELF"})
  @Tag("slow")
  void psListsThemOfEveryDump(CorpusDump dump) {
    assertListsTasks(dump);
  }

  private static void assertListsTasks(CorpusDump dump) {
    Pattern task =
        Pattern.compile(
            "(?m)^pid (\\d+) tgid \\d+ comm (.+) task 0x(\\w+) stack .* mm 0x(\\w+) .* cpu"
                + " (\\d+)$");
    List<String> expected =
        task.matcher(dump.text(dump.file().getFileName() + ".drgn.txt"))
            .results()
            .map(
                line ->
                    "%s %s %s %s"
                        .formatted(
                            line.group(1),
                            line.group(4).equals("0") ? "[" + line.group(2) + "]" : line.group(2),
                            line.group(3),
                            line.group(5)))
            .toList();
    assertThat(expected).hasSizeGreaterThan(25);

    try (Program server = Program.serve(dump.file(), typesOf(dump))) {
      String shown = Gdb.batch().connect(server).ex("monitor ps").run().all();
      List<MatchResult> rows = ROW.matcher(shown).results().toList();
      assertThat(
              rows.stream()
                  .filter(row -> !row.group(2).equals("0"))
                  .map(
                      row ->
                          "%s %s %s %s"
                              .formatted(row.group(2), row.group(7), row.group(5), row.group(4))))
          .as(shown)
          .containsExactlyInAnyOrderElementsOf(expected);
      assertThat(rows.stream().filter(row -> row.group(1).equals(">"))).hasSize(2);
    }
  }

  /** Crash's own greeting; its count of tasks is wrong on these kernels. */
  @Test
  void sysSaysWhatCrashSays() {
    assertGreets(CorpusDump.RAW_ELF);
  }

  @ParameterizedTest
  @EnumSource(names = {"FIVE_LEVELS_ZSTD", "NO_KASLR_LZO", "QEMU_ELF"})
  @Tag("slow")
  void sysSaysItOfOtherDumps(CorpusDump dump) {
    assertGreets(dump);
  }

  private static void assertGreets(CorpusDump dump) {
    Map<String, String> expected = banner(dump.text(dump.file().getFileName() + ".crash.txt"));
    try (Program server = Program.serve(dump.file(), typesOf(dump))) {
      Map<String, String> found = banner(Gdb.batch().connect(server).ex("monitor sys").run().all());
      for (String name :
          List.of("CPUS", "UPTIME", "LOAD AVERAGE", "NODENAME", "RELEASE", "VERSION", "MACHINE")) {
        assertThat(found.get(name)).as(name).isEqualTo(expected.get(name));
      }
      // Without the type of the kernel's clock, only kdump tells the time.
      Optional.ofNullable(found.get("DATE"))
          .ifPresent(date -> assertThat(date).isEqualTo(expected.get("DATE")));
      Optional.ofNullable(found.get("MEMORY"))
          .ifPresent(memory -> assertThat(memory).isEqualTo(expected.get("MEMORY")));
      assertThat(found.getOrDefault("DUMPFILE", "").contains("[PARTIAL DUMP]"))
          .isEqualTo(expected.getOrDefault("DUMPFILE", "").contains("[PARTIAL DUMP]"));
    }
  }

  private static Map<String, String> banner(String text) {
    Map<String, String> lines = new LinkedHashMap<>();
    Matcher line = Pattern.compile("(?m)^ *([A-Z][A-Z ]*[A-Z]): (.*)$").matcher(text);
    while (line.find()) {
      lines.putIfAbsent(line.group(1), line.group(2));
    }
    return lines;
  }

  /** Each thread sees the user memory of its own task; {@code monitor task} lends it to a CPU's. */
  @Test
  @Tag("slow")
  void threadsSeeTheUserMemoryOfTheirTask() {
    CorpusDump dump = CorpusDump.RAW_ELF;
    List<Truth.Place> places = dump.truth().user();
    assertThat(places).hasSizeGreaterThan(4).allMatch(place -> place.pid() == 63);
    try (Program server = Program.serve(dump.file(), typesOf(dump))) {
      for (Truth.Place place : places) {
        String dumpBytes = "x/%dxb %#x".formatted(place.length(), place.virtual());
        String shown =
            Gdb.batch()
                .connect(server)
                .ex("monitor threads tasks", "info threads")
                .ex("thread apply all -c " + dumpBytes)
                .ex("echo chosen\\n", "thread 1", "monitor task 63", dumpBytes)
                .run()
                .all();
        int chosen = shown.indexOf("chosen");
        assertThat(bytes(shown.substring(chosen))).as(shown).isEqualTo(place.bytes());
        assertThat(bytes(threadOf(shown, 63))).isEqualTo(place.bytes());
        // A thread of the kernel has no user memory, whoever was asked before.
        assertThat(bytes(threadOf(shown, 2))).isEmpty();
      }
    }
  }

  private static String threadOf(String shown, int pid) {
    int start = shown.indexOf("(PID %d, ".formatted(pid), shown.indexOf("\nThread "));
    int end = shown.indexOf("\nThread ", start);
    return shown.substring(start, end < 0 ? shown.length() : end);
  }

  /** The bytes that gdb's {@code x/xb} printed, as hexadecimal digits. */
  private static String bytes(String shown) {
    return Pattern.compile("\t0x(\\w\\w)\\b")
        .matcher(shown)
        .results()
        .map(hex -> hex.group(1))
        .collect(Collectors.joining());
  }

  /** The kernel's gdb scripts count on it: thread N is CPU N-1, whatever comes behind. */
  @Test
  void threadsOfCpusComeFirstAndTasksComeAndGo() {
    CorpusDump dump = CorpusDump.ZLIB;
    try (Program server = Program.serve(dump.file())) {
      String shown =
          Gdb.batch()
              .connect(server)
              .ex("monitor threads tasks", "info threads")
              .ex("echo again\\n", "monitor threads cpus", "info threads")
              .run()
              .all();
      assertThat(shown.substring(0, shown.indexOf("again")))
          .containsPattern("  1 +Thread 1\\.1 \"CPU 0 \\[swapper/0]\"")
          .containsPattern("\\* 2 +Thread 1\\.2 \"CPU 1 \\[init]\" \\(CPU 1, PID 1, crashed\\)")
          .containsPattern("  3 +Thread 1\\.20000001 \"swapper/1\"")
          .containsPattern("Thread 1\\.10000064 \"memtouch\" \\(PID 64, TASK_INTERRUPTIBLE\\)")
          .doesNotContain("1.10000001 ");
      assertThat(shown.substring(shown.indexOf("again")))
          .contains("Thread 1.1 ", "Thread 1.2 ")
          .doesNotContain("Thread 1.10000064");
    }
  }

  /** The same tasks as with types, but for their sizes; what takes other structures says so. */
  @Test
  void withoutTypesTasksAreToldByTheirShape() {
    try (Program server = Program.serve(CorpusDump.NO_KASLR_LZO.file())) {
      String shown =
          Gdb.batch()
              .connect(server)
              .ex(
                  "monitor ps",
                  "monitor bt 2",
                  "monitor files 1",
                  "monitor threads tasks",
                  "info threads",
                  "monitor sys")
              .run()
              .all();
      assertThat(shown)
          .containsPattern("> +1 +0 +1 +ffff888000188000 +RU .* init\n")
          .containsPattern(" +2 +0 +0 +ffff888000189440 +IN .* \\[kthreadd]\n")
          .contains("told by the shape of the tasks")
          .containsPattern("#2 \\[ffffc9000001bf20] kthreadd at ffffffff8106e053")
          .contains("files: the layout of the kernel's structures is not known", "--types FILE")
          .contains("Thread 1.2 \"CPU 1 [init]\" (CPU 1, PID ")
          .contains("Thread 1.10000063 \"memtouch\" (PID 63, TASK_INTERRUPTIBLE)")
          // As with types: processes, and their threads by the shape of their ring.
          .containsPattern("TASKS: 40\n");
    }
  }
}
