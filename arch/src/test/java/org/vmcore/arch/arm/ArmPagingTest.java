package org.vmcore.arch.arm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.ByteOrder;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.PageTableText;
import org.vmcore.arch.paging.PageWalk;
import org.vmcore.arch.paging.RadixPageTable;
import org.vmcore.arch.paging.Translation;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.write.SyntheticDump;

/**
 * Entries are written by hand from the ARM Architecture Reference Manual (DDI 0406C), B3.5.1 and
 * B3.6.1, and Linux's own from arch/arm/include/asm/pgtable-2level.h.
 */
class ArmPagingTest {
  private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
  private static final long FIRST_KERNEL_ADDRESS = 0xbf000000L;

  /** No bits of an entry are wrong in this format: each value of the type means something. */
  private static final String SHORT =
      """
      4000[c00] = 4001140e   PGD: 1 MiB at 40000000
      4000[c01] = 4011941e   PGD: 1 MiB at 40100000, read-only, no execution
      4000[c02] = 40211c0f   PGD: 1 MiB at 40200000, bit 0 is PXN
      4000[c10] = 41051c0e   PGD: 16 MiB at 41000000
      4000[c20] = 42351c2e   PGD: 16 MiB at 13_4200_0000: PA[35:32] in 23..20, PA[39:36] in 8..5
      4000[c30] = 00009811   PGD -> PTE at 9800
      4000[c31] = deadf811   PGD -> a table that the dump lacks
      9800[000] = 4a00045e   PTE: 4 KiB at 4a000000
      9800[001] = 4a00165f   PTE: 4 KiB at 4a001000, no execution
      9800[010] = 4b00045d   PTE: 64 KiB at 4b000000
      9800[01f] = 4b00845d   the last of the sixteen, with XN in bit 15
      9800[002] = 00000000   PTE, empty
      9000[002] = 00000000   so is Linux's entry
      4000[bf0] = 00009c11   PGD -> PTE of a module
      9c00[000] = 4a00265e   PTE: 4 KiB at 4a002000
      4000[000] = 0000a835   PGD -> PTE at a800, user, with PXN
      a800[000] = 4c000c7e   PTE: 4 KiB at 4c000000
      a000[000] = 4c00034f   Linux's: young
      a800[001] = 00000000   PTE of a page that was not used lately
      a000[001] = 4c00134d   Linux's: present, not young
      a800[002] = 00000000   PTE of a page of no access
      a000[002] = 4c002b0f   Linux's: present, NONE
      a800[003] = 00000000   PTE of a page in swap
      a000[003] = 00012358   Linux's: type 22
      a800[004] = 00000000   PTE of a page that migrates
      a000[004] = 0001235c   Linux's: type 23
      """;

  private static final String SHORT_MAP =
      """
      c0012345 -> 40012345    # PGD, SECTION|B|C|AP0|S
      c0112345 -> 40112345    # PGD, SECTION|B|C|AP0|AP2|S|XN
      c0212345 -> 40212345    # PGD, SECTION|B|C|AP0|AP1|S|PXN
      c1012345 -> 41012345    # PGD, SUPERSECTION|B|C|AP0|AP1|S
      c2012345 -> 1342012345  # PGD, SUPERSECTION|B|C|AP0|AP1|S
      c3000abc -> 4a000abc    # PTE, PRESENT|B|C|AP0|S
      c3001fff -> 4a001fff    # PTE, PRESENT|B|C|AP0|AP2|S|XN
      c3010008 -> 4b000008    # PTE, PRESENT|B|C|AP0|S
      c301f008 -> 4b00f008    # PTE, PRESENT|B|C|AP0|S|XN
      c3002000 -> NotMapped   # PTE,
      c3100000 -> TableUnreadable # PGD, TABLE
      c3200000 -> NotMapped   # PGD,
      bf000008 -> 4a002008    # PTE, PRESENT|B|C|AP0|AP2|S
      00000008 -> 4c000008    # PTE, PRESENT|B|C|AP0|AP1|S|NG
      00001008 -> 4c001008    # PTE, LINUX_PRESENT
      00002008 -> 4c002008    # PTE, LINUX_PRESENT
      00003000 -> SwappedOut  # PTE,
      00004000 -> NotPresent  # PTE,
      00005000 -> NotMapped   # PTE,
      00100000 -> NotMapped   # PGD,
      100000000 -> NotCanonical
      """;

