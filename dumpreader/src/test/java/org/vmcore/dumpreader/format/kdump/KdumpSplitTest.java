package org.vmcore.dumpreader.format.kdump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.dumpreader.DumpFormatContract;
import org.vmcore.dumpreader.DumpFormatContract.Range;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.MakedumpfileTest;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalFault.Reason;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalMemory.Presence;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.format.kdump.KdumpBytes.Layout;
import org.vmcore.dumpreader.input.BytesInput;

/**
 * The machine of {@link KdumpBytes} in three parts: pages 0 and 1; 2 to 4, of which 3 is dumped; 5
 * to 8, of which 8 is. Real split dumps are in {@link MakedumpfileTest}.
 */
class KdumpSplitTest {
  private static final int PAGE = KdumpBytes.BLOCK;

  private static DumpInput input(String name, KdumpBytes bytes) {
    return new BytesInput(name, bytes.file.array());
  }

  /**
   * Descriptors and data are the part's own only, one after the other.
   *
   * @param pages numbers, among the dumped pages of the whole, of those in this part
   */
  private static KdumpBytes part(int version, int startPfn, int endPfn, int... pages) {
    KdumpBytes part = new KdumpBytes(Layout.LONG_64, ByteOrder.LITTLE_ENDIAN, version);
    part.file.putInt(PAGE + 12, 1);
    part.putWord(16, version >= 6 ? 0 : startPfn).putWord(24, version >= 6 ? 0 : endPfn);
    if (version >= 6) {
      part.putWord(80, startPfn).putWord(88, endPfn);
    }
    byte[] whole = part.file.array().clone();
    int data = part.descriptors + pages.length * 24;
    for (int i = 0; i < pages.length; i++) {
      ByteBuffer old = ByteBuffer.wrap(whole, part.descriptors + pages[i] * 24, 24).slice();
      old.order(ByteOrder.LITTLE_ENDIAN);
      int size = old.getInt(8);
      part.describe(i, data, size, old.getInt(12));
      part.file.put(data, whole, (int) old.getLong(0), size);
      data += size;
    }
    return part;
  }

  private static DumpInput low() {
    return input("low", part(6, 0, 2, 0, 1));
  }

  private static DumpInput middle() {
    return input("middle", part(6, 2, 5, 2));
  }

  private static DumpInput high() {
    return input("high", part(6, 5, 9, 3));
  }

  private static Dump open(DumpInput... inputs) throws Exception {
    return DumpFormats.open(List.of(inputs), OpenOptions.defaults());
  }

  @Test
  void partsInAnyOrderAreTheWholeDump() throws Exception {
    PhysicalMemory whole = KdumpBytes.x86_64().open().memory();

    for (List<DumpInput> order :
        List.of(List.of(low(), middle(), high()), List.of(high(), low(), middle()))) {
      Dump dump = DumpFormats.open(order, OpenOptions.defaults());
      DumpFormatContract.assertSameMemory(dump.memory(), whole);
      assertThat(dump.info().incomplete()).isEmpty();
      assertThat(dump.info().file()).isEqualTo("low, middle, high");
      assertThat(dump.info().variant()).isEqualTo("header version 6, split in parts (3 here)");
      assertThat(dump.notes()).hasSize(1);
    }
  }

  @Test
  void partsMayLieInOneArchive() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (DumpInput part : List.of(middle(), high(), low())) {
        zip.putNextEntry(new ZipEntry(part.name()));
        zip.write(part.readFully(0, (int) part.size(), "part"));
      }
    }
    Dump dump = open(new BytesInput("parts.zip", bytes.toByteArray()));
    DumpFormatContract.assertSameMemory(dump.memory(), KdumpBytes.x86_64().open().memory());
    assertThat(dump.info().incomplete()).isEmpty();
  }

  /** The 64-bit page numbers came with version 6; the longs before them with version 2. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6})
  void everyVersionThatSplits(int version) throws Exception {
    Dump dump =
        open(input("one", part(version, 3, 9, 2, 3)), input("other", part(version, 0, 3, 0, 1)));

    DumpFormatContract.assertSameMemory(dump.memory(), KdumpBytes.x86_64().open().memory());
  }

  @Test
  void aMissingPartIsNamedAndTheRestIsThere() throws Exception {
    Dump dump = open(high(), low());

    assertThat(dump.info().incomplete())
        .containsExactly(
            "A part of the split dump was not given: that with the pages 0x2 to 0x4, 1 of them"
                + " dumped.");
    assertThat(DumpFormatContract.ranges(dump.memory()))
        .containsExactly(
            new Range(0, 2 * PAGE, Presence.PRESENT),
            new Range(2 * PAGE, PAGE, Presence.FILTERED),
            new Range(3 * PAGE, PAGE, Presence.TRUNCATED),
            new Range(8 * PAGE, PAGE, Presence.PRESENT));
    byte[] bytes = new byte[PAGE];
    assertThat(dump.memory().read(8 * PAGE, bytes, 0, PAGE).isComplete()).isTrue();
    assertThat(bytes).isEqualTo(KdumpBytes.page(8));
    PhysicalFault fault = DumpFormatContract.fault(dump.memory().read(3 * PAGE, bytes, 0, PAGE));
    assertThat(fault.reason()).isEqualTo(Reason.TRUNCATED);
    assertThat(fault.message()).contains("the pages 0x2 to 0x4 was not given");
  }

  @Test
  void theFirstOrLastPartAloneOpens() throws Exception {
    assertThat(open(low()).info().incomplete())
        .singleElement()
        .asString()
        .contains("0x2 to 0x8, 2 of them");
    assertThat(open(high()).info().incomplete())
        .singleElement()
        .asString()
        .contains("0x0 to 0x4, 3 of them");
  }

  @Test
  void aPartOfAnotherDumpIsNamed() {
    KdumpBytes otherTime = part(6, 5, 9, 3);
    otherTime.file.putLong(408, 1_700_000_000);
    KdumpBytes otherKernel = part(6, 5, 9, 3);
    otherKernel.file.put(12 + 2 * 65, "6.2.0".getBytes(ISO_8859_1));
    KdumpBytes otherNotes = part(6, 5, 9, 3);
    otherNotes.file.put(PAGE + 512 + 24, "OSRELEASE=7".getBytes(ISO_8859_1));

    assertForeign(otherTime, "timestamp is 1700000000, not 0");
    assertForeign(otherKernel, "utsname");
    assertForeign(otherNotes, "notes and VMCOREINFO differ");
  }

  private static void assertForeign(KdumpBytes part, String difference) {
    assertThatThrownBy(() -> open(low(), middle(), input("foreign", part)))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("foreign: part of another dump than low")
        .hasMessageContaining(difference);
  }

  @Test
  void whatIsNoPartIsNamed() {
    assertThatThrownBy(() -> open(low(), new BytesInput("vmlinux", new byte[9])))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("vmlinux: not a part of the split dump of low");
    assertThatThrownBy(() -> open(low(), input("whole", KdumpBytes.x86_64())))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("whole: a whole dump, not a part");
    assertThatThrownBy(() -> open(low(), low()))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("holds the pages from 0x0 on, as low does");
  }

  @Test
  void impossibleRangesAreDamage() {
    for (long[] range : new long[][] {{3, 2}, {0, 10}, {-1, 4}}) {
      KdumpBytes part = part(6, 0, 2, 0, 1).putWord(80, range[0]).putWord(88, range[1]);

      assertThatThrownBy(() -> open(input("part", part)))
          .as(Arrays.toString(range))
          .isInstanceOf(DamagedDumpException.class)
          .hasMessageContaining("start_pfn, end_pfn");
    }
  }
}
