package org.vmcore.dumpreader.page;

import org.vmcore.dumpreader.page.PageCodec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.DataFormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PageCodecTest {

  /**
   * "vmcore" 50 times, compressed by zlib 1.2.13, lzo 2.10 (lzo1x_1_compress), libsnappy 1.1.9 and
   * libzstd 1.5.4.
   */
  @ParameterizedTest
  @CsvSource({
    "ZLIB, 78012bcb4dce2f4a2d1b2589080100e8687f59",
    "LZO, 03766d636f726520f314000f766d636f7265766d636f7265766d636f7265110000",
    "SNAPPY, ac0214766d636f7265fe0600fe0600fe0600fe0600960600",
    "ZSTD, 28b52ffd602c006d000030766d636f7265010023514b11"
  })
  void decompressesWhatTheReferenceLibrariesMade(PageCodec codec, String hex) throws Exception {
    byte[] data = HexFormat.of().parseHex(hex);
    byte[] expected = "vmcore".repeat(50).getBytes(ISO_8859_1);
    byte[] out = new byte[expected.length];

    assertThat(codec.decompress(data, 0, data.length, out, 0, out.length))
        .isEqualTo(expected.length);
    assertThat(out).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource(names = {"ZLIB", "LZO", "SNAPPY", "ZSTD"})
  void decompressesToAPlaceInsideAnArray(PageCodec codec) throws Exception {
    byte[] page = page();
    byte[] scratch = new byte[codec.maxCompressed(page.length)];
    int size = codec.compress(page, scratch);
    byte[] in = new byte[size + 20];
    System.arraycopy(scratch, 0, in, 9, size);
    byte[] out = new byte[page.length + 100];

    assertThat(codec.decompress(in, 9, size, out, 50, page.length)).isEqualTo(page.length);
    assertThat(Arrays.copyOfRange(out, 50, 50 + page.length)).isEqualTo(page);
    assertThat(Arrays.copyOf(out, 50)).containsOnly(0);
    assertThat(Arrays.copyOfRange(out, 50 + page.length, out.length)).containsOnly(0);
  }

  @ParameterizedTest
  @EnumSource(names = {"ZLIB", "LZO", "SNAPPY", "ZSTD"})
  void damagedDataGivesAnErrorOrBytesButNeverLeavesItsArray(PageCodec codec) {
    Random random = new Random(11);
    byte[] page = page();
    byte[] scratch = new byte[codec.maxCompressed(page.length)];
    int size = codec.compress(page, scratch);
    int errors = 0;
    for (int round = 0; round < 2000; round++) {
      byte[] damaged = Arrays.copyOf(scratch, random.nextInt(4) == 0 ? random.nextInt(size) : size);
      for (int flips = random.nextInt(3); damaged.length > 0 && flips >= 0; flips--) {
        damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      }
      byte[] out = new byte[3 * page.length];
      try {
        codec.decompress(damaged, 0, damaged.length, out, page.length, page.length);
      } catch (DataFormatException | RuntimeException e) {
        errors++;
      }
      Arrays.fill(out, page.length, 2 * page.length, (byte) 0);
      assertThat(out).isEqualTo(new byte[out.length]);
    }
    assertThat(errors).isPositive();
  }

  @Test
  void zlibDataThatGoesOnPastThePageIsAnError() {
    byte[] page = page();
    byte[] scratch = new byte[page.length];
    int size = PageCodec.ZLIB.compress(page, scratch);

    assertThatThrownBy(() -> PageCodec.ZLIB.decompress(scratch, 0, size, new byte[100], 0, 100))
        .isInstanceOf(DataFormatException.class);
  }

  @Test
  void combinedFlagsMeanNothing() {
    assertThat(PageCodec.ofFlags(0x3)).isEmpty();
    assertThat(PageCodec.ofFlags(0x20)).hasValue(PageCodec.ZSTD);
    assertThat(PageCodec.ofFlags(0)).hasValue(PageCodec.PLAIN);
  }

  /** Half pattern, half noise: literals and matches of all lengths. */
  private static byte[] page() {
    Random random = new Random(5);
    byte[] page = new byte[4096];
    for (int i = 0; i < page.length; i++) {
      page[i] = (byte) (random.nextInt(4) == 0 ? random.nextInt() : i / 64);
    }
    return page;
  }
}