  private static final String LONG =
      """
      3000[003] = 0080000000007003   PGD -> PMD at 7000
      3000[002] = 0080000000006003   PGD -> PMD at 6000
      3000[001] = 0000000800000721   PGD: 1 GiB at 8_0000_0000, not valid: bit 0 is clear
      3000[000] = 0000000000008003   PGD -> PMD at 8000, user
      7000[002] = 040000004040079d   PMD: 2 MiB at 40400000, read-only
      7000[003] = 0040000f4060071d   PMD: 2 MiB at f_4060_0000, no execution
      7000[004] = 004000004070071d   PMD: 2 MiB, but bit 20 of the address is set
      7000[005] = 004001004080071d   PMD: 2 MiB, but bit 40 is set
      7000[006] = 0000000000009003   PMD -> PTE at 9000
      7000[007] = 00000000deadf003   PMD -> a table that the dump lacks
      6000[1f8] = 0000000000009003   PMD -> PTE of a module
      9000[000] = 00c000004bc5871f   PTE: 4 KiB at 4bc58000
      9000[001] = 001000054bc5971f   PTE: 4 KiB at 5_4bc5_9000, one of sixteen
      9000[002] = 00c000004bc5871d   PTE without the second bit
      9000[003] = 0000000000000f04   PTE: not valid
      8000[000] = 000000000000a003   PMD -> PTE at a000
      8000[001] = 024000004c200f5c   PMD: 2 MiB at 4c200000, no access
      a000[000] = 00c000004c000fdf   PTE: 4 KiB at 4c000000
      a000[001] = 02c000004c001fde   PTE: 4 KiB at 4c001000, no access
      a000[002] = 0000000000012358   PTE: in swap, type 22
      a000[003] = 000000000001235c   PTE: type 23, a marker
      """;

  private static final String LONG_MAP =
      """
      c0444a9c -> 40444a9c    # PMD, PRESENT|AP2|SHARED|YOUNG|RDONLY
      c0612345 -> f40612345   # PMD, PRESENT|SHARED|YOUNG|XN
      c0800000 -> BadEntry    # PMD, PRESENT
      c0a00000 -> BadEntry    # PMD, PRESENT
      c0c00abc -> 4bc58abc    # PTE, PRESENT|SHARED|YOUNG|XN|DIRTY
      c0c01fff -> 54bc59fff   # PTE, PRESENT|SHARED|YOUNG|CONT
      c0c02000 -> BadEntry    # PTE, PRESENT
      c0c03000 -> NotMapped   # PTE,
      c0c04000 -> NotMapped   # PTE,
      c0e00000 -> TableUnreadable # PMD, PRESENT|TABLE
      c1000000 -> NotMapped   # PMD,
      bf000008 -> 4bc58008    # PTE, PRESENT|SHARED|YOUNG|XN|DIRTY
      40000000 -> 800000000   # PGD, PRESENT|SHARED|YOUNG
      00000008 -> 4c000008    # PTE, PRESENT|USER|AP2|SHARED|YOUNG|NG|XN|DIRTY
      00001008 -> 4c001008    # PTE, USER|AP2|SHARED|YOUNG|NG|XN|DIRTY|NONE
      00002000 -> SwappedOut  # PTE,
      00003000 -> NotPresent  # PTE,
      00004000 -> NotMapped   # PTE,
      00212345 -> 4c212345    # PMD, USER|SHARED|YOUNG|NG|XN|NONE
      00400000 -> NotMapped   # PMD,
      100000000 -> NotCanonical
      """;

  private static PhysicalMemory memory(String tables, ByteOrder order) {
    return PageTableText.memory(SyntheticDump.builder("arm", 40, 32, order), tables).memory();
  }

