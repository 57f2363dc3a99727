package org.vmcore.arch.x86_64;

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

/** Entries are written by hand from Intel SDM vol. 3A, tables 4-14 to 4-20. */
class X86PagingTest {
  /** {@code table[index] = entry}, physical addresses and entries in hexadecimal. */
  private static final String FOUR_LEVELS =
      """
      1000[1ff] = 0000000000002063   PGD -> PUD
      2000[1fe] = 0000000000003063   PUD -> PMD
      3000[008] = 80000000010001e3   PMD: 2 MiB at 1000000
      3000[009] = 00000000014011e1   PMD: 2 MiB at 1400000, PAT in bit 12
      3000[00a] = 00000000018021e3   PMD: 2 MiB, but bit 13 is set
      3000[00b] = 0000000000004063   PMD -> PTE
      3000[00c] = 00000000deadf063   PMD -> a table that the dump lacks
      4000[000] = 8000000000005163   PTE
      4000[001] = 00000000000061e1   PTE: bit 7 is PAT here
      4000[003] = 800fffffffff9062   PTE: 6000, taken out of the kernel's own map, inverted
      4000[004] = 0000000000000002   PTE: not present, not empty
      2000[1ff] = 80000000400001e3   PUD: 1 GiB at 40000000
      2000[1fd] = 00000000600001e3   PUD: 1 GiB, but bit 29 is set
      1000[1fe] = 00000000000020e3   PGD with PSE

      1000[000] = 0000000000007067   PGD -> PUD, user
      7000[000] = 0000000000008067   PUD -> PMD
      8000[000] = 0000000000009067   PMD -> PTE
      8000[001] = 80000000002008e7   PMD: 2 MiB at 200000
      8000[002] = 000ffffffe400180   PMD: 2 MiB at 1a00000, PROT_NONE, inverted
      8000[003] = 000ffffffe2000e0   PMD: 2 MiB at 1c00000, being split, inverted
      8000[004] = d7ffffffff000000   PMD of a huge page that migrates
      9000[000] = 800000000000a867   PTE
      9000[001] = 800fffffffff4960   PTE: b000, PROT_NONE, inverted
      9000[002] = 800000000000c960   PTE: c000, PROT_NONE, as before the L1TF change
      9000[003] = 07fffffffffdb402   PTE: in swap area 0
      9000[004] = b7fffffffffdb400   PTE: type 22, the last that may be a swap area
      9000[005] = bffffffffffdb400   PTE: type 23, a marker
      9000[006] = 0000000000123400   PTE: in swap, as before the L1TF change
      7000[001] = 0000000000000002   PUD: not present, not empty
      1000[001] = 0000000000000002   PGD: not present, not empty
      """;

  /** {@code virtual -> physical # level, flags}; 2 MiB and 1 GiB pages are asked in the middle. */
  private static final String FOUR_LEVELS_MAP =
      """
      ffffffff81000000 -> 1000000     # PMD, PRESENT|RW|ACCESSED|DIRTY|PSE|GLOBAL|NX
      ffffffff81123456 -> 1123456     # PMD, PRESENT|RW|ACCESSED|DIRTY|PSE|GLOBAL|NX
      ffffffff81200010 -> 1400010     # PMD, PRESENT|ACCESSED|DIRTY|PSE|GLOBAL|PAT
      ffffffff81400000 -> BadEntry    # PMD, PRESENT|RW|ACCESSED|DIRTY|PSE|GLOBAL
      ffffffff81600abc -> 5abc        # PTE, PRESENT|RW|ACCESSED|DIRTY|GLOBAL|NX
      ffffffff81601fff -> 6fff        # PTE, PRESENT|ACCESSED|DIRTY|PAT|GLOBAL
      ffffffff81602000 -> NotMapped   # PTE,
      ffffffff81603010 -> 6010        # PTE, RW|ACCESSED|DIRTY|NX
      ffffffff81604000 -> NotMapped   # PTE, RW
      ffffffff81800000 -> TableUnreadable # PMD, PRESENT|RW|ACCESSED|DIRTY
      ffffffff81a00000 -> NotMapped   # PMD,
      ffffffffc1234567 -> 41234567    # PUD, PRESENT|RW|ACCESSED|DIRTY|PSE|GLOBAL|NX
      ffffffff40000000 -> BadEntry    # PUD, PRESENT|RW|ACCESSED|DIRTY|PSE|GLOBAL
      ffffffff00000000 -> NotMapped   # PUD,
      ffffff0000000000 -> BadEntry    # PGD, PRESENT|RW|ACCESSED|DIRTY|PSE
      ffff800000000000 -> NotMapped   # PGD,
      ffff000000000000 -> NotCanonical
      0000800000000000 -> NotCanonical
      0000000000000123 -> a123        # PTE, PRESENT|RW|USER|ACCESSED|DIRTY|NX
      0000000000001008 -> b008        # PTE, ACCESSED|DIRTY|PROTNONE|NX
      0000000000002008 -> c008        # PTE, ACCESSED|DIRTY|PROTNONE|NX
      0000000000003000 -> SwappedOut  # PTE, RW
      0000000000004000 -> SwappedOut  # PTE, NX
      0000000000005000 -> NotPresent  # PTE, NX
      0000000000006000 -> SwappedOut  # PTE,
      0000000000007000 -> NotMapped   # PTE,
      0000000000345678 -> 345678      # PMD, PRESENT|RW|USER|ACCESSED|DIRTY|PSE|NX
      0000000000412340 -> 1a12340     # PMD, PSE|PROTNONE
      0000000000612340 -> 1c12340     # PMD, ACCESSED|DIRTY|PSE
      0000000000800000 -> NotPresent  # PMD, NX
      0000000000a00000 -> NotMapped   # PMD,
      0000000040000000 -> NotPresent  # PUD, RW
      0000008000000000 -> NotMapped   # PGD, RW
      """;

