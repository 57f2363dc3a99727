package org.vmcore.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Of a file of 1,200 blocks, of which 16 are a piece. */
class VicinityTest {
  private static final long END = 1199;

  private final Set<Long> here = new TreeSet<>();
  private final Vicinity vicinity = new Vicinity(END);

  private Vicinity.Piece fetch(long block) {
    Vicinity.Piece piece = vicinity.around(block, here::contains);
    assertThat(block).isBetween(piece.first(), piece.last());
    for (long i = piece.first(); i <= piece.last(); i++) {
      assertThat(here.add(i)).as("%d is fetched once", i).isTrue();
    }
    return piece;
  }

  @Test
  void aQuarterOfAPieceLiesBefore() {
    assertThat(fetch(500)).isEqualTo(new Vicinity.Piece(496, 511));
    assertThat(fetch(300)).isEqualTo(new Vicinity.Piece(296, 311));
  }

  @Test
  void itLiesBetweenWhatIsHereAndLeavesNoSmallGaps() {
    assertThat(fetch(500)).isEqualTo(new Vicinity.Piece(496, 511));
    assertThat(fetch(495)).as("up to what is here").isEqualTo(new Vicinity.Piece(480, 495));
    assertThat(fetch(513)).as("from what is here").isEqualTo(new Vicinity.Piece(512, 527));
    assertThat(fetch(544)).isEqualTo(new Vicinity.Piece(540, 555));
    assertThat(fetch(530)).as("between").isEqualTo(new Vicinity.Piece(528, 539));
    assertThat(fetch(564)).as("with the gap").isEqualTo(new Vicinity.Piece(556, 575));
  }

  @Test
  void itEndsWithTheFile() {
    assertThat(fetch(END)).isEqualTo(new Vicinity.Piece(1184, END));
    assertThat(fetch(0)).isEqualTo(new Vicinity.Piece(0, 15));
    assertThat(new Vicinity(0).around(0, block -> false)).isEqualTo(new Vicinity.Piece(0, 0));
  }

  @Test
  void itIsSmallInASmallFileWhereBytesCount() {
    assertThat(new Vicinity(100).around(50, block -> false)).isEqualTo(new Vicinity.Piece(49, 54));
    assertThat(new Vicinity(480).around(50, block -> false)).isEqualTo(new Vicinity.Piece(49, 55));
  }

  @Test
  void nothingIsGuessedBehindWhatWasAnnounced() {
    ReadAhead ahead = new ReadAhead();
    ahead.announce(100, 140);
    for (long block = 100; block <= 140; block++) {
      assertThat(ahead.window(block, block)).isZero();
    }
    for (long block = 200; block < 240; block++) {
      assertThat(ahead.window(block, block)).isEqualTo(block < 211 ? 0 : (int) block - 199);
    }
  }
}
