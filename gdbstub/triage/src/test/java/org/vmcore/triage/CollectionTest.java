package org.vmcore.triage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.NeedsCorpus;

/**
 * A collection of which the cause of each is known: real dumps, many times, some damaged, and made
 * logs. {@code -Dvmcore.triage.count=10000} makes it as large.
 */
@Tag("slow")
@NeedsCorpus
class CollectionTest {
  private static final int COUNT = Integer.getInteger("vmcore.triage.count", 400);

  /**
   * One in so many is a dump, as a log takes a thousandth of its time; and of those one damaged.
   */
  private static final int DUMPS = 8;

  private static final int DAMAGED = 5;

  private static final Map<String, String> CAUSES =
      Map.of(
          "x86_64/kdump-btf-null-deref/vmcore.d31.zlib", "crashme",
          "x86_64/kdump-5level-sysrq/vmcore.d31.zstd", "sysrq",
          "x86_64/kdump-5level-sysrq/vmcore.d31.snappy", "sysrq",
          "x86_64/kdump-nokaslr-sysrq/vmcore.d31.lzo", "sysrq",
          "arm64/kdump/vmcore.md-zlib-d31", "sysrq",
          "s390x/kdump/vmcore.md-zlib-d31", "sysrq",
          "ppc64le/kdump-radix/vmcore.md-zlib-d31", "sysrq");

  @TempDir Path directory;

  private final Map<String, String> truth = new HashMap<>();

  private Path makeCollection() throws IOException {
    Path crashes = Files.createDirectory(directory.resolve("crashes"));
    List<String> dumps = CAUSES.keySet().stream().sorted().toList();
    Random random = new Random(7);
    for (int i = 0; i < COUNT; i++) {
      Path folder = Files.createDirectory(crashes.resolve("%05d".formatted(i)));
      if (i % DUMPS == 0) {
        String name = dumps.get(i / DUMPS % dumps.size());
        Path file = folder.resolve("vmcore");
        byte[] bytes = Files.readAllBytes(Corpus.file(name));
        if (i / DUMPS % DAMAGED == DAMAGED - 1) {
          damage(file, bytes, random);
        } else {
          link(file, name, bytes);
          truth.put(file.toString(), CAUSES.get(name));
        }
      } else {
        int cause = random.nextInt(MadeLogs.causes());
        Path file = Files.writeString(folder.resolve("dmesg.txt"), MadeLogs.of(cause, random));
        truth.put(file.toString(), "made " + cause);
      }
    }
    return crashes;
  }

  /** Many names of one file take the room of one. */
  private void link(Path file, String name, byte[] bytes) throws IOException {
    Path one = directory.resolve(name.replace('/', '_'));
    if (!Files.exists(one)) {
      Files.write(one, bytes);
    }
    Files.createLink(file, one);
  }

  /** Cut short, or with bytes flipped: what is left of it may be nothing, or all that matters. */
  private static void damage(Path file, byte[] bytes, Random random) throws IOException {
    if (random.nextBoolean()) {
      Files.write(file, Arrays.copyOf(bytes, random.nextInt(bytes.length)));
    } else {
      random.ints(2000, 0, bytes.length).forEach(i -> bytes[i] ^= (byte) (1 + i % 255));
      Files.write(file, bytes);
    }
  }

  @Test
  void groupsAreTheCausesAndNothingFinishedIsLost() throws Exception {
    Path crashes = makeCollection();
    Path database = directory.resolve("crashes.db");
    int kept = collectAndKill(crashes, database);
    long begun = System.nanoTime();
    int before = entries(database).size();
    CollectMain.collect(crashes, database);
    double seconds = (System.nanoTime() - begun) / 1e9;
    List<Entry> entries = entries(database);
    System.out.printf(
        "%d dumps and logs, %d of them before the program was killed; the rest in %.1f s, %.1f each"
            + " second%n",
        entries.size(), before, seconds, (entries.size() - before) / seconds);
    assertThat(before).isGreaterThanOrEqualTo(kept);
    assertThat(entries).as("one record each, whatever is wrong with it").hasSize(COUNT);
    assertPairs(entries);

    Path whole = directory.resolve("whole.db");
    CollectMain.collect(crashes, whole);
    assertThat(words(entries(whole))).isEqualTo(words(entries));
  }

  /** Returns how many records were seen before the kill. */
  private static int collectAndKill(Path crashes, Path database) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                CollectMain.class.getName(),
                crashes.toString(),
                database.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    int seen = 0;
    while (seen < COUNT / 3 && process.isAlive()) {
      TimeUnit.MILLISECONDS.sleep(100);
      seen = Files.exists(database) && Files.size(database) > 0 ? count(database) : 0;
    }
    assertThat(process.isAlive()).as("still at work").isTrue();
    process.destroyForcibly().waitFor();
    return seen;
  }

  private static int count(Path database) {
    try {
      return entries(database).size();
    } catch (IOException e) {
      return 0; // Just being made.
    }
  }

  private static List<Entry> entries(Path database) throws IOException {
    try (Database opened = Database.existing(database)) {
      return opened.all();
    }
  }

  private static List<String> words(List<Entry> entries) {
    return entries.stream()
        .map(
            e ->
                e.text(Column.SOURCE)
                    + e.text(Column.STATUS)
                    + e.text(Column.GROUP_ID)
                    + e.text(Column.STACK))
        .toList();
  }

  /** Of all pairs that share a group, those that share a cause; and the other way round. */
  private void assertPairs(List<Entry> entries) {
    List<Entry> known = new ArrayList<>();
    for (Entry entry : entries) {
      if (truth.containsKey(entry.text(Column.SOURCE))) {
        known.add(entry);
      }
    }
    long both = 0;
    long grouped = 0;
    long same = 0;
    for (int i = 0; i < known.size(); i++) {
      for (int j = 0; j < i; j++) {
        boolean group =
            known.get(i).text(Column.GROUP_ID).equals(known.get(j).text(Column.GROUP_ID));
        boolean cause =
            Objects.equals(
                truth.get(known.get(i).text(Column.SOURCE)),
                truth.get(known.get(j).text(Column.SOURCE)));
        grouped += group ? 1 : 0;
        same += cause ? 1 : 0;
        both += group && cause ? 1 : 0;
      }
    }
    double precision = (double) both / grouped;
    double recall = (double) both / same;
    System.out.printf(
        "%d known causes: pairwise precision %.4f, recall %.4f%n",
        truth.values().stream().distinct().count(), precision, recall);
    assertThat(precision).isGreaterThanOrEqualTo(0.98);
    assertThat(recall).isGreaterThanOrEqualTo(0.98);
  }
}
