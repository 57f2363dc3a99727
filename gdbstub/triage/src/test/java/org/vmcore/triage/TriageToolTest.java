package org.vmcore.triage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.gdbstub.app.Triage;
import org.vmcore.gdbstub.machine.MachineOptions;

class TriageToolTest {
  @TempDir Path directory;

  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private Path crashes;

  @BeforeEach
  void makeCrashes() throws IOException {
    crashes = Files.createDirectory(directory.resolve("crashes"));
    Random random = new Random(1);
    write("a/dmesg.txt", MadeLogs.of(0, random), "2026-11-01T10:00:00Z");
    write("b/dmesg.txt", MadeLogs.of(0, random), "2026-11-05T10:00:00Z");
    write("c/dmesg.txt", MadeLogs.of(6, random), "2026-11-20T10:00:00Z");
    write("c/notes.txt", "call the vendor\n", "2026-11-20T10:00:00Z");
    write("d/other", "\0\1\2 no dump at all", "2026-11-20T10:00:00Z");
    // A dump's first bytes, and no more of it.
    write("e/vmcore", "KDUMP   " + "\6\0\0\0" + "\0".repeat(500), "2026-11-20T10:00:00Z");
  }

  private void write(String name, String text, String time) throws IOException {
    Path file = crashes.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text, StandardCharsets.ISO_8859_1);
    Files.setLastModifiedTime(file, FileTime.from(Instant.parse(time)));
  }

  private Path database() {
    return directory.resolve("crashes.db");
  }

  private int collect(List<Path> sources, List<Path> lists) throws Exception {
    Triage.Collection collection =
        new Triage.Collection(
            sources,
            lists,
            database(),
            Optional.empty(),
            2,
            Duration.ofMinutes(5),
            false,
            MachineOptions.defaults());
    err.reset();
    return new TriageTool().collect(collection, new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private List<Entry> entries() throws IOException {
    try (Database database = Database.existing(database())) {
      return database.all();
    }
  }

  private String summary(Triage.Form form, Optional<Path> site, Optional<Instant> since, int fresh)
      throws IOException {
    StringBuilder out = new StringBuilder();
    Triage.Summary summary = new Triage.Summary(database(), site, since, form);
    assertThat(new TriageTool().summarize(summary, out)).isEqualTo(fresh);
    return out.toString();
  }

  @Test
  void recordsEachCrashAndWhyOthersAreNone() throws Exception {
    assertThat(collect(List.of(crashes), List.of())).isEqualTo(1);
    List<Entry> entries = entries();
    assertThat(entries)
        .extracting(e -> e.text(Column.STATUS))
        .containsExactly("crash", "crash", "crash", "failed");
    assertThat(entries.get(0).text(Column.CULPRIT)).isEqualTo("disk_submit");
    assertThat(entries.get(0).text(Column.HARDWARE))
        .startsWith("Made Machine")
        .doesNotContain("BIOS");
    assertThat(entries.get(0).text(Column.GROUP_ID))
        .isEqualTo(entries.get(1).text(Column.GROUP_ID));
    assertThat(entries.get(3).text(Column.SOURCE)).endsWith("e/vmcore");
    assertThat(entries.get(3).text(Column.REASON)).contains("vmcore");
  }

  @Test
  void doesNothingTwice() throws Exception {
    collect(List.of(crashes), List.of());
    assertThat(collect(List.of(crashes), List.of())).isZero();
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("0 crashes, 4 were there before");
    write("a/dmesg.txt", MadeLogs.of(1, new Random(2)), "2026-11-02T10:00:00Z");
    collect(List.of(crashes), List.of());
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("1 crashes, 3 were there before");
    assertThat(entries().get(0).text(Column.CULPRIT)).isEqualTo("link_down");
  }

  @Test
  void aListReadsNoFilesOfOthers() throws Exception {
    Path secret = Files.writeString(directory.resolve("secret"), MadeLogs.of(3, new Random(3)));
    Path list = crashes.resolve("list");
    Files.createSymbolicLink(crashes.resolve("link"), secret);
    Files.writeString(
        list,
        "# mine\na/dmesg.txt\n" + secret + "\nfile://" + secret + "\n../secret\nlink\nnone\n");
    assertThat(collect(List.of(), List.of(list))).isGreaterThanOrEqualTo(4);
    assertThat(entries().stream().filter(entry -> entry.is(Entry.CRASH)))
        .extracting(entry -> entry.text(Column.CULPRIT))
        .containsExactly("disk_submit");
  }

  @Test
  void tellsWhatIsNew() throws Exception {
    collect(List.of(crashes), List.of());
    Optional<Instant> since = Optional.of(Instant.parse("2026-11-10T00:00:00Z"));
    String csv = summary(Triage.Form.CSV, Optional.empty(), since, 1);
    assertThat(csv.lines()).hasSize(3);
    assertThat(csv.lines().toList().get(1))
        .contains(",2,false,2026-11-01T10:00:00Z,2026-11-05T10:00:00Z,");
    assertThat(csv.lines().toList().get(2)).contains(",1,true,");
    assertThat(summary(Triage.Form.JSON, Optional.empty(), since, 1)).contains("\"new\": true");
    summary(Triage.Form.TEXT, Optional.empty(), Optional.empty(), 0);
  }

  @Test
  void pagesShowWhatDumpsSayAsTextAlone() throws Exception {
    String evil =
        MadeLogs.of(6, new Random(4)).replace("Made Machine", "<img src=x onerror=alert(1)>\"'");
    write("<b>/dmesg.txt", evil, "2026-11-20T10:00:00Z");
    collect(List.of(crashes), List.of());
    Path site = directory.resolve("site");
    summary(Triage.Form.TEXT, Optional.of(site), Optional.empty(), 0);
    try (var files = Files.walk(site)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file)).doesNotContain("<img", "<b>/").contains("</html>");
      }
    }
    assertThat(Files.readString(site.resolve("failed.html"))).contains("e/vmcore");
  }

  @Test
  void saysWhatParquetNeedsAndWhereThatGoes() throws Exception {
    Path records = Files.createDirectories(directory.resolve("out/dumps"));
    Triage.Summary summary =
        new Triage.Summary(
            directory.resolve("out"), Optional.empty(), Optional.empty(), Triage.Form.TEXT);
    assertThatThrownBy(() -> new TriageTool().summarize(summary, new StringBuilder()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a directory without Parquet files");
    Files.writeString(records.resolve("part-0.parquet"), "PAR1");
    assertThatThrownBy(() -> new TriageTool().summarize(summary, new StringBuilder()))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("duckdb_jdbc-VERSION.jar", "org.duckdb:duckdb_jdbc", "in /");
  }

  @Test
  void whoTakesTooLongCostsOneRecord() throws Exception {
    List<String> done = new java.util.ArrayList<>();
    Crew crew =
        new Crew(
            2,
            Duration.ofMillis(200),
            source -> {
              try {
                Thread.sleep(source.name().equals("slow") ? 60_000 : 1);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              if (source.name().equals("large")) {
                throw new OutOfMemoryError("made");
              }
              return Optional.empty();
            });
    List<Source> sources =
        List.of("slow", "a", "large", "b").stream().map(Path::of).map(Source::named).toList();
    crew.run(
        sources,
        (source, entry) ->
            done.add(source.name() + ":" + entry.map(e -> e.text(Column.REASON)).orElse("")));
    assertThat(done).hasSize(4).contains("a:", "b:");
    assertThat(done).anyMatch(text -> text.startsWith("slow:takes longer than"));
    assertThat(done).anyMatch(text -> text.startsWith("large:needs more memory than"));
  }
}
