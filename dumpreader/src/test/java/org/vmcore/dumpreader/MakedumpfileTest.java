package org.vmcore.dumpreader;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.dumpreader.SamePages.LeftOut;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalMemory.Presence;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.format.kdump.KdumpCorpusTest;
import org.vmcore.dumpreader.input.FileInput;
import org.vmcore.dumpreader.page.PageCodec;
import org.vmcore.dumpreader.unwrap.FlattenedFile;
import org.vmcore.dumpreader.write.KdumpWriter;
import org.vmcore.testing.Command;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.NeedsCorpus;
import org.vmcore.testing.Truth;

/** The installed makedumpfile makes dumps of the raw /proc/vmcore of the corpus, and reads ours. */
@NeedsCorpus
public class MakedumpfileTest {
  private static final int PAGE = 4096;

  /** Whole pages of {@link #RAW}; its first segment ends within the page at 0x9f000. */
  private static final int RAW_PAGES = 0x9e + 0x6f00 + 0xfdd;

  private static final String RAW = "x86_64/kdump-null-deref/vmcore.raw";

  private final Path directory;

  MakedumpfileTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @BeforeEach
  void needsMakedumpfile() {
    Command.assumeInstalled("makedumpfile");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-c -d 31", "-E -d 31", "-F -l -d 1", "--split -c -d 31"})
  void everyPageEqualsTheRawVmcore(String options) throws Exception {
    Path raw = Corpus.file(RAW);

    everyPageEquals(raw, options);
  }

  /** Codecs, levels and shapes; sources are the raw /proc/vmcore and two that were filtered. */
  @Tag("slow")
  @ParameterizedTest
  @MethodSource
  void everyPageOfEveryVariant(String source, String options) throws Exception {
    Path original = Corpus.file(source);

    everyPageEquals(original, options);
  }

  static Stream<Arguments> everyPageOfEveryVariant() {
    List<Arguments> cases = new ArrayList<>();
    for (String source :
        List.of(
            RAW,
            "x86_64/kdump-nokaslr-sysrq/vmcore.d31.lzo",
            "x86_64/kdump-btf-null-deref/vmcore.d31.zlib")) {
      for (int level : new int[] {0, 1, 31}) {
        for (String codec : List.of("", "-c ", "-l ", "-p ", "-z ")) {
          for (String shape : List.of("", "-F ", "--split ")) {
            cases.add(Arguments.of(source, shape + codec + "-d " + level));
          }
        }
        if (source.equals(RAW)) {
          cases.add(Arguments.of(source, "-E -d " + level));
          cases.add(Arguments.of(source, "-F -E -d " + level));
        }
      }
    }
    return cases.stream();
  }

  private void everyPageEquals(Path original, String options) throws Exception {
    List<Path> made = Makedumpfile.run(options, original, directory);
    LeftOut leftOut =
        options.endsWith("-d 0")
            ? LeftOut.NOTHING
            : options.endsWith("-d 1") ? LeftOut.ZERO_PAGES : LeftOut.ANYTHING;
    SamePages.Counts counts = SamePages.of(original, made, leftOut);

    boolean raw = original.toString().endsWith(".raw");
    assertThat(counts.equal()).isGreaterThan(5_000);
    if (raw) {
      assertThat(counts.equal() + counts.filtered()).isBetween(RAW_PAGES, RAW_PAGES + 1);
      // With -d 1 zero pages stay and share their data, unless it is ELF.
      if (leftOut != LeftOut.ZERO_PAGES) {
        assertThat(counts.filtered() > 0).isEqualTo(leftOut == LeftOut.ANYTHING);
      }
    }
  }

  /** A stream's dump is what makedumpfile itself restores from it, to the last byte. */
  @ParameterizedTest
  @ValueSource(strings = {"-F -c -d 31", "-F -E -d 31"})
  void aFlattenedDumpIsTheRestoredOne(String options) throws Exception {
    Path flattened = Makedumpfile.run(options, Corpus.file(RAW), directory).get(0);
    Path restored = directory.resolve("restored");
    Command.mustRun("sh", "-c", "makedumpfile -R " + restored + " < " + flattened);

    byte[] expected = Files.readAllBytes(restored);
    try (FileInput stream = FileInput.open(flattened)) {
      DumpInput inner = new FlattenedFile().unwrap(stream, OpenOptions.defaults()).orElseThrow();
      byte[] got = new byte[expected.length];
      assertThat(inner.size()).isEqualTo(expected.length);
      assertThat(inner.read(0, got, 0, got.length)).isEqualTo(got.length);
      assertThat(Arrays.mismatch(got, expected)).isEqualTo(-1);
      // And from the middle of blocks.
      for (int at = 12_345; at < expected.length - 5000; at += 99_991) {
        assertThat(inner.read(at, got, 0, 5000)).isEqualTo(5000);
        assertThat(Arrays.equals(got, 0, 5000, expected, at, at + 5000)).as("at %d", at).isTrue();
      }
    }
  }

  @Test
  void aSplitDumpWithoutAPartHasTheOthersPages() throws Exception {
    Path raw = Corpus.file(RAW);
    List<Path> parts = Makedumpfile.run("--split -c -d 31", raw, directory);
    Path whole = Makedumpfile.run("-c -d 31", raw, directory).get(0);
    List<Path> two = parts.subList(0, 2);

    try (Dump all = DumpFormats.openFiles(List.of(whole), OpenOptions.defaults());
        Dump some = DumpFormats.openFiles(two, OpenOptions.defaults())) {
      assertThat(some.info().incomplete()).singleElement().asString().contains("was not given");
      assertThat(DumpFormatContract.ranges(some.memory()))
          .extracting(DumpFormatContract.Range::presence)
          .contains(Presence.PRESENT, Presence.FILTERED, Presence.TRUNCATED);
      some.memory()
          .forEachRange(
              (start, length, kind) -> {
                byte[] want = new byte[PAGE];
                byte[] got = new byte[PAGE];
                PhysicalRead read = some.memory().read(start, got, 0, PAGE);
                assertThat(read.isComplete()).isEqualTo(kind == Presence.PRESENT);
                if (kind != Presence.FILTERED) {
                  assertThat(all.memory().read(start, want, 0, PAGE).isComplete()).isTrue();
                }
                if (kind == Presence.PRESENT) {
                  assertThat(got).isEqualTo(want);
                }
              });
    }
  }

  /** --excluded-vmemmap leaves out more pages, and a flag in the status. */
  @Test
  void pagesWithoutTheirStructures() throws Exception {
    Path raw = Corpus.file(RAW);
    String options = "-c -d 31 -e --work-dir " + directory;
    List<Path> made = List.of(directory.resolve("made"));
    Command.mustRun("sh", "-c", "makedumpfile %s %s %s".formatted(options, raw, made.get(0)));

    SamePages.Counts counts = SamePages.of(raw, made, LeftOut.ANYTHING);
    assertThat(counts.equal()).isGreaterThan(5_000);
    try (Dump dump = DumpFormats.openFiles(made, OpenOptions.defaults())) {
      assertThat(dump.info().headerFields().get("status")).startsWith("0x11 ");
    }
  }

  @ParameterizedTest
  @CsvSource({"ZLIB", "LZO"})
  void makedumpfileReadsWhatWeWrite(PageCodec codec) throws Exception {
    Path raw = Corpus.file(RAW);
    Path ours = directory.resolve("ours");
    try (FileInput input = FileInput.open(raw)) {
      new KdumpWriter(codec, Progress.SILENT)
          .write(DumpFormats.open(input, OpenOptions.defaults()), ours);
    }
    List<Path> made = Makedumpfile.run("-c -d 31", ours, directory);

    assertThat(SamePages.of(raw, List.of(ours), LeftOut.NOTHING).equal()).isEqualTo(RAW_PAGES + 1);
    assertThat(SamePages.of(raw, made, LeftOut.ANYTHING).equal()).isGreaterThan(5_000);
  }

  /** QEMU for arm64: blocks of 64 KiB for pages of 4 KiB, and no utsname. */
  @Test
  void aRestoredQemuDumpHoldsTheTruth() throws Exception {
    Path flattened = Corpus.file("arm64/qemu/vmcore.kdump-zlib");
    Path restored = directory.resolve("restored");
    Command.mustRun("sh", "-c", "makedumpfile -R " + restored + " < " + flattened);
    try (FileInput input = FileInput.open(restored)) {
      Dump dump = DumpFormats.open(input, OpenOptions.defaults());

      assertThat(dump.info().pageSize()).hasValue(65536);
      assertThat(dump.info().machine()).isEmpty();
      assertThat(dump.info().physBase()).isEmpty();
      Truth truth = Truth.read(Corpus.file("arm64/qemu/truth.tsv"));
      KdumpCorpusTest.assertTruth(dump.memory(), truth, place -> true, 208);
    }
  }
}
