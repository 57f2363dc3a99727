package org.vmcore.arch.arm64;

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
import org.vmcore.arch.paging.RadixPageTable;
import org.vmcore.arch.paging.Translation;
import org.vmcore.dumpreader.write.SyntheticDump;

/**
 * Entries are written by hand from the Arm ARM (DDI 0487), D8.3 "Translation table descriptor
 * formats"; those that are not valid from Linux arch/arm64/include/asm/pgtable.h and
 * pgtable-prot.h.
 */
class Stage1Test {
  private static final String FOUR_K_48 =
      """
      1000[1ff] = 0000000000002003   PGD -> PUD
      2000[1fe] = 0000000000003003   PUD -> PMD
      3000[000] = 0060000040200701   PMD: 2 MiB at 40200000
      3000[001] = 0070000040400701   PMD: 2 MiB at 40400000, one of 16
      3000[002] = 0060000040610701   PMD: 2 MiB at 40600000 with nT
      3000[003] = 0060000040801701   PMD: 2 MiB, but bit 12 is set
      3000[004] = 1000000000004003   PMD -> PTE, nothing to execute for EL0
      3000[005] = 00000000deadf003   PMD -> a table that the dump lacks
      3000[006] = 0001000000004003   PMD -> PTE, but bit 48 is set
      3000[007] = 00e8000040e00f00   PMD: 2 MiB, taken out of the kernel's own map
      4000[000] = 00e8000050000f83   PTE
      4000[001] = 0010000050001713   PTE, one of 16, of memory type 4
      4000[002] = 0060000050002701   PTE, but a block
      4000[003] = 00e8000050003f02   PTE, taken out of the kernel's own map
      4000[005] = 0000000000000002   PTE: not valid, not empty
      4000[006] = 0061000050006703   PTE, but bit 48 is set
      4000[007] = 0144000050007703   PTE, special, guarded
      2000[1ff] = 0060000080000701   PUD: 1 GiB at 80000000
      2000[1fd] = 00600000a0000701   PUD: 1 GiB, but bit 29 is set
      1000[1fe] = 0060008000000701   PGD: 512 GiB, which needs LPA2

      7000[000] = 0800000000008003   PGD -> PUD of a process
      8000[000] = 0800000000009003   PUD -> PMD
      9000[000] = 080000000000a003   PMD -> PTE
      9000[001] = 00e8000041200f41   PMD: 2 MiB at 41200000
      9000[002] = 0460000041400f80   PMD: 2 MiB, PROT_NONE, until Linux 6.10
      9000[003] = 0868000041600740   PMD: 2 MiB, being split, 5.10 to 6.10
      9000[004] = 0068000041800f40   PMD: 2 MiB, being split or PROT_NONE, since 6.11
      9000[005] = 00000000041a00e0   PMD of a huge page that migrates
      8000[001] = 00000000000000e0   PUD: not valid, not empty
      7000[001] = 00000000000000e0   PGD: not valid, not empty
      a000[000] = 00e8000060000fc3   PTE
      a000[001] = 0460000060001f82   PTE, PROT_NONE, until 6.10
      a000[002] = 0060000060002f82   PTE, PROT_NONE, since 6.11
      a000[003] = 0460000060003f80   PTE, PROT_NONE, until 3.17
      a000[004] = 0000000000123408   PTE: swap area 1, page 1234, until 6.10
      a000[005] = 0000000001234044   PTE: swap area 1, page 1234, since 6.11
      a000[006] = 00000000060006e8   PTE: type 29, migration, until 6.10
      a000[007] = 0000000060007740   PTE: type 29, migration, since 6.11
      a000[009] = 0060000060009701   PTE, but a block
      """;

