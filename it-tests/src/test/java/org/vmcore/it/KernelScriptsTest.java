package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The kernel's own gdb scripts (scripts/gdb of its source tree), as they come. */
class KernelScriptsTest {
  private static final CorpusDump DUMP = CorpusDump.ZLIB;

  /** All output, cut at the marks below: one gdb is started for all commands. */
  private static String output = "";

  @BeforeAll
  static void runAll() {
    Path scripts = Corpus.archive("x86_64/kernel-btf/gdb-scripts.tar.xz");
    Path vmlinux = DUMP.vmlinux();
    try (Program server = Program.serve(DUMP.file())) {
      Gdb gdb =
          Gdb.batch()
              .ex("set python print-stack full")
              .connect(server)
              // Unlike the symbols of a main file, those of .data..percpu stay where they are then.
              .ex(
                  "add-symbol-file %s -o %#x -s .data..percpu 0"
                      .formatted(vmlinux, kaslrOffset(server)))
              .ex("source " + scripts.resolve("vmlinux-gdb.py"));
      for (String command : COMMANDS) {
        gdb.ex("echo \\n=== " + command.replace("$", "\\$") + "\\n", command);
      }
      Command.Result result = gdb.limit(Duration.ofMinutes(4)).run();
      output = result.all();
    }
  }

  private static final List<String> COMMANDS =
      List.of(
          "lx-version",
          "lx-ps",
          "lx-dmesg",
          "lx-lsmod",
          "lx-cpus",
          "lx-mounts",
          "lx-iomem",
          "p $lx_current().comm",
          "p $lx_per_cpu(\"runqueues\", 1).curr->comm",
          "p $lx_per_cpu(\"cpu_number\", 1)");

  @AfterAll
  static void forget() {
    output = "";
  }

  private static long kaslrOffset(Program server) {
    String vmcoreinfo = Gdb.batch().connect(server).ex("monitor vmcoreinfo").run().all();
    return Long.parseLong(
        Pattern.compile("KERNELOFFSET=([0-9a-f]+)")
            .matcher(vmcoreinfo)
            .results()
            .map(match -> match.group(1))
            .findFirst()
            .orElseThrow(() -> new AssertionError(vmcoreinfo)),
        16);
  }

  private static String of(String command) {
    assertThat(output).contains("=== " + command + "\n");
    String rest = output.substring(output.indexOf("=== " + command) + command.length() + 5);
    int end = rest.indexOf("\n=== ");
    return end < 0 ? rest : rest.substring(0, end);
  }

  /** The lines of a section of what drgn made of the same dump. */
  private static List<String> drgn(String section) {
    String text = DUMP.text("vmcore.d31.zlib.drgn.txt");
    String rest = text.substring(text.indexOf("--- " + section));
    int end = rest.indexOf("\n--- ", 1);
    return rest.substring(0, end < 0 ? rest.length() : end).lines().skip(1).toList();
  }

  @Test
  void version() {
    assertThat(of("lx-version")).startsWith("Linux version 6.1.192-vmcorebtf (lab@vmcoretest)");
  }

  @Test
  void tasks() {
    Pattern known = Pattern.compile("pid (\\d+) tgid \\d+ comm (\\S+) task (0x\\w+).*");
    List<String> expected =
        drgn("tasks").stream()
            .map(known::matcher)
            .filter(line -> line.matches())
            .map(line -> line.group(3) + " " + line.group(1) + " " + line.group(2))
            .collect(Collectors.toList());
    assertThat(expected).hasSizeGreaterThan(30);
    // The boot CPU's idle task, which is in no list, comes first.
    expected.add(0, "0xffffffff98412600 0 swapper/0");
    assertThat(of("lx-ps").lines().skip(1).filter(line -> !line.isBlank()))
        .extracting(line -> line.trim().replaceAll(" +", " "))
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  /** Without the times, whose last digit the script rounds up and drgn down. */
  @Test
  void log() {
    Pattern time = Pattern.compile("^\\[ *\\d+\\.\\d+\\] ?");
    List<String> expected =
        drgn("dmesg").stream()
            .filter(line -> time.matcher(line).find())
            .map(line -> time.matcher(line).replaceFirst("").strip())
            .toList();
    assertThat(expected).hasSizeGreaterThan(250);
    assertThat(of("lx-dmesg").lines().map(line -> time.matcher(line).replaceFirst("").strip()))
        .containsSubsequence(expected)
        .contains("BUG: kernel NULL pointer dereference, address: 0000000000000000");
  }

  @Test
  void modules() {
    List<String> loaded =
        DUMP.text("modules.txt")
            .lines()
            .map(line -> line.split(" "))
            .map(field -> field[5] + " " + field[0] + " " + field[1])
            .toList();
    assertThat(of("lx-lsmod").lines().skip(1).filter(line -> !line.isBlank()))
        .extracting(line -> line.replaceAll(" +", " ").replaceAll("^(\\S+ \\S+ \\d+) .*", "$1"))
        .containsExactlyElementsOf(loaded);
  }

  @Test
  void cpus() {
    assertThat(of("lx-cpus"))
        .contains("Possible CPUs : [0, 1]")
        .contains("Present CPUs  : [0, 1]")
        .contains("Online CPUs   : [0, 1]")
        .contains("Active CPUs   : [0, 1]");
  }

  /** The guest mounts these and no others (its console shows its init). */
  @Test
  void mounts() {
    assertThat(of("lx-mounts").lines().skip(1).filter(line -> !line.isBlank()))
        .extracting(line -> line.replaceAll("^\\S+ \\S+ \\S+ (\\S+) .*", "$1"))
        .containsExactly("/", "/proc", "/sys", "/dev", "/tmp");
  }

  @Test
  void resources() {
    assertThat(of("lx-iomem").strip()).isEqualTo(DUMP.text("iomem.txt").strip());
  }

  /** The oops says so: "CPU: 1 PID: 1 Comm: init". */
  @Test
  void currentTask() {
    assertThat(of("p $lx_current().comm")).contains("\"init\"");
    assertThat(of("p $lx_per_cpu(\"runqueues\", 1).curr->comm")).contains("\"init\"");
  }

  @Test
  void perCpuVariables() {
    assertThat(of("p $lx_per_cpu(\"cpu_number\", 1)")).contains("= 1\n");
  }
}
