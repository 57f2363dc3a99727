package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.it.SpeedOptions.Kind;

class SpeedOptionsTest {
  @Test
  void makesEveryTableOfTheReadme() {
    SpeedOptions options = SpeedOptions.parse();
    assertThat(options.kinds())
        .containsExactlyInAnyOrder(Kind.GDB, Kind.SID_GDB, Kind.PROCESS, Kind.BACKTRACE);
    assertThat(options.writesReadme()).isTrue();
    assertThat(options.traced()).isEmpty();
    assertThat(SpeedOptions.parse("--print").writesReadme()).isFalse();
  }

  @Test
  void keepsOneTableOutOfTheReadme(@TempDir Path directory) throws IOException {
    Path dump = Files.createFile(directory.resolve("vmcore"));
    Path vmlinux = Files.createFile(directory.resolve("vmlinux"));
    SpeedOptions options =
        SpeedOptions.parse(
            "--only", "backtrace", "--rounds", "2", "--dump", "" + dump, "--vmlinux", "" + vmlinux);
    assertThat(options.kinds()).containsExactly(Kind.BACKTRACE);
    assertThat(options.writesReadme()).isFalse();
    assertThat(options.rounds()).isEqualTo(2);
    assertThat(options.traced())
        .hasValueSatisfying(
            traced -> {
              assertThat(traced.file()).isEqualTo(dump);
              assertThat(traced.vmlinux()).isEqualTo(vmlinux);
            });
  }

  @ParameterizedTest
  @CsvSource({
    "--fast, unknown: --fast",
    "--only, --only needs a value",
    "--only all, there is no table all",
    "--rounds 0, not a number of rounds: 0",
    "--dump /dev/no-such, no such file: /dev/no-such",
    "--vmlinux pom.xml, --dump and --vmlinux go together",
  })
  void tellsWhatIsWrong(String words, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SpeedOptions.parse(words.split(" ", -1)))
        .withMessage(message);
  }
}
