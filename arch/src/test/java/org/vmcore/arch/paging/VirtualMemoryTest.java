package org.vmcore.arch.paging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;

class VirtualMemoryTest {
  private static final long MIB = 1 << 20;

  /**
   * A made-up address space:
   *
   * <pre>
   *           0 ..   64 MiB   2 MiB pages, in order, at physical 1 GiB
   *      64 MiB ..  128 MiB   4 KiB pages, in order, at physical 2 GiB
   *     128 MiB ..  192 MiB   4 KiB pages, in reverse order, at physical 3 GiB
   *     192 MiB ..  193 MiB   nothing
   *       1 GiB ..    2 GiB   one page at physical 4 GiB
   *   the last 4 KiB          a page at physical 5 GiB
   * </pre>
   */
  private static Translation rule(long address) {
    if (Long.compareUnsigned(address, 64 * MIB) < 0) {
      return page(address, 2 * MIB, 1024 * MIB + (address & -(2 * MIB)));
    }
    if (Long.compareUnsigned(address, 128 * MIB) < 0) {
      return page(address, 4096, 2048 * MIB - 64 * MIB + (address & -4096));
    }
    if (Long.compareUnsigned(address, 192 * MIB) < 0) {
      return page(address, 4096, 3072 * MIB + 192 * MIB - 4096 - (address & -4096));
    }
    if (address >= 1024 * MIB && address < 2048 * MIB) {
      return page(address, 1024 * MIB, 4096 * MIB);
    }
    if (address >= -4096 && address < 0) {
      return page(address, 4096, 5120 * MIB);
    }
    return new Fault.NotMapped(address, "PTE", 0x1000, 0);
  }

  private static Translation page(long address, long size, long physical) {
    long inPage = address & (size - 1);
    return new Translation.Mapped(physical + inPage, size - inPage);
  }

  private static final class Rule implements PageTable {
    final AtomicInteger asked = new AtomicInteger();

    @Override
    public Translation translate(long virtualAddress) {
      asked.incrementAndGet();
      return rule(virtualAddress);
    }

    @Override
    public PageWalk walk(long virtualAddress) {
      return new PageWalk(virtualAddress, List.of(), rule(virtualAddress));
    }
  }

  /** Each byte is a mix of its own physical address; a hole at 2 GiB + 1 MiB. */
  private static final class Memory implements PhysicalMemory {
    static final long HOLE = 2049 * MIB;

    final List<String> reads = Collections.synchronizedList(new ArrayList<>());

    static byte at(long physical) {
      return (byte) ((physical * 0x9e3779b97f4a7c15L) >>> 56);
    }

    @Override
    public PhysicalRead read(long physicalAddress, byte[] destination, int offset, int length) {
      reads.add("%x+%x".formatted(physicalAddress, length));
      for (int i = 0; i < length; i++) {
        if (physicalAddress + i == HOLE) {
          return new PhysicalRead(i, new PhysicalFault(PhysicalFault.Reason.FILTERED, HOLE, null));
        }
        destination[offset + i] = at(physicalAddress + i);
      }
      return PhysicalRead.complete(length);
    }

    @Override
    public long nextPresent(long physicalAddress) {
      return physicalAddress;
    }

    @Override
    public void forEachRange(RangeVisitor visitor) {
      visitor.visit(0, Long.MAX_VALUE, Presence.PRESENT);
    }
  }

  private final Rule rule = new Rule();
  private final Memory physical = new Memory();
  private final VirtualMemory memory = new VirtualMemory(physical, rule);

  @Test
  void readsOverContiguousPagesAreOnePhysicalRead() {
    read(3 * MIB, (int) (20 * MIB));
    read(80 * MIB, (int) (2 * MIB));
    assertThat(physical.reads).containsExactly("40300000+1400000", "81000000+200000");
  }

  @Test
  void readsOverScatteredPagesAreOnePhysicalReadEach() {
    read(128 * MIB + 0xff0, 0x1020);
    assertThat(physical.reads).containsExactly("c3fffff0+10", "c3ffe000+1000", "c3ffd000+10");
  }

