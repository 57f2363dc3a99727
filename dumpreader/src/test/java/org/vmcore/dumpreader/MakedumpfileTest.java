package org.vmcore.dumpreader;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.dumpreader.PhysicalMemory.Presence;

/** The installed makedumpfile makes dumps of the raw /proc/vmcore of the corpus, and reads ours. */
class MakedumpfileTest {
  private static final int PAGE = 4096;

  private static final String RAW = "x86_64/kdump-null-deref/vmcore.raw";

  private final Path directory;

  MakedumpfileTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @BeforeEach
  void needsMakedumpfile() {
    Programs.assumeInstalled("makedumpfile");
  }

  @ParameterizedTest
  @CsvSource({"-c -d 0", "-c -d 1", "-c -d 31", "-l -d 0", "-l -d 31", "-d 0", "-d 31"})
  void everyPageEqualsTheRawVmcore(String options) throws Exception {
    Path raw = Corpus.file(RAW);
    Path made = directory.resolve("made");
    makedumpfile(options, raw, made);

    assertSamePages(raw, made, !options.endsWith(" 31"));
  }

  @ParameterizedTest
  @CsvSource({"ZLIB", "LZO"})
  void makedumpfileReadsWhatWeWrite(PageCodec codec) throws Exception {
    Path raw = Corpus.file(RAW);
    Path ours = directory.resolve("ours");
    Path made = directory.resolve("ours-filtered");
    try (FileInput input = FileInput.open(raw)) {
      new KdumpWriter(codec, Progress.SILENT)
          .write(DumpFormats.open(input, OpenOptions.defaults()), ours);
    }
    makedumpfile("-c -d 31", ours, made);

    assertSamePages(raw, ours, true);
    assertSamePages(raw, made, false);
  }

  /** QEMU for arm64: blocks of 64 KiB for pages of 4 KiB, and no utsname. */
  @Test
  void aRestoredQemuDumpHoldsTheTruth() throws Exception {
    Path flattened = Corpus.file("arm64/qemu/vmcore.kdump-zlib");
    Path restored = directory.resolve("restored");
    Programs.run("sh", "-c", "makedumpfile -R " + restored + " < " + flattened);
    try (FileInput input = FileInput.open(restored)) {
      Dump dump = DumpFormats.open(input, OpenOptions.defaults());

      assertThat(dump.info().pageSize()).hasValue(65536);
      assertThat(dump.info().machine()).isEmpty();
      assertThat(dump.info().physBase()).isEmpty();
      KdumpCorpusTest.assertTruth(dump.memory(), Corpus.truth("arm64/qemu/truth.tsv"), 208);
    }
  }

  /**
   * Every page that {@code made} holds has the bytes of the raw file, and zeros where a segment of
   * that ends within the page.
   *
   * @param all whether {@code made} holds all pages it knows of
   */
  private static void assertSamePages(Path raw, Path made, boolean all) throws Exception {
    try (FileInput rawInput = FileInput.open(raw);
        FileInput madeInput = FileInput.open(made)) {
      PhysicalMemory expected = DumpFormats.open(rawInput, OpenOptions.defaults()).memory();
      PhysicalMemory actual = DumpFormats.open(madeInput, OpenOptions.defaults()).memory();
      Set<Presence> kinds = EnumSet.noneOf(Presence.class);
      int[] compared = {0};
      actual.forEachRange(
          (start, length, presence) -> {
            kinds.add(presence);
            if (presence != Presence.PRESENT) {
              return;
            }
            byte[] got = new byte[(int) length];
            assertThat(actual.read(start, got, 0, got.length))
                .isEqualTo(PhysicalRead.complete(got.length));
            for (int at = 0; at < got.length; at += PAGE) {
              byte[] want = new byte[PAGE];
              int wanted = expected.read(start + at, want, 0, PAGE).length();
              Arrays.fill(want, wanted, PAGE, (byte) 0);
              if (wanted == 0 || !Arrays.equals(want, 0, PAGE, got, at, at + PAGE)) {
                throw new AssertionError("page at %#x differs".formatted(start + at));
              }
              compared[0]++;
            }
          });
      assertThat(compared[0]).isGreaterThan(all ? 30_000 : 5_000);
      assertThat(kinds.contains(Presence.FILTERED)).isNotEqualTo(all);
    }
  }

  private static void makedumpfile(String options, Path from, Path to) throws Exception {
    List<Object> arguments = new ArrayList<>(List.of("-f"));
    arguments.addAll(List.of(options.split(" ")));
    arguments.add(from);
    arguments.add(to);
    Programs.run("makedumpfile", arguments.toArray());
  }
}
