package org.vmcore.gdbstub.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.vmcore.arch.paging.PageTable;
import org.vmcore.arch.paging.PageWalk;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.write.SyntheticDump;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/** Kernel variables at made-up addresses; kernel memory is physical memory plus {@link #KERNEL}. */
class LinuxKernelTest {
  private static final long KERNEL = 0xffff_8880_0000_0000L;
  private static final int EM_X86_64 = 62;

  private final SyntheticDump.Builder memory =
      SyntheticDump.builder("test", EM_X86_64, 64, ByteOrder.LITTLE_ENDIAN);
  private final Map<String, Long> symbols = new HashMap<>();

  private record LinearMap() implements PageTable {
    @Override
    public Translation translate(long virtualAddress) {
      return new Translation.Mapped(virtualAddress - KERNEL, 4096 - (virtualAddress & 4095));
    }

    @Override
    public PageWalk walk(long virtualAddress) {
      return new PageWalk(virtualAddress, List.of(), translate(virtualAddress));
    }
  }

  private void variable(String name, long physicalAddress, long value) {
    symbols.put(name, KERNEL + physicalAddress);
    memory.writeLong(physicalAddress, value);
  }

  private void variable(String name, long physicalAddress, int value) {
    symbols.put(name, KERNEL + physicalAddress);
    memory.write(
        physicalAddress,
        ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  private LinuxKernel kernel() {
    VirtualMemory virtual = new VirtualMemory(memory.build().memory(), new LinearMap());
    return LinuxKernel.open(
        new KernelMemory(virtual, ByteOrder.LITTLE_ENDIAN, 8),
        Optional.empty(),
        List.of(names -> symbols),
        needed -> Optional.empty());
  }

  @Test
  void theCpuInPanicIsTheCrashedOne() {
    variable("panic_cpu", 0x1000, 3);
    variable("crashing_cpu", 0x1004, 1);

    assertThat(new CrashState(kernel()).panicCpu()).isEqualTo(OptionalInt.of(3));
  }

  @Test
  void withoutPanicTheCpuThatStartedTheCrashKernelIs() {
    variable("panic_cpu", 0x1000, -1);
    variable("crashing_cpu", 0x1004, 1);

    CrashState crash = new CrashState(kernel());
    assertThat(crash.panicCpu()).isEmpty();
    assertThat(crash.neverPanicked()).isTrue();
    assertThat(crash.crashingCpu()).isEqualTo(OptionalInt.of(1));
  }

  @Test
  void nothingIsGuessedWhereTheKernelDoesNotSay() {
    variable("panic_cpu", 0x1000, -1);

    assertThat(new CrashState(kernel()).panicCpu()).isEmpty();
    assertThat(new CrashState(kernel()).crashingCpu()).isEmpty();
    assertThat(kernel().onlineCpus()).isEmpty();
    assertThat(kernel().imageStart(List.of("_text"))).isEmpty();
  }

  /** A variable of no initial value (x86 before 4.7) tells nothing by being 0. */
  @Test
  void aCrashingCpuOf0CountsWhereThatCpuLeftItsRegisters() {
    variable("crashing_cpu", 0x1000, 0);
    variable("__cpu_present_mask", 0x1008, 0b11L);
    variable("__per_cpu_offset", 0x1100, KERNEL + 0x1_0000);
    memory.writeLong(0x1108, KERNEL + 0x2_0000);
    variable("crash_notes", 0x1010, 0x800L);
    memory.zeroPages(0x1_0000, 0x1000).zeroPages(0x2_0000, 0x1000);
    assertThat(new CrashState(kernel()).crashingCpu()).isEmpty();
    assertThat(new CrashState(kernel()).notes()).isEmpty();

    memory.writeLong(0x1_0800, 5 | 336L << 32).writeLong(0x1_0808, 1);

    assertThat(new CrashState(kernel()).crashingCpu()).isEqualTo(OptionalInt.of(0));
    assertThat(new CrashState(kernel()).notes().orElseThrow().stream()).containsExactly(0);
  }

  @Test
  void readsTheMaskOfOnlineCpus() {
    variable("nr_cpu_ids", 0x1000, 70);
    variable("__cpu_online_mask", 0x2000, 0b1011L);
    memory.writeLong(0x2008, 1L << (69 - 64));

    BitSet online = kernel().onlineCpus().orElseThrow();

    assertThat(online.stream()).containsExactly(0, 1, 3, 69);
  }

  @Test
  void findsTheTablesOfTheLoadedMmByWhatItsPgdPointsAt() {
    variable("__per_cpu_offset", 0x1000, 0L);
    memory.writeLong(0x1008, KERNEL + 0x2_0000);
    symbols.put("cpu_tlbstate", 0x380L);
    memory.writeLong(0x2_0380, KERNEL + 0x3_0010); // CPU 1's cpu_tlbstate.loaded_mm
    memory.writeLong(0x3_0018, KERNEL + 0x4_0000); // a page-aligned pointer that is no table
    memory.writeLong(0x3_0058, KERNEL + 0x5_0000); // mm->pgd
    memory.zeroPages(0x4_0000, 0x2000).zeroPages(0x3_0000, 0x1000);

    assertThat(kernel().pageTableRoot(1, page -> page == 0x5_0000))
        .isEqualTo(OptionalLong.of(0x5_0000));
    assertThat(kernel().pageTableRoot(1, page -> false)).isEmpty();
  }
}
