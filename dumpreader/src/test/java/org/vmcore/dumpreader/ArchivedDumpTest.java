package org.vmcore.dumpreader;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.testing.Command;

/** Archives that tar and the JDK's jar have made. */
class ArchivedDumpTest {
  private static final String TAR = "tar -cf %s -C %s .";
  private static final String GNU_TAR_SPARSE = "tar -S -cf %s -C %s .";
  private static final String TGZ = "tar -czf %s -C %s .";
  private static final String PAX = "tar -H pax -cf %s -C %s .";
  private static final String ZIP = "jar -cMf %s -C %s .";
  private static final String STORED_ZIP = "jar -c0Mf %s -C %s .";

  @TempDir private Path directory;

  private Path sent;
  private Path dump;
  private byte[] kdump;

  @BeforeEach
  void crashDirectory() throws Exception {
    sent = Files.createDirectories(directory.resolve("sent"));
    Path crash = Files.createDirectories(sent.resolve("crash/" + "long-name-".repeat(20)));
    kdump = FormatSamples.file("kdump-compressed");
    dump = Files.write(crash.resolve("vmcore"), kdump);
    Files.writeString(crash.resolve("vmcore-dmesg.txt"), "Kernel panic - not syncing\n");
    gzip(sent.resolve("messages.gz"), "a log\n".repeat(1000).getBytes(UTF_8));
  }

  private static void gzip(Path file, byte[] bytes) throws Exception {
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(bytes);
    }
  }

  /** The archive of what was sent. */
  private Path archive(String command) {
    Path archive = directory.resolve("archive");
    List<String> words = List.of(command.formatted(archive, sent).split(" "));
    Command.Result made = Command.of(words).run();
    assertThat(made.exit()).as(made.all()).isZero();
    return archive;
  }

  private static Dump open(Path archive) throws Exception {
    return DumpFormats.openFiles(List.of(archive), OpenOptions.defaults());
  }

  @ParameterizedTest
  @ValueSource(strings = {TAR, PAX, TGZ, GNU_TAR_SPARSE, ZIP, STORED_ZIP})
  void theOneDumpInItIsOpened(String command) throws Exception {
    if (command.startsWith("tar")) {
      // Which jar would follow.
      Files.createSymbolicLink(sent.resolve("latest"), dump);
    }
    try (Dump opened = open(archive(command));
        Dump itself = open(Files.write(directory.resolve("itself"), kdump))) {
      DumpFormatContract.assertSameMemory(opened.memory(), itself.memory());
      assertThat(opened.info().incomplete()).isEqualTo(itself.info().incomplete());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {TAR, ZIP})
  void itMayBeCompressedOrFlattenedInThere(String command) throws Exception {
    Files.delete(dump);
    gzip(sent.resolve("vmcore.flat.gz"), FormatSamples.file("flattened"));
    try (Dump opened = open(archive(command));
        Dump itself = open(Files.write(directory.resolve("itself"), kdump))) {
      DumpFormatContract.assertSameMemory(opened.memory(), itself.memory());
    }
  }

  /** In a sparse file of tar's the holes of memory that is all zeros. */
  @Test
  void holesAreZeros() throws Exception {
    Path raw = sent.resolve("crash/elf");
    Files.write(raw, FormatSamples.file("ELF vmcore"));
    Files.delete(dump);
    assertThat(Command.of(List.of("truncate", "-s", "8M", raw.toString())).run().exit()).isZero();
    Path archive = archive(GNU_TAR_SPARSE);
    assertThat(Files.size(archive)).as("has holes").isLessThan(1 << 20);
    try (Dump opened = open(archive);
        Dump itself = open(raw)) {
      DumpFormatContract.assertSameMemory(opened.memory(), itself.memory());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {TAR, ZIP})
  void severalAreListed(String command) throws Exception {
    Files.write(sent.resolve("other.elf"), FormatSamples.file("ELF vmcore"));
    assertThatThrownBy(() -> open(archive(command)))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("archive with 2 dumps")
        .hasMessageContaining("other.elf")
        .hasMessageContaining("long-name-/vmcore")
        .hasMessageEndingWith("name one");
  }

  @ParameterizedTest
  @ValueSource(strings = {TAR, ZIP})
  void withoutADumpWhatItHasIsTold(String command) throws Exception {
    Files.delete(dump);
    assertThatThrownBy(() -> open(archive(command)))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("archive without a dump")
        .hasMessageContaining("vmcore-dmesg.txt");
  }

  /** What was sent over a line that broke. */
  @Test
  void ofOneThatIsCutShortTheBeginningIsThere() throws Exception {
    Path archive = archive("tar -cf %s -C %s/crash .");
    Path cut = directory.resolve("cut");
    Files.write(cut, Arrays.copyOf(Files.readAllBytes(archive), kdump.length * 9 / 10));
    try (Dump opened = open(cut)) {
      assertThat(String.join(" ", opened.info().incomplete()))
          .contains(cut + " ends within ")
          .contains("of its " + kdump.length + " bytes are there");
    }
  }

  @Test
  void aZipWithoutItsDirectoryIsDamaged() throws Exception {
    Path archive = archive(ZIP);
    byte[] whole = Files.readAllBytes(archive);
    Path cut = Files.write(directory.resolve("cut"), Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> open(cut))
        .isInstanceOf(DumpException.class)
        .hasMessageContaining(cut.toString())
        .hasMessageContaining("zip's central directory");
  }
}
