package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.gdbstub.machine.MachineStacks;
import org.vmcore.testing.Command;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.NeedsCorpus;

/**
 * gdb without a vmlinux leaves every frame as {@code monitor bt} does: the rules that it was given
 * are those that this follows.
 */
@Tag("slow")
@NeedsCorpus
class FramesContractTest {
  /** Where a frame is; gdb shows none of one that was interrupted. */
  private static final Pattern FRAME = Pattern.compile("(?m)^#(\\d+) +(?:0x(\\w+) |<signal )");

  private static final Pattern THREAD = Pattern.compile("^Thread \\d+ \\(Thread 1\\.(\\d+)");

  /** The thread of the task with PID 0, if that had one. */
  private static final long FIRST_TASK = 10_000_000;

  /** That of the idle task of CPU 0. */
  private static final long FIRST_IDLE = 20_000_000;

  /**
   * Where types are missing, arm and riscv64 do not tell where a task was. On i386 gdb shows what
   * kernel threads have in place of a program, and takes another way out of an exception.
   */
  @ParameterizedTest
  @CsvSource({
    "arm/kdump/vmcore.md-zlib-d31, cpus",
    "arm64/kdump/vmcore.md-zlib-d31, tasks",
    "i386-pae/kdump/vmcore.md-lzo-d31, cpus",
    "ppc64le/kdump-radix/vmcore.md-zlib-d31, tasks",
    "riscv64/kdump-sv57/vmcore, cpus",
    "riscv64-sv39/qemu/vmcore.elf, cpus",
    "s390x/kdump/vmcore.md-zlib-d31, tasks",
    "x86_64/kdump-btf-null-deref/vmcore.d31.zlib, tasks",
    "x86_64/qemu-null-deref/qemu.elf, tasks"
  })
  void gdbGoesTheSameWay(String dump, String threads) throws Exception {
    assumeTrue(Command.isInstalled("gdb-multiarch"), "gdb-multiarch is not installed");
    Path file = Corpus.file(dump);
    Map<Long, List<String>> expected = expected(file, threads.equals("tasks"));
    try (Program server = Program.serve(file, "--threads", threads)) {
      List<String> words = new ArrayList<>(List.of("gdb-multiarch", "-batch"));
      words.addAll(Gdb.QUIET);
      words.addAll(List.of("-ex", "target remote " + server.address()));
      words.addAll(List.of("-ex", "thread apply all bt"));
      String shown = Command.of(words).run().all();
      Map<Long, List<String>> traces = new TreeMap<>();
      for (String trace : shown.split("(?m)(?=^Thread \\d+ \\(Thread 1\\.)", -1)) {
        Matcher thread = THREAD.matcher(trace);
        if (thread.find()) {
          long number = Long.parseLong(thread.group(1));
          traces.put(number, pcs(trace, expected.getOrDefault(number, List.of())));
        }
      }

      assertThat(traces.keySet()).as(shown).isEqualTo(expected.keySet());
      Map<Long, List<String>> theirs = new TreeMap<>(traces);
      theirs.entrySet().removeAll(expected.entrySet());
      expected.keySet().retainAll(theirs.keySet());
      assertThat(theirs).isEqualTo(expected);
    }
  }

  /** What {@code monitor bt} follows of every CPU, and of the tasks that none ran, by thread. */
  private static Map<Long, List<String>> expected(Path file, boolean tasks) throws Exception {
    Map<Long, List<String>> expected = new TreeMap<>();
    try (CrashedMachine machine = CrashedMachine.open(file, MachineOptions.defaults())) {
      Set<Long> running = new HashSet<>();
      for (CrashedCpu cpu : machine.cpus()) {
        MachineStacks.Stack stack = machine.stacks().of(cpu);
        stack.task().ifPresent(task -> running.add(task.address()));
        expected.put((long) expected.size() + 1, pcs(stack));
      }
      if (!tasks) {
        return expected;
      }
      for (CrashedCpu cpu : machine.cpus()) {
        Optional<Task> idle = machine.tasks().list().idle(cpu.number());
        if (idle.isPresent() && running.add(idle.get().address())) {
          expected.put(FIRST_IDLE + cpu.number(), pcs(machine.stacks().of(idle.get())));
        }
      }
      for (Task task : machine.tasks().list().all()) {
        if (!running.contains(task.address())) {
          expected.put(FIRST_TASK + task.pid(), pcs(machine.stacks().of(task)));
        }
      }
    }
    return expected;
  }

  private static List<String> pcs(MachineStacks.Stack stack) {
    return stack.frames().stream()
        .filter(frame -> frame.kind() != Frame.Kind.GUESSED)
        .map(frame -> Long.toHexString(frame.pc()))
        .toList();
  }

  /** Those that gdb shows, with what is expected in place of the ones that it does not. */
  private static List<String> pcs(String trace, List<String> expected) {
    List<String> pcs = new ArrayList<>();
    for (MatchResult frame : FRAME.matcher(trace).results().toList()) {
      int number = Integer.parseInt(frame.group(1));
      String hidden = number < expected.size() ? expected.get(number) : "?";
      String pc = frame.group(2);
      pcs.add(pc == null ? hidden : Long.toHexString(Long.parseUnsignedLong(pc, 16)));
    }
    return pcs;
  }
}
