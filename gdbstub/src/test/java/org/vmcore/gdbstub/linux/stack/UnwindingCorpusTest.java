package org.vmcore.gdbstub.linux.stack;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.arch.api.Architecture;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.gdbstub.machine.MachineStacks.Stack;
import org.vmcore.gdbstub.port.LinuxPorts;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.NeedsCorpus;

/** The stacks of real dumps, as the dying kernels, crash and the guests' doings tell them. */
@NeedsCorpus
class UnwindingCorpusTest {
  private static final String BTF = "x86_64/kdump-btf-null-deref/";

  /** What the guests were doing: they had written to /proc/sysrq-trigger. */
  private static final List<String> SYSRQ =
      List.of(
          "panic",
          "sysrq_handle_crash",
          "__handle_sysrq",
          "write_sysrq_trigger",
          "proc_reg_write",
          "vfs_write",
          "ksys_write");

  /** Where the stacks of tasks begin that have no user half, on one architecture or another. */
  private static final Pattern BEGINNING =
      Pattern.compile(
          "ret_from_.*|secondary_startup.*|__(primary|secondary)_switched|start_kernel"
              + "|start_secondary_resume|start_here_common|startup_32_smp|rest_init"
              + "|secondary_start_kernel|start_secondary|smp_start_secondary|smp_callin"
              + "|cpu_startup_entry|startup_continue|psw_idle|arch_call_rest_init|i386_start_kernel");

  /** Lines of a trace that the kernel believes itself. */
  private static final Pattern TRACE =
      Pattern.compile("(?m)^\\[ *[0-9.]+\\]  (?:RIP: 0010:)?([\\w.]+)\\+0x[0-9a-f]+/");

  private static final Pattern CRASH =
      Pattern.compile("(?m)^ *#\\d+ \\[([0-9a-f]+)\\] (\\S+) at [0-9a-f]+");

  /** Kernels without BTF take their types from a module's debugging information. */
  private static CrashedMachine open(String dump) throws Exception {
    MachineOptions options = MachineOptions.defaults();
    if (!dump.startsWith("x86_64/")) {
      options = options.withTypes(Corpus.file(dump.split("/", -1)[0] + "/kernel/vmlab.ko"));
    }
    return CrashedMachine.open(List.of(Corpus.file(dump)), options);
  }

  private static String text(String file) throws Exception {
    return Files.readString(Corpus.file(file), ISO_8859_1);
  }

  /** Names as crash and gdb have them, without what the compiler appended for its clones. */
  private static List<String> names(CrashedMachine machine, List<Frame> frames) throws Exception {
    List<String> names = new ArrayList<>();
    for (Frame frame : frames) {
      if (frame.kind() != Frame.Kind.USER) {
        names.add(
            machine
                .stacks()
                .function(frame)
                .map(found -> plain(found.symbol().name()))
                .orElse("?"));
      }
    }
    return names;
  }

  private static String plain(String name) {
    return name.replaceFirst("\\..*", "");
  }

  private static Unwinding unwinding(CrashedMachine machine) throws Exception {
    Architecture architecture = machine.requireArchitecture();
    return new Unwinding(
        machine.linux(), architecture, LinuxPorts.of(architecture).unwinder(machine.linux()));
  }

  private static Stack crashed(CrashedMachine machine) throws Exception {
    CrashedCpu cpu = machine.cpus().stream().filter(CrashedCpu::crashed).findFirst().orElseThrow();
    return machine.stacks().of(cpu);
  }

