package org.vmcore.dumpreader.format.kdump;

import org.vmcore.dumpreader.format.kdump.KdumpCompressed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.dumpreader.SparseInput;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalFault.Reason;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.input.BytesInput;

/** Damaged, cut and unfinished files. */
class KdumpDamageTest {
  private static final int STATUS = 424;
  private static final int PAGE = 4096;

  /** Each field, where it is in an x86-64 header, and a value that cannot be. */
  @ParameterizedTest
  @CsvSource({
    "428, block_size, 5000",
    "428, block_size, 0",
    "428, block_size, -4096",
    "428, block_size, 1073741824",
    "432, sub_hdr_size, 0",
    "432, sub_hdr_size, 2147483647",
    "436, bitmap_blocks, -1",
  })
  void absurdHeaderValuesAreNamedWithTheirPlace(int offset, String field, int value) {
    KdumpBytes bytes = KdumpBytes.x86_64();
    bytes.file.putInt(offset, value);

    assertThatThrownBy(bytes::open)
        .isInstanceOf(DamagedDumpException.class)
        .hasMessageStartingWith("test.kdump: at offset %#x: %s: ".formatted(offset, field));
  }

  @Test
  void maxMapnrMustFitTheBitmaps() {
    KdumpBytes without = KdumpBytes.x86_64();
    without.file.putInt(436, 0);
    assertThatThrownBy(without::open).hasMessageContaining("max_mapnr: 9 pages");

    for (long pages : new long[] {0, -1, Long.MIN_VALUE, 2 * 8 * 4096 + 1}) {
      KdumpBytes bytes = KdumpBytes.x86_64();
      bytes.file.putLong(KdumpBytes.BLOCK + 96, pages);

      assertThatThrownBy(bytes::open)
          .isInstanceOf(DamagedDumpException.class)
          .hasMessageContaining("max_mapnr: " + Long.toUnsignedString(pages) + " pages");
    }
  }

  @Test
  void vmcoreinfoAndNotesMustLieInTheFile() {
    for (int field : new int[] {32, 48}) {
      for (long offset : new long[] {-1, Long.MAX_VALUE, 1 << 20}) {
        KdumpBytes bytes = KdumpBytes.x86_64();
        bytes.file.putLong(KdumpBytes.BLOCK + field, offset);

        assertThatThrownBy(bytes::open).isInstanceOf(DamagedDumpException.class);
      }
    }
  }

  /** A sparse file can claim more memory than any machine has. */
  @Test
  void bitmapsLargerThanAnyMachineAreRefusedBeforeTheyAreRead() {
    long bits = 1L << 50;
    KdumpBytes bytes = KdumpBytes.x86_64();
    bytes.file.putInt(428, 1 << 18).putInt(436, -1);
    bytes.file.putLong(KdumpBytes.BLOCK + 96, bits);
    DumpInput wide =
        new SparseInput(1L << 60)
            .put(0, Arrays.copyOf(bytes.file.array(), KdumpBytes.BLOCK))
            .put(1 << 18, Arrays.copyOfRange(bytes.file.array(), KdumpBytes.BLOCK, 6000));

    assertThatThrownBy(() -> new KdumpCompressed().open(wide, OpenOptions.defaults()))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("max_mapnr is 1125899906842624");
  }

  @Test
  void descriptorsThatPointNowhereAreCorrupt() throws Exception {
    assertFault(KdumpBytes.x86_64().describe(1, 16, 4096, 0), "offset 0x10");
    assertFault(KdumpBytes.x86_64().describe(1, -1, 4096, 0), "offset 0xffffffffffffffff");
    assertFault(KdumpBytes.x86_64().describe(1, 1L << 40, 4096, 0), "offset 0x10000000000");
    assertFault(KdumpBytes.x86_64().describe(1, 20_000, 4097, 1), "size 4097");
    assertFault(KdumpBytes.x86_64().describe(1, 20_000, -1, 1), "size -1");
    assertFault(KdumpBytes.x86_64().describe(1, 20_000, 100, 0), "size 100");
    assertFault(KdumpBytes.x86_64().describe(1, 20_000, 100, 3), "flags 0x3");
    assertFault(KdumpBytes.x86_64().describe(1, 0, 0, 0), "size 0");
  }

  @Test
  void dataThatDoesNotDecompressIsCorrupt() throws Exception {
    KdumpBytes bytes = KdumpBytes.x86_64();
    for (int flags : new int[] {1, 2, 4, 0x20}) {
      bytes.describe(1, bytes.data + 4096, 50, flags);
      assertFault(bytes, "data at offset");
    }
  }

  private static void assertFault(KdumpBytes bytes, String detail) throws Exception {
    PhysicalMemory memory = bytes.open().memory();
    PhysicalRead read = memory.read(0x0ffc, new byte[16], 0, 16);
    assertThat(read.length()).isEqualTo(4);
    PhysicalFault fault = Objects.requireNonNull(read.fault());
    assertThat(fault.reason()).isEqualTo(Reason.CORRUPT);
    assertThat(fault.physicalAddress()).isEqualTo(0x1000);
    assertThat(fault.message()).contains(detail);
    assertThat(memory.nextPresent(0x1000)).as("damaged, not lost").isEqualTo(0x1000);
  }

  @Test
  void unfinishedFilesSayWhichPagesAreLost() throws Exception {
    KdumpBytes bytes = KdumpBytes.x86_64().describe(2, 0, 0, 0).describe(3, 0, 0, 0);
    bytes.file.putInt(STATUS, 0x9);

    Dump dump = bytes.open();

    assertThat(dump.info().incomplete())
        .singleElement()
        .asString()
        .contains("makedumpfile could not write all of it");
    assertLost(dump.memory(), 0x3000, 0x8000);
    assertThat(dump.memory().nextPresent(0x3000)).isEqualTo(PhysicalMemory.NONE);
  }

