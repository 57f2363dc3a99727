package org.vmcore.dumpreader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.dumpreader.PhysicalMemory.Presence;

/** The installed makedumpfile makes dumps of the raw /proc/vmcore of the corpus, and reads ours. */
class MakedumpfileTest {
  private static final int PAGE = 4096;

  private static final String RAW = "x86_64/kdump-null-deref/vmcore.raw.xz";

  @ParameterizedTest
  @CsvSource({"-c -d 0", "-c -d 1", "-c -d 31", "-l -d 0", "-l -d 31", "-d 0", "-d 31"})
  void everyPageEqualsTheRawVmcore(String options) throws Exception {
    Path raw = rawVmcore();
    Path made = raw.resolveSibling("makedumpfile" + options.replace(' ', '_'));
    makedumpfile(options, raw, made);
    try {
      assertSamePages(raw, made, options.endsWith("0") || options.endsWith(" 1"));
    } finally {
      Files.delete(made);
    }
  }

  @ParameterizedTest
  @CsvSource({"ZLIB", "LZO"})
  void makedumpfileReadsWhatWeWrite(PageCodec codec) throws Exception {
    Path raw = rawVmcore();
    Path ours = raw.resolveSibling("ours." + codec);
    Path made = raw.resolveSibling("ours-filtered." + codec);
    try (FileInput input = FileInput.open(raw)) {
      new KdumpWriter(codec, Progress.SILENT)
          .write(DumpFormats.open(input, OpenOptions.defaults()), ours);
    }
    try {
      makedumpfile("-c -d 31", ours, made);
      assertSamePages(raw, ours, true);
      assertSamePages(raw, made, false);
    } finally {
      Files.delete(ours);
      Files.deleteIfExists(made);
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
    List<String> command = new ArrayList<>(List.of("makedumpfile", "-f"));
    command.addAll(List.of(options.split(" ")));
    command.add(from.toString());
    command.add(to.toString());
    run(command, "makedumpfile is not installed");
  }

  /** The unpacked dump, kept in target/ for the next run. */
  private static synchronized Path rawVmcore() throws Exception {
    Path packed = KdumpCorpusTest.corpus(RAW);
    Path directory = Files.createDirectories(Path.of("target", "corpus"));
    Path raw = directory.resolve("kdump-null-deref.raw");
    if (!Files.exists(raw)) {
      Path copy = directory.resolve("kdump-null-deref.unpacking.xz");
      Files.copy(packed, copy, StandardCopyOption.REPLACE_EXISTING);
      run(List.of("xz", "-df", copy.toString()), "xz is not installed");
      Files.move(directory.resolve("kdump-null-deref.unpacking"), raw);
    }
    return raw;
  }

  private static void run(List<String> command, String orSkip) throws Exception {
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(new File("target/corpus/output.txt"))
              .start();
    } catch (IOException e) {
      assumeTrue(false, orSkip);
      return;
    }
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue())
        .as("%s: %s", command, Files.readString(Path.of("target/corpus/output.txt")))
        .isZero();
  }
}
