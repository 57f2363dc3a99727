package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.NeedsCorpus;

/** Per-CPU variables as gdb prints them, with symbols that are made of the dump alone. */
@Tag("slow")
@NeedsCorpus
class PerCpuVariablesTest {
  /**
   * In the thread of each CPU a variable is that CPU's copy, those of modules too: the guest
   * printed 0xbadc0de00000000N of CPU N before it crashed. The kernel's scripts add a CPU's offset,
   * and get that CPU's copy in every thread.
   */
  @ParameterizedTest
  @EnumSource(value = CorpusDump.class, mode = EnumSource.Mode.EXCLUDE, names = "DISK_FULL")
  void isTheCopyOfTheThreadsCpu(CorpusDump dump) {
    try (Program server = Program.serve(dump.file())) {
      List<String> commands = new ArrayList<>();
      for (int thread : new int[] {1, 2, 1}) {
        commands.add("thread " + thread);
        commands.add("p *(int *) &cpu_number");
        commands.add("p/x *(unsigned long *) &crashme_pcpu");
        for (int cpu = 0; cpu < 2; cpu++) {
          commands.add(
              "p *(int *) ((char *) &cpu_number + ((unsigned long *) &__per_cpu_offset)[%d])"
                  .formatted(cpu));
        }
      }
      String shown = Gdb.batch().connect(server).ex(commands.toArray(String[]::new)).run().all();

      List<String> values =
          Pattern.compile("(?m)^\\$\\d+ = (.*)$")
              .matcher(shown)
              .results()
              .map(line -> line.group(1))
              .toList();
      assertThat(values)
          .as(shown)
          .containsExactly(
              "0",
              "0xbadc0de000000000",
              "0",
              "1",
              "1",
              "0xbadc0de000000001",
              "0",
              "1",
              "0",
              "0xbadc0de000000000",
              "0",
              "1");
    }
  }

  @Test
  void hasItsTypeAndLeavesTheAddressZeroAlone() {
    try (Program server = Program.serve(CorpusDump.ZLIB.file())) {
      String shown =
          Gdb.batch()
              .connect(server)
              .ex(
                  "thread 1",
                  "p runqueues.cpu",
                  "thread 2",
                  "p runqueues.cpu",
                  "p runqueues.curr->comm",
                  "p cpu_info.x86",
                  "info symbol &runqueues",
                  "x/gx 0")
              .run()
              .all();

      // The BTF kernel's CPU 1 ran init, as the console says.
      assertThat(shown)
          .contains("$1 = 0\n", "$2 = 1\n", "$3 = \"init\"", "$4 = 15")
          .contains("runqueues in section .data..percpu")
          .contains("Cannot access memory at address 0x0");
    }
  }

  /** What has symbols of its own has them where the kernel has them. */
  @Test
  void aDebuggerWithSymbolsOfItsOwnHasToAsk() {
    CorpusDump dump = CorpusDump.ZLIB;
    try (Program server = Program.serve(dump.file())) {
      String shown =
          Gdb.batch()
              .symbols(dump.vmlinux())
              .connect(server)
              .ex(
                  "monitor percpu-window",
                  "thread 2",
                  "monitor percpu-window on",
                  "x/s ((struct rq *) 0x8000000000021e80)->curr->comm",
                  "monitor percpu-window off",
                  "x/gx 0x8000000000021e80")
              .run()
              .all();

      assertThat(shown)
          .contains("not shown: .data..percpu at 0x8000000000000000")
          .contains("\"init\"")
          .contains("Cannot access memory at address 0x8000000000021e80");
    }
  }
}
