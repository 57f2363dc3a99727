package org.vmcore.arch.paging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.api.PhysicalFault;

/** Tables of three levels that cut addresses of 32 bits up into 8, 6, 6 and 12 bits. */
class HoleTest {
  private static final long TOP = 0x1000;
  private static final long MIDDLE = 0x2000;
  private static final long LOWEST = 0x3000;

  /**
   * Mapped are one page at 0x10401000 and one at 0x20000000, whose tables are the same; a table of
   * the middle level is missing at 0x30000000.
   */
  private static final PageTable TABLES =
      new PageTable() {
        @Override
        public Translation translate(long virtualAddress) {
          if (virtualAddress >>> 32 != 0) {
            return new Fault.NotCanonical(virtualAddress, 32);
          }
          long top = virtualAddress >>> 24;
          if (top == 0x30) {
            long entry = 0x9000 + (virtualAddress >>> 18 & 63) * 8;
            return new Fault.TableUnreadable(
                virtualAddress,
                "PMD",
                new PhysicalFault(PhysicalFault.Reason.FILTERED, entry, null));
          }
          if (top != 0x10 && top != 0x20) {
            return new Fault.NotMapped(virtualAddress, "PGD", TOP + top * 8, 0);
          }
          long middle = virtualAddress >>> 18 & 63;
          if (middle != 16) {
            return new Fault.NotMapped(virtualAddress, "PMD", MIDDLE + middle * 8, 0);
          }
          long lowest = virtualAddress >>> 12 & 63;
          return lowest == 1
              ? new Translation.Mapped(0x5000, 4096)
              : new Fault.NotMapped(virtualAddress, "PTE", LOWEST + lowest * 8, 0);
        }

        @Override
        public PageWalk walk(long virtualAddress) {
          return new PageWalk(virtualAddress, List.of(), translate(virtualAddress));
        }
      };

  private static long after(long virtualAddress) {
    return Hole.last(TABLES, (Fault) TABLES.translate(virtualAddress)) + 1;
  }

  @Test
  void reachesToTheEndOfTheEntryThatIsEmpty() {
    assertThat(after(0x0000_0000)).isEqualTo(0x0100_0000);
    assertThat(after(0x0fff_f123)).isEqualTo(0x1000_0000);
    assertThat(after(0x1000_0000)).isEqualTo(0x1004_0000);
    assertThat(after(0x1040_0000)).isEqualTo(0x1040_1000);
    assertThat(after(0x1040_2000)).isEqualTo(0x1040_3000);
    assertThat(after(0x3000_5000)).isEqualTo(0x3004_0000);
  }

  /** What 0x10 and 0x20 lead to is one table, and what is between them is not in it. */
  @Test
  void sharedTablesAreNoLongerHole() {
    assertThat(after(0x1041_0000)).isEqualTo(0x1041_1000);
    assertThat(after(0x10ff_ffff)).isEqualTo(0x1100_0000);
  }

  @Test
  void addressesThatCannotBeFormedAreOneHole() {
    assertThat(after(0x1_0000_0000L)).isEqualTo(0x2_0000_0000L);
    assertThat(after(0x8000_0000_0000_0000L)).isZero();
  }

  /** The whole space is crossed in as many looks as there are empty entries. */
  @Test
  void theMappedPagesAreFoundFromTheStart() {
    int looks = 0;
    long at = 0;
    while (!(TABLES.translate(at) instanceof Translation.Mapped)) {
      at = after(at);
      looks++;
    }
    assertThat(at).isEqualTo(0x1040_1000);
    assertThat(looks).isLessThan(16 + 16 + 2);
  }
}