  private static final String FOUR_K_48_MAP =
      """
      ffffffff80000010 -> 40200010    # PMD, VALID|SHARED|AF|PXN|UXN
      ffffffff80212345 -> 40412345    # PMD, VALID|SHARED|AF|CONT|PXN|UXN
      ffffffff80400000 -> 40600000    # PMD, VALID|SHARED|AF|PXN|UXN
      ffffffff80600000 -> BadEntry    # PMD, VALID|SHARED|AF|PXN|UXN
      ffffffff80800abc -> 50000abc    # PTE, VALID|RDONLY|SHARED|AF|NG|WRITE|PXN|UXN|DIRTY
      ffffffff80801fff -> 50001fff    # PTE, VALID|SHARED|AF|CONT|ATTR4
      ffffffff80802000 -> BadEntry    # PTE, VALID|SHARED|AF|PXN|UXN
      ffffffff80803008 -> 50003008    # PTE, SHARED|AF|NG|WRITE|PXN|UXN|DIRTY
      ffffffff80804000 -> NotMapped   # PTE,
      ffffffff80805000 -> NotMapped   # PTE,
      ffffffff80806000 -> BadEntry    # PTE, VALID|SHARED|AF|PXN|UXN
      ffffffff80807000 -> 50007000    # PTE, VALID|SHARED|AF|GP|UXN|SPECIAL
      ffffffff80a00000 -> TableUnreadable # PMD, VALID|TABLE
      ffffffff80c00000 -> BadEntry    # PMD, VALID|TABLE
      ffffffff80e00010 -> 40e00010    # PMD, SHARED|AF|NG|WRITE|PXN|UXN|DIRTY
      ffffffff81000000 -> NotMapped   # PMD,
      ffffffffc1234567 -> 81234567    # PUD, VALID|SHARED|AF|PXN|UXN
      ffffffff40000000 -> BadEntry    # PUD, VALID|SHARED|AF|PXN|UXN
      ffffffff00000000 -> NotMapped   # PUD,
      ffffff0000000000 -> BadEntry    # PGD, VALID|SHARED|AF|PXN|UXN
      ffff800000000000 -> NotMapped   # PGD,
      f3ffffff80000010 -> 40200010    # PMD, VALID|SHARED|AF|PXN|UXN
      fffeffff80000010 -> NotCanonical
      ff7fffff80000010 -> NotCanonical
      0001000000000000 -> NotCanonical
      0080000000000000 -> NotCanonical
      0000000000000123 -> 60000123    # PTE, VALID|USER|RDONLY|SHARED|AF|NG|WRITE|PXN|UXN|DIRTY
      b400000000000123 -> 60000123    # PTE, VALID|USER|RDONLY|SHARED|AF|NG|WRITE|PXN|UXN|DIRTY
      0000000000001008 -> 60001008    # PTE, RDONLY|SHARED|AF|NG|PXN|UXN|PROT_NONE
      0000000000002008 -> 60002008    # PTE, RDONLY|SHARED|AF|NG|PXN|UXN
      0000000000003008 -> 60003008    # PTE, RDONLY|SHARED|AF|NG|PXN|UXN|PROT_NONE
      0000000000004000 -> SwappedOut  # PTE,
      0000000000005000 -> SwappedOut  # PTE,
      0000000000006000 -> NotPresent  # PTE,
      0000000000007000 -> NotPresent  # PTE,
      0000000000008000 -> NotMapped   # PTE,
      0000000000009000 -> BadEntry    # PTE, VALID|SHARED|AF|PXN|UXN
      0000000000345678 -> 41345678    # PMD, VALID|USER|SHARED|AF|NG|WRITE|PXN|UXN|DIRTY
      0000000000412340 -> 41412340    # PMD, RDONLY|SHARED|AF|NG|PXN|UXN|PROT_NONE
      0000000000612340 -> 41612340    # PMD, USER|SHARED|AF|WRITE|PXN|UXN
      0000000000812340 -> 41812340    # PMD, USER|SHARED|AF|NG|WRITE|PXN|UXN
      0000000000a00000 -> NotPresent  # PMD,
      0000000000c00000 -> NotMapped   # PMD,
      0000000040000000 -> NotPresent  # PUD,
      0000008000000000 -> NotMapped   # PGD,
      """;

