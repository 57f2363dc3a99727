package org.vmcore.gdbstub.linux.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.arch.api.MissingFactException;

/** The log since 5.10. */
class PrintkRingTest {
  private static final int RESERVED = 0;
  private static final int COMMITTED = 1;
  private static final int FINALIZED = 2;
  private static final int REUSABLE = 3;

  private final RingImage ring = new RingImage(ByteOrder.LITTLE_ENDIAN, 8);

  @ParameterizedTest
  @CsvSource({"LITTLE_ENDIAN, 8", "LITTLE_ENDIAN, 4", "BIG_ENDIAN, 8", "BIG_ENDIAN, 4"})
  void bothRingsGoOnAtTheirStarts(String order, int word) throws Exception {
    RingImage log =
        new RingImage(
            order.equals("BIG_ENDIAN") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN, word);
    log.ids(6, 9);
    log.message(6, FINALIZED, 64 + 16, 64 + 32, 5, 3);
    log.image.text(RingImage.DATA + 16 + word, "first");
    // Ends where the data does, which is no wrap.
    log.message(7, FINALIZED, 64 + 32, 128, 4, 7);
    log.image.text(RingImage.DATA + 32 + word, "full");
    // Does not fit behind position 56 of the second round: its text is at the start of the third.
    log.message(8, COMMITTED, 128 + 56, 192 + 16, 7, 0);
    log.image.text(RingImage.DATA + word, "wrapped");
    log.message(9, FINALIZED, 3, 3, 0, 6);

    KernelLog read = log.image.read();

    assertThat(read.problem()).isEmpty();
    assertThat(read.records())
        .extracting(LogRecord::text)
        .containsExactly("first", "full", "wrapped", "");
    assertThat(read.records()).extracting(r -> r.level().orElseThrow()).containsExactly(3, 7, 0, 6);
    LogRecord first = read.records().get(0);
    assertThat(first.sequence()).hasValue(1006);
    assertThat(first.nanoseconds()).hasValue(6);
    assertThat(first.facility()).hasValue(1);
    assertThat(first.caller()).hasValue("T42");
  }

  @Test
  void onlyWhatWasWrittenWholeIsShown() throws Exception {
    ring.ids(0x3ffffffffffffffeL, 1);
    ring.message(0x3ffffffffffffffeL, REUSABLE, 0, 16, 4, 6);
    ring.message(0x3fffffffffffffffL, FINALIZED, 16, 32, 4, 6);
    ring.message(0, RESERVED, 32, 48, 4, 6);
    ring.message(5, FINALIZED, 48, 64, 4, 6); // In the place of 1.
    ring.image.text(RingImage.DATA + 16 + 8, "here");

    assertThat(ring.image.read().records()).extracting(LogRecord::text).containsExactly("here");
  }

  @Test
  void aTextIsNoLongerThanItsBlock() throws Exception {
    ring.ids(0, 1);
    ring.message(0, FINALIZED, 0, 16, 0xffff, 6);
    ring.image.text(RingImage.DATA + 8, "12345678beyond");
    ring.message(1, FINALIZED, 16, 20, 4, 6); // Too short for the number that each begins with.

    KernelLog read = ring.image.read();

    assertThat(read.records()).extracting(LogRecord::text).containsExactly("12345678");
    assertThat(read.problem()).hasValue("1 messages cannot be read");
  }

  @Test
  void ringsThatCannotBeAreRefused() {
    ring.image.int32(RingImage.RING, 40);

    assertThatThrownBy(ring.image::read)
        .isInstanceOf(MissingFactException.class)
        .hasMessageContaining("2^40");
  }

  /** A ring as large as can be, of which nothing is in the dump. */
  @Test
  void holesAreNotWalkedToTheirEnd() throws Exception {
    ring.image.int32(RingImage.RING, 26).word(RingImage.RING + 8, 0).word(RingImage.RING + 16, 0);
    ring.ids(0, (1 << 26) - 1);

    assertThat(ring.image.read().problem().orElseThrow())
        .endsWith("or more messages cannot be read");
  }

  @Test
  void damageEndsInAnAnswerOrAReason() throws Exception {
    Random random = new Random(6);
    for (int i = 0; i < 300; i++) {
      RingImage log = new RingImage(ByteOrder.LITTLE_ENDIAN, 8);
      log.ids(0, 3);
      for (int id = 0; id < 4; id++) {
        log.message(id, FINALIZED, 16L * id, 16L * id + 16, 8, 6);
      }
      for (int hits = random.nextInt(8); hits >= 0; hits--) {
        int part =
            new int[] {RingImage.RING, RingImage.DESCS, RingImage.INFOS, RingImage.DATA}
                [random.nextInt(4)];
        log.image.int8(part + random.nextInt(96), random.nextInt(256));
      }
      try {
        assertThat(log.image.read().records()).hasSizeLessThanOrEqualTo(1 << 26);
      } catch (MissingFactException e) {
        assertThat(e).hasMessageContaining("log");
      }
    }
  }
}
