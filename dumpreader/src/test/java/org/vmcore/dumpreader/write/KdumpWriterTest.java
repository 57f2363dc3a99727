package org.vmcore.dumpreader.write;

import org.vmcore.dumpreader.write.SyntheticDump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmcore.dumpreader.DumpFormatContract;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalMemory.Presence;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.format.kdump.KdumpBytes;
import org.vmcore.dumpreader.format.kdump.KdumpCompressed;
import org.vmcore.dumpreader.format.kdump.KdumpCompressedTest;
import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.dumpreader.page.PageCodec;

class KdumpWriterTest {
  private static final int PAGE = 4096;

  static Stream<Arguments> machines() {
    List<Arguments> cases = new ArrayList<>();
    for (int wordBits : new int[] {32, 64}) {
      for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
        for (int version = 1; version <= 6; version++) {
          cases.add(Arguments.of(wordBits, order, version));
        }
      }
    }
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("machines")
  void everyWordSizeByteOrderAndVersion(int wordBits, ByteOrder order, int version)
      throws Exception {
    SyntheticDump source =
        SyntheticDump.builder("machine", 22, wordBits, order)
            .writeLong(3 * PAGE, 0x1122334455667788L)
            .writeLong(0x9000L * PAGE, -2)
            .note(Note.CORE, Note.NT_PRSTATUS, new byte[] {1, 2, 3, 4, 5})
            .note(Note.VMCOREINFO, 0, "OSRELEASE=6.1\nCRASHTIME=1700000000\n".getBytes(ISO_8859_1))
            .build();

    Dump dump = write(source, PageCodec.ZLIB, version);

    DumpFormatContract.assertSameMemory(dump.memory(), source.memory());
    assertThat(dump.info().wordBits()).isEqualTo(wordBits);
    assertThat(dump.info().byteOrder()).isEqualTo(order);
    assertThat(dump.info().machine()).hasValue("s390x");
    assertThat(dump.info().headerFields())
        .containsEntry("timestamp", "1700000000")
        .containsEntry("utsname.version", "(unknown)")
        .containsEntry("nr_cpus", "1");
    assertThat(dump.notes()).hasSize(version >= 4 ? 2 : 0);
    assertThat(dump.vmcoreinfo().isPresent()).isEqualTo(version >= 3);
  }

  @Test
  void zeroPagesShareTheirData() throws Exception {
    SyntheticDump source = machine().zeroPages(0, 1000 * PAGE).build();

    Dump dump = write(source, PageCodec.ZLIB, 6);

    assertThat(dump.info().fileSize()).isLessThan(50_000);
    DumpFormatContract.assertSameMemory(dump.memory(), source.memory());
  }

  @Test
  void absentPagesStayAsAbsentAsTheyWere() throws Exception {
    Dump filtered = KdumpBytes.x86_64().open();

    Dump dump = write(filtered, PageCodec.SNAPPY, 6);

    DumpFormatContract.assertSameMemory(dump.memory(), filtered.memory());
    assertThat(dump.info().incomplete()).isEmpty();
    assertThat(dump.info().dumpLevel()).hasValue(17);
  }

  @Test
  void lostPagesStayLostAndTheFileSaysSo() throws Exception {
    KdumpBytes cut = KdumpBytes.x86_64().describe(2, 0, 0, 0);
    cut.file.putInt(424, 0x9);

    Dump dump = write(cut.open(), PageCodec.ZLIB, 6);

    assertThat(dump.info().incomplete()).hasSize(1);
    List<Long> lost = new ArrayList<>();
    dump.memory()
        .forEachRange(
            (start, length, presence) -> {
              if (presence == Presence.TRUNCATED) {
                lost.add(start);
                assertThat(length).isEqualTo(PAGE);
              }
            });
    assertThat(lost).containsExactly(3L * PAGE);
  }

  @Test
  void damagedPagesAreLostInTheCopy() throws Exception {
    Dump damaged = KdumpBytes.x86_64().describe(1, 16, PAGE, 0).open();

    PhysicalRead read =
        write(damaged, PageCodec.ZLIB, 6).memory().read(0, new byte[2 * PAGE], 0, 2 * PAGE);

    assertThat(read.length()).isEqualTo(PAGE);
    assertThat(DumpFormatContract.fault(read).reason()).isEqualTo(PhysicalFault.Reason.TRUNCATED);
  }

  /** More pages than go into one batch, so that pieces meet. */
  @Test
  void manyPagesKeepTheirOrder() throws Exception {
    SyntheticDump.Builder builder = machine();
    for (long page = 0; page < 1500; page++) {
      if (page % 700 != 699) {
        builder.writeLong(page * PAGE + 8 * (page % 512), page + 1);
      }
    }
    SyntheticDump source = builder.build();

    DumpFormatContract.assertSameMemory(write(source, PageCodec.LZO, 6).memory(), source.memory());
  }

  /** Reads of all sizes, straight and through the cache, across pieces that threads share. */
  @Test
  void largeReadsAreTheSameAsSmallOnes() throws Exception {
    byte[] expected = DumpFormatContract.noise(300 * PAGE);
    Arrays.fill(expected, 20 * PAGE, 60 * PAGE, (byte) 0);
    Arrays.fill(expected, 100 * PAGE, 200 * PAGE, (byte) 7);
    PhysicalMemory memory = write(machine().write(0, expected).build(), PageCodec.ZSTD, 6).memory();

    for (int pages : new int[] {1, 7, 8, 15, 16, 17, 33, 64, 100, 299}) {
      for (int skew : new int[] {0, 1, PAGE - 1}) {
        int length = pages * PAGE - (skew == 0 ? 0 : 9);
        byte[] got = new byte[length + 2];
        assertThat(memory.read(skew, got, 1, length)).isEqualTo(PhysicalRead.complete(length));
        assertThat(Arrays.equals(got, 1, 1 + length, expected, skew, skew + length))
            .as("%d pages from %d", pages, skew)
            .isTrue();
      }
    }
    PhysicalRead pastEnd = memory.read(250 * PAGE, new byte[60 * PAGE], 0, 60 * PAGE);
    assertThat(pastEnd.length()).isEqualTo(50 * PAGE);
  }

  private static SyntheticDump.Builder machine() {
    return SyntheticDump.builder("machine", 62, 64, ByteOrder.LITTLE_ENDIAN);
  }

  private Dump write(Dump source, PageCodec codec, int version) throws Exception {
    byte[] file = KdumpCompressedTest.write(codec, version, source);
    return new KdumpCompressed()
        .open(new BytesInput("written", file), OpenOptions.defaults())
        .orElseThrow();
  }
}