  private static final String FOUR_K_39 =
      """
      1000[100] = 0000000000003003   PGD -> PMD
      3000[040] = 0000000000004003   PMD -> PTE
      3000[041] = 0060000040200701   PMD: 2 MiB at 40200000
      3000[042] = 0060000040201701   PMD: 2 MiB, but bit 12 is set
      4000[010] = 0060000050000703   PTE
      4000[011] = 0060000050000701   PTE, but a block
      1000[101] = 0060000080000701   PGD: 1 GiB at 80000000
      1000[102] = 00600000a0000701   PGD: 1 GiB, but bit 29 is set
      """;

  private static final String FOUR_K_39_MAP =
      """
      ffffffc008010123 -> 50000123    # PTE, VALID|SHARED|AF|PXN|UXN
      ffffffc008011000 -> BadEntry    # PTE, VALID|SHARED|AF|PXN|UXN
      ffffffc008012000 -> NotMapped   # PTE,
      ffffffc008212345 -> 40212345    # PMD, VALID|SHARED|AF|PXN|UXN
      ffffffc008400000 -> BadEntry    # PMD, VALID|SHARED|AF|PXN|UXN
      ffffffc008600000 -> NotMapped   # PMD,
      ffffffc041234567 -> 81234567    # PGD, VALID|SHARED|AF|PXN|UXN
      ffffffc080000000 -> BadEntry    # PGD, VALID|SHARED|AF|PXN|UXN
      ffffff8000000000 -> NotMapped   # PGD,
      ffffff7fffffffff -> NotCanonical
      """;

  /** Addresses of 52 bits: 49 and 48 in their place, 51 and 50 in bits 9 and 8. */
  private static final String FOUR_K_LPA2 =
      """
      1000[00f] = 0000000000002203   PGD -> P4D at 8000000002000
      1000[00e] = 0060000000000401   PGD, but a block
      8000000002000[100] = 0000000000003003   P4D -> PUD
      8000000002000[101] = 0060008000000401   P4D: 512 GiB at 8000000000
      8000000002000[102] = 0060008040000401   P4D: 512 GiB, but bit 30 is set
      3000[000] = 0000000000004003   PUD -> PMD
      3000[001] = 00600000c0000401   PUD: 1 GiB at c0000000
      3000[002] = 00600000e0000401   PUD: 1 GiB, but bit 29 is set
      4000[040] = 0002000000005003   PMD -> PTE at 2000000005000
      4000[041] = 0062000060200701   PMD: 2 MiB at e000060200000
      4000[042] = 0062000060202701   PMD: 2 MiB, but bit 13 is set
      2000000005000[010] = 0061000050000503   PTE: 5000050000000
      2000000005000[011] = 0061000050000501   PTE, but a block
      """;

  private static final String FOUR_K_LPA2_MAP =
      """
      ffff800008010123 -> 5000050000123 # PTE, VALID|AF|PXN|UXN
      ffff800008011000 -> BadEntry    # PTE, VALID|AF|PXN|UXN
      ffff800008012000 -> NotMapped   # PTE,
      ffff800008212345 -> e000060212345 # PMD, VALID|AF|PXN|UXN
      ffff800008400000 -> BadEntry    # PMD, VALID|AF|PXN|UXN
      ffff800008600000 -> NotMapped   # PMD,
      ffff800041234567 -> c1234567    # PUD, VALID|AF|PXN|UXN
      ffff800080000000 -> BadEntry    # PUD, VALID|AF|PXN|UXN
      ffff8000c0000000 -> NotMapped   # PUD,
      ffff808123456789 -> 8123456789  # P4D, VALID|AF|PXN|UXN
      ffff810000000000 -> BadEntry    # P4D, VALID|AF|PXN|UXN
      ffff818000000000 -> NotMapped   # P4D,
      fffe000000000000 -> BadEntry    # PGD, VALID|AF|PXN|UXN
      fff0000000000000 -> NotMapped   # PGD,
      ffe0000000000000 -> NotCanonical
      """;

