package org.vmcore.dumpreader;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.testing.Command;

/**
 * The installed QEMU dumps a machine that has not started yet, in whose memory it has loaded what
 * we know: {@code virsh dump --memory-only} makes the same files.
 */
@Tag("slow")
class QemuDumpTest {
  private static final String QEMU = "qemu-system-x86_64";
  private static final int LOADED_AT = 0x100000;

  @TempDir private Path directory;

  /**
   * Options of dump-guest-memory; a QEMU without a codec or -R says so, and the test is skipped.
   */
  @ParameterizedTest
  @ValueSource(strings = {"", "-z", "-l", "-s", "-z -R", "-l -R", "-s -R"})
  void everyPageIsWhatQemuLoaded(String options) throws Exception {
    Command.assumeInstalled(QEMU);
    byte[] loaded = new byte[5 << 20];
    Random random = new Random(5);
    random.nextBytes(loaded);
    Arrays.fill(loaded, 1 << 20, 2 << 20, (byte) 0);
    for (int at = 2 << 20; at < loaded.length; at += 64) {
      Arrays.fill(loaded, at, at + 48, (byte) at);
    }
    Files.write(directory.resolve("loaded"), loaded);
    Path file = directory.resolve("vmcore");
    String said = dump(options, file);
    assumeTrue(Files.exists(file), "QEMU made no dump: " + said);

    try (Dump dump = DumpFormats.openFiles(List.of(file), OpenOptions.defaults())) {
      byte[] got = new byte[loaded.length];
      assertThat(dump.info().incomplete()).isEmpty();
      assertThat(dump.memory().read(LOADED_AT, got, 0, got.length).isComplete()).isTrue();
      assertThat(Arrays.mismatch(got, loaded)).isEqualTo(-1);
      assertThat(dump.notes()).extracting(Note::name).contains(Note.CORE, Note.QEMU);
      assertThat(dump.info().file().endsWith("(flattened)"))
          .isEqualTo(!options.isEmpty() && !options.endsWith("-R"));
    }
  }

  private String dump(String options, Path file) throws Exception {
    Process qemu =
        new ProcessBuilder(
                QEMU,
                "-S",
                "-m",
                "32",
                "-net",
                "none",
                "-display",
                "none",
                "-monitor",
                "stdio",
                "-device",
                "loader,addr=%#x,force-raw=on,file=%s"
                    .formatted(LOADED_AT, directory.resolve("loaded")))
            .redirectErrorStream(true)
            .start();
    try (OutputStream monitor = qemu.getOutputStream()) {
      monitor.write(
          "dump-guest-memory %s %s%nquit%n".formatted(options, file).getBytes(ISO_8859_1));
      monitor.flush();
      String said = new String(qemu.getInputStream().readAllBytes(), ISO_8859_1);
      qemu.waitFor();
      return said.lines().filter(line -> line.contains("rror")).findFirst().orElse("");
    } finally {
      qemu.destroyForcibly();
    }
  }
}
