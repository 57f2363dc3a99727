package org.vmcore.dumpreader.format.lime;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.PlainMemoryContract;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpFormat;
import org.vmcore.dumpreader.api.PhysicalFault.Reason;
import org.vmcore.dumpreader.api.PhysicalMemory.Presence;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.write.SyntheticDump;

public class LimeImageTest extends PlainMemoryContract {
  private static final int LIME = 0x4c694d45;

  @Override
  public DumpFormat format() {
    return new LimeImage();
  }

  @Override
  public byte[] write(SyntheticDump dump) {
    return limeImage(dump, ByteOrder.LITTLE_ENDIAN);
  }

  /** As LiME's main.c writes it: header and range by turns. */
  static byte[] limeImage(SyntheticDump dump, ByteOrder order) {
    ByteBuffer file = ByteBuffer.allocate(1 << 24).order(order);
    dump.memory()
        .forEachRange(
            (start, length, presence) -> {
              byte[] bytes = new byte[(int) length];
              dump.memory().read(start, bytes, 0, bytes.length);
              file.putInt(LIME).putInt(1).putLong(start).putLong(start + length - 1).putLong(0);
              file.put(bytes);
            });
    return written(file);
  }

  @Test
  void aBigEndianMachineTellsItselfByTheMagic() throws Exception {
    byte[] file = limeImage(sample(), ByteOrder.BIG_ENDIAN);
    assertThat(new String(file, 0, 4, ISO_8859_1)).isEqualTo("LiME");
    Dump dump = open(file);

    assertThat(dump.info().byteOrder()).isEqualTo(ByteOrder.BIG_ENDIAN);
    assertSameMemory(dump.memory(), sample().memory());
  }

  @Test
  void aCutFileGivesWhatItStillHas() throws Exception {
    byte[] whole = write(sample());
    Dump dump = open(Arrays.copyOf(whole, whole.length - PAGE));

    assertThat(ranges(dump.memory()))
        .endsWith(
            new Range(0x400L * PAGE, 4 * PAGE, Presence.PRESENT),
            new Range(0x404L * PAGE, PAGE, Presence.TRUNCATED));
    assertThat(fault(dump.memory().read(0x404L * PAGE, new byte[1], 0, 1)).reason())
        .isEqualTo(Reason.TRUNCATED);
    assertThat(dump.info().incomplete()).singleElement().asString().contains("4096 bytes");
  }

  @Test
  void memoryBeforeADamagedHeaderIsReadable() throws Exception {
    byte[] file = write(sample());
    int second = 32 + 7 * PAGE;
    file[second] ^= 1;
    Dump dump = open(file);

    assertThat(ranges(dump.memory())).containsExactly(new Range(PAGE, 7 * PAGE, Presence.PRESENT));
    assertThat(dump.info().incomplete()).singleElement().asString().contains("at 0x7020");
  }

  @Test
  void aRangeThatEndsBeforeItStartsIsDamage() {
    ByteBuffer header = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(LIME).putInt(1).putLong(0x2000).putLong(0x1fff);

    assertThatThrownBy(() -> open(header.array()))
        .isInstanceOf(DamagedDumpException.class)
        .hasMessageContaining("at offset 0x10: e_addr: 0x1fff");
  }

  @Test
  void whatIsNotDocumentedIsNamed() {
    ByteBuffer version2 = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    version2.putInt(LIME).putInt(2);
    assertThatThrownBy(() -> open(version2.array()))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("version 2");
  }
}
