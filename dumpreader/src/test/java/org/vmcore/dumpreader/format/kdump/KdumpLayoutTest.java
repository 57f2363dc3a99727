package org.vmcore.dumpreader.format.kdump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.format.kdump.KdumpBytes.Layout;
import org.vmcore.dumpreader.input.BytesInput;

/** The header layouts, from structures put together by hand; see {@link KdumpBytes}. */
class KdumpLayoutTest {

  static Stream<Arguments> layouts() {
    List<Arguments> cases = new ArrayList<>();
    for (Layout layout : Layout.values()) {
      for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
        for (int version = 1; version <= 6; version++) {
          cases.add(Arguments.of(layout, order, version));
        }
      }
    }
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void everyHeaderVersionOfEveryLayout(Layout layout, ByteOrder order, int version)
      throws Exception {
    Dump dump = new KdumpBytes(layout, order, version).open();

    DumpInfo info = dump.info();
    assertThat(info.format()).isEqualTo("kdump-compressed");
    assertThat(info.variant()).isEqualTo("header version " + version);
    assertThat(info.compression()).containsExactly("zlib");
    assertThat(info.dumpLevel()).hasValue(17);
    assertThat(info.byteOrder()).isEqualTo(order);
    assertThat(info.wordBits()).isEqualTo(layout.wordBits);
    assertThat(info.machine()).hasValue("sparc64");
    assertThat(info.pageSize()).hasValue(4096);
    assertThat(info.headerFields())
        .containsEntry("utsname.release", "6.1.0")
        .containsEntry("max_mapnr", "0x9")
        .containsEntry("nr_cpus", "1");
    assertThat(info.incomplete()).isEmpty();
    assertThat(dump.notes()).hasSize(version >= 4 ? 1 : 0);
    assertThat(dump.vmcoreinfo().map(text -> text.value("OSRELEASE").orElseThrow()))
        .isEqualTo(version >= 3 ? Optional.of("6.1.0") : Optional.empty());

    byte[] page = new byte[4096];
    for (int dumped : new int[] {0, 1, 3, 8}) {
      assertThat(dump.memory().read(dumped * 4096L, page, 0, 4096).fault()).isNull();
      assertThat(page).isEqualTo(KdumpBytes.page(dumped));
    }
  }

  @Test
  void tellsFilteredPagesFromPagesThatNeverWere() throws Exception {
    PhysicalMemory memory = KdumpBytes.x86_64().open().memory();
    byte[] bytes = new byte[0x3000];

    PhysicalRead intoFiltered = memory.read(0x1ff8, bytes, 0, 16);
    assertThat(intoFiltered.length()).isEqualTo(8);
    assertThat(intoFiltered.fault())
        .isEqualTo(new PhysicalFault(PhysicalFault.Reason.FILTERED, 0x2000, null));

    PhysicalRead intoNothing = memory.read(0x3000, bytes, 0, 0x3000);
    assertThat(intoNothing.length()).isEqualTo(0x1000);
    assertThat(intoNothing.fault())
        .isEqualTo(new PhysicalFault(PhysicalFault.Reason.NOT_IN_DUMP, 0x4000, null));

    assertThat(memory.read(0x9000, bytes, 0, 1).fault())
        .isEqualTo(new PhysicalFault(PhysicalFault.Reason.NOT_IN_DUMP, 0x9000, null));
    assertThat(memory.read(-8, bytes, 0, 8).fault())
        .isEqualTo(new PhysicalFault(PhysicalFault.Reason.NOT_IN_DUMP, -8, null));
  }

