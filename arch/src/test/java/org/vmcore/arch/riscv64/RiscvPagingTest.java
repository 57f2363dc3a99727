package org.vmcore.arch.riscv64;

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
import org.vmcore.arch.paging.RadixPageTable;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.riscv64.RiscvPaging.Mode;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.write.SyntheticDump;

/**
 * Entries are written by hand from the RISC-V Privileged Architecture, "Sv39: Addressing and Memory
 * Protection" and the chapters of Svnapot and Svpbmt: an entry is a page number times 0x400 and its
 * flags.
 */
class RiscvPagingTest {
  private static final String SV39 =
      """
      1000[1fe] = 0000000000000801   PGD -> PMD at 2000
      1000[1fd] = 00000000200000ef   PGD: 1 GiB at 80000000
      1000[1fc] = 00000000200400ef   PGD: 1 GiB, but PPN[0] is not zero
      1000[1fb] = 0000000000000841   PGD -> PMD, but A is set
      1000[1fa] = 0000000000000811   PGD -> PMD, but U is set
      1000[1f9] = 2000000000000801   PGD -> PMD, but PBMT is set
      2000[000] = 00000000201000ef   PMD: 2 MiB at 80400000
      2000[001] = 00000000201004ef   PMD: 2 MiB, but bit 12 of the address is set
      2000[002] = 0000000000000c01   PMD -> PTE at 3000
      2000[003] = 00000000201000ee   PMD: 2 MiB at 80400000, V cleared by the kernel
      2000[004] = 80000000201000ef   PMD with N
      2000[005] = 00000037ab6fcc01   PMD -> a table that the dump lacks
      3000[000] = 00000000000014eb   PTE: text at 5000
      3000[001] = 00000000000018e7   PTE: data at 6000
      3000[002] = 00000000000018e6   PTE: the same, V cleared by the kernel
      3000[003] = 00000000000018e5   PTE: W without R
      3000[004] = 0000000000001801   PTE that points at a table
      3000[005] = 00400000000018e7   PTE: bit 54 is reserved
      3000[006] = 20000000000018e7   PTE: PBMT NC
      3000[007] = 40000000000018e7   PTE: PBMT IO
      3000[008] = 60000000000018e7   PTE: PBMT 3 is reserved
      3000[009] = 18000000000018e7   PTE: bits 60 and 59, of the software since Svrsw60t59b
      3000[010] = 80000000000060e7   PTE: 64 KiB at 10000; PPN[3:0] is 8
      3000[01f] = 80000000000060e7   the last of the sixteen
      3000[020] = 80000000000050e7   PTE: N, but PPN[3:0] is 4
      3000[021] = 0000000000001904   PTE: not valid, not empty
      1000[000] = 0000000000002001   PGD -> PMD at 8000, user
      8000[000] = 0000000000002401   PMD -> PTE at 9000
      8000[001] = 00000000000800de   PMD: 2 MiB at 200000, being split
      8000[002] = 00000000000004c0   PMD of a huge page that migrates
      9000[000] = 00000000000028d7   PTE: a000, R W U
      9000[001] = 0000000000002ce2   PTE: b000, no access: PROT_NONE is G, with R
      9000[002] = 0000000000002c42   PTE: b000, no access as before 6.0: PROT_NONE is R
      9000[003] = 0000000000123080   PTE: in swap
      1000[001] = 0000000000000040   PGD: not valid, not empty
      """;