  private static final String SIXTEEN_K_47 =
      """
      10000[000] = 0000000000000000   PGD, empty
      10000[400] = 0000000000014003   PGD -> PMD
      10000[401] = 0060001000000701   PGD: 64 GiB, which needs LPA2
      14000[004] = 0000000000018003   PMD -> PTE
      14000[005] = 0070000042000701   PMD: 32 MiB at 42000000, one of 32
      14000[006] = 0060000044004701   PMD: 32 MiB, but bit 14 is set
      14000[007] = 0000000000019003   PMD -> PTE, but bit 12 is set
      18000[001] = 0060000050004703   PTE
      18000[002] = 0060000050009703   PTE, but bit 12 is set
      18000[003] = 0060000050008701   PTE, but a block
      """;

  private static final String SIXTEEN_K_47_MAP =
      """
      ffffc00008007abc -> 50007abc    # PTE, VALID|SHARED|AF|PXN|UXN
      ffffc00008008000 -> BadEntry    # PTE, VALID|SHARED|AF|PXN|UXN
      ffffc0000800c000 -> BadEntry    # PTE, VALID|SHARED|AF|PXN|UXN
      ffffc00008010000 -> NotMapped   # PTE,
      ffffc0000b234567 -> 43234567    # PMD, VALID|SHARED|AF|CONT|PXN|UXN
      ffffc0000c000000 -> BadEntry    # PMD, VALID|SHARED|AF|PXN|UXN
      ffffc0000e000000 -> BadEntry    # PMD, VALID|TABLE
      ffffc00010000000 -> NotMapped   # PMD,
      ffffc01000000000 -> BadEntry    # PGD, VALID|SHARED|AF|PXN|UXN
      ffff800000000000 -> NotMapped   # PGD,
      ffff7fffffffffff -> NotCanonical
      """;

  /** The PGD has two entries. */
  private static final String SIXTEEN_K_48 =
      """
      10010[001] = 0000000000014003   PGD -> PUD
      14000[000] = 0000000000018003   PUD -> PMD
      14000[001] = 0060001000000701   PUD: 64 GiB, which needs LPA2
      18000[004] = 000000000001c003   PMD -> PTE
      18000[005] = 0060000042000701   PMD: 32 MiB at 42000000
      1c000[7ff] = 0060000050004703   PTE
      """;

  private static final String SIXTEEN_K_48_MAP =
      """
      ffff800009ffcabc -> 50004abc    # PTE, VALID|SHARED|AF|PXN|UXN
      ffff80000b234567 -> 43234567    # PMD, VALID|SHARED|AF|PXN|UXN
      ffff801000000000 -> BadEntry    # PUD, VALID|SHARED|AF|PXN|UXN
      ffff802000000000 -> NotMapped   # PUD,
      ffff000000000000 -> NotMapped   # PGD,
      fffe000000000000 -> NotCanonical
      """;

  private static final String SIXTEEN_K_36 =
      """
      10000[000] = 0000000000000000   PGD, empty
      10000[400] = 0000000000014003   PGD -> PTE
      10000[401] = 0060000042000701   PGD: 32 MiB at 42000000
      10000[402] = 0060000044004701   PGD: 32 MiB, but bit 14 is set
      14000[001] = 0060000050004703   PTE
      """;

  private static final String SIXTEEN_K_36_MAP =
      """
      fffffff800007abc -> 50007abc    # PTE, VALID|SHARED|AF|PXN|UXN
      fffffff800008000 -> NotMapped   # PTE,
      fffffff803234567 -> 43234567    # PGD, VALID|SHARED|AF|PXN|UXN
      fffffff804000000 -> BadEntry    # PGD, VALID|SHARED|AF|PXN|UXN
      fffffff000000000 -> NotMapped   # PGD,
      ffffffefffffffff -> NotCanonical
      """;

  private static final String SIXTEEN_K_LPA2 =
      """
      10000[01f] = 0000000000014103   PGD -> PUD at 4000000014000
      10000[01e] = 0060000000000401   PGD, but a block
      4000000014000[400] = 0001000000018003   PUD -> PMD at 1000000018000
      4000000014000[401] = 0060001000000601   PUD: 64 GiB at 8001000000000
      4000000014000[402] = 0060001002000401   PUD: 64 GiB, but bit 25 is set
      1000000018000[004] = 000000000001c003   PMD -> PTE
      1000000018000[005] = 0060000042000501   PMD: 32 MiB at 4000042000000
      1c000[001] = 0063000050004703   PTE: f000050004000
      """;