  @ParameterizedTest
  @CsvSource({
    BTF + "vmcore.d31.zlib, " + BTF + "oops.txt",
    "x86_64/kdump-null-deref/vmcore.raw, x86_64/kdump-null-deref/oops.txt",
    "x86_64/kdump-5level-sysrq/vmcore.d31.zstd, x86_64/kdump-5level-sysrq/oops.txt",
    "x86_64/kdump-5level-sysrq/vmcore.d31.snappy, x86_64/kdump-5level-sysrq/oops.txt",
    "x86_64/kdump-nokaslr-sysrq/vmcore.d31.lzo, x86_64/kdump-nokaslr-sysrq/oops.txt",
    "x86_64/qemu-null-deref/qemu.elf, x86_64/qemu-null-deref/oops.txt"
  })
  void namesTheFunctionsThatTheDyingKernelPrinted(String dump, String oops) throws Exception {
    List<String> printed = new ArrayList<>();
    TRACE.matcher(text(oops)).results().forEach(line -> printed.add(plain(line.group(1))));
    // It printed the trace from within panic(), or before it went there.
    printed.remove("dump_stack_lvl");
    assertThat(printed).hasSizeGreaterThan(6);

    try (CrashedMachine machine = open(dump)) {
      List<Frame> frames = crashed(machine).frames();

      assertThat(names(machine, frames)).containsSubsequence(printed);
      assertThat(frames.get(frames.size() - 1).kind()).isEqualTo(Frame.Kind.USER);
      assertThat(frames).noneMatch(frame -> frame.kind() == Frame.Kind.GUESSED);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "arm64/kdump/vmcore.md-zlib-d31",
        "ppc64le/kdump-radix/vmcore.md-zlib-d31",
        "s390x/kdump/vmcore.md-zlib-d31"
      })
  void findsTheFramesThatCrashFinds(String dump) throws Exception {
    String crash = text(dump.substring(0, dump.lastIndexOf('/')) + "/vmcore.crash.txt");
    String task = crash.substring(crash.indexOf("COMMAND: \"init\""));
    List<String> expected = new ArrayList<>();
    CRASH
        .matcher(task.substring(0, task.indexOf("PID:")))
        .results()
        .forEach(
            line -> expected.add(Long.parseUnsignedLong(line.group(1), 16) + " " + line.group(2)));
    assertThat(expected).hasSizeGreaterThan(9);

    try (CrashedMachine machine = open(dump)) {
      List<Frame> frames = crashed(machine).frames();
      List<String> names = names(machine, frames);
      List<String> found = new ArrayList<>();
      for (int i = 0; i < names.size(); i++) {
        found.add(frames.get(i).place() + " " + names.get(i));
      }

      assertThat(found).endsWith(expected.toArray(String[]::new));
      assertThat(frames.get(frames.size() - 1).kind()).isEqualTo(Frame.Kind.USER);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "arm/kdump/vmcore.md-zlib-d31",
        "arm/qemu/vmcore.elf",
        "arm-lpae/qemu/vmcore.elf",
        "arm64/qemu/vmcore.elf",
        "arm64-64k/qemu-lva/vmcore.elf",
        "i386/qemu/vmcore.elf",
        "i386-pae/kdump/vmcore.md-lzo-d31",
        "i386-pae/qemu/vmcore.elf",
        "ppc64le/qemu-hash/vmcore.elf",
        "riscv64/kdump-sv57/vmcore",
        "riscv64-sv39/qemu/vmcore.elf",
        "s390x/qemu/vmcore.elf"
      })
  void goesFromPanicToTheSystemCall(String dump) throws Exception {
    try (CrashedMachine machine = open(dump)) {
      List<Frame> frames = crashed(machine).frames();

      assertThat(names(machine, frames)).containsSubsequence(SYSRQ);
      assertThat(frames.get(frames.size() - 1).kind()).isEqualTo(Frame.Kind.USER);
    }
  }

  /**
   * The note has the stack pointer of three words. panic() waits in loops of __timer_delay(), which
   * asks for the time by a pointer (Linux arch/arm/lib/delay.c).
   */
  @ParameterizedTest
  @ValueSource(strings = {"arm/qemu/vmcore.elf", "arm-lpae/qemu/vmcore.elf"})
  void knowsWhatAnInterruptCameInto(String dump) throws Exception {
    try (CrashedMachine machine = open(dump)) {
      List<Frame> frames = crashed(machine).frames();

      assertThat(names(machine, frames.subList(1, 5)))
          .containsExactly(
              "arch_timer_read_counter_long", "__timer_delay", "panic", "sysrq_handle_crash");
      assertThat(frames).noneMatch(frame -> frame.kind() == Frame.Kind.GUESSED);
    }
  }

  /** A stack that has no such call on it tells nothing, rather than something near it. */
  @Test
  void staysSilentOfAnInterruptIntoWhatIsNotOnTheStack() throws Exception {
    try (CrashedMachine machine = open("arm/qemu/vmcore.elf")) {
      FrameRegisters registers = FrameRegisters.of(machine.cpus().get(0).state().registers());
      long stack = machine.linux().currentStack(0).orElseThrow();
      Unwinding unwinding = unwinding(machine);

      assertThat(unwinding.interrupted(registers, stack)).isPresent();
      for (String other : List.of("vfs_read", "kmem_cache_alloc", "mutex_lock", "memcpy")) {
        long pc = machine.linux().address(other).orElseThrow();
        assertThat(unwinding.interrupted(registers.with("lr", pc + 4), stack)).as(other).isEmpty();
      }
      assertThat(unwinding.interrupted(registers.with("lr", 4), stack)).isEmpty();
      assertThat(unwinding.interrupted(registers, 0)).isEmpty();
    }
  }