  private static final String FIVE_LEVELS =
      """
      1000[1ff] = 0000000000002063   PGD -> P4D
      2000[1ff] = 0000000000003063   P4D -> PUD
      2000[1fe] = 00000000000030e3   P4D with PSE
      2000[1fd] = 0000000000000000   P4D, empty
      3000[1fe] = 0000000000004063   PUD -> PMD
      3000[1ff] = 00000000400001e3   PUD: 1 GiB at 40000000
      4000[008] = 00000000010001e1   PMD: 2 MiB at 1000000
      4000[009] = 0000000000005063   PMD -> PTE
      5000[1ff] = 0000000000006163   PTE
      1000[123] = 0000000000002063   PGD -> the same P4D
      1000[124] = 00000000000020e3   PGD with PSE
      """;

  private static final String FIVE_LEVELS_MAP =
      """
      ffffffff81000000 -> 1000000     # PMD, PRESENT|ACCESSED|DIRTY|PSE|GLOBAL
      ffffffff813ff008 -> 6008        # PTE, PRESENT|RW|ACCESSED|DIRTY|GLOBAL
      ffffffff813fe008 -> NotMapped   # PTE,
      ffffffffc0000001 -> 40000001    # PUD, PRESENT|RW|ACCESSED|DIRTY|PSE|GLOBAL
      ffffff0000000000 -> BadEntry    # P4D, PRESENT|RW|ACCESSED|DIRTY|PSE
      fffffe8000000000 -> NotMapped   # P4D,
      ff23ffff81000000 -> 1000000     # PMD, PRESENT|ACCESSED|DIRTY|PSE|GLOBAL
      ff24000000000000 -> BadEntry    # PGD, PRESENT|RW|ACCESSED|DIRTY|PSE
      ff25000000000000 -> NotMapped   # PGD,
      feffffffffffffff -> NotCanonical
      0100000000000000 -> NotCanonical
      """;

  /** SME with its bit 47, in entries of every level and in the root. */
  private static final String ENCRYPTED =
      """
      1000[1ff] = 0000800000002063   PGD -> PUD
      2000[1fe] = 0000800000003063   PUD -> PMD
      3000[008] = 80008000010001e3   PMD: 2 MiB at 1000000
      3000[009] = 0000800000004063   PMD -> PTE
      4000[000] = 0000800000005163   PTE
      4000[001] = 0000000000006163   PTE of a page that is not encrypted
      1000[000] = 0000800000007067   PGD -> PUD, user
      7000[000] = 0000800000008067   PUD -> PMD
      8000[000] = 0000800000009067   PMD -> PTE
      9000[000] = 800fffffffff4960   PTE: b000, PROT_NONE; all but bit 47 inverted
      """;

  private static final String ENCRYPTED_MAP =
      """
      ffffffff81000008 -> 1000008     # PMD, PRESENT|RW|ACCESSED|DIRTY|PSE|GLOBAL|ENCRYPTED|NX
      ffffffff81200008 -> 5008        # PTE, PRESENT|RW|ACCESSED|DIRTY|GLOBAL|ENCRYPTED
      ffffffff81201008 -> 6008        # PTE, PRESENT|RW|ACCESSED|DIRTY|GLOBAL
      0000000000000010 -> b010        # PTE, ACCESSED|DIRTY|PROTNONE|ENCRYPTED|NX
      """;

  @TestFactory
  Stream<DynamicTest> fourLevels() {
    return PageTableText.check(
        X86Paging.kernel(memory(FOUR_LEVELS).memory(), 4, 0, 0x1000), FOUR_LEVELS_MAP);
  }

  @TestFactory
  Stream<DynamicTest> fiveLevels() {
    return PageTableText.check(
        X86Paging.kernel(memory(FIVE_LEVELS).memory(), 5, 0, 0x1000), FIVE_LEVELS_MAP);
  }

  @TestFactory
  Stream<DynamicTest> encrypted() {
    long bit47 = 1L << 47;
    return PageTableText.check(
        X86Paging.kernel(memory(ENCRYPTED).memory(), 4, bit47, bit47 | 0x1000), ENCRYPTED_MAP);
  }

