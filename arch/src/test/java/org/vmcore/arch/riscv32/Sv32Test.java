package org.vmcore.arch.riscv32;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.vmcore.arch.paging.PageTableText;
import org.vmcore.arch.paging.RadixPageTable;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.write.SyntheticDump;

/** Entries are written by hand from the RISC-V Privileged Architecture, "Sv32". */
class Sv32Test {
  private static final String TABLES =
      """
      1000[300] = 00000801   PGD -> PTE at 2000
      1000[301] = 001000ef   PGD: megapage at 400000
      1000[302] = 800000ef   PGD: megapage at 2_0000_0000, beyond 4 GiB
      1000[303] = 002004ef   PGD: megapage, but PPN[0] is not zero
      1000[304] = 2aaaac01   PGD -> a table that the dump lacks
      1000[305] = 00000805   PGD: W without R
      1000[306] = 00000841   PGD -> a table, but A is set
      1000[307] = 001000ee   PGD: megapage at 400000, taken out of the kernel's map
      1000[272] = 00000c01   PGD -> PTE at 3000, where modules are
      1000[000] = 00001001   PGD -> PTE at 4000
      1000[001] = 003000f7   PGD: megapage at c00000, user
      1000[002] = 00000200   PGD: not valid, not empty
      2000[000] = 000014eb   PTE: 5000
      2000[001] = fffffce7   PTE: at 3_ffff_f000, the last page there is
      2000[003] = 00001401   PTE -> a table
      2000[004] = 00001405   PTE: W without R
      2000[005] = 000014e6   PTE: 5000, taken out of the kernel's own map
      3000[000] = 000018eb   PTE: 6000
      4000[010] = 00001cdf   PTE: 7000
      4000[011] = 00001cf2   PTE: 7000, PROT_NONE
      4000[012] = 00012340   PTE: swapped out
      """;

  private static final String MAP =
      """
      c0000abc -> 5abc        # PTE, PRESENT|READ|EXEC|GLOBAL|ACCESSED|DIRTY
      c0001fff -> 3ffffffff   # PTE, PRESENT|READ|WRITE|GLOBAL|ACCESSED|DIRTY
      c0002000 -> NotMapped   # PTE,
      c0003000 -> BadEntry    # PTE, PRESENT
      c0004000 -> BadEntry    # PTE, PRESENT|WRITE
      c0005010 -> 5010        # PTE, READ|WRITE|PROTNONE|ACCESSED|DIRTY
      c0412345 -> 412345      # PGD, PRESENT|READ|WRITE|EXEC|GLOBAL|ACCESSED|DIRTY
      c0812345 -> 200012345   # PGD, PRESENT|READ|WRITE|EXEC|GLOBAL|ACCESSED|DIRTY
      c0c00000 -> BadEntry    # PGD, PRESENT|READ|WRITE|EXEC|GLOBAL|ACCESSED|DIRTY
      c1000000 -> TableUnreadable # PGD, PRESENT
      c1400000 -> BadEntry    # PGD, PRESENT|WRITE
      c1800000 -> BadEntry    # PGD, PRESENT|ACCESSED
      c1c12345 -> 412345      # PGD, READ|WRITE|EXEC|PROTNONE|ACCESSED|DIRTY
      c2000000 -> NotMapped   # PGD,
      9c800008 -> 6008        # PTE, PRESENT|READ|EXEC|GLOBAL|ACCESSED|DIRTY
      00010008 -> 7008        # PTE, PRESENT|READ|WRITE|EXEC|USER|ACCESSED|DIRTY
      00011008 -> 7008        # PTE, READ|USER|PROTNONE|ACCESSED|DIRTY
      00012000 -> SwappedOut  # PTE, ACCESSED|SPECIAL|SOFT
      00013000 -> NotMapped   # PTE,
      00412345 -> c12345      # PGD, PRESENT|READ|WRITE|USER|GLOBAL|ACCESSED|DIRTY
      00800000 -> NotPresent  # PGD, SOFT
      100000000 -> NotCanonical
      ffffffffc0000000 -> NotCanonical
      """;

  private static PhysicalMemory memory() {
    return PageTableText.memory(
            SyntheticDump.builder("riscv32", 243, 32, ByteOrder.LITTLE_ENDIAN), TABLES)
        .memory();
  }

  @TestFactory
  Stream<DynamicTest> translates() {
    return PageTableText.check(RadixPageTable.kernel(memory(), new Sv32(0x9c800000L), 0x1000), MAP);
  }

  /** MODE is bit 31 of satp, which is an address' too: only a table at a page is one. */
  @Test
  void takesAddressesAndSatpForRoots() {
    Sv32 format = new Sv32(0xc0000000L);
    assertThat(format.root(0x81234000L)).isEqualTo(0x81234000L);
    assertThat(format.root(0x381234000L)).isEqualTo(0x381234000L);
    assertThat(format.root(0x80081234L)).isEqualTo(0x81234000L);
    assertThat(format.root(0xffc81234L)).isEqualTo(0x81234000L);
    assertThat(format.root(0x81000)).isEqualTo(0x81000);
  }
}
