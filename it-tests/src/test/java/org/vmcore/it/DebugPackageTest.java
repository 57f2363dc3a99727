package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.vmcore.testing.Command;
import org.vmcore.testing.LabDump;

/**
 * A stock Debian kernel's dump with the vmlinux of its debug package, which is half a gigabyte with
 * relocations for everything: opening it costs hardly more than opening the dump alone.
 */
@Tag("slow")
class DebugPackageTest {
  private static final long MOST_RESIDENT = 400L << 20;
  private static final double MOST_TIME = 1.5;
  private static final int ROUNDS = 5;
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private static Path dump = Path.of("");
  private static Path vmlinux = Path.of("");

  @BeforeAll
  static void get() {
    dump = LabDump.OURS.file();
    vmlinux = LabDump.OURS.vmlinux();
  }

  /** Of both the least, which is what it takes; by turns, since others use the machine, too. */
  @Test
  void infoTakesLittleMoreTimeThanWithoutIt() {
    double alone = Double.MAX_VALUE;
    double with = Double.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      alone = Math.min(alone, seconds(Program.words("info", dump)));
      with = Math.min(with, seconds(Program.words("info", "--vmlinux", vmlinux, dump)));
    }
    assertThat(with).as("%.2f s without it", alone).isLessThanOrEqualTo(MOST_TIME * alone);
  }

  private static double seconds(List<String> words) {
    TimedRun run = TimedRun.of(words, Map.of(), LIMIT);
    assertThat(run.output()).contains("build id");
    return run.spent()[0];
  }

  @Test
  void aSessionFitsInLittleMemory() {
    try (Program server = Program.serveOptimized(dump, "--vmlinux", vmlinux);
        Relay elsewhere = new Relay(server)) {
      for (String address : List.of(server.address(), elsewhere.address())) {
        String shown = Gdb.batch().limit(LIMIT).ex("target remote " + address, "bt").run().all();

        assertThat(shown)
            .containsPattern(Pattern.compile("do_syscall_64 \\(.*common\\.c:\\d+"))
            .doesNotContain("packet error");
      }
      assertThat(server.peakResidentBytes()).isLessThanOrEqualTo(MOST_RESIDENT);
      Awaitility.await().until(() -> elsewhere.bytes() > 0);
      assertThat(elsewhere.bytes()).as("compressed on its way").isLessThan(debugInfoBytes());
    }
  }

  /** Of all sections of debugging information, each once. */
  private static long debugInfoBytes() {
    Pattern section = Pattern.compile(" \\.debug_\\w+ +PROGBITS +\\w+ +\\w+ +(\\w+)");
    return section
        .matcher(Command.of("readelf", "-S", "-W", vmlinux.toString()).run().out())
        .results()
        .mapToLong(found -> Long.parseLong(found.group(1), 16))
        .sum();
  }
}