  private static final String SIXTEEN_K_LPA2_MAP =
      """
      ffffc00008007abc -> f000050007abc # PTE, VALID|AF|PXN|UXN
      ffffc00008008000 -> NotMapped   # PTE,
      ffffc0000b234567 -> 4000043234567 # PMD, VALID|AF|PXN|UXN
      ffffc01234567890 -> 8001234567890 # PUD, VALID|AF|PXN|UXN
      ffffc02000000000 -> BadEntry    # PUD, VALID|AF|PXN|UXN
      ffff000000000000 -> BadEntry    # PGD, VALID|AF|PXN|UXN
      fff0000000000000 -> NotMapped   # PGD,
      """;

  private static final String SIXTY_FOUR_K_42 =
      """
      10000[000] = 0000000000000000   PGD, empty
      10000[a00] = 0000000000020003   PGD -> PTE
      10000[a01] = 0060000060000701   PGD: 512 MiB at 60000000
      10000[a02] = 0060000081000701   PGD: 512 MiB, but bit 24 is set
      20000[801] = 0060000050010703   PTE
      20000[802] = 0060000050010701   PTE, but a block
      """;

  private static final String SIXTY_FOUR_K_42_MAP =
      """
      fffffd400801fabc -> 5001fabc    # PTE, VALID|SHARED|AF|PXN|UXN
      fffffd4008020000 -> BadEntry    # PTE, VALID|SHARED|AF|PXN|UXN
      fffffd4008030000 -> NotMapped   # PTE,
      fffffd4021234567 -> 61234567    # PGD, VALID|SHARED|AF|PXN|UXN
      fffffd4040000000 -> BadEntry    # PGD, VALID|SHARED|AF|PXN|UXN
      fffffc0000000000 -> NotMapped   # PGD,
      fffffbffffffffff -> NotCanonical
      """;

  private static final String SIXTY_FOUR_K_48 =
      """
      10000[020] = 0000000000020003   PGD -> PMD
      10000[021] = 0060040000000701   PGD: 4 TiB, which needs 52-bit addresses
      20000[000] = 0000000000030003   PMD -> PTE
      20000[001] = 0060000060000701   PMD: 512 MiB at 60000000
      30000[801] = 006000005001c703   PTE: c000050010000
      """;

  private static final String SIXTY_FOUR_K_48_MAP =
      """
      ffff80000801fabc -> c00005001fabc # PTE, VALID|SHARED|AF|PXN|UXN
      ffff800021234567 -> 61234567    # PMD, VALID|SHARED|AF|PXN|UXN
      ffff840000000000 -> BadEntry    # PGD, VALID|SHARED|AF|PXN|UXN
      ffff000000000000 -> NotMapped   # PGD,
      fff0000000000000 -> NotCanonical
      """;

  /** Entry 3e0 is the first that a machine with 48-bit addresses uses. */
  private static final String SIXTY_FOUR_K_52 =
      """
      40000[91a] = 0000000000000000   PMD, empty
      10000[000] = 0000000000028003   PGD -> PMD at 8000000020000
      10000[3e0] = 0000000000040003   PGD -> PMD
      10000[3e1] = 0060040000001701   PGD: 4 TiB at 1040000000000
      10000[3e2] = 0060040010000701   PGD: 4 TiB, but bit 28 is set
      8000000020000[000] = 0000000000034003   PMD -> PTE at 4000000030000
      4000000030000[04e] = 00600000404ef703   PTE: f0000404e0000
      40000[001] = 0060000060002701   PMD: 512 MiB at 2000060000000
      40000[002] = 0060000081000701   PMD: 512 MiB, but bit 24 is set
      """;