  @Test
  void stepsAreNamedAsLinuxNamesTheLevels() {
    assertThat(walk(FOUR_LEVELS, 4, 0xffffffff81600abcL).steps())
        .containsExactly(
            new PageWalk.Step("PGD", 0x1ff8, 0x2063, 0x2000, "PRESENT|RW|ACCESSED|DIRTY", 0),
            new PageWalk.Step("PUD", 0x2ff0, 0x3063, 0x3000, "PRESENT|RW|ACCESSED|DIRTY", 0),
            new PageWalk.Step("PMD", 0x3058, 0x4063, 0x4000, "PRESENT|RW|ACCESSED|DIRTY", 0),
            new PageWalk.Step(
                "PTE",
                0x4000,
                0x8000000000005163L,
                0x5000,
                "PRESENT|RW|ACCESSED|DIRTY|GLOBAL|NX",
                4096));
    assertThat(walk(FIVE_LEVELS, 5, 0xffffffff81000000L).steps())
        .extracting(PageWalk.Step::level)
        .containsExactly("PGD", "P4D", "PUD", "PMD");
  }

  @Test
  void pagesEndWhereTheyEnd() {
    assertThat(walk(FOUR_LEVELS, 4, 0xffffffff81601fffL).result())
        .isEqualTo(new Translation.Mapped(0x6fff, 1));
    assertThat(walk(FOUR_LEVELS, 4, 0xffffffff81123456L).result())
        .isEqualTo(new Translation.Mapped(0x1123456, 0x200000 - 0x123456));
    assertThat(walk(FOUR_LEVELS, 4, 0xffffffffc1234567L).result())
        .isEqualTo(new Translation.Mapped(0x41234567, 0x40000000 - 0x1234567));
  }

  @Test
  void faultsSayWhatIsWrong() {
    assertThat(fault(0xffffffff81400000L))
        .isEqualTo("virtual address 0xffffffff81400000: PMD entry at 0x3050 is corrupt: 0x18021e3");
    assertThat(fault(0xffffffff81800000L))
        .isEqualTo(
            "virtual address 0xffffffff81800000: its PTE is unreadable:"
                + " physical address 0x00000000deadf000 is not in the dump");
    assertThat(fault(0x3000))
        .isEqualTo(
            "virtual address 0x0000000000003000 is swapped out (page-table entry"
                + " 0x7fffffffffdb402)");
    assertThat(fault(0x5000)).contains("PTE entry at 0x9028 is a kernel marker");
  }

  /** The user's table of page-table isolation is the page after the kernel's. */
  @Test
  void kernelAddressesNeedNoKernelHalfInAUsersTable() {
    String tables =
        FOUR_LEVELS
            + """
            e000[000] = 0000000000007067   PGD of the process, for the kernel
            f000[000] = 0000000000007067   the same for user mode, without a kernel half
            """;
    RadixPageTable kernel = X86Paging.kernel(memory(tables).memory(), 4, 0, 0x1000);
    // CR3 of a CPU in user mode: PCID 0x801, bit 63 as when it is written.
    RadixPageTable process = kernel.withUserRoot(0x800000000000f801L);
    assertThat(process.translate(0x123)).isEqualTo(new Translation.Mapped(0xa123, 0xedd));
    assertThat(process.translate(0xffffffff81000000L))
        .isEqualTo(new Translation.Mapped(0x1000000, 0x200000));
  }

  @Test
  void theLinearMapServesWhereATableIsMissingAndSaysSo() {
    LinearMap linear =
        new LinearMap(
            List.of(
                new LinearMap.Region(
                    "kernel image", 0xffffffff81800000L, 0x2000000, 0x200000, "phys_base"),
                new LinearMap.Region("all", 0xffffffff80000000L, 0, 0x4000_0000, "a test")));
    RadixPageTable tables =
        X86Paging.kernel(memory(FOUR_LEVELS).memory(), 4, 0, 0x1000).withLinear(linear);
    PageWalk walk = tables.walk(0xffffffff81800123L);
    assertThat(walk.result()).isEqualTo(new Translation.Mapped(0x2000123, 0x200000 - 0x123));
    assertThat(walk.steps().get(3).level()).isEqualTo("LINEAR");
    assertThat(walk.steps().get(3).flags())
        .isEqualTo("PTE unreadable; kernel image at 0xffffffff81800000 by phys_base");
    // A table that is there is believed, whatever it says.
    assertThat(tables.translate(0xffffffff81602000L)).isInstanceOf(Fault.NotMapped.class);
    assertThat(tables.translate(0xffffffff81000000L))
        .isEqualTo(new Translation.Mapped(0x1000000, 0x200000));
  }

  private static PageWalk walk(String memory, int levels, long address) {
    return X86Paging.kernel(memory(memory).memory(), levels, 0, 0x1000).walk(address);
  }

  private static String fault(long address) {
    return ((Fault) walk(FOUR_LEVELS, 4, address).result()).message();
  }

  private static SyntheticDump memory(String tables) {
    return PageTableText.memory(
        SyntheticDump.builder("page tables", 62, 64, ByteOrder.LITTLE_ENDIAN), tables);
  }
}