  /** 8 TiB up, with more than 2^31 bits in a bitmap of 256 MiB. */
  @Test
  void pagesAreFoundFarUp() throws Exception {
    assumeTrue(Runtime.getRuntime().maxMemory() > 1L << 30, "needs a heap of 1 GiB");
    long pages = (1L << 31) + 9;
    int blocks = 65_537;
    byte[] file = KdumpBytes.x86_64().file.array();
    ByteBuffer header =
        ByteBuffer.wrap(Arrays.copyOf(file, 2 * PAGE)).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(436, 2 * blocks).putLong(PAGE + 96, pages);
    long descriptors = (2L + 2L * blocks) * PAGE;
    ByteBuffer descriptor = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    descriptor.putLong(descriptors + 24).putInt(PAGE);
    DumpInput wide =
        new SparseInput(descriptors + 24 + PAGE)
            .put(0, header.array())
            .put((2L + blocks) * PAGE + (1L << 28) + 1, new byte[] {1})
            .put(descriptors, descriptor.array())
            .put(descriptors + 24, KdumpBytes.page(1));

    PhysicalMemory memory =
        new KdumpCompressed().open(wide, OpenOptions.defaults()).orElseThrow().memory();

    long address = (pages - 1) * PAGE;
    byte[] page = new byte[PAGE];
    assertThat(memory.nextPresent(0)).isEqualTo(address);
    assertThat(memory.read(address, page, 0, PAGE)).isEqualTo(PhysicalRead.complete(PAGE));
    assertThat(page).isEqualTo(KdumpBytes.page(1));
  }

  /** Page 8's data is the last: the file ends within it, within the descriptors, and so on. */
  @Test
  void cutFilesOpenAndSayWhichPagesAreLost() throws Exception {
    KdumpBytes bytes = KdumpBytes.x86_64();
    byte[] file = bytes.file.array();

    Dump inLastPage = open(Arrays.copyOf(file, file.length - 1));
    assertThat(inLastPage.info().incomplete()).singleElement().asString().contains("cut short");
    assertLost(inLastPage.memory(), 0x8000);
    assertThat(inLastPage.memory().read(0x3000, new byte[4096], 0, 4096).isComplete()).isTrue();

    Dump inDescriptors = open(Arrays.copyOf(file, bytes.descriptors + 40));
    assertLost(inDescriptors.memory(), 0x0, 0x1000, 0x3000, 0x8000);

    assertThatThrownBy(() -> open(Arrays.copyOf(file, bytes.descriptors - 1)))
        .isInstanceOf(DamagedDumpException.class)
        .hasMessageContaining("bitmap_blocks");
  }

  private static void assertLost(PhysicalMemory memory, long... pages) {
    List<Long> lost = new ArrayList<>();
    memory.forEachRange(
        (start, length, presence) -> {
          if (presence == PhysicalMemory.Presence.TRUNCATED) {
            for (long at = start; at < start + length; at += 4096) {
              lost.add(at);
            }
          }
        });
    assertThat(lost).containsExactly(Arrays.stream(pages).boxed().toArray(Long[]::new));
    for (long page : pages) {
      PhysicalRead read = memory.read(page, new byte[8], 0, 8);
      assertThat(read.length()).isZero();
      assertThat(Objects.requireNonNull(read.fault()).reason()).isEqualTo(Reason.TRUNCATED);
    }
  }

  @Test
  void everyCutGivesADumpOrADumpException() throws Exception {
    byte[] file = KdumpBytes.x86_64().file.array();
    for (int length = 8; length < file.length; length += 31) {
      readAll(Arrays.copyOf(file, length));
    }
  }

  @Test
  void flippedBitsGiveADumpOrADumpException() throws Exception {
    KdumpBytes bytes = KdumpBytes.x86_64();
    Random random = new Random(3);
    for (int round = 0; round < 2000; round++) {
      byte[] file = bytes.file.array().clone();
      for (int flips = random.nextInt(3); flips >= 0; flips--) {
        int at =
            switch (random.nextInt(4)) {
              case 0 -> 8 + random.nextInt(500);
              case 1 -> KdumpBytes.BLOCK + random.nextInt(600);
              case 2 -> bytes.bitmaps + random.nextInt(2 * KdumpBytes.BLOCK);
              default -> bytes.descriptors + random.nextInt(file.length - bytes.descriptors);
            };
        file[at] ^= (byte) (1 << random.nextInt(8));
      }
      readAll(file);
    }
  }

  private static void readAll(byte[] file) throws Exception {
    Dump dump;
    try {
      dump = open(file);
    } catch (DumpException e) {
      return;
    }
    byte[] bytes = new byte[10 * 4096];
    for (long page = 0; page < 10; page++) {
      PhysicalRead read = dump.memory().read(page * 4096, bytes, 0, bytes.length);
      if (read.isComplete() != (read.length() == bytes.length)) {
        throw new AssertionError(read);
      }
    }
    long[] last = {0};
    dump.memory()
        .forEachRange(
            (start, length, presence) -> {
              if (length <= 0 || start < last[0]) {
                throw new AssertionError("%#x +%#x".formatted(start, length));
              }
              last[0] = start + length;
            });
    dump.memory().nextPresent(0);
  }

  private static Dump open(byte[] file) throws Exception {
    return new KdumpCompressed()
        .open(new BytesInput("test.kdump", file), OpenOptions.defaults())
        .orElseThrow();
  }
}