  private static final String SIXTY_FOUR_K_52_MAP =
      """
      fff00000004ea220 -> f0000404ea220 # PTE, VALID|SHARED|AF|PXN|UXN
      fff00000004f0000 -> NotMapped   # PTE,
      ffff800021234567 -> 2000061234567 # PMD, VALID|SHARED|AF|PXN|UXN
      ffff800040000000 -> BadEntry    # PMD, VALID|SHARED|AF|PXN|UXN
      ffff812345678901 -> NotMapped   # PMD,
      ffff852345678901 -> 1052345678901 # PGD, VALID|SHARED|AF|PXN|UXN
      ffff880000000000 -> BadEntry    # PGD, VALID|SHARED|AF|PXN|UXN
      fff8000000000000 -> NotMapped   # PGD,
      ffe0000000000000 -> NotCanonical
      """;

  @TestFactory
  Stream<DynamicTest> fourKilobytes48Bits() {
    return PageTableText.check(
        tables(FOUR_K_48, 12, 48, 0x1000).withUserRoot(0x7000), FOUR_K_48_MAP);
  }

  @TestFactory
  Stream<DynamicTest> fourKilobytes39Bits() {
    return PageTableText.check(tables(FOUR_K_39, 12, 39, 0x1000), FOUR_K_39_MAP);
  }

  @TestFactory
  Stream<DynamicTest> fourKilobytesLpa2() {
    return PageTableText.check(tables(FOUR_K_LPA2, 12, 52, 0x1000), FOUR_K_LPA2_MAP);
  }

  @TestFactory
  Stream<DynamicTest> sixteenKilobytes47Bits() {
    return PageTableText.check(tables(SIXTEEN_K_47, 14, 47, 0x10000), SIXTEEN_K_47_MAP);
  }

  @TestFactory
  Stream<DynamicTest> sixteenKilobytes48Bits() {
    return PageTableText.check(tables(SIXTEEN_K_48, 14, 48, 0x10010), SIXTEEN_K_48_MAP);
  }

  @TestFactory
  Stream<DynamicTest> sixteenKilobytes36Bits() {
    return PageTableText.check(tables(SIXTEEN_K_36, 14, 36, 0x10000), SIXTEEN_K_36_MAP);
  }

  @TestFactory
  Stream<DynamicTest> sixteenKilobytesLpa2() {
    return PageTableText.check(tables(SIXTEEN_K_LPA2, 14, 52, 0x10000), SIXTEEN_K_LPA2_MAP);
  }

  @TestFactory
  Stream<DynamicTest> sixtyFourKilobytes42Bits() {
    return PageTableText.check(tables(SIXTY_FOUR_K_42, 16, 42, 0x10000), SIXTY_FOUR_K_42_MAP);
  }

  @TestFactory
  Stream<DynamicTest> sixtyFourKilobytes48Bits() {
    return PageTableText.check(tables(SIXTY_FOUR_K_48, 16, 48, 0x10000), SIXTY_FOUR_K_48_MAP);
  }

  @TestFactory
  Stream<DynamicTest> sixtyFourKilobytes52Bits() {
    return PageTableText.check(tables(SIXTY_FOUR_K_52, 16, 52, 0x10000), SIXTY_FOUR_K_52_MAP);
  }

  @Test
  void stepsAreNamedAsLinuxNamesTheLevels() {
    assertThat(tables(FOUR_K_48, 12, 48, 0x1000).walk(0xffffffff80800abcL).steps())
        .containsExactly(
            new PageWalk.Step("PGD", 0x1ff8, 0x2003, 0x2000, "VALID|TABLE", 0),
            new PageWalk.Step("PUD", 0x2ff0, 0x3003, 0x3000, "VALID|TABLE", 0),
            new PageWalk.Step(
                "PMD", 0x3020, 0x1000000000004003L, 0x4000, "VALID|TABLE|UXN_TABLE", 0),
            new PageWalk.Step(
                "PTE",
                0x4000,
                0x00e8000050000f83L,
                0x50000000,
                "VALID|RDONLY|SHARED|AF|NG|WRITE|PXN|UXN|DIRTY",
                4096));
    assertThat(levels(tables(FOUR_K_LPA2, 12, 52, 0x1000), 0xffff800008010123L))
        .containsExactly("PGD", "P4D", "PUD", "PMD", "PTE");
    assertThat(levels(tables(SIXTEEN_K_47, 14, 47, 0x10000), 0xffffc00008007abcL))
        .containsExactly("PGD", "PMD", "PTE");
    assertThat(levels(tables(SIXTY_FOUR_K_42, 16, 42, 0x10000), 0xfffffd400801fabcL))
        .containsExactly("PGD", "PTE");
  }

