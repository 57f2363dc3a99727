package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.testing.Command;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.LabDump;
import org.vmcore.testing.NeedsCorpus;

/**
 * Files of crash's commands of the kind that support teams keep: each runs to its end, and no line
 * of it is unknown.
 */
@Tag("slow")
class SupportFilesTest {
  private static final List<String> FILES =
      List.of("support-summary.crash", "support-hang.crash", "support-memory.crash");

  @TempDir private Path directory;

  private void runs(Path dump, String name) throws IOException {
    Path file = directory.resolve(name);
    try (InputStream in = SupportFilesTest.class.getResourceAsStream(name)) {
      Files.write(file, Objects.requireNonNull(in).readAllBytes());
    }
    Command.Result run = Program.run("crash", dump, "-i", file);
    assertThat(run.out()).doesNotContain("command not found", "unknown option", "usage:");
    assertThat(run.err()).doesNotContain("Exception", "Error");
    assertThat(run.out().lines().count()).as("lines of the answer").isGreaterThan(100);
  }

  @Nested
  @NeedsCorpus
  class OnTheCorpus {
    @ParameterizedTest
    @ValueSource(strings = {"support-summary.crash", "support-hang.crash", "support-memory.crash"})
    void run(String name) throws IOException {
      runs(CorpusDump.ZLIB.file(), name);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = LabDump.class,
      names = {"OURS", "BULLSEYE", "TRIXIE", "SID"})
  void runOnDebiansKernels(LabDump dump) throws IOException {
    assumeTrue(dump.counts() || Files.exists(dump.file()), "the newest kernel moves by itself");
    for (String name : FILES) {
      runs(dump.file(), name);
    }
  }
}
