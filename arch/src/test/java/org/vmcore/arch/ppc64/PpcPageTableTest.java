package org.vmcore.arch.ppc64;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.vmcore.arch.paging.LinearMap;
import org.vmcore.arch.paging.PageTableText;
import org.vmcore.arch.paging.PageWalk;
import org.vmcore.arch.paging.Translation;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.write.SyntheticDump;

/**
 * Entries are written by hand from Power ISA 3.0B, Book III, figures 22 and 23 of 5.7.10, and Linux
 * arch/powerpc/include/asm/book3s/64/pgtable.h. They are big-endian in either machine.
 */
class PpcPageTableTest {
  private static final String RADIX =
      """
      10000[0000] = 8000000000020009   PGD -> PUD
      10000[1000] = 8000000000020009   PGD -> the same, for vmalloc
      20000[000] = 8000000000030009   PUD -> PMD
      20000[001] = c00000004000018e   PUD: 1 GiB at 40000000
      20000[003] = 8000000000030000   PUD -> a table without size
      20000[004] = a000000000030009   PUD with bit 61
      20000[005] = 800000000003001f   PUD -> a table for more than there is
      20000[006] = 8000000000030029   PUD with bit 5
      30000[000] = c00000000000018d   PMD: 2 MiB at 0
      30000[001] = c00000000020018e   PMD: 2 MiB at 200000
      30000[002] = 8000000000040005   PMD -> PTE of 64 KiB
      30000[003] = 8000000000050009   PMD -> PTE of 4 KiB
      30000[004] = 80000000deadf005   PMD -> a table that the dump lacks
      30000[005] = 6000000000a0018e   PMD: 2 MiB at a00000, being split
      30000[006] = 4000000000000017   PMD of a huge page that migrates
      40000[000] = c0000000001a018e   PTE
      40000[001] = 80000000001b018e   PTE without L
      40000[002] = 0000000000000180   PTE, emptied before the hardware's last write
      40000[003] = 4000000012340001   PTE in swap area 1
      40000[004] = 4000000012340017   PTE of type 23, a marker
      40000[005] = 60000000001c0186   PTE that is being changed
      40000[006] = c0000000001d0e2f   PTE of a device
      40000[007] = 4000000012340016   PTE of type 22, the last that may be a swap area
      50000[001] = c000000000006186   PTE of a process
      """;

  private static final String RADIX_MAP =
      """
      c000000000000123 -> 123         # PMD, PRESENT|PTE|ACCESSED|DIRTY|PRIVILEGED|READ|EXEC
      c000000000212345 -> 212345      # PMD, PRESENT|PTE|ACCESSED|DIRTY|PRIVILEGED|READ|WRITE
      c000000000400010 -> 1a0010      # PTE, PRESENT|PTE|ACCESSED|DIRTY|PRIVILEGED|READ|WRITE
      c000000000410000 -> BadEntry    # PTE, PRESENT|ACCESSED|DIRTY|PRIVILEGED|READ|WRITE
      c000000000420000 -> NotMapped   # PTE, ACCESSED|DIRTY
      c000000000430000 -> SwappedOut  # PTE, PTE|EXEC
      c000000000440000 -> NotPresent  # PTE, PTE|SAO|READ|WRITE|EXEC
      c00000000045fff8 -> 1cfff8      # PTE, PTE|INVALID|ACCESSED|DIRTY|READ|WRITE
      c000000000460000 -> 1d0000      # PTE, PRESENT|PTE|DEVMAP|SPECIAL|SOFT_DIRTY|NON_IDEMPOTENT|PRIVILEGED|READ|WRITE|EXEC
      c000000000470000 -> SwappedOut  # PTE, PTE|SAO|READ|WRITE
      c000000000601008 -> 6008        # PTE, PRESENT|PTE|ACCESSED|DIRTY|READ|WRITE
      c000000000602000 -> NotMapped   # PTE,
      c000000000800000 -> TableUnreadable # PMD, PRESENT|NLS=5
      c000000000a12345 -> a12345      # PMD, PTE|INVALID|ACCESSED|DIRTY|PRIVILEGED|READ|WRITE
      c000000000c00000 -> NotPresent  # PMD, PTE|SAO|READ|WRITE|EXEC
      c000000000e00000 -> NotMapped   # PMD,
      c000000052345678 -> 52345678    # PUD, PRESENT|PTE|ACCESSED|DIRTY|PRIVILEGED|READ|WRITE
      c000000080000000 -> NotMapped   # PUD,
      c0000000c0000000 -> BadEntry    # PUD, PRESENT
      c000000100000000 -> BadEntry    # PUD, PRESENT|NLS=9
      c000000140000000 -> BadEntry    # PUD, PRESENT|NLS=31
      c000000180000000 -> BadEntry    # PUD, PRESENT|NLS=9
      c000008000000000 -> NotMapped   # PGD,
      c008000000400010 -> 1a0010      # PTE, PRESENT|PTE|ACCESSED|DIRTY|PRIVILEGED|READ|WRITE
      c010000000000000 -> NotCanonical
      d000000000000000 -> NotCanonical
      8000000000000000 -> NotCanonical
      0000000000400010 -> UserAddress
      """;

