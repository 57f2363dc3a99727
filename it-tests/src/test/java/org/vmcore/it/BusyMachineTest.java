package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.vmcore.testing.Command;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.NeedsCorpus;

/** On a machine that other programs keep busy: gdb gives an answer 2 seconds (remotetimeout). */
@NeedsCorpus
@Tag("slow")
class BusyMachineTest {
  private static final int RUNS = 20;
  private static final int BUSY_PER_PROCESSOR = 4;
  private static final Duration LIMIT = Duration.ofMinutes(3);

  @Test
  void noAnswerIsLate() throws IOException {
    CorpusDump dump = CorpusDump.ZLIB;
    List<Process> others = new ArrayList<>();
    try {
      for (int i = 0; i < BUSY_PER_PROCESSOR * Runtime.getRuntime().availableProcessors(); i++) {
        others.add(new ProcessBuilder("sh", "-c", "while :; do :; done").start());
      }
      for (int run = 0; run < RUNS; run++) {
        // By turns of the dump alone, which takes longest to prepare, and with all that there is.
        List<Object> words = new ArrayList<>(List.of("gdb", dump.file()));
        if (run % 2 == 1) {
          words.addAll(List.of("--vmlinux", dump.vmlinux(), "--debug-dir", dump.modules()));
        }
        words.addAll(List.of("--", "-nx", "-batch", "-ex", "bt"));
        String shown =
            Command.of(Program.words(words.toArray()))
                .environment(Program.ENVIRONMENT)
                .limit(LIMIT)
                .run()
                .all();
        assertThat(shown)
            .as("run %d", run)
            .doesNotContain("packet error", "Remote replied unexpectedly")
            .containsPattern("#0 .*crashme_level3 \\(")
            .contains("0x000000000047b7a0 in ??");
      }
    } finally {
      others.forEach(Process::destroyForcibly);
    }
  }
}
