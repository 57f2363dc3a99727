package org.vmcore.gdbstub.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.write.SyntheticDump;
import org.vmcore.gdbstub.demo.X86PageTables.PageSize;

/** Indices and bits are worked out by hand from Intel SDM vol. 3A, 4.5. */
class X86PageTablesTest {
  private static final long ROOT = 0x1000;
  private static final long TABLE_BITS = 0x67; // present, writable, user, accessed, dirty

  private final SyntheticDump.Builder memory =
      SyntheticDump.builder("test", 62, 64, ByteOrder.LITTLE_ENDIAN);
  private final AtomicLong next = new AtomicLong(0x10000);

  private X86PageTables tables(int levels, long encryption) {
    return X86PageTables.create(memory, () -> next.getAndAdd(0x1000), levels, encryption, ROOT);
  }

  @Test
  void mapsAFourKibPageThroughFourLevels() {
    // PGD 0x163, PUD 0x1a4, PMD 0x0, PTE 0x1a5
    tables(4, 0).map(0xffffb1e9001a5000L, 0x22345000, PageSize.SMALL_4K, 0x8000000000000163L);
    assertThat(word(ROOT + 0x163 * 8)).isEqualTo(0x10000 | TABLE_BITS);
    assertThat(word(0x10000 + 0x1a4 * 8)).isEqualTo(0x11000 | TABLE_BITS);
    assertThat(word(0x11000)).isEqualTo(0x12000 | TABLE_BITS);
    assertThat(word(0x12000 + 0x1a5 * 8)).isEqualTo(0x8000000022345163L);
  }

  @Test
  void mapsATwoMibPageInThePmd() {
    // PGD 511, PUD 510, PMD 0xe8
    tables(4, 0).map(0xffffffff9d000000L, 0x0b600000, PageSize.LARGE_2M, 0x161);
    assertThat(word(ROOT + 511 * 8)).isEqualTo(0x10000 | TABLE_BITS);
    assertThat(word(0x10000 + 510 * 8)).isEqualTo(0x11000 | TABLE_BITS);
    assertThat(word(0x11000 + 0xe8 * 8)).isEqualTo(0x0b6001e1L); // with the page-size bit
  }

  @Test
  void mapsAOneGibPageInThePudUnderFiveLevels() {
    // PGD 0x11f, P4D 0x94, PUD 0xc9
    tables(5, 0).map(0xff1f4a3240000000L, 0x100000000L, PageSize.HUGE_1G, 0x163);
    assertThat(word(ROOT + 0x11f * 8)).isEqualTo(0x10000 | TABLE_BITS);
    assertThat(word(0x10000 + 0x94 * 8)).isEqualTo(0x11000 | TABLE_BITS);
    assertThat(word(0x11000 + 0xc9 * 8)).isEqualTo(0x1000001e3L);
  }

  @Test
  void marksEveryEntryAsEncrypted() {
    long encryption = 1L << 47;
    tables(4, encryption).map(0, 0x5000, PageSize.SMALL_4K, 3);
    assertThat(word(ROOT)).isEqualTo(encryption | 0x10000 | TABLE_BITS);
    assertThat(word(0x10000)).isEqualTo(encryption | 0x11000 | TABLE_BITS);
    assertThat(word(0x12000)).isEqualTo(encryption | 0x5003);
  }

  @Test
  void writesAnyEntryAsItIs() {
    tables(4, 1L << 47).entry(0x1000, PageSize.SMALL_4K, 0x123456789abcdef0L);
    assertThat(word(0x12000 + 8)).isEqualTo(0x123456789abcdef0L);
  }

  @Test
  void sharesWhatIsBelowTheTopLevel() {
    X86PageTables kernel = tables(4, 0);
    kernel.map(0xffff888000000000L, 0, PageSize.HUGE_1G, 3).map(0, 0, PageSize.HUGE_1G, 3);
    kernel.another(0x3000).share(kernel, 0xffff800000000000L, -1, 1L << 63);
    assertThat(word(0x3000 + 0x111 * 8)).isEqualTo(0x8000000000010067L);
    assertThat(word(0x3000)).isZero();
  }

  private long word(long physicalAddress) {
    byte[] bytes = new byte[8];
    assertThat(memory.build().memory().read(physicalAddress, bytes, 0, 8).fault()).isNull();
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }
}