  /** The kernel printed the trace of the CPU that it had stopped, caller by caller. */
  @ParameterizedTest
  @ValueSource(strings = {"arm/qemu/", "arm-lpae/qemu/"})
  void comesBackFromTheInterruptStackOnArm(String folder) throws Exception {
    List<String> printed = new ArrayList<>();
    Pattern.compile("(?m)\\]  \\w+ from (\\w+)\\+0x")
        .matcher(text(folder + "console.txt"))
        .results()
        .skip(2)
        .forEach(line -> printed.add(line.group(1)));
    assertThat(printed).contains("call_with_stack").endsWith("__irq_usr");

    try (CrashedMachine machine = open(folder + "vmcore.elf")) {
      assertThat(names(machine, machine.stacks().of(machine.cpus().get(1)).frames()))
          .isEqualTo(printed);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        BTF + "vmcore.d31.zlib",
        "arm/kdump/vmcore.md-zlib-d31",
        "arm64/kdump/vmcore.md-zlib-d31",
        "i386-pae/kdump/vmcore.md-lzo-d31",
        "ppc64le/kdump-radix/vmcore.md-zlib-d31",
        "riscv64/kdump-sv57/vmcore",
        "s390x/kdump/vmcore.md-zlib-d31"
      })
  void everyTasksStackHasABeginning(String dump) throws Exception {
    try (CrashedMachine machine = open(dump)) {
      List<Task> tasks = machine.tasks().list().all();
      assertThat(tasks).hasSizeGreaterThan(25);
      for (Task task : tasks) {
        List<Frame> frames = machine.stacks().of(task).frames();
        List<String> names = names(machine, frames);

        assertThat(frames)
            .as("%s: %s", task, names)
            .isNotEmpty()
            .noneMatch(frame -> frame.kind() == Frame.Kind.GUESSED);
        Frame last = frames.get(frames.size() - 1);
        assertThat(
                task.kernelThread()
                    ? BEGINNING.matcher(names.get(names.size() - 1)).matches()
                    : last.kind() == Frame.Kind.USER)
            .as("%s: %s", task, names)
            .isTrue();
      }
    }
  }

  @Test
  void allTasksTakeWellUnderASecondOfOneProcessor() throws Exception {
    try (CrashedMachine machine = open(BTF + "vmcore.d31.zlib")) {
      List<Task> tasks = machine.tasks().list().all();
      ThreadMXBean threads = ManagementFactory.getThreadMXBean();
      long start = threads.getCurrentThreadCpuTime();
      for (Task task : tasks) {
        names(machine, machine.stacks().of(task).frames());
      }
      assertThat(Duration.ofNanos(threads.getCurrentThreadCpuTime() - start))
          .isLessThan(Duration.ofSeconds(1));
    }
  }

  /** Whatever the registers are, there is an end to it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        BTF + "vmcore.d31.zlib",
        "arm/kdump/vmcore.md-zlib-d31",
        "arm64/kdump/vmcore.md-zlib-d31",
        "i386-pae/kdump/vmcore.md-lzo-d31",
        "ppc64le/kdump-radix/vmcore.md-zlib-d31",
        "riscv64/kdump-sv57/vmcore",
        "s390x/kdump/vmcore.md-zlib-d31"
      })
  void wrongRegistersLeadToNoHarm(String dump) throws Exception {
    Random random = new Random(42);
    try (CrashedMachine machine = open(dump)) {
      Unwinding unwinding = unwinding(machine);
      List<Stack> stacks = new ArrayList<>();
      for (Task task : machine.tasks().list().all()) {
        stacks.add(machine.stacks().of(task));
      }
      for (int i = 0; i < 300; i++) {
        Map<String, Long> registers = new LinkedHashMap<>();
        Stack one = stacks.get(random.nextInt(stacks.size()));
        Stack other = stacks.get(random.nextInt(stacks.size()));
        Frame frame = one.frames().get(random.nextInt(one.frames().size()));
        registers.putAll(other.frames().get(0).registers().values());
        registers.putAll(frame.registers().values());
        registers.replaceAll((name, value) -> spoilt(random, value));

        assertThat(unwinding.unwind(new FrameRegisters(registers), false)).hasSizeBetween(0, 1024);
      }
    }
  }

  private static long spoilt(Random random, long value) {
    return switch (random.nextInt(8)) {
      case 0 -> value ^ 1L << random.nextInt(64);
      case 1 -> value + random.nextInt(4096) - 2048;
      case 2 -> random.nextLong();
      default -> value;
    };
  }
}
