package org.vmcore.arch.arm64;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class SignedReturnAddressesTest {
  private static final long STACK = 0xffff80000802ba80L;

  /** The kernel's text at ffffd35bc3810000, modules 2 GiB around. */
  private static final SignedReturnAddresses FILTER =
      new SignedReturnAddresses(
          ByteOrder.LITTLE_ENDIAN, 0xffff000000000000L, 0xffffd35b43810000L, 0x1_0000_0000L);

  private static long shown(long word) {
    byte[] bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(word).array();
    FILTER.apply(STACK, bytes, 0, bytes.length);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  @Test
  void returnAddressesAreShownWithoutTheirCodes() {
    assertThat(shown(0xf69fd35bc3a7c1c8L)).as("text").isEqualTo(0xffffd35bc3a7c1c8L);
    assertThat(shown(0x00fed35bbf68b008L)).as("module").isEqualTo(0xffffd35bbf68b008L);
    assertThat(shown(0xffffd35bc3a7c1c8L)).as("not signed").isEqualTo(0xffffd35bc3a7c1c8L);
  }

  @Test
  void whatIsNoneOfTheKernelsReturnAddressesStays() {
    for (long word :
        new long[] {
          0x0000d35bc3a7c1c8L, // a user's: bit 55 is clear
          0xf69fd35b43800000L, // below the modules
          0xf69fd35c43810000L, // above them
          0xffff80000802ba80L,
          0x0123456789abcdefL,
          0
        }) {
      assertThat(shown(word)).as("%#x", word).isEqualTo(word);
    }
  }

  @Test
  void wordsAreThoseOfMemoryWhereverTheReadBegins() {
    byte[] bytes = new byte[3 + 3 + 8 + 8 + 5];
    ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    words.putLong(6, 0xf69fd35bc3a7c1c8L).putLong(14, 0x1122334455667788L);
    byte[] before = bytes.clone();
    FILTER.apply(STACK + 5, bytes, 3, 3 + 8 + 8 + 5);
    assertThat(words.getLong(6)).isEqualTo(0xffffd35bc3a7c1c8L);
    words.putLong(6, 0xf69fd35bc3a7c1c8L);
    assertThat(bytes).isEqualTo(before);
    // A word that is not whole cannot be told.
    FILTER.apply(STACK, bytes, 6, 7);
    assertThat(bytes).isEqualTo(before);
  }

  @Test
  void userMemoryStays() {
    byte[] bytes =
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0xf69fd35bc3a7c1c8L).array();
    byte[] before = bytes.clone();
    FILTER.apply(0x0000ffffdf2e30c0L, bytes, 0, bytes.length);
    assertThat(bytes).isEqualTo(before);
  }
}
