package org.vmcore.dumpreader.format.lkcd;

import org.vmcore.dumpreader.format.lkcd.Lkcd;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.dumpreader.PlainMemoryContract;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpFormat;
import org.vmcore.dumpreader.api.PhysicalFault.Reason;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.write.SyntheticDump;

/** On files made after crash's lkcd_dump_v8.h and its like: there are no real ones. */
public class LkcdTest extends PlainMemoryContract {
  private static final int RLE = 1;
  private static final int GZIP = 2;

  @Override
  public DumpFormat format() {
    return new Lkcd();
  }

  @Override
  public byte[] write(SyntheticDump dump) {
    return lkcd(dump, 8, 64, ByteOrder.LITTLE_ENDIAN, GZIP, pages(dump));
  }

  /** The addresses of a dump's pages. */
  private static List<Long> pages(SyntheticDump dump) {
    List<Long> pages = new ArrayList<>();
    dump.memory()
        .forEachRange(
            (start, length, presence) -> {
              for (long at = 0; at < length; at += PAGE) {
                pages.add(start + at);
              }
            });
    return pages;
  }

  private static byte[] lkcd(
      SyntheticDump dump, int version, int bits, ByteOrder order, int compress, List<Long> pages) {
    int firstPage = version >= 9 ? 32768 : 65536;
    ByteBuffer file = ByteBuffer.allocate(1 << 24).order(order);
    file.putLong(0xa8190173618f23edL).putInt(version).putInt(1024).putInt(8).putInt(PAGE);
    file.putLong(0x8000).putLong(0).putLong(0x8000_0000L);
    if (version == 1) {
      file.putInt(0x11).putInt(0x22);
    }
    file.putInt(pages.size());
    string(file, "Oops: 0002\n", 256);
    int word = version >= 8 ? 8 : bits / 8;
    align(file, version >= 8 ? 1 : word);
    file.position(file.position() + 2 * word);
    for (String name : List.of("Linux", "host", "2.6.5", "#1", "x86_64", "")) {
      string(file, name, 65);
    }
    align(file, version >= 8 ? 1 : word);
    if (version >= 2) {
      file.position(file.position() + word);
    }
    if (version >= 5) {
      file.putInt(compress).putInt(0).putInt(0x301);
    }
    if (version >= 9) {
      file.putLong(firstPage);
    }
    file.position(firstPage);
    for (long address : pages) {
      byte[] page = new byte[PAGE];
      dump.memory().read(address, page, 0, PAGE);
      byte[] packed = compress == RLE ? runLengths(page) : zlib(page);
      if (allZero(page)) {
        file.putLong(address).putInt(0).putInt(1);
      } else if (compress == 0 || packed.length >= PAGE) {
        file.putLong(address).putInt(PAGE).putInt(1).put(page);
      } else {
        file.putLong(address).putInt(packed.length).putInt(2).put(packed);
      }
    }
    file.putLong(0).putInt(0).putInt(4);
    return written(file);
  }

  private static boolean allZero(byte[] page) {
    return Arrays.equals(page, new byte[PAGE]);
  }

  private static void string(ByteBuffer file, String text, int size) {
    file.put(Arrays.copyOf(text.getBytes(ISO_8859_1), size));
  }

  private static void align(ByteBuffer file, int size) {
    file.position((file.position() + size - 1) / size * size);
  }

  private static byte[] zlib(byte[] page) {
    Deflater deflater = new Deflater();
    deflater.setInput(page);
    deflater.finish();
    byte[] packed = new byte[2 * PAGE];
    int length = deflater.deflate(packed);
    deflater.end();
    return Arrays.copyOf(packed, length);
  }

  /** As LKCD's dump_rle.c: runs of more than 3 as 0, count - 1, byte; a lone zero as 0, 0. */
  private static byte[] runLengths(byte[] page) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < page.length; ) {
      int run = 1;
      while (run < 256 && i + run < page.length && page[i + run] == page[i]) {
        run++;
      }
      if (run > 3 || (page[i] == 0 && run > 1)) {
        out.write(0);
        out.write(run - 1);
        out.write(page[i]);
      } else {
        run = 1;
        out.write(page[i]);
        if (page[i] == 0) {
          out.write(0);
        }
      }
      i += run;
    }
    return out.toByteArray();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 32, 1",
    "1, 64, 1",
    "2, 32, 1",
    "3, 64, 1",
    "5, 32, 2",
    "5, 64, 1",
    "6, 64, 2",
    "7, 64, 2",
    "8, 64, 2",
    "8, 64, 0",
    "9, 64, 1",
    "10, 64, 2",
  })
  void everyVersionReadsAlike(int version, int bits, int compress) throws Exception {
    for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
      SyntheticDump sample = sample();
      Dump dump = open(lkcd(sample, version, bits, order, compress, pages(sample)));

      assertSameMemory(dump.memory(), sample.memory());
      assertThat(dump.info().variant()).isEqualTo("version " + version);
      assertThat(dump.info().wordBits()).isEqualTo(bits);
      assertThat(dump.info().byteOrder()).isEqualTo(order);
      assertThat(dump.info().machine()).contains("x86_64");
      assertThat(dump.info().headerFields()).containsEntry("panic_string", "Oops: 0002");
      assertThat(dump.info().incomplete()).isEmpty();
    }
  }

  @Test
  void pagesComeInAnyOrderAndTheFirstOfTwoCounts() throws Exception {
    SyntheticDump sample = sample();
    List<Long> pages = pages(sample);
    Collections.reverse(pages);
    pages.addAll(pages(sample));
    byte[] file = lkcd(sample, 8, 64, ByteOrder.LITTLE_ENDIAN, 0, pages);
    int end = file.length - 16;
    Arrays.fill(file, end - PAGE, end, (byte) 7);

    assertSameMemory(open(file).memory(), sample.memory());
  }

  @Test
  void aFileCutShortSaysSo() throws Exception {
    byte[] file = write(sample());
    assertThat(open(Arrays.copyOf(file, file.length - 16)).info().incomplete())
        .singleElement()
        .asString()
        .contains("without its end mark");

    SyntheticDump sample = sample();
    byte[] plain = lkcd(sample, 8, 64, ByteOrder.LITTLE_ENDIAN, 0, pages(sample).subList(0, 2));
    Dump dump = open(Arrays.copyOf(plain, plain.length - 16 - 100));
    assertThat(fault(dump.memory().read(2 * PAGE, new byte[8], 0, 8)).reason())
        .isEqualTo(Reason.TRUNCATED);
    assertThat(dump.memory().read(PAGE, new byte[8], 0, 8).isComplete()).isTrue();
  }

  @Test
  void aDamagedPageIsCorrupt() throws Exception {
    byte[] file = write(sample());
    file[65536 + 16 + 20] ^= 0x55;
    PhysicalMemory memory = open(file).memory();

    assertThat(fault(memory.read(PAGE, new byte[8], 0, 8)).reason()).isEqualTo(Reason.CORRUPT);
    assertThat(memory.read(2 * PAGE, new byte[8], 0, 8).isComplete()).isTrue();
  }

  @Test
  void newerVersionsAreNamed() {
    byte[] file = write(sample());
    file[8] = 11;

    assertThatThrownBy(() -> open(file))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("LKCD dump of version 11");
  }
}
