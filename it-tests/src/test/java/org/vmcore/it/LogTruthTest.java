package org.vmcore.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmcore.testing.Command;
import org.vmcore.testing.NeedsCorpus;

/** The log of every dump, against the guest's serial line and makedumpfile. */
@Tag("slow")
@NeedsCorpus
@ParameterizedClass
@MethodSource("org.vmcore.it.LinuxDump#all")
class LogTruthTest extends LinuxTruth {

  LogTruthTest(LinuxDump dump) {
    super(dump);
  }

  /** Each line that the guest said is there, and nothing else in between. */
  @Test
  void logIsWhatTheGuestSaid() {
    List<String> console = dump.kernelLines();
    assumeTrue(!console.isEmpty(), "the guest's serial line was not recorded");
    String log = shown("log");
    if (isCutShort) {
      assertThat(log).isEqualTo("log: cannot read prb");
      return;
    }
    List<String> found = asOnConsole(log);
    int first = found.indexOf(console.get(0));
    int last = found.lastIndexOf(console.get(console.size() - 1));
    assertThat(first).as(console.get(0)).isNotNegative();
    assertThat(last).as(console.get(console.size() - 1)).isNotNegative();
    // Some of these kernels were told to keep debugging messages from their consoles.
    Set<String> hidden = new HashSet<>(asOnConsole(shown("log", "--level", "debug")));
    hidden.removeAll(console);
    assertThat(new LinkedHashSet<>(found.subList(first, last + 1)))
        .filteredOn(line -> !hidden.contains(line))
        .containsExactlyElementsOf(console);
  }

  /** The kernel's console has a time before each line of a message, crash and we once. */
  private static List<String> asOnConsole(String log) {
    List<String> lines = new ArrayList<>();
    String time = "";
    for (String line : log.lines().toList()) {
      if (line.matches("\\[ *\\d+\\.\\d{6}\\] .*")) {
        time = line.substring(0, line.indexOf(']') + 2);
        lines.add(line.stripTrailing());
      } else {
        lines.add((time + line.substring(Math.min(time.length(), line.length()))).stripTrailing());
      }
    }
    return lines;
  }

  @Test
  void logIsTheOneOfMakedumpfile() throws Exception {
    assumeTrue(Command.isInstalled("makedumpfile"), "makedumpfile is not installed");
    Path out = Files.createTempFile("vmcore-it", ".dmesg");
    try {
      Command.Result run =
          Command.of("makedumpfile", "-f", "--dump-dmesg", "" + dump.file().get(), "" + out).run();
      if (run.exit() != 0) {
        abort("makedumpfile cannot read it");
      }
      assertThat(shown("log").lines().map(String::stripTrailing))
          .containsExactlyElementsOf(
              Files.readString(out, ISO_8859_1).lines().map(String::stripTrailing).toList());
    } finally {
      Files.deleteIfExists(out);
    }
  }
}
