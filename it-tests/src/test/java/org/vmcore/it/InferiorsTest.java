package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmcore.testing.Command;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.NeedsCorpus;
import org.vmcore.testing.Truth;

/** Processes of dead machines as inferiors of a stock gdb, and as core files. */
@NeedsCorpus
class InferiorsTest {
  private static final CorpusDump RAW = CorpusDump.RAW_ELF;

  /** One for all: a session leaves nothing behind. */
  private static @Nullable Program server;

  @BeforeAll
  static void serve() {
    server = Program.serve(RAW.file(), "--types", RAW.modules().resolve("crashme.ko"));
  }

  @AfterAll
  static void close() {
    if (server != null) {
      server.close();
    }
  }

  private static Program server() {
    return Objects.requireNonNull(server);
  }

  /** Without a connection, gdb must not attach to a process of this machine. */
  private static Gdb extended(Gdb gdb, Program server) {
    return gdb.ex("set auto-connect-native-target off")
        .ex("target extended-remote " + server.address());
  }

  private static Gdb attached(Program server, int pid) {
    return extended(Gdb.batch(), server).ex("add-inferior", "inferior 2", "attach " + pid);
  }

  /** The bytes that gdb's {@code x/xb} printed, as hexadecimal digits. */
  private static String bytes(String shown) {
    return Pattern.compile("\t0x(\\w\\w)\\b")
        .matcher(shown)
        .results()
        .map(hex -> hex.group(1))
        .collect(Collectors.joining());
  }

  private static String examine(Truth.Place place) {
    return "x/%dxb %#x".formatted(place.length(), place.virtual());
  }

  /** Each place that memtouch printed before the machine died. */
  @Test
  void aProcessHasTheMemoryThatItPrinted() {
    List<Truth.Place> places = RAW.truth().user();
    assertThat(places).hasSizeGreaterThan(4).allMatch(place -> place.pid() == 63);
    Gdb gdb = attached(server(), 63);
    places.forEach(place -> gdb.ex("echo @\\n", examine(place)));
    String shown = gdb.run().all();
    String[] parts = shown.substring(shown.indexOf('@') + 1).split("@", -1);
    for (int i = 0; i < places.size(); i++) {
      assertThat(bytes(parts[i])).as(shown).isEqualTo(places.get(i).bytes());
    }
  }

  /** Threads, registers and what gdb reads of a Linux process. */
  @Test
  void gdbTakesItForALinuxProcess() {
    String shown =
        attached(server(), 63)
            .ex("info threads", "p $rip", "info auxv", "info proc mappings", "info proc cmdline")
            .ex("info inferiors", "detach", "inferior 1", "bt 1")
            .run()
            .all();
    assertThat(shown)
        .containsPattern("Thread 2\\.1 \"CPU 0 .*crashme_level3")
        .containsPattern("\\* 2\\.1 +Thread 63\\.63 \"memtouch\"")
        .containsPattern("2\\.2 +Thread 63\\.65 \"mt-futex\"")
        .containsPattern("2\\.3 +Thread 63\\.66 \"mt-sleep\"")
        .containsPattern("2\\.4 +Thread 63\\.67 \"mt-spin\" \\(PID 67, CPU 1, user mode\\)")
        .containsPattern("AT_EXECFN .*\"/bin/memtouch\"")
        .containsPattern("AT_PAGESZ .* 4096")
        .containsPattern("0x100000000 +0x100010000 +0x10000 +0x0 +rw-p")
        .contains("cmdline = '/bin/memtouch spin'")
        .contains("[Inferior 2 (process 63) detached]")
        .containsPattern("#0 +0x\\w+ in crashme_level3");
  }

  /** PID 1 is a process like others; killed ones are gone, and the session goes on. */
  @Test
  void initIsAProcessAndTheKernelCanBeLetGo() {
    String shown =
        extended(Gdb.batch(), server())
            .ex("kill", "info threads")
            .ex("echo after\\n", "interpreter-exec mi -thread-info", "attach 1", "info threads")
            .run()
            .all();
    assertThat(shown.substring(shown.indexOf("after")))
        .contains("threads=[]")
        .containsPattern("Thread 1\\.1 \"init\" \\(PID 1, CPU 0, crashed\\)");
  }

  /** Nothing but what is asked for: no thread of the kernel, no process that was not there. */
  @Test
  void whatIsNoProcessIsRefused() {
    for (int pid : new int[] {2, 65, 4242}) {
      assertThat(attached(server(), pid).run().all())
          .contains("Attaching to process " + pid + " failed");
    }
  }

  @Test
  void listsWhatTheOperatingSystemHas() {
    String shown =
        Gdb.batch()
            .connect(server())
            .ex("info os", "info os processes", "info os threads", "info os modules")
            .run()
            .all();
    assertThat(shown)
        .containsPattern("(?m)^processes +Listing of all processes")
        .containsPattern("(?m)^63 +0 +/bin/memtouch spin ")
        .containsPattern("(?m)^2 +0 +\\[kthreadd\\] ")
        .containsPattern("(?m)^63 +mt-spin +67 +1 ")
        .containsPattern("(?m)^crashme +\\d+ .* Live +0x");
  }

