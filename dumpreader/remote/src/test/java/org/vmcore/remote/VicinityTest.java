package org.vmcore.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Of a file of 1,200 blocks, of which 39 are a large piece. */
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
  void theFirstPieceOfAPlaceIsSmallAndTheNextIsLarge() {
    assertThat(fetch(500)).isEqualTo(new Vicinity.Piece(499, 502));
    assertThat(fetch(530)).isEqualTo(new Vicinity.Piece(522, 553));
    assertThat(fetch(580)).isEqualTo(new Vicinity.Piece(571, 609));
    assertThat(fetch(300)).as("another place").isEqualTo(new Vicinity.Piece(299, 302));
  }

  @Test
  void itLiesBetweenWhatIsHereAndLeavesNoCrumbs() {
    assertThat(fetch(500)).isEqualTo(new Vicinity.Piece(499, 502));
    assertThat(fetch(498)).as("up to what is here").isEqualTo(new Vicinity.Piece(467, 498));
    assertThat(fetch(505)).as("from what is here").isEqualTo(new Vicinity.Piece(503, 541));
  }

  @Test
  void aFilesEndIsFetchedAtOnce() {
    assertThat(fetch(END - 10)).isEqualTo(new Vicinity.Piece(1161, END));
    assertThat(new Vicinity(0).around(0, block -> false)).isEqualTo(new Vicinity.Piece(0, 0));
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
