package org.vmcore.arch.i386;

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
import org.vmcore.arch.paging.RadixPageTable.Format;
import org.vmcore.arch.paging.Translation;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.write.SyntheticDump;

/** Entries are written by hand from Intel SDM vol. 3A, tables 4-4 to 4-6 and 4-8 to 4-11. */
class I386PagingTest {
  private static final long PAGE_OFFSET = 0xc0000000L;

  private static final String TWO_LEVELS =
      """
      1000[300] = 00002063   PGD -> PTE
      1000[301] = 004001e3   PGD: 4 MiB at 400000
      1000[302] = 00801fe3   PGD: 4 MiB at 800000, PAT in bit 12
      1000[303] = 0080e1e3   PGD: 4 MiB at 7_0080_0000: PSE-36 has bits 39 to 32 in 20 to 13
      1000[304] = 00a001e3   PGD: 4 MiB, but bit 21 is set
      1000[305] = deadf063   PGD -> a table that the dump lacks
      1000[306] = 00c001e2   PGD: 4 MiB at c00000, taken out of the kernel's map
      2000[000] = 00003163   PTE
      2000[001] = 000041e1   PTE: bit 7 is PAT here
      2000[003] = 00004162   PTE: 4000, taken out of the kernel's own map
      2000[004] = 00000002   PTE: not present, no address
      1000[020] = 00005067   PGD -> PTE, user
      1000[021] = 00c001e7   PGD: 4 MiB at c00000, user
      1000[022] = 00000002   PGD: not present, not empty
      5000[000] = 00006067   PTE
      5000[001] = 00007160   PTE: 7000, PROT_NONE
      5000[002] = 0012342c   PTE: in swap area 22, the last that there may be
      5000[003] = 0012342e   PTE: type 23, a marker
      """;

  private static final String TWO_LEVELS_MAP =
      """
      c0000abc -> 3abc        # PTE, PRESENT|RW|ACCESSED|DIRTY|GLOBAL
      c0001fff -> 4fff        # PTE, PRESENT|ACCESSED|DIRTY|PAT|GLOBAL
      c0002000 -> NotMapped   # PTE,
      c0003010 -> 4010        # PTE, RW|ACCESSED|DIRTY|PROTNONE
      c0004000 -> NotMapped   # PTE, RW
      c0412345 -> 412345      # PGD, PRESENT|RW|ACCESSED|DIRTY|PSE|GLOBAL
      c0912345 -> 912345      # PGD, PRESENT|RW|ACCESSED|DIRTY|PSE|GLOBAL|PAT
      c0d12345 -> 700912345   # PGD, PRESENT|RW|ACCESSED|DIRTY|PSE|GLOBAL
      c1000000 -> BadEntry    # PGD, PRESENT|RW|ACCESSED|DIRTY|PSE|GLOBAL
      c1400000 -> TableUnreadable # PGD, PRESENT|RW|ACCESSED|DIRTY
      c1812345 -> c12345      # PGD, RW|ACCESSED|DIRTY|PSE|PROTNONE
      c1c00000 -> NotMapped   # PGD,
      08000008 -> 6008        # PTE, PRESENT|RW|USER|ACCESSED|DIRTY
      08001008 -> 7008        # PTE, ACCESSED|DIRTY|PROTNONE
      08002000 -> SwappedOut  # PTE, USER|PWT|ACCESSED
      08003000 -> NotPresent  # PTE, RW|USER|PWT|ACCESSED
      08004000 -> NotMapped   # PTE,
      08412345 -> c12345      # PGD, PRESENT|RW|USER|ACCESSED|DIRTY|PSE|GLOBAL
      08800000 -> NotPresent  # PGD, RW
      08c00000 -> NotMapped   # PGD,
      100000000 -> NotCanonical
      ffffffffc0000000 -> NotCanonical
      """;

  private static final String PAE =
      """
      1020[003] = 0000000000002021   PGD -> PMD; bit 5 as QEMU leaves it
      1020[000] = 0000000000005001   PGD -> PMD
      1020[001] = 0000000000005003   PGD with RW, which is reserved here
      2000[000] = 0000000000003063   PMD -> PTE
      2000[001] = 80000000002001e3   PMD: 2 MiB at 200000, NX
      2000[002] = 0000000f004011e3   PMD: 2 MiB at f_0040_0000, PAT in bit 12
      2000[003] = 00000000006021e3   PMD: 2 MiB, but bit 13 is set
      2000[004] = 00000000deadf063   PMD -> a table that the dump lacks
      2000[005] = 00100000006001e3   PMD: 2 MiB, but bit 52 is set
      3000[000] = 8000000000004163   PTE
      3000[001] = 00000005000041e1   PTE: at 5_0000_4000; bit 7 is PAT here
      3000[003] = 800fffffffffb062   PTE: 4000, taken out of the kernel's own map, inverted
      3000[004] = 0010000000004063   PTE with bit 52
      5000[040] = 0000000000006067   PMD -> PTE, user
      5000[041] = 000ffffffe400180   PMD: 2 MiB at 1a00000, PROT_NONE, inverted
      5000[042] = d7ffffffff000000   PMD of a huge page that migrates
      6000[000] = 8000000000007067   PTE
      6000[001] = 800fffffffff7960   PTE: 8000, PROT_NONE, inverted
      6000[002] = b7fffffffffdb400   PTE: in swap area 22, the last that there may be
      6000[003] = bffffffffffdb400   PTE: type 23, a marker
      1020[002] = 0000000000000000   PGD, empty
      """;