  private static final String SV39_MAP =
      """
      ffffffff80123456 -> 80523456    # PMD, PRESENT|READ|WRITE|EXEC|GLOBAL|ACCESSED|DIRTY
      ffffffff80200000 -> BadEntry    # PMD, PRESENT|READ|WRITE|EXEC|GLOBAL|ACCESSED|DIRTY
      ffffffff80400abc -> 5abc        # PTE, PRESENT|READ|EXEC|GLOBAL|ACCESSED|DIRTY
      ffffffff80401fff -> 6fff        # PTE, PRESENT|READ|WRITE|GLOBAL|ACCESSED|DIRTY
      ffffffff80402008 -> 6008        # PTE, READ|WRITE|PROTNONE|ACCESSED|DIRTY
      ffffffff80403000 -> BadEntry    # PTE, PRESENT|WRITE|GLOBAL|ACCESSED|DIRTY
      ffffffff80404000 -> BadEntry    # PTE, PRESENT
      ffffffff80405000 -> BadEntry    # PTE, PRESENT|READ|WRITE|GLOBAL|ACCESSED|DIRTY
      ffffffff80406000 -> 6000        # PTE, PRESENT|READ|WRITE|GLOBAL|ACCESSED|DIRTY|NC
      ffffffff80407000 -> 6000        # PTE, PRESENT|READ|WRITE|GLOBAL|ACCESSED|DIRTY|IO
      ffffffff80408000 -> BadEntry    # PTE, PRESENT|READ|WRITE|GLOBAL|ACCESSED|DIRTY
      ffffffff80409000 -> 6000        # PTE, PRESENT|READ|WRITE|GLOBAL|ACCESSED|DIRTY
      ffffffff80410123 -> 10123       # PTE, PRESENT|READ|WRITE|GLOBAL|ACCESSED|DIRTY|NAPOT
      ffffffff8041f123 -> 1f123       # PTE, PRESENT|READ|WRITE|GLOBAL|ACCESSED|DIRTY|NAPOT
      ffffffff80420000 -> BadEntry    # PTE, PRESENT|READ|WRITE|GLOBAL|ACCESSED|DIRTY|NAPOT
      ffffffff80421000 -> 6000        # PTE, WRITE|SPECIAL
      ffffffff80422000 -> NotMapped   # PTE,
      ffffffff80600010 -> 80400010    # PMD, READ|WRITE|EXEC|PROTNONE|ACCESSED|DIRTY
      ffffffff80800000 -> BadEntry    # PMD, PRESENT|READ|WRITE|EXEC|GLOBAL|ACCESSED|DIRTY|NAPOT
      ffffffff80a00000 -> TableUnreadable # PMD, PRESENT
      ffffffff80c00000 -> NotMapped   # PMD,
      ffffffff40000123 -> 80000123    # PGD, PRESENT|READ|WRITE|EXEC|GLOBAL|ACCESSED|DIRTY
      ffffffff00000000 -> BadEntry    # PGD, PRESENT|READ|WRITE|EXEC|GLOBAL|ACCESSED|DIRTY
      fffffffec0000000 -> BadEntry    # PGD, PRESENT|ACCESSED
      fffffffe80000000 -> BadEntry    # PGD, PRESENT|USER
      fffffffe40000000 -> BadEntry    # PGD, PRESENT|NC
      fffffffe00000000 -> NotMapped   # PGD,
      ffffffbfffffffff -> NotCanonical
      0000004000000000 -> NotCanonical
      0000000000000123 -> a123        # PTE, PRESENT|READ|WRITE|USER|ACCESSED|DIRTY
      0000000000001008 -> b008        # PTE, READ|PROTNONE|ACCESSED|DIRTY
      0000000000002008 -> b008        # PTE, READ|ACCESSED
      0000000000003000 -> SwappedOut  # PTE, DIRTY
      0000000000004000 -> NotMapped   # PTE,
      0000000000212340 -> 212340      # PMD, READ|WRITE|EXEC|USER|ACCESSED|DIRTY
      0000000000400000 -> NotPresent  # PMD, ACCESSED|DIRTY
      0000000000600000 -> NotMapped   # PMD,
      0000000040000000 -> NotPresent  # PGD, ACCESSED
      """;

  private static final String SV48 =
      """
      1000[1ff] = 0000000000000801   PGD -> PUD at 2000
      1000[1fe] = 00000000000000ef   PGD: 512 GiB at 0
      1000[1fd] = 00000000100000ef   PGD: 512 GiB, but bit 30 of the address is set
      2000[1fe] = 0000000000000c01   PUD -> PMD at 3000
      2000[1fd] = 00000000200000e7   PUD: 1 GiB at 80000000
      3000[003] = 00000000202000e3   PMD: 2 MiB at 80800000
      3000[004] = 0000000000001001   PMD -> PTE at 4000
      4000[1ff] = 00000000000014e7   PTE at 5000
      """;