  private static final String HASH_64K =
      """
      10000[080] = 8000000000020000   PGD -> PUD
      20000[000] = 8000000000030000   PUD -> PMD
      20000[001] = c00000040000018e   PUD: 16 GiB at 400000000
      30000[000] = 8000000000040000   PMD -> PTE
      30000[001] = c00000000100018e   PMD: 16 MiB at 1000000
      30000[002] = 8000000000040005   PMD -> a table of another kind
      30000[003] = 80000000deadf000   PMD -> a table that the dump lacks
      40000[000] = c08000000005018e   PTE with an entry in the hash table
      40000[001] = c08000000006118e   PTE with entries of 4 KiB there
      40000[002] = 0180000000001000   PTE, emptied
      40000[003] = 4000000012340001   PTE in swap area 1
      """;

  private static final String HASH_64K_MAP =
      """
      c000000000001234 -> 1234        # LINEAR, hash MMU; linear map at 0xc000000000000000 by a test
      c007ffffffffffff -> 7ffffffffffff # LINEAR, hash MMU; linear map at 0xc000000000000000 by a test
      c00c000000000040 -> 7000040     # LINEAR, hash MMU; vmemmap at 0xc00c000000000000 by a test
      c008000000000010 -> 50010       # PTE, PRESENT|PTE|ACCESSED|DIRTY|PRIVILEGED|READ|WRITE
      c008000000010010 -> 60010       # PTE, PRESENT|PTE|ACCESSED|DIRTY|PRIVILEGED|READ|WRITE
      c008000000020000 -> NotMapped   # PTE,
      c008000000030000 -> SwappedOut  # PTE, PTE|EXEC
      c008000001012345 -> 1012345     # PMD, PRESENT|PTE|ACCESSED|DIRTY|PRIVILEGED|READ|WRITE
      c008000002000000 -> BadEntry    # PMD, PRESENT|NLS=5
      c008000003000000 -> TableUnreadable # PMD, PRESENT
      c008000004000000 -> NotMapped   # PMD,
      c008000412345678 -> 412345678   # PUD, PRESENT|PTE|ACCESSED|DIRTY|PRIVILEGED|READ|WRITE
      c008000800000000 -> NotMapped   # PUD,
      c009000000000000 -> NotMapped   # PGD,
      c010000000000000 -> NotCanonical
      d008000000000010 -> 50010       # PTE, PRESENT|PTE|ACCESSED|DIRTY|PRIVILEGED|READ|WRITE
      0000000000000010 -> UserAddress
      """;

  private static final String HASH_4K =
      """
      10000[080] = 8000000000020000   PGD -> PUD
      20000[000] = 8000000000030000   PUD -> PMD
      30000[000] = 8000000000040000   PMD -> PTE
      30000[001] = c00000000100018e   PMD: 2 MiB at 1000000
      40000[001] = c1e000000000518e   PTE with a slot in the hash table
      40000[002] = 01e0000000000000   PTE, emptied
      """;

  private static final String HASH_4K_MAP =
      """
      c000100000001010 -> 5010        # PTE, PRESENT|PTE|ACCESSED|DIRTY|PRIVILEGED|READ|WRITE
      c000100000002000 -> NotMapped   # PTE,
      c000100000212345 -> 1012345     # PMD, PRESENT|PTE|ACCESSED|DIRTY|PRIVILEGED|READ|WRITE
      c000100010000000 -> NotMapped   # PUD,
      c000400000000000 -> NotCanonical
      """;

  private static final LinearMap HASH_LINEAR =
      new LinearMap(
          List.of(
              new LinearMap.Region(
                  "linear map", 0xc000000000000000L, 0, 0x8000000000000L, "a test"),
              new LinearMap.Region(
                  "vmemmap", 0xc00c000000000000L, 0x7000000, 0x1000000, "a test")));