  private static final String PAE_MAP =
      """
      c0000abc -> 4abc        # PTE, PRESENT|RW|ACCESSED|DIRTY|GLOBAL|NX
      c0001fff -> 500004fff   # PTE, PRESENT|ACCESSED|DIRTY|PAT|GLOBAL
      c0002000 -> NotMapped   # PTE,
      c0003010 -> 4010        # PTE, RW|ACCESSED|DIRTY|NX
      c0004000 -> BadEntry    # PTE, PRESENT|RW|ACCESSED|DIRTY
      c0212345 -> 212345      # PMD, PRESENT|RW|ACCESSED|DIRTY|PSE|GLOBAL|NX
      c0412345 -> f00412345   # PMD, PRESENT|RW|ACCESSED|DIRTY|PSE|GLOBAL|PAT
      c0600000 -> BadEntry    # PMD, PRESENT|RW|ACCESSED|DIRTY|PSE|GLOBAL
      c0800000 -> TableUnreadable # PMD, PRESENT|RW|ACCESSED|DIRTY
      c0a00000 -> BadEntry    # PMD, PRESENT|RW|ACCESSED|DIRTY|PSE|GLOBAL
      c0c00000 -> NotMapped   # PMD,
      80000000 -> NotMapped   # PGD,
      40000000 -> BadEntry    # PGD, PRESENT
      08000008 -> 7008        # PTE, PRESENT|RW|USER|ACCESSED|DIRTY|NX
      08001008 -> 8008        # PTE, ACCESSED|DIRTY|PROTNONE|NX
      08002000 -> SwappedOut  # PTE, NX
      08003000 -> NotPresent  # PTE, NX
      08004000 -> NotMapped   # PTE,
      08212345 -> 1a12345     # PMD, PSE|PROTNONE
      08400000 -> NotPresent  # PMD, NX
      100000000 -> NotCanonical
      """;

  private static PhysicalMemory memory(String tables) {
    return PageTableText.memory(
            SyntheticDump.builder("i386", 3, 32, ByteOrder.LITTLE_ENDIAN), tables)
        .memory();
  }

  private static RadixPageTable tables(String tables, Format format, long root) {
    return RadixPageTable.kernel(memory(tables), format, root);
  }

  @TestFactory
  Stream<DynamicTest> twoLevels() {
    return PageTableText.check(
        tables(TWO_LEVELS, new TwoLevelPaging(PAGE_OFFSET), 0x1000), TWO_LEVELS_MAP);
  }

  @TestFactory
  Stream<DynamicTest> pae() {
    return PageTableText.check(tables(PAE, new PaePaging(PAGE_OFFSET), 0x1020), PAE_MAP);
  }

  @Test
  void stepsAreNamedAsLinuxNamesTheLevels() {
    assertThat(
            tables(TWO_LEVELS, new TwoLevelPaging(PAGE_OFFSET), 0x1000).walk(PAGE_OFFSET).steps())
        .containsExactly(
            new PageWalk.Step("PGD", 0x1c00, 0x2063, 0x2000, "PRESENT|RW|ACCESSED|DIRTY", 0),
            new PageWalk.Step(
                "PTE", 0x2000, 0x3163, 0x3000, "PRESENT|RW|ACCESSED|DIRTY|GLOBAL", 4096));
    assertThat(tables(PAE, new PaePaging(PAGE_OFFSET), 0x1020).walk(PAGE_OFFSET).steps())
        .extracting(PageWalk.Step::level, PageWalk.Step::entryAddress)
        .containsExactly(tuple("PGD", 0x1038L), tuple("PMD", 0x2000L), tuple("PTE", 0x3000L));
  }

  @Test
  void pagesEndWhereTheyEnd() {
    assertThat(tables(TWO_LEVELS, new TwoLevelPaging(PAGE_OFFSET), 0x1000).translate(0xc0412345L))
        .isEqualTo(new Translation.Mapped(0x412345, 0x400000 - 0x12345));
    assertThat(tables(PAE, new PaePaging(PAGE_OFFSET), 0x1020).translate(0xc0212345L))
        .isEqualTo(new Translation.Mapped(0x212345, 0x200000 - 0x12345));
  }

  /** CR3 says in its lower bits how tables are cached; a table of PAE has 32 bytes. */
  @Test
  void rootsAreAddressesOrCr3() {
    assertThat(new TwoLevelPaging(PAGE_OFFSET).root(0x29b018)).isEqualTo(0x29b000);
    assertThat(new PaePaging(PAGE_OFFSET).root(0x103058)).isEqualTo(0x103040);
  }

  @Test
  void aProcessHasTheKernelsPart() {
    RadixPageTable process =
        tables(TWO_LEVELS + "8000[020] = 00005067", new TwoLevelPaging(PAGE_OFFSET), 0x1000)
            .withUserRoot(0x8000);
    assertThat(process.translate(0x8000008)).isEqualTo(new Translation.Mapped(0x6008, 0xff8));
    assertThat(process.translate(0xc0000000L)).isEqualTo(new Translation.Mapped(0x3000, 0x1000));
    assertThat(process.translate(0x8400000)).isInstanceOf(Fault.NotMapped.class);
  }
}