  @Test
  void aReadStopsAtTheFirstByteThatIsNotMapped() {
    byte[] bytes = new byte[64];
    VirtualRead read = memory.read(192 * MIB - 10, bytes, 3, 50);
    assertThat(read.length()).isEqualTo(10);
    assertThat(read.fault()).isEqualTo(new Fault.NotMapped(192 * MIB, "PTE", 0x1000, 0));
    assertThat(bytes[2]).isZero();
    assertThat(bytes[12]).isEqualTo(Memory.at(3072 * MIB + 4095));
    assertThat(bytes[13]).isZero();
  }

  @Test
  void aReadNamesTheVirtualAddressOfTheFirstByteThatTheDumpLacks() {
    VirtualRead read = memory.read(64 * MIB + 5, new byte[(int) (2 * MIB)], 0, (int) (2 * MIB));
    assertThat(read.length()).isEqualTo((int) MIB - 5);
    Fault fault = Objects.requireNonNull(read.fault());
    assertThat(fault.virtualAddress()).isEqualTo(65 * MIB);
    assertThat(fault.message())
        .isEqualTo(
            "virtual address 0x0000000004100000 is mapped, but"
                + " physical address 0x0000000080100000 is filtered out of the dump");
  }

  @Test
  void aReadMayWrapPastTheHighestAddress() {
    read(-100, 300);
    assertThat(physical.reads).containsExactly("140000f9c+64", "40000000+c8");
  }

  @Test
  void whatIsKnownIsNotAskedAgain() {
    memory.translate(5 * MIB);
    int asked = rule.asked.get();
    for (long address = 4 * MIB; address < 6 * MIB; address += 8) {
      assertThat(memory.translate(address)).isEqualTo(rule(address));
    }
    read(5 * MIB + 8, 8);
    assertThat(rule.asked.get()).isEqualTo(asked);
  }

  @Test
  void faultsAreAskedAgain() {
    memory.translate(192 * MIB);
    memory.translate(192 * MIB);
    assertThat(rule.asked.get()).isEqualTo(2);
  }

  @Test
  void everyAnswerIsThatOfThePageTable() {
    Random random = new Random(4);
    for (int i = 0; i < 200_000; i++) {
      long address = random.nextInt((int) (194 * MIB));
      if (i % 4 == 0) {
        address = 1024 * MIB + random.nextInt(1 << 30);
      }
      Translation expected = rule(address);
      Translation actual = memory.translate(address);
      if (expected instanceof Translation.Mapped mapped) {
        assertThat(((Translation.Mapped) actual).physicalAddress())
            .isEqualTo(mapped.physicalAddress());
        assertThat(((Translation.Mapped) actual).length()).isBetween(1L, mapped.length());
      } else {
        assertThat(actual).isEqualTo(expected);
      }
    }
  }

  @Test
  void manyThreadsGetTheSameAnswers() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> done = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        int seed = thread;
        done.add(
            threads.submit(
                () -> {
                  Random random = new Random(seed);
                  byte[] bytes = new byte[8];
                  for (int i = 0; i < 100_000; i++) {
                    long address = 130 * MIB + random.nextInt((int) (50 * MIB));
                    assertThat(memory.read(address, bytes, 0, 1).isComplete()).isTrue();
                    Translation.Mapped expected = (Translation.Mapped) rule(address);
                    assertThat(bytes[0]).isEqualTo(Memory.at(expected.physicalAddress()));
                  }
                }));
      }
      for (Future<?> each : done) {
        each.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private void read(long address, int length) {
    byte[] bytes = new byte[length];
    assertThat(memory.read(address, bytes, 0, length).isComplete()).isTrue();
    for (int i = 0; i < length; i += 7) {
      Translation.Mapped expected = (Translation.Mapped) rule(address + i);
      if (bytes[i] != Memory.at(expected.physicalAddress())) {
        assertThat(bytes[i]).as("byte %d", i).isEqualTo(Memory.at(expected.physicalAddress()));
      }
    }
  }
}