  private static RadixPageTable shortTables(ByteOrder order) {
    PhysicalMemory memory = memory(SHORT, order);
    return RadixPageTable.kernel(
        memory, new ShortDescriptors(memory, order, FIRST_KERNEL_ADDRESS), 0x4000);
  }

  private static RadixPageTable longTables() {
    return RadixPageTable.kernel(
        memory(LONG, LITTLE), new LongDescriptors(LITTLE, FIRST_KERNEL_ADDRESS), 0x3000);
  }

  @TestFactory
  Stream<DynamicTest> shortDescriptors() {
    return PageTableText.check(shortTables(LITTLE), SHORT_MAP);
  }

  @TestFactory
  Stream<DynamicTest> shortDescriptorsOfABigEndianKernel() {
    return PageTableText.check(shortTables(ByteOrder.BIG_ENDIAN), SHORT_MAP);
  }

  @TestFactory
  Stream<DynamicTest> longDescriptors() {
    return PageTableText.check(longTables(), LONG_MAP);
  }

  @Test
  void stepsAreNamedAsLinuxNamesTheLevels() {
    assertThat(shortTables(LITTLE).walk(0xc3000000L).steps())
        .containsExactly(
            new PageWalk.Step("PGD", 0x70c0, 0x9811, 0x9800, "TABLE", 0),
            new PageWalk.Step("PTE", 0x9800, 0x4a00045eL, 0x4a000000L, "PRESENT|B|C|AP0|S", 4096));
    assertThat(longTables().walk(0xc0c00000L).steps())
        .extracting(PageWalk.Step::level, PageWalk.Step::entryAddress)
        .containsExactly(tuple("PGD", 0x3018L), tuple("PMD", 0x7030L), tuple("PTE", 0x9000L));
  }

  @Test
  void pagesEndWhereTheyEnd() {
    assertThat(shortTables(LITTLE).translate(0xc0012345L))
        .isEqualTo(new Translation.Mapped(0x40012345L, 0x100000 - 0x12345));
    assertThat(shortTables(LITTLE).translate(0xc1012345L))
        .as("one of sixteen entries")
        .isEqualTo(new Translation.Mapped(0x41012345L, 0x100000 - 0x12345));
    assertThat(shortTables(LITTLE).translate(0xc301f008L))
        .isEqualTo(new Translation.Mapped(0x4b00f008L, 0xff8));
    assertThat(longTables().translate(0xc0444a9cL))
        .isEqualTo(new Translation.Mapped(0x40444a9cL, 0x200000 - 0x44a9c));
  }

  /** What names the place in swap is Linux's entry, not the hardware's, which is empty. */
  @Test
  void swapIsWhereLinuxsEntrySays() {
    assertThat(shortTables(LITTLE).translate(0x3000))
        .isEqualTo(new Fault.SwappedOut(0x3000, 0x12358));
  }

  /** TTBR0 has memory attributes in its lower bits, and with LPAE an ASID in its upper ones. */
  @Test
  void rootsAreAddressesOrTtbr0() {
    PhysicalMemory none = memory("", LITTLE);
    assertThat(new ShortDescriptors(none, LITTLE, FIRST_KERNEL_ADDRESS).root(0x4080406aL))
        .isEqualTo(0x40804000L);
    assertThat(new LongDescriptors(LITTLE, FIRST_KERNEL_ADDRESS).root(0x0003000040c3a040L))
        .isEqualTo(0x40c3a040L);
  }

  @Test
  void aProcessHasTheKernelsPart() {
    RadixPageTable process = shortTables(LITTLE).withUserRoot(0x10000);
    assertThat(process.translate(0x8)).isInstanceOf(Fault.TableUnreadable.class);
    assertThat(process.translate(0xc0000000L))
        .isEqualTo(new Translation.Mapped(0x40000000L, 0x100000));
    assertThat(process.translate(0xbf000000L)).as("modules").isInstanceOf(Translation.Mapped.class);
  }
}