  @Test
  void describesMemoryAsRunsOfOnePresence() throws Exception {
    PhysicalMemory memory = KdumpBytes.x86_64().open().memory();
    List<String> ranges = new ArrayList<>();
    memory.forEachRange(
        (start, length, presence) -> ranges.add("%#x +%#x %s".formatted(start, length, presence)));

    assertThat(ranges)
        .containsExactly(
            "0x0 +0x2000 PRESENT",
            "0x2000 +0x1000 FILTERED",
            "0x3000 +0x1000 PRESENT",
            "0x8000 +0x1000 PRESENT");
    assertThat(memory.nextPresent(0x1234)).isEqualTo(0x1234);
    assertThat(memory.nextPresent(0x2345)).isEqualTo(0x3000);
    assertThat(memory.nextPresent(0x4000)).isEqualTo(0x8000);
    assertThat(memory.nextPresent(0x9000)).isEqualTo(PhysicalMemory.NONE);
  }

  /** makedumpfile on arm: ARCH_PFN_OFFSET is phys_base. */
  @Test
  void armCountsPagesFromTheStartOfRam() throws Exception {
    KdumpBytes arm = new KdumpBytes(Layout.PADDED_32, ByteOrder.LITTLE_ENDIAN, 6);
    PhysicalMemory memory = arm.putWord(0, 0x4000_0000L).open().memory();
    byte[] page = new byte[4096];

    assertThat(memory.read(0x4000_1000L, page, 0, 4096).isComplete()).isTrue();
    assertThat(page).isEqualTo(KdumpBytes.page(1));
    assertThat(memory.read(0x1000, page, 0, 1).isComplete()).isFalse();
    assertThat(memory.nextPresent(0)).isEqualTo(0x4000_0000L);
    assertThat(memory.nextPresent(0x4000_2000L)).isEqualTo(0x4000_3000L);
  }

