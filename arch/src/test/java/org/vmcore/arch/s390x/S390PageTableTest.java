package org.vmcore.arch.s390x;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.LinearMap;
import org.vmcore.arch.paging.PageTableText;
import org.vmcore.arch.paging.PageWalk;
import org.vmcore.arch.paging.Translation;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.write.SyntheticDump;

/**
 * Entries are written by hand from the z/Architecture Principles of Operation, chapter 3, and from
 * the tables of bits in Linux arch/s390/include/asm/pgtable.h.
 */
class S390PageTableTest {
  private static final String TABLES =
      """
      10000[000] = 000000000002000f   PGD -> P4D
      10000[001] = 000000000002004e   PGD -> P4D, of which quarters 1 and 2 are there
      10000[002] = 000000000002002f   PGD, invalid
      10000[003] = 000000000002000b   PGD of type 2
      20000[000] = 000000000003000b   P4D -> PUD
      20000[001] = 000000000003000f   P4D of type 3
      20000[002] = 0000000000000028   P4D, empty
      20000[200] = 000000000003000b   P4D, the first of quarter 1
      20000[600] = 000000000003000b   P4D, the first of quarter 3
      30000[000] = 0000000000040007   PUD -> PMD
      30000[001] = 0000000080003404   PUD: 2 GiB at 80000000
      30000[002] = 0000000100000624   PUD: 2 GiB at 100000000 that the process may not use
      30000[003] = 0000000000000024   PUD, empty
      30000[004] = 0000000000040000   PUD of type 0
      30000[005] = 00000000123457f4   PUD of a huge page that migrates: type 31
      30000[006] = 00000000000400c7   PUD -> PMD, of which quarter 3 is there
      40000[000] = 0000000000050000   PMD -> PTE
      40000[001] = 0000000000050800   PMD -> PTE, 2 KiB further
      40000[002] = 0000000000303600   PMD: 1 MiB at 300000
      40000[003] = 0000000000400720   PMD: 1 MiB at 400000 that the process may not use
      40000[004] = 0000000000000020   PMD, empty
      40000[005] = 0000000000050004   PMD of type 1
      40000[006] = 00000000123457f0   PMD of a huge page that migrates: type 31
      40000[007] = 00000000deadf000   PMD -> a table that the dump lacks
      40000[008] = 0000000000000400   PMD: 1 MiB at 0
      40000[600] = 0000000000050000   PMD, the first of quarter 3
      50000[000] = 000000000000613d   PTE
      50000[001] = 0000000000007215   PTE, read-only
      50000[002] = 0000000000008601   PTE that the process may not use
      50000[003] = 0000000000000400   PTE, empty
      50000[004] = 0000000012345604   PTE in swap area 1
      50000[005] = 000000000000067c   PTE of type 31, a marker
      50000[006] = 000000000000a83d   PTE with bit 52
      50000[007] = 000000000000b000   PTE without Linux's bits
      50000[008] = 0000000012345658   PTE of type 22, the last that may be a swap area
      50000[009] = 000000000000065c   PTE of type 23, a marker
      50000[00a] = 0000000000000000   PTE, overwritten
      50800[000] = 000000000000c115   PTE
      50800[001] = 0000000000000115   PTE: real 0
      50800[002] = 0000000000001115   PTE: real 1000
      """;

