package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.testing.Checkout;
import org.vmcore.testing.Command;

/** The units among the examples, as systemd reads them. */
class SystemdUnitsTest {
  private static final Path EXAMPLES = Checkout.root().resolve("gdbstub/dist/src/examples");

  @TempDir private Path directory;

  @Test
  void systemdHasNothingToSayOfThem() throws IOException {
    Command.assumeInstalled("systemd-analyze");
    List<String> words = new ArrayList<>(List.of("systemd-analyze", "--man=no", "verify"));
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      for (Path unit :
          files.filter(file -> file.toString().matches(".*[.](service|socket)")).toList()) {
        // Programs as they are here, where nothing is installed.
        String text =
            Files.readString(unit)
                .replace("/usr/bin/vmcore-gdbserver", "/bin/true")
                .replace("/usr/local/sbin/kdump-report", "/bin/true");
        Path copy = directory.resolve(unit.getFileName());
        Files.writeString(copy, text);
        words.add("" + copy);
      }
    }
    assertThat(words).hasSize(6);
    Command.Result result = Command.of(words).run();
    assertThat(result.exit()).as(result.toString()).isZero();
    assertThat(result.all()).doesNotContain("" + directory);
  }
}