  private static final String SV48_MAP =
      """
      ffffffff80624a50 -> 80824a50    # PMD, PRESENT|READ|GLOBAL|ACCESSED|DIRTY
      ffffffff809ff008 -> 5008        # PTE, PRESENT|READ|WRITE|GLOBAL|ACCESSED|DIRTY
      ffffffff809fe000 -> NotMapped   # PTE,
      ffffffff40000000 -> 80000000    # PUD, PRESENT|READ|WRITE|GLOBAL|ACCESSED|DIRTY
      ffffffff00000000 -> NotMapped   # PUD,
      ffffff0012345678 -> 12345678    # PGD, PRESENT|READ|WRITE|EXEC|GLOBAL|ACCESSED|DIRTY
      fffffe8000000000 -> BadEntry    # PGD, PRESENT|READ|WRITE|EXEC|GLOBAL|ACCESSED|DIRTY
      ffff800000000000 -> NotMapped   # PGD,
      ffff7fffffffffff -> NotCanonical
      0000800000000000 -> NotCanonical
      """;

  private static final String SV57 =
      """
      1000[1ff] = 0000000000000801   PGD -> P4D at 2000
      1000[160] = 00000000000000e7   PGD: 256 TiB at 0
      2000[1ff] = 0000000000000c01   P4D -> PUD at 3000
      2000[1fe] = 00000000000000e7   P4D: 512 GiB at 0
      3000[1fe] = 0000000000001001   PUD -> PMD at 4000
      4000[003] = 00000000202000e3   PMD: 2 MiB at 80800000
      4000[004] = 0000000000001401   PMD -> PTE at 5000
      5000[000] = 00000000000018e7   PTE at 6000
      """;

  private static final String SV57_MAP =
      """
      ffffffff80624a50 -> 80824a50    # PMD, PRESENT|READ|GLOBAL|ACCESSED|DIRTY
      ffffffff80800008 -> 6008        # PTE, PRESENT|READ|WRITE|GLOBAL|ACCESSED|DIRTY
      ff60000080624a50 -> 80624a50    # PGD, PRESENT|READ|WRITE|GLOBAL|ACCESSED|DIRTY
      ffffff0000000010 -> 10          # P4D, PRESENT|READ|WRITE|GLOBAL|ACCESSED|DIRTY
      fffffe8000000000 -> NotMapped   # P4D,
      ff00000000000000 -> NotMapped   # PGD,
      feffffffffffffff -> NotCanonical
      0100000000000000 -> NotCanonical
      """;

  /** Memory types where T-Head's first cores have them: what Svnapot and Svpbmt would reject. */
  private static final String THEAD =
      """
      1000[1fe] = 0000000000000801   PGD -> PMD at 2000
      2000[000] = 70000000201000ef   PMD: 2 MiB of ordinary memory at 80400000
      2000[001] = 0000000000000c01   PMD -> PTE at 3000
      3000[000] = 90000000040000e7   PTE: a device's registers at 10000000
      """;

  private static final String THEAD_MAP =
      """
      ffffffff80000008 -> 80400008    # PMD, PRESENT|READ|WRITE|EXEC|GLOBAL|ACCESSED|DIRTY|THEAD_MT=0xe
      ffffffff80200004 -> 10000004    # PTE, PRESENT|READ|WRITE|GLOBAL|ACCESSED|DIRTY|THEAD_MT=0x12
      """;

  private static PhysicalMemory memory(String tables) {
    return PageTableText.memory(
            SyntheticDump.builder("riscv64", 243, 64, ByteOrder.LITTLE_ENDIAN), tables)
        .memory();
  }

  private static RadixPageTable tables(String tables, Mode mode, boolean thead) {
    return RadixPageTable.kernel(memory(tables), new RiscvPaging(mode, thead), 0x1000);
  }

  @TestFactory
  Stream<DynamicTest> sv39() {
    return PageTableText.check(tables(SV39, Mode.SV39, false), SV39_MAP);
  }