  private static final String FIVE_LEVELS_MAP =
      """
      0000000000000123 -> 6123        # PTE, PRESENT|NOEXEC|YOUNG|DIRTY|READ|WRITE
      0000000000001fff -> 7fff        # PTE, PRESENT|PROTECT|YOUNG|READ
      0000000000002008 -> 8008        # PTE, PRESENT|INVALID|PROTECT
      0000000000003000 -> NotMapped   # PTE, INVALID
      0000000000004000 -> SwappedOut  # PTE, INVALID|PROTECT|YOUNG
      0000000000005000 -> NotPresent  # PTE, INVALID|PROTECT|YOUNG|DIRTY|READ|WRITE|SPECIAL
      0000000000006000 -> BadEntry    # PTE, PRESENT|YOUNG|DIRTY|READ|WRITE
      0000000000007ffe -> bffe        # PTE,
      0000000000008000 -> SwappedOut  # PTE, INVALID|PROTECT|DIRTY|READ|SPECIAL
      0000000000009000 -> NotPresent  # PTE, INVALID|PROTECT|YOUNG|DIRTY|READ|SPECIAL
      000000000000a000 -> BadEntry    # PTE,
      0000000000100000 -> c000        # PTE, PRESENT|NOEXEC|YOUNG|READ
      0000000000212345 -> 312345      # PMD, PROTECT|LARGE|YOUNG|DIRTY
      0000000000312345 -> 412345      # PMD, INVALID|PROTECT|NOEXEC|LARGE
      0000000000400000 -> NotMapped   # PMD, INVALID
      0000000000500000 -> BadEntry    # PMD,
      0000000000600000 -> NotPresent  # PMD, INVALID|PROTECT|NOEXEC|COMMON
      0000000000700000 -> TableUnreadable # PMD,
      0000000060000123 -> 6123        # PTE, PRESENT|NOEXEC|YOUNG|DIRTY|READ|WRITE
      00000000b0123456 -> b0123456    # PUD, LARGE|YOUNG|DIRTY
      0000000130123456 -> 130123456   # PUD, INVALID|PROTECT|LARGE
      0000000180000000 -> NotMapped   # PUD, INVALID|TF=0|TL=0
      0000000200000000 -> BadEntry    # PUD, TF=0|TL=0
      0000000280000000 -> NotPresent  # PUD, INVALID|PROTECT|NOEXEC|COMMON|TF=3|TL=0
      0000000300000123 -> NotMapped   # PUD, TF=3|TL=3
      0000000360000123 -> 6123        # PTE, PRESENT|NOEXEC|YOUNG|DIRTY|READ|WRITE
      0000040000000000 -> BadEntry    # P4D, TF=0|TL=3
      0000080000000000 -> NotMapped   # P4D, INVALID|TF=0|TL=0
      0020000000000123 -> NotMapped   # PGD, TF=1|TL=2
      0028000000000123 -> 6123        # PTE, PRESENT|NOEXEC|YOUNG|DIRTY|READ|WRITE
      0038000000000123 -> NotMapped   # PGD, TF=1|TL=2
      0040000000000000 -> NotMapped   # PGD, INVALID|TF=0|TL=3
      0060000000000000 -> BadEntry    # PGD, TF=0|TL=3
      8000000000000123 -> NotMapped
      """;

  private static final PhysicalMemory MEMORY =
      PageTableText.memory(
              SyntheticDump.builder("page tables", 22, 64, ByteOrder.BIG_ENDIAN), TABLES)
          .memory();

  private static S390PageTable tables(long asce) {
    return new S390PageTable(MEMORY, asce, Prefix.NONE, LinearMap.NONE);
  }

  /** The region-first table has two quarters. */
  @TestFactory
  Stream<DynamicTest> fiveLevels() {
    return PageTableText.check(tables(0x1000d), FIVE_LEVELS_MAP);
  }

  @TestFactory
  Stream<DynamicTest> fourLevels() {
    return PageTableText.check(
        tables(0x2000b),
        """
        0008000000000123 -> 6123      # PTE, PRESENT|NOEXEC|YOUNG|DIRTY|READ|WRITE
        001fffffffffffff -> BadEntry  # P4D, TF=0|TL=0
        0020000000000123 -> NotCanonical
        """);
  }

  @TestFactory
  Stream<DynamicTest> threeLevels() {
    return PageTableText.check(
        tables(0x301c5),
        """
        0000000060000123 -> 6123      # PTE, PRESENT|NOEXEC|YOUNG|DIRTY|READ|WRITE
        0000020000000000 -> NotMapped
        0000040000000123 -> NotCanonical
        """);
  }

  @TestFactory
  Stream<DynamicTest> twoLevels() {
    return PageTableText.check(
        tables(0x40002),
        """
        0000000000100000 -> c000      # PTE, PRESENT|NOEXEC|YOUNG|READ
        0000000060000123 -> NotMapped
        0000000080000123 -> NotCanonical
        """);
  }

  @TestFactory
  Stream<DynamicTest> realSpace() {
    return PageTableText.check(
        tables(0x20),
        """
        0000000000000123 -> 123
        fffffffffffff123 -> fffffffffffff123
        """);
  }