  private static List<String> levels(RadixPageTable tables, long address) {
    return tables.walk(address).steps().stream().map(PageWalk.Step::level).toList();
  }

  @Test
  void pagesEndWhereTheyEnd() {
    assertThat(tables(FOUR_K_48, 12, 48, 0x1000).translate(0xffffffff80801fffL))
        .isEqualTo(new Translation.Mapped(0x50001fff, 1));
    assertThat(tables(FOUR_K_48, 12, 48, 0x1000).translate(0xffffffff80212345L))
        .isEqualTo(new Translation.Mapped(0x40412345, 0x200000 - 0x12345));
    assertThat(tables(SIXTEEN_K_47, 14, 47, 0x10000).translate(0xffffc00008007abcL))
        .isEqualTo(new Translation.Mapped(0x50007abc, 0x4000 - 0x3abc));
    assertThat(tables(SIXTY_FOUR_K_52, 16, 52, 0x10000).translate(0xffff800021234567L))
        .isEqualTo(new Translation.Mapped(0x2000061234567L, 0x20000000 - 0x1234567));
  }

  @Test
  void faultsSayWhatIsWrong() {
    RadixPageTable tables = tables(FOUR_K_48, 12, 48, 0x1000);
    assertThat(((Fault) tables.translate(0xffffffff80802000L)).message())
        .isEqualTo(
            "virtual address 0xffffffff80802000: PTE entry at 0x4010 is corrupt:"
                + " 0x60000050002701");
    assertThat(((Fault) tables.translate(0x123)).message())
        .isEqualTo(
            "virtual address 0x0000000000000123 belongs to a process; the kernel's page tables do"
                + " not map it");
  }

  /** TTBR0_EL1 has the ASID in bits 63 to 48 and CnP in bit 0. */
  @Test
  void whatIsNoAddressInTtbr0IsIgnored() {
    Translation expected = new Translation.Mapped(0x60000123, 0xedd);
    RadixPageTable kernel = tables(FOUR_K_48, 12, 48, 0x1000);
    assertThat(kernel.withUserRoot(0x00a5_0000_0000_7001L).translate(0x123)).isEqualTo(expected);
    assertThat(kernel.withUserRoot(0x7000).translate(0xffffffff80000010L))
        .isEqualTo(kernel.translate(0xffffffff80000010L));
  }

  /** With 52-bit physical addresses bits 5 to 2 of TTBR0_EL1 are bits 51 to 48. */
  @Test
  void ttbr0HasWideAddressesInItsLowBits() {
    RadixPageTable tables = tables(SIXTY_FOUR_K_52, 16, 52, 0x10000);
    // The root's first entry serves as a process's table.
    assertThat(tables.withUserRoot(0x1234_0000_0001_0001L).translate(0x4ea220))
        .isEqualTo(new Translation.Mapped(0xf0000404ea220L, 0x5de0));
    assertThat(new Paging(16, 52).root(0x1234_0000_0001_0021L)).isEqualTo(0x8_0000_0001_0000L);
    assertThat(new Paging(12, 52).root(0x1234_0000_0001_003dL)).isEqualTo(0xf_0000_0001_0000L);
    assertThat(new Paging(14, 48).root(0x1234_0000_0001_0031L)).isEqualTo(0x1_0030L);
  }