  @TestFactory
  Stream<DynamicTest> sv48() {
    return PageTableText.check(tables(SV48, Mode.SV48, false), SV48_MAP);
  }

  @TestFactory
  Stream<DynamicTest> sv57() {
    return PageTableText.check(tables(SV57, Mode.SV57, false), SV57_MAP);
  }

  @TestFactory
  Stream<DynamicTest> thead() {
    return PageTableText.check(tables(THEAD, Mode.SV39, true), THEAD_MAP);
  }

  @Test
  void stepsAreNamedAsLinuxNamesTheLevels() {
    assertThat(tables(SV57, Mode.SV57, false).walk(0xffffffff80800000L).steps())
        .extracting(PageWalk.Step::level)
        .containsExactly("PGD", "P4D", "PUD", "PMD", "PTE");
    assertThat(tables(SV48, Mode.SV48, false).walk(0xffffffff809ff000L).steps())
        .extracting(PageWalk.Step::level)
        .containsExactly("PGD", "PUD", "PMD", "PTE");
    assertThat(tables(SV39, Mode.SV39, false).walk(0xffffffff80401000L).steps())
        .containsExactly(
            new PageWalk.Step("PGD", 0x1ff0, 0x801, 0x2000, "PRESENT", 0),
            new PageWalk.Step("PMD", 0x2010, 0xc01, 0x3000, "PRESENT", 0),
            new PageWalk.Step(
                "PTE", 0x3008, 0x18e7, 0x6000, "PRESENT|READ|WRITE|GLOBAL|ACCESSED|DIRTY", 4096));
  }

  @Test
  void pagesEndWhereTheyEnd() {
    RadixPageTable tables = tables(SV39, Mode.SV39, false);
    assertThat(tables.translate(0xffffffff8041f123L))
        .as("one of sixteen entries")
        .isEqualTo(new Translation.Mapped(0x1f123, 0x1000 - 0x123));
    assertThat(tables.translate(0xffffffff40000123L))
        .isEqualTo(new Translation.Mapped(0x80000123L, 0x40000000 - 0x123));
  }

  /** satp: mode 8 to 10, an address space id, the root's page number. */
  @Test
  void rootsAreAddressesOrSatp() {
    RiscvPaging format = new RiscvPaging(Mode.SV39, false);
    assertThat(format.root(0x81257000L)).isEqualTo(0x81257000L);
    assertThat(format.root(0x8000100000081257L)).isEqualTo(0x81257000L);
    assertThat(format.root(0xa000400000081304L)).isEqualTo(0x81304000L);
  }

  @Test
  void aProcessHasTheKernelsHalf() {
    String tables =
        SV39
            + """
            e000[000] = 0000000000002001   PGD of a process, without a kernel half
            """;
    RadixPageTable process = tables(tables, Mode.SV39, false).withUserRoot(0x800000000000000eL);
    assertThat(process.translate(0x123)).isEqualTo(new Translation.Mapped(0xa123, 0xedd));
    assertThat(process.translate(0xffffffff80401000L))
        .isEqualTo(new Translation.Mapped(0x6000, 0x1000));
  }

  @Test
  void theLinearMapServesWhereATableIsMissingAndSaysSo() {
    LinearMap linear =
        new LinearMap(
            List.of(
                new LinearMap.Region(
                    "kernel image", 0xffffffff80000000L, 0x80200000L, 0x1000000, "its PT_LOAD")));
    RadixPageTable tables = tables(SV39, Mode.SV39, false).withLinear(linear);
    PageWalk walk = tables.walk(0xffffffff80a00123L);
    assertThat(walk.result()).isEqualTo(new Translation.Mapped(0x80c00123L, 0x1000000 - 0xa00123));
    assertThat(walk.steps().get(2).level()).isEqualTo("LINEAR");
    assertThat(walk.steps().get(2).flags())
        .isEqualTo("PTE unreadable; kernel image at 0xffffffff80000000 by its PT_LOAD");
    assertThat(tables.translate(0xffffffff80000000L))
        .as("a table that is there is believed")
        .isEqualTo(new Translation.Mapped(0x80400000L, 0x200000));
  }
}