  private static PhysicalMemory memory(String tables) {
    return PageTableText.memory(
            SyntheticDump.builder("page tables", 21, 64, ByteOrder.BIG_ENDIAN), tables)
        .memory();
  }

  private static PpcPageTable radix() {
    return PpcPageTable.kernel(memory(RADIX), PpcLayout.usual(true, 16), 0x10000, LinearMap.NONE);
  }

  @TestFactory
  Stream<DynamicTest> radixTables() {
    return PageTableText.check(radix(), RADIX_MAP);
  }

  /** Each entry has the size of the next table: what the page size was is not asked. */
  @TestFactory
  Stream<DynamicTest> radixTablesWithTheOtherPageSize() {
    return PageTableText.check(
        PpcPageTable.kernel(memory(RADIX), PpcLayout.usual(true, 12), 0x10000, LinearMap.NONE),
        RADIX_MAP);
  }

  @TestFactory
  Stream<DynamicTest> hashTablesOf64KPages() {
    return PageTableText.check(
        PpcPageTable.kernel(memory(HASH_64K), PpcLayout.usual(false, 16), 0x10000, HASH_LINEAR),
        HASH_64K_MAP);
  }

  @TestFactory
  Stream<DynamicTest> hashTablesOf4KPages() {
    return PageTableText.check(
        PpcPageTable.kernel(memory(HASH_4K), PpcLayout.usual(false, 12), 0x10000, LinearMap.NONE),
        HASH_4K_MAP);
  }

  @Test
  void stepsAreNamedAsLinuxNamesTheLevels() {
    assertThat(radix().walk(0xc000000000400010L).steps())
        .containsExactly(
            new PageWalk.Step("PGD", 0x10000, 0x8000000000020009L, 0x20000, "PRESENT|NLS=9", 0),
            new PageWalk.Step("PUD", 0x20000, 0x8000000000030009L, 0x30000, "PRESENT|NLS=9", 0),
            new PageWalk.Step("PMD", 0x30010, 0x8000000000040005L, 0x40000, "PRESENT|NLS=5", 0),
            new PageWalk.Step(
                "PTE",
                0x40000,
                0xc0000000001a018eL,
                0x1a0000,
                "PRESENT|PTE|ACCESSED|DIRTY|PRIVILEGED|READ|WRITE",
                0x10000));
  }

  @Test
  void pagesEndWhereTheyEnd() {
    assertThat(radix().translate(0xc00000000040ffffL))
        .isEqualTo(new Translation.Mapped(0x1affff, 1));
    assertThat(radix().translate(0xc000000000601fffL)).isEqualTo(new Translation.Mapped(0x6fff, 1));
    assertThat(radix().translate(0xc000000000212345L))
        .isEqualTo(new Translation.Mapped(0x212345, 0x200000 - 0x12345));
    assertThat(radix().translate(0xc000000052345678L))
        .isEqualTo(new Translation.Mapped(0x52345678, 0x40000000 - 0x12345678));
  }

  /** {@code mm->pgd} is the kernel's address of the table. */
  @Test
  void processesHaveTheirOwnTable() {
    for (long root : new long[] {0x10000, 0xc000000000010000L}) {
      assertThat(radix().withUserRoot(root).translate(0x601008))
          .isEqualTo(new Translation.Mapped(0x6008, 0xff8));
    }
    assertThat(radix().withUserRoot(0x30000).translate(0xc000000000400010L))
        .isEqualTo(new Translation.Mapped(0x1a0010, 0xfff0));
  }

  @Test
  void firmwareSeesPhysicalMemory() {
    assertThat(radix().inRealMode().translate(0xfff0010))
        .isEqualTo(new Translation.Mapped(0xfff0010, 0xfff0));
  }

  @Test
  void theLinearMapServesWhereARadixTableIsMissing() {
    PpcPageTable tables = radix().withLinear(HASH_LINEAR);
    PageWalk walk = tables.walk(0xc000000000800010L);
    assertThat(((Translation.Mapped) walk.result()).physicalAddress()).isEqualTo(0x800010);
    assertThat(walk.steps().get(3).flags())
        .isEqualTo("PTE unreadable; linear map at 0xc000000000000000 by a test");
    // A table that is there is believed, whatever it says.
    assertThat(tables.translate(0xc000000000400010L))
        .isEqualTo(new Translation.Mapped(0x1a0010, 0xfff0));
  }
}