  /** QEMU on arm: the packed sub-header, and pages counted from 0 whatever phys_base is. */
  @Test
  void qemuOnArmCountsPagesFromZero() throws Exception {
    KdumpBytes arm = new KdumpBytes(Layout.PACKED_32, ByteOrder.LITTLE_ENDIAN, 6);
    PhysicalMemory memory = arm.putWord(0, 0x4000_0000L).open().memory();

    assertThat(memory.nextPresent(0)).isZero();
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void withoutVmcoreinfoTheLayoutFollowsFromMaxMapnr(Layout layout) throws Exception {
    KdumpBytes bytes = new KdumpBytes(layout, ByteOrder.LITTLE_ENDIAN, 6);
    bytes.file.putLong(KdumpBytes.BLOCK + layout.sub[3], 0);
    bytes.putWord(layout.sub[4], 0);

    Dump dump = bytes.open();

    assertThat(dump.info().headerFields()).containsEntry("max_mapnr", "0x9");
    assertThat(dump.vmcoreinfo()).as("from its note").isPresent();
  }

  @Test
  void maxMapnrOfTheSubHeaderWinsSinceVersion6() throws Exception {
    KdumpBytes bytes = KdumpBytes.x86_64();
    bytes.file.putInt(424 + 16, 3);

    assertThat(bytes.open().memory().nextPresent(0x8000)).isEqualTo(0x8000);
  }

  @Test
  void aLoneBitmapMeansThatNothingWasLeftOut() throws Exception {
    KdumpBytes bytes = KdumpBytes.x86_64();
    int bits = KdumpBytes.BLOCK * 8;
    bytes.file.putInt(424 + 16, 2 * bits).putLong(KdumpBytes.BLOCK + 96, 2L * bits);
    bytes.file.put(bytes.bitmaps, new byte[] {0b0000_1011, 0b1});
    bytes.file.put(bytes.bitmaps + KdumpBytes.BLOCK, new byte[2]);
    byte[] page = new byte[4096];

    PhysicalMemory memory = bytes.open().memory();

    assertThat(memory.read(0x3000, page, 0, 4096).isComplete()).isTrue();
    assertThat(page).isEqualTo(KdumpBytes.page(3));
    assertThat(memory.read(0x2000, page, 0, 1).fault())
        .isEqualTo(new PhysicalFault(PhysicalFault.Reason.NOT_IN_DUMP, 0x2000, null));
  }

  /** KASLR makes it negative; 4 KiB is no multiple of what a kernel is aligned to. */
  @ParameterizedTest
  @CsvSource({
    "x86_64, 0, true",
    "x86_64, 0xffffffffc8800000, true",
    "x86_64, 0x1660944384, false",
    "x86_64, 0x40000000, false",
    "aarch64, 0, false"
  })
  void physBaseCountsOnlyWhereItCanBeOne(String machine, String physBase, boolean plausible)
      throws Exception {
    KdumpBytes bytes = KdumpBytes.x86_64();
    bytes.file.put(12 + 4 * 65, new byte[65]);
    bytes.file.put(12 + 4 * 65, machine.getBytes(ISO_8859_1));
    bytes.putWord(0, Long.parseUnsignedLong(physBase.replace("0x", ""), 16));

    assertThat(bytes.open().info().physBase().isPresent()).isEqualTo(plausible);
  }

  /** As makedumpfile --config writes it, after all pages. */
  @Test
  void erasedMemoryIsTold() throws Exception {
    KdumpBytes bytes = KdumpBytes.x86_64();
    byte[] text = "erase jiffies size 8\nerase init_task.comm size 16\n".getBytes(ISO_8859_1);
    int at = bytes.file.capacity();
    bytes.file.putLong(KdumpBytes.BLOCK + 64, at).putLong(KdumpBytes.BLOCK + 72, text.length);
    byte[] whole = Arrays.copyOf(bytes.file.array(), at + text.length);
    System.arraycopy(text, 0, whole, at, text.length);

    Dump dump = DumpFormats.open(new BytesInput("erased", whole), OpenOptions.defaults());
    assertThat(dump.erased())
        .containsExactly("erase jiffies size 8", "erase init_task.comm size 16");
    assertThat(dump.info().incomplete()).isEmpty();

    Dump cut =
        DumpFormats.open(
            new BytesInput("cut", Arrays.copyOf(whole, at + 22)), OpenOptions.defaults());
    assertThat(cut.erased()).containsExactly("erase jiffies size 8", "e");
    assertThat(cut.info().incomplete()).singleElement().asString().contains("is not whole");
  }

  @Test
  void statusIsToldInWords() throws Exception {
    KdumpBytes bytes = KdumpBytes.x86_64();
    bytes.file.putInt(424, 0x19);

    assertThat(bytes.open().info().headerFields())
        .containsEntry("status", "0x19 (zlib, incomplete, vmemmap of excluded pages excluded)");
  }

  @Test
  void otherFilesAreNotOfThisFormat() throws Exception {
    for (byte[] other :
        List.of(new byte[0], new byte[8], new byte[5000], "KDUMP".getBytes(ISO_8859_1))) {
      assertThat(new KdumpCompressed().open(new BytesInput("x", other), OpenOptions.defaults()))
          .isEmpty();
    }
  }

  @Test
  void newerFilesAreNamedWithTheRemedy() {
    KdumpBytes newer = KdumpBytes.x86_64();
    newer.file.putInt(8, 7);
    assertUnsupported(newer.file.array(), "header_version 7", "versions 1 to 6");
  }

  private static void assertUnsupported(byte[] file, String what, String remedy) {
    assertThatThrownBy(
            () -> DumpFormats.open(new BytesInput("test.kdump", file), OpenOptions.defaults()))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageStartingWith("test.kdump: ")
        .hasMessageContaining(what)
        .hasMessageContaining(remedy);
  }

  /** makedumpfile 1.6.7 on Linux 5.11 and later wrote utsname four bytes late. */
  @ParameterizedTest
  @CsvSource({
    "x86_64, x86_64",
    "loongarch64, loongarch64",
    "64, ",
    "h64, ",
    "4le, ",
    "(unknown), "
  })
  void aWordThatIsNoMachineIsNotBelieved(String word, @Nullable String machine) throws Exception {
    KdumpBytes bytes = KdumpBytes.x86_64();
    bytes.file.put(12 + 4 * 65, new byte[65]).put(12 + 4 * 65, word.getBytes(ISO_8859_1));

    assertThat(bytes.open().info().machine()).isEqualTo(Optional.ofNullable(machine));
  }
}