  /** The core that is written has what gdb sees of the process itself. */
  @Test
  void writesACoreThatGdbOpens(@TempDir Path directory) {
    Path core = directory.resolve("core");
    Path crashme = RAW.modules().resolve("crashme.ko");
    Command.Result written = Program.run("gcore", RAW.file(), 63, "-o", core, "--types", crashme);
    assertThat(written.exit()).as("%s", written).isZero();
    assertThat(written.err()).contains("memtouch, threads: 4").doesNotContain("not in the dump");
    Gdb gdb =
        Gdb.batch().ex("core-file " + core, "info threads", "info auxv", "thread apply all p $rip");
    List<Truth.Place> places =
        RAW.truth().user().stream().filter(place -> !place.label().contains("text")).toList();
    places.forEach(place -> gdb.ex("echo @\\n", examine(place)));
    String shown = gdb.run().all();
    assertThat(shown)
        .contains("Core was generated by `/bin/memtouch spin'")
        .containsPattern("AT_EXECFN .*\"/bin/memtouch\"")
        .contains("LWP 63", "LWP 65", "LWP 66", "LWP 67");
    String[] parts = shown.substring(shown.indexOf('@') + 1).split("@", -1);
    for (int i = 0; i < places.size(); i++) {
      assertThat(bytes(parts[i])).as(shown).isEqualTo(places.get(i).bytes());
    }
    // The same as in the inferior.
    String live = attached(server(), 63).ex("thread apply 2.4 2.3 2.2 2.1 p $rip").run().all();
    assertThat(programCounters(shown)).isEqualTo(programCounters(live)).hasSize(4);
  }

  private static List<String> programCounters(String shown) {
    return Pattern.compile("(?m)^\\$\\d+ = .*(0x\\w+)")
        .matcher(shown.substring(shown.indexOf("\nThread ")))
        .results()
        .map(found -> found.group(1))
        .toList();
  }

  /** What makedumpfile left out is counted, and a hole. */
  @Test
  void countsThePagesThatTheDumpLacks(@TempDir Path directory) {
    Path core = directory.resolve("core");
    Command.Result written = Program.run("gcore", CorpusDump.ZLIB.file(), 64, "-o", core);
    assertThat(written.exit()).as("%s", written).isZero();
    assertThat(written.err())
        .contains("memtouch, threads: 3")
        .containsPattern(
            "\\d+ pages \\(.*\\) of it are not in the dump: they are holes in the file");
    Command.Result again = Program.run("gcore", CorpusDump.ZLIB.file(), 64, "-o", core);
    assertThat(again.exit()).isEqualTo(2);
    Command.Result none = Program.run("gcore", CorpusDump.ZLIB.file(), 2, "-o", directory);
    assertThat(none.exit()).isEqualTo(2);
    Command.Result kernel =
        Program.run("gcore", CorpusDump.ZLIB.file(), 2, "-o", directory.resolve("kernel"));
    assertThat(kernel.exit()).isEqualTo(1);
    assertThat(kernel.err()).contains("2 is a thread of the kernel (kthreadd)");
  }

  /**
   * All programs of these machines are one, which has a text at an address that it printed before;
   * labmulti has two threads where pthread_create() worked.
   */
  @ParameterizedTest
  @EnumSource
  @Tag("slow")
  void attachesOnEveryArchitecture(ForeignDump dump, @TempDir Path directory) {
    assumeTrue(dump.hasUserMemory(), "makedumpfile -d 31 left user memory out");
    MatchResult printed =
        Pattern.compile("LAB labspin needle at 0x(\\w+) '([^']+)'")
            .matcher(dump.console())
            .results()
            .findFirst()
            .orElseThrow();
    String needle = "x/s (char *) 0x" + printed.group(1);
    String text = "\"" + printed.group(2) + "\"";
    Command.Result listed = Program.run("ps", dump.file(), "--types", dump.module());
    // The first of a name is the process, further ones are its threads. On i386 some had not come
    // as far as to call themselves so.
    Map<String, Integer> processes = new HashMap<>();
    Pattern.compile("(?m)^[> ] *(\\d+) .* lab(multi|sleep|spin)\\s*$")
        .matcher(listed.out())
        .results()
        .forEach(
            line -> processes.merge(line.group(2), Integer.parseInt(line.group(1)), Integer::min));
    int pid = Collections.max(processes.values());
    try (Program server = Program.serve(dump.file(), "--types", dump.module())) {
      String shown =
          extended(Gdb.multiarch(), server)
              .ex("add-inferior", "inferior 2", "attach " + pid, "info threads", needle)
              .ex("p $pc", "info auxv")
              .run()
              .all();
      assertThat(shown).contains(text).containsPattern("AT_PHDR");
      assertThat(shown).doesNotContainPattern("\\$1 = .*(0xffffffff|unavailable)");
    }
    Path core = directory.resolve("core");
    Command.Result written =
        Program.run("gcore", dump.file(), pid, "-o", core, "--types", dump.module());
    assertThat(written.exit()).as("%s", written).isZero();
    String opened = Gdb.multiarch().ex("core-file " + core, needle, "info auxv").run().all();
    assertThat(opened).contains(text, "Core was generated by `/init").containsPattern("AT_PHDR");
  }
}
