package org.vmcore.dumpreader.format.kdump;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.dumpreader.DumpFormatContract;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalFault.Reason;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.input.FileInput;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.NeedsCorpus;
import org.vmcore.testing.Truth;
import org.vmcore.testing.Truth.Place;

/**
 * Real kdump-compressed dumps of each architecture: what the guests said of themselves, looked up
 * by physical address.
 */
@NeedsCorpus
public class KdumpCorpusTest {
  private static final String DISK_FULL = "x86_64/kdump-disk-full/vmcore.enospc";

  /**
   * @param lines how many lines of truth the file must have answered with bytes, so that a dump
   *     that gives nothing cannot pass
   */
  @ParameterizedTest
  @CsvSource({
    "x86_64/kdump-5level-sysrq/vmcore.d31.zstd, vmcore.d31.zstd.truth.tsv, 256, zstd, x86_64",
    "x86_64/kdump-5level-sysrq/vmcore.d31.snappy, vmcore.d31.snappy.truth.tsv, 256, snappy, x86_64",
    "x86_64/kdump-nokaslr-sysrq/vmcore.d31.lzo, vmcore.d31.lzo.truth.tsv, 256, LZO, x86_64",
    "x86_64/kdump-btf-null-deref/vmcore.d31.zlib, vmcore.d31.zlib.truth.tsv, 255, zlib, x86_64",
    "x86_64/kdump-disk-full/vmcore.enospc, vmcore.enospc.truth.tsv, 85, zlib, x86_64",
    "arm/kdump/vmcore.md-zlib-d31, truth.tsv, 199, zlib, armv7l",
    "arm64/kdump/vmcore.md-zlib-d31, truth.tsv, 198, zlib, aarch64",
    "i386-pae/kdump/vmcore.md-lzo-d31, truth.tsv, 208, LZO, i686",
    "ppc64le/kdump-radix/vmcore.md-zlib-d31, truth.tsv, 205, zlib, ppc64le",
    "s390x/kdump/vmcore.md-zlib-d31, truth.tsv, 195, zlib, s390x",
  })
  void everyLineOfTruthIsThere(
      String file, String truthFile, int lines, String compression, String machine)
      throws Exception {
    try (FileInput input = FileInput.open(Corpus.file(file))) {
      Dump dump = DumpFormats.open(input, OpenOptions.defaults());

      assertThat(dump.info().compression()).containsExactly(compression);
      assertThat(dump.info().machine()).hasValue(machine);
      assertThat(dump.info().dumpLevel()).hasValue(31);
      assertThat(dump.vmcoreinfo().orElseThrow().value("OSRELEASE").orElseThrow())
          .startsWith("6.1.192");
      Truth truth = Truth.read(Corpus.file("" + Path.of(file).resolveSibling(truthFile)));
      assertTruth(dump.memory(), truth, place -> !file.equals(DISK_FULL) || place.isKnown(), lines);
    }
  }

  /**
   * Checks each line of those chosen, and that {@code lines} of them had bytes.
   *
   * <p>The tables beside the dumps of other architectures than x86-64 list functions of the boot
   * code too, whose memory the kernel freed and makedumpfile -d 31 therefore left out.
   */
  public static void assertTruth(
      PhysicalMemory memory, Truth truth, Predicate<Place> chosen, int lines) {
    int answered = 0;
    for (Place line : truth.places().stream().filter(chosen).toList()) {
      byte[] got = new byte[line.length()];
      PhysicalRead read = memory.read(line.physical(), got, 0, got.length);
      PhysicalFault fault = read.fault();
      if (!line.isKnown()) {
        assertThat(fault).as(line.label()).isNotNull();
      } else if (fault == null) {
        assertThat(HexFormat.of().formatHex(got)).as(line.label()).isEqualTo(line.bytes());
        answered++;
      } else {
        assertThat(truth.symbols()).contains(line);
        assertThat(fault.reason()).as(line.label()).isEqualTo(Reason.FILTERED);
      }
    }
    assertThat(answered).isEqualTo(lines);
  }

  /**
   * The table beside this file calls a few pages absent that were written before the disk was full:
   * the guest's own words decide what is there.
   */
  @Test
  void whatTheFullDiskStillTookIsAsTheGuestPrintedIt() throws Exception {
    Map<Long, Long> printed = new HashMap<>();
    Pattern line = Pattern.compile("GT .* pa=([0-9a-f]{16}) data=([0-9a-f]{16})");
    for (String text :
        Files.readAllLines(Corpus.file("x86_64/kdump-disk-full/gt-from-guest.txt"))) {
      Matcher words = line.matcher(text);
      if (words.matches()) {
        printed.put(
            Long.parseUnsignedLong(words.group(1), 16), Long.parseUnsignedLong(words.group(2), 16));
      }
    }
    try (FileInput input = FileInput.open(Corpus.file(DISK_FULL))) {
      PhysicalMemory memory = DumpFormats.open(input, OpenOptions.defaults()).memory();
      int there = 0;
      for (Map.Entry<Long, Long> place : printed.entrySet()) {
        ByteBuffer got = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        PhysicalFault fault = memory.read(place.getKey(), got.array(), 0, Long.BYTES).fault();
        if (fault == null) {
          assertThat(got.getLong(0)).as("%#x", place.getKey()).isEqualTo(place.getValue());
          there++;
        } else {
          assertThat(fault.reason()).isEqualTo(Reason.TRUNCATED);
        }
      }
      assertThat(there).isEqualTo(11).isLessThan(printed.size());
    }
  }

  @Test
  void aFullDiskLosesOnlyTheTail() throws Exception {
    try (FileInput input = FileInput.open(Corpus.file(DISK_FULL))) {
      Dump dump = DumpFormats.open(input, OpenOptions.defaults());
      byte[] bytes = new byte[8];

      assertThat(dump.info().incomplete()).hasSize(1);
      assertThat(dump.memory().read(0xcc7300, bytes, 0, 8).isComplete()).isTrue();
      assertThat(bytes).asHexString().isEqualTo("0000000000EEFFC0");
      PhysicalRead lost = dump.memory().read(0x7793cf0, bytes, 0, 8);
      assertThat(DumpFormatContract.fault(lost).reason()).isEqualTo(Reason.TRUNCATED);
    }
  }

  @Test
  void aFlattenedQemuDumpHoldsTheTruth() throws Exception {
    Path file = Corpus.file("arm64/qemu/vmcore.kdump-zlib");
    try (Dump dump = DumpFormats.openFiles(List.of(file), OpenOptions.defaults())) {

      assertThat(dump.info().file()).endsWith("(flattened)");
      assertThat(dump.info().pageSize()).hasValue(65536);
      assertThat(dump.info().incomplete()).isEmpty();
      Truth truth = Truth.read(Corpus.file("arm64/qemu/truth.tsv"));
      assertTruth(dump.memory(), truth, place -> true, 208);
    }
  }
}
