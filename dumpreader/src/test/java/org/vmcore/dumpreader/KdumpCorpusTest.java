package org.vmcore.dumpreader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.dumpreader.PhysicalFault.Reason;

/**
 * Real kdump-compressed dumps of each architecture: what the guests said of themselves, looked up
 * by physical address.
 */
class KdumpCorpusTest {

  /**
   * @param lines how many lines of truth the file must have answered with bytes, so that a dump
   *     that gives nothing cannot pass
   */
  @ParameterizedTest
  @CsvSource({
    "x86_64/kdump-5level-sysrq/vmcore.d31.zstd, vmcore.d31.zstd.truth.tsv, 250, zstd, x86_64",
    "x86_64/kdump-5level-sysrq/vmcore.d31.snappy, vmcore.d31.snappy.truth.tsv, 250, snappy, x86_64",
    "x86_64/kdump-nokaslr-sysrq/vmcore.d31.lzo, vmcore.d31.lzo.truth.tsv, 250, LZO, x86_64",
    "x86_64/kdump-btf-null-deref/vmcore.d31.zlib, vmcore.d31.zlib.truth.tsv, 250, zlib, x86_64",
    "x86_64/kdump-disk-full/vmcore.enospc, vmcore.enospc.truth.tsv, 80, zlib, x86_64",
    "arm/kdump/vmcore.md-zlib-d31, truth.tsv, 195, zlib, armv7l",
    "arm64/kdump/vmcore.md-zlib-d31, truth.tsv, 195, zlib, aarch64",
    "i386-pae/kdump/vmcore.md-lzo-d31, truth.tsv, 200, LZO, i686",
    "ppc64le/kdump-radix/vmcore.md-zlib-d31, truth.tsv, 200, zlib, ppc64le",
    "s390x/kdump/vmcore.md-zlib-d31, truth.tsv, 190, zlib, s390x",
  })
  void everyLineOfTruthIsThere(
      String dumpFile, String truthFile, int lines, String compression, String machine)
      throws Exception {
    Path path = corpus(dumpFile);
    try (FileInput input = FileInput.open(path)) {
      Dump dump = DumpFormats.open(input, OpenOptions.defaults());

      assertThat(dump.info().compression()).containsExactly(compression);
      assertThat(dump.info().machine()).hasValue(machine);
      assertThat(dump.info().dumpLevel()).hasValue(31);
      assertThat(dump.vmcoreinfo().orElseThrow().value("OSRELEASE").orElseThrow())
          .startsWith("6.1.192");
      int same = 0;
      for (String line : Files.readAllLines(path.resolveSibling(truthFile))) {
        same += check(dump.memory(), line.split("\t"), dumpFile) ? 1 : 0;
      }
      assertThat(same).isGreaterThanOrEqualTo(lines);
    }
  }

  /** Checks one line; true when it named bytes and they were there. */
  private static boolean check(PhysicalMemory memory, String[] fields, String dumpFile) {
    int physical =
        switch (fields[0]) {
          case "mem", "sym" -> 3;
          case "user" -> 4;
          default -> 0;
        };
    if (physical == 0 || fields.length < physical + 2) {
      return false;
    }
    String line = String.join(" ", fields);
    long address = Long.decode(fields[physical]);
    String bytes = fields[physical + 1];
    if (bytes.equals("absent")) {
      if (PRESENT_AFTER_ALL.contains(dumpFile + " " + fields[1])) {
        return false;
      }
      assertThat(memory.read(address, new byte[8], 0, 8).isComplete()).as(line).isFalse();
      return false;
    }
    byte[] expected = HexFormat.of().parseHex(bytes);
    byte[] got = new byte[expected.length];
    PhysicalRead read = memory.read(address, got, 0, got.length);
    if (read.fault() != null && fields[0].equals("sym")) {
      // The tables beside the other architectures' dumps list boot-time symbols too, whose memory
      // the kernel freed and makedumpfile -d 31 therefore left out.
      assertThat(read.fault().reason()).as(line).isEqualTo(Reason.FILTERED);
      return false;
    }
    assertThat(read.fault()).as(line).isNull();
    assertThat(Arrays.equals(got, expected)).as(line).isTrue();
    return true;
  }

  /**
   * A line of the corpus that says absent of a page the file has, with the very bytes the guest
   * printed (gt-from-guest.txt: data=c0ffee0000000000), see {@link #theDiskWasNotYetFull}.
   */
  private static final Set<String> PRESENT_AFTER_ALL =
      Set.of("x86_64/kdump-disk-full/vmcore.enospc kmalloc256");

  @Test
  void theDiskWasNotYetFull() throws Exception {
    try (FileInput input = FileInput.open(corpus("x86_64/kdump-disk-full/vmcore.enospc"))) {
      Dump dump = DumpFormats.open(input, OpenOptions.defaults());
      byte[] bytes = new byte[8];

      assertThat(dump.memory().read(0xcc7300, bytes, 0, 8).isComplete()).isTrue();
      assertThat(bytes).asHexString().isEqualTo("0000000000EEFFC0");
      assertThat(dump.info().incomplete()).hasSize(1);
      PhysicalRead lost = dump.memory().read(0x7793cf0, bytes, 0, 8);
      assertThat(DumpFormatContract.fault(lost).reason()).isEqualTo(Reason.TRUNCATED);
    }
  }

  @Test
  void flattenedQemuDumpIsNamed() throws Exception {
    try (FileInput input = FileInput.open(corpus("arm64/qemu/vmcore.kdump-zlib"))) {
      assertThatThrownBy(() -> DumpFormats.open(input, OpenOptions.defaults()))
          .isInstanceOf(UnsupportedDumpException.class)
          .hasMessageContaining("makedumpfile -R");
    }
  }

  /** A file of the corpus, or the test is skipped. */
  static Path corpus(String file) {
    Path path = Path.of(System.getProperty("vmcore.corpus", "")).resolve(file);
    assumeTrue(Files.exists(path), "no corpus of real dumps at -Dvmcore.corpus: " + path);
    return path;
  }
}