  @Test
  void theTypeOfABareTableIsInItsEntries() {
    assertThat(tables(0x10000).asce()).isEqualTo(0x1000f);
    assertThat(tables(0x20000).asce()).isEqualTo(0x2000b);
    assertThat(tables(0x30000).asce()).isEqualTo(0x30007);
    assertThat(tables(0x40000).asce()).isEqualTo(0x40003);
  }

  @Test
  void stepsAreNamedByWhatTheyMap() {
    assertThat(tables(0x30007).walk(0x123).steps())
        .containsExactly(
            new PageWalk.Step("PUD", 0x30000, 0x40007, 0x40000, "TF=0|TL=3", 0),
            new PageWalk.Step("PMD", 0x40000, 0x50000, 0x50000, "", 0),
            new PageWalk.Step(
                "PTE", 0x50000, 0x613d, 0x6000, "PRESENT|NOEXEC|YOUNG|DIRTY|READ|WRITE", 4096));
    assertThat(tables(0x1000f).walk(0x123).steps())
        .extracting(PageWalk.Step::level)
        .containsExactly("PGD", "P4D", "PUD", "PMD", "PTE");
  }

  @Test
  void framesEndWhereTheyEnd() {
    assertThat(tables(0x30007).translate(0x1fff)).isEqualTo(new Translation.Mapped(0x7fff, 1));
    assertThat(tables(0x30007).translate(0x212345))
        .isEqualTo(new Translation.Mapped(0x312345, 0x100000 - 0x12345));
    assertThat(tables(0x30007).translate(0xb0123456L))
        .isEqualTo(new Translation.Mapped(0xb0123456L, 0x80000000L - 0x30123456));
  }

  /** CPU with its lowcore at 6000: real 0 and 6000 change places. */
  @Test
  void prefixingSwapsTheLowcoreWithAbsoluteZero() {
    S390PageTable cpu = tables(0x30007).withPrefix(new Prefix(0x6000));
    assertThat(cpu.translate(0x101340)).isEqualTo(new Translation.Mapped(0x6340, 0xcc0));
    assertThat(cpu.translate(0x102008)).isEqualTo(new Translation.Mapped(0x7008, 0xff8));
    assertThat(cpu.translate(0x123)).isEqualTo(new Translation.Mapped(0x123, 0xedd));
    assertThat(cpu.translate(0x1fff)).isEqualTo(new Translation.Mapped(0x1fff, 1));
    assertThat(cpu.translate(0x2008)).isEqualTo(new Translation.Mapped(0x8008, 0xff8));
  }

  /** A large frame at 0 is in four pieces. */
  @Test
  void prefixingCutsLargeFrames() {
    S390PageTable cpu = tables(0x30007).withPrefix(new Prefix(0x6000));
    assertThat(
            List.of(
                cpu.translate(0x800000),
                cpu.translate(0x802000),
                cpu.translate(0x806000),
                cpu.translate(0x808000)))
        .containsExactly(
            new Translation.Mapped(0x6000, 0x2000),
            new Translation.Mapped(0x2000, 0x4000),
            new Translation.Mapped(0, 0x2000),
            new Translation.Mapped(0x8000, 0xf8000));
  }

  @Test
  void theLinearMapServesWhereATableIsMissingAndSaysSo() {
    LinearMap identity =
        new LinearMap(List.of(new LinearMap.Region("identity map", 0, 0, 0x1000000, "a test")));
    S390PageTable tables = tables(0x30007).withLinear(identity);
    PageWalk walk = tables.walk(0x700123);
    assertThat(walk.result()).isEqualTo(new Translation.Mapped(0x700123, 0x8ffedd));
    assertThat(walk.steps().get(2).level()).isEqualTo("LINEAR");
    assertThat(walk.steps().get(2).flags())
        .isEqualTo("PTE unreadable; identity map at 0x0 by a test");
    // Zeros are no entry of Linux's: the table was overwritten.
    assertThat(tables.translate(0xa123)).isEqualTo(new Translation.Mapped(0xa123, 0xff5edd));
    assertThat(tables.walk(0xa123).steps().get(3).flags())
        .isEqualTo("PTE overwritten; identity map at 0x0 by a test");
    // A table that is there is believed, whatever it says.
    assertThat(tables.translate(0x3000)).isInstanceOf(Fault.NotMapped.class);
    assertThat(tables.translate(0x6000)).isInstanceOf(Fault.BadEntry.class);
  }
}
