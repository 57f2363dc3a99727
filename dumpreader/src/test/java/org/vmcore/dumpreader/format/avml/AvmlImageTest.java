package org.vmcore.dumpreader.format.avml;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.airlift.compress.snappy.SnappyCompressor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.PlainMemoryContract;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpFormat;
import org.vmcore.dumpreader.api.PhysicalFault.Reason;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.write.SyntheticDump;

public class AvmlImageTest extends PlainMemoryContract {
  private static final int HEADER = 32;

  @Override
  public DumpFormat format() {
    return new AvmlImage();
  }

  /** As AVML's image.rs writes it: a header, a snappy stream and its length by turns. */
  @Override
  public byte[] write(SyntheticDump dump) {
    ByteBuffer file = ByteBuffer.allocate(1 << 24).order(ByteOrder.LITTLE_ENDIAN);
    dump.memory()
        .forEachRange(
            (start, length, presence) -> {
              byte[] bytes = new byte[(int) length];
              dump.memory().read(start, bytes, 0, bytes.length);
              header(file, start, start + length - 1);
              int from = file.position();
              file.put((byte) 0xff).put(new byte[] {6, 0, 0}).put("sNaPpY".getBytes(ISO_8859_1));
              for (int at = 0; at < bytes.length; at += SnappyChunks.LARGEST) {
                int end = Math.min(bytes.length, at + SnappyChunks.LARGEST);
                chunk(file, Arrays.copyOfRange(bytes, at, end));
              }
              file.putLong(file.position() - from);
            });
    return written(file);
  }

  private static void header(ByteBuffer file, long start, long last) {
    file.put("AVML".getBytes(ISO_8859_1)).putInt(2).putLong(start).putLong(last).putLong(0);
  }

  private static void chunk(ByteBuffer file, byte[] plain) {
    byte[] packed = new byte[32 + plain.length + plain.length / 6];
    int length = new SnappyCompressor().compress(plain, 0, plain.length, packed, 0, packed.length);
    boolean shrinks = length < plain.length;
    file.putInt(((4 + (shrinks ? length : plain.length)) << 8) | (shrinks ? 0 : 1));
    file.putInt(SnappyChunks.masked(plain, plain.length));
    file.put(shrinks ? packed : plain, 0, shrinks ? length : plain.length);
  }

  /** CRC-32C of "123456789" is e3069283 (RFC 3720, and any table of CRCs); masked by hand. */
  @Test
  void checksumsAreMaskedAsTheFormatHasIt() {
    int crc = 0xe3069283;

    assertThat(SnappyChunks.masked("123456789".getBytes(ISO_8859_1), 9))
        .isEqualTo((crc >>> 15 | crc << 17) + 0xa282ead8);
  }

  /** 4096 bytes of 'a', compressed by google's libsnappy. */
  @Test
  void aStreamOfAnotherWriterIsRead() throws Exception {
    ByteBuffer file = ByteBuffer.allocate(1 << 12).order(ByteOrder.LITTLE_ENDIAN);
    header(file, 0x5000, 0x5fff);
    file.put(HexFormat.of().parseHex(STREAM)).putLong(STREAM.length() / 2);
    byte[] read = new byte[4096];
    byte[] expected = new byte[4096];
    Arrays.fill(expected, (byte) 'a');

    assertThat(open(written(file)).memory().read(0x5000, read, 0, 4096).isComplete()).isTrue();
    assertThat(read).isEqualTo(expected);
  }

  private static final String STREAM =
      "ff060000734e6150705900c800006638c73b80200061fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe"
          + "0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100"
          + "fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe01"
          + "00fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe"
          + "0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fa0100";

  @Test
  void aChunkThatWasChangedIsToldAndNoOther() throws Exception {
    byte[] file = write(sample());
    file[HEADER + 10 + 4] ^= 1;
    Dump dump = open(file);

    assertThat(fault(dump.memory().read(PAGE, new byte[1], 0, 1)).reason())
        .isEqualTo(Reason.IO_ERROR);
    assertThat(fault(dump.memory().read(PAGE, new byte[1], 0, 1)).message())
        .contains("snappy chunk at offset 0x2e: does not have its checksum");
    assertThat(dump.memory().read(0x400L * PAGE, new byte[1], 0, 1).isComplete()).isTrue();
  }

  @Test
  void aCutFileGivesWhatItStillHas() throws Exception {
    byte[] whole = write(sample());
    Dump dump = open(Arrays.copyOf(whole, whole.length - 20));

    assertThat(dump.memory().read(PAGE, new byte[PAGE], 0, PAGE).isComplete()).isTrue();
    assertThat(fault(dump.memory().read(0x404L * PAGE, new byte[1], 0, 1)).reason())
        .isEqualTo(Reason.TRUNCATED);
    assertThat(dump.info().incomplete()).singleElement().asString().contains("is lost");
  }

  @Test
  void whatIsWrongInAHeaderIsNamed() {
    ByteBuffer backwards = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    header(backwards, 0x2000, 0x1fff);
    assertThatThrownBy(() -> open(backwards.array()))
        .isInstanceOf(DamagedDumpException.class)
        .hasMessageContaining("at offset 0x10: last: 0x1fff");
    assertThatThrownBy(() -> open(Arrays.copyOf("AVML\3".getBytes(ISO_8859_1), 64)))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("avml-convert");
  }
}
