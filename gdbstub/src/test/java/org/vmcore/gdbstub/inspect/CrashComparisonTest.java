package org.vmcore.gdbstub.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.gdbstub.stub.DebuggerView;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.NeedsCorpus;

/**
 * The same commands in crash, which has the kernel's DWARF, and here with what the dump carries.
 * Compared without regard to the width of columns.
 */
@NeedsCorpus
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CrashComparisonTest {
  private static final String MARK = "vmcore-test-mark";

  private Path dump;
  private Path vmlinux;

  @BeforeAll
  void find() throws Exception {
    assumeTrue(isInstalled(), "crash is not installed");
    dump = Corpus.file("x86_64/kdump-btf-null-deref/vmcore.d31.zlib");
    vmlinux = Corpus.file("x86_64/kernel-btf/vmlinux");
  }

  private static boolean isInstalled() throws Exception {
    try {
      Process crash = new ProcessBuilder("crash", "--version").redirectErrorStream(true).start();
      crash.getInputStream().readAllBytes();
      return crash.waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private List<String> crash(String command) throws Exception {
    Path script = Files.createTempFile("crash", ".txt");
    Path output = Files.createTempFile("crash", ".out");
    try {
      Files.writeString(script, "!echo " + MARK + "\n" + command + "\nquit\n");
      Process crash =
          new ProcessBuilder("crash", "-s", "-i", "" + script, "" + vmlinux, "" + dump)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      assertThat(crash.waitFor(2, TimeUnit.MINUTES)).isTrue();
      String text = Files.readString(output, StandardCharsets.ISO_8859_1);
      assertThat(text).contains(MARK);
      return normal(text.substring(text.indexOf(MARK) + MARK.length()));
    } finally {
      Files.delete(script);
      Files.delete(output);
    }
  }

  private List<String> ours(String command) throws Exception {
    try (CrashedMachine machine = CrashedMachine.open(dump, MachineOptions.defaults())) {
      CrashedCpu cpu = machine.cpus().get(0);
      StringBuilder out = new StringBuilder();
      new MonitorCommands(new DebuggerView(machine)).run(command, cpu, out::append);
      return normal(out.toString());
    }
  }

  private static List<String> normal(String text) {
    List<String> lines = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      String shown = line.strip().replaceAll(" +", " ");
      if (!shown.isEmpty()) {
        lines.add(shown);
      }
    }
    return lines;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mod",
        "mod -t",
        "sym jiffies",
        "files 1",
        "mount",
        "timer",
        "timer -r",
        "irq -s",
        "irq -a",
        "irq -b",
        "runq",
        "kmem -s",
        "kmem -v",
        "kmem -z",
        "struct list_head",
        "struct task_struct",
        "struct task_struct -o",
        "struct file -o",
        "struct page -o",
        "struct kmem_cache -o",
        "union acpi_object",
        "struct hrtimer_cpu_base",
        "struct hrtimer_clock_base.seq",
        "struct super_block",
        "struct task_struct.comm,pid,tasks,se.load.weight init_task",
        "struct uts_namespace init_uts_ns",
        "struct cpumask __cpu_online_mask",
        "search badc0de000000000",
        "search -K -w badc0de0",
        "search -V -c \"crashme read-only data\"",
        "search -p -s 1000 -e 2000000 badc0de000000000"
      })
  void printsTheSameAsCrash(String command) throws Exception {
    String inCrash =
        command
            .replace(" init_task", " " + address("init_task"))
            .replace(" init_uts_ns", " " + address("init_uts_ns"))
            .replace(" __cpu_online_mask", " " + address("__cpu_online_mask"));

    assertThat(ours(command)).isEqualTo(crash(inCrash));
  }

  private String address(String symbol) throws Exception {
    return ours("sym " + symbol).get(0).split(" ", -1)[0];
  }

  /** crash also lists each number that has no descriptor. */
  @Test
  void listsTheInterruptsThatCrashLists() throws Exception {
    List<String> expected =
        crash("irq").stream().filter(line -> !line.endsWith("(unused) (unused)")).toList();

    assertThat(ours("irq")).isEqualTo(expected);
  }

  /** Of the eight loop devices crash shows another. */
  @Test
  void listsTheDevicesThatCrashLists() throws Exception {
    assertThat(withoutLoop(ours("dev"))).isEqualTo(withoutLoop(crash("dev")));
  }

  private static List<String> withoutLoop(List<String> lines) {
    return lines.stream().map(line -> line.replaceFirst("loop \\w+", "loop")).toList();
  }

  /**
   * crash counts shared pages too; its SLAB is not the sum of the kernel's two counters, and its
   * COMMITTED lacks the CPUs' shares: /proc/meminfo has both.
   */
  @Test
  void countsMemoryAsCrashDoes() throws Exception {
    List<String> expected =
        crash("kmem -i").stream()
            .filter(line -> !line.matches("(SHARED|SLAB|COMMITTED) .*"))
            .toList();

    assertThat(
            ours("kmem -i").stream().filter(line -> !line.matches("(SLAB|COMMITTED) .*")).toList())
        .isEqualTo(expected);
  }

  /**
   * What gdb prints of a struct of 6592 bytes, up to its first array without an end. Of several
   * symbols at one address gdb takes another than the kernel.
   */
  @Test
  void printsValuesAsGdbDoes() throws Exception {
    String command = "struct task_struct " + address("init_task");

    assertThat(beginning(ours(command))).hasSize(800).isEqualTo(beginning(crash(command)));
  }

  private static List<String> beginning(List<String> lines) {
    return lines.stream().filter(line -> !line.startsWith("stack = ")).limit(800).toList();
  }
}