  /** A big-endian kernel's tables are big-endian too. */
  @Test
  void entriesHaveTheKernelsByteOrder() {
    SyntheticDump memory =
        PageTableText.memory(
            SyntheticDump.builder("page tables", 183, 64, ByteOrder.BIG_ENDIAN), FOUR_K_39);
    RadixPageTable tables =
        Stage1.kernel(memory.memory(), ByteOrder.BIG_ENDIAN, new Paging(12, 39), 0x1000);
    assertThat(tables.translate(0xffffffc008010123L))
        .isEqualTo(new Translation.Mapped(0x50000123, 0xedd));
  }

  @Test
  void theLinearMapServesWhereATableIsMissingAndSaysSo() {
    LinearMap.Region image =
        new LinearMap.Region("kernel image", 0xffffffff80800000L, 0x70000000, 0x300000, "a test");
    LinearMap.Region linear =
        new LinearMap.Region("linear map", 0xffffffff00000000L, 0, 0x1_0000_0000L, "a test");
    RadixPageTable tables =
        tables(FOUR_K_48, 12, 48, 0x1000)
            .withLinear(new LinearMap(List.of(image, linear)), new LinearMap(List.of(image)));
    PageWalk walk = tables.walk(0xffffffff80a00123L);
    assertThat(((Translation.Mapped) walk.result()).physicalAddress()).isEqualTo(0x70200123);
    assertThat(walk.steps().get(3).flags())
        .isEqualTo("PTE unreadable; kernel image at 0xffffffff80800000 by a test");
    // A table that is there is believed, whatever it says.
    assertThat(tables.translate(0xffffffff81000000L)).isInstanceOf(Fault.NotMapped.class);
    assertThat(tables.translate(0xffffffff80802000L)).isInstanceOf(Fault.BadEntry.class);
    assertThat(tables.translate(0xffffffff80801fffL))
        .isEqualTo(new Translation.Mapped(0x50001fff, 1));
  }

  /** The kernel unmaps its .init memory; what is in it now is there to be read. */
  @Test
  void theImageServesWhereAnEntryIsEmptyAndSaysSo() {
    LinearMap image =
        new LinearMap(
            List.of(
                new LinearMap.Region(
                    "kernel image", 0xffffffff80800000L, 0x70000000, 0x4800, "a test")));
    RadixPageTable tables = tables(FOUR_K_48, 12, 48, 0x1000).withLinear(LinearMap.NONE, image);
    PageWalk walk = tables.walk(0xffffffff80804123L);
    assertThat(walk.result()).isEqualTo(new Translation.Mapped(0x70004123, 0x4800 - 0x4123));
    assertThat(walk.steps().get(4))
        .isEqualTo(
            new PageWalk.Step(
                "LINEAR",
                0,
                0,
                0x70004123,
                "PTE empty; kernel image at 0xffffffff80800000 by a test",
                0));
    assertThat(tables.translate(0xffffffff80804800L)).isInstanceOf(Fault.NotMapped.class);
    assertThat(tables.translate(0xffffffff80805000L)).isInstanceOf(Fault.NotMapped.class);
  }

  /** The kernel's memory is at 255 more addresses, by top-byte-ignore (D8.8): none goes there. */
  @Test
  void addressesWithTagsAreNotWorthReadingOnAt() {
    RadixPageTable tables = tables(FOUR_K_48, 12, 48, 0x1000);
    assertThat(tables.translate(0x00ffffff80000010L)).isInstanceOf(Translation.Mapped.class);
    for (long tagged : new long[] {0x0080000000000000L, 0x00ffffff80000000L, 0x56ff000000000000L}) {
      assertThat(tables.afterTags(tagged)).isEqualTo(0xff80000000000000L);
    }
    for (long plain : new long[] {0, 0x0000ffff00000000L, 0xff80000000000000L, -1}) {
      assertThat(tables.afterTags(plain)).isEqualTo(plain);
    }
  }

  private static RadixPageTable tables(String entries, int pageShift, int addressBits, long root) {
    SyntheticDump memory =
        PageTableText.memory(
            SyntheticDump.builder("page tables", 183, 64, ByteOrder.LITTLE_ENDIAN), entries);
    return Stage1.kernel(
        memory.memory(), ByteOrder.LITTLE_ENDIAN, new Paging(pageShift, addressBits), root);
  }
}
