package org.vmcore.arch.riscv64;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.vmcore.arch.CorpusContract;
import org.vmcore.arch.CorpusDump;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.testing.NeedsCorpus;

/** Real dumps against what the guests printed of themselves and an independent page walker. */
@NeedsCorpus
class Riscv64CorpusTest extends CorpusContract {
  private static final String KDUMP = "riscv64/kdump-sv57/vmcore";
  private static final String QEMU = "riscv64-sv39/qemu/vmcore.elf";

  private final Riscv64 riscv = new Riscv64();

  @Override
  protected Architecture architecture() {
    return riscv;
  }

  @Override
  protected List<String> dumps() {
    return List.of(KDUMP, QEMU);
  }

  @Override
  protected long needle() {
    return 0x8d000;
  }

  @Override
  protected int rootAlignment(String dump) {
    return 4096;
  }

  @Override
  protected String register(String name) {
    return name.equals("s0") ? "fp" : name;
  }

  @Test
  void kdumpTellsPidsAndQemuCpuNumbers() throws Exception {
    try (CorpusDump dump = CorpusDump.open(KDUMP, riscv)) {
      assertThat(dump.cpus()).extracting(cpu -> cpu.pid().orElse(-1)).containsExactly(1, 31);
      assertThat(dump.cpus()).extracting(CpuState::userMode).containsExactly(false, true);
    }
    try (CorpusDump dump = CorpusDump.open(QEMU, riscv)) {
      assertThat(dump.cpus()).extracting(cpu -> cpu.number().orElse(-1)).containsExactly(0, 1);
      assertThat(dump.cpus()).noneMatch(cpu -> cpu.pid().isPresent());
    }
  }

  @Test
  void modesAndOffsetsAreThoseOfTheGuests() throws Exception {
    try (CorpusDump dump = CorpusDump.open(KDUMP, riscv)) {
      KernelSpace space = riscv.kernelSpace(dump.machine());
      assertThat(space.facts())
          .containsExactly(
              new KernelSpace.Fact("KASLR offset", "0x0", "_stext of VMCOREINFO"),
              new KernelSpace.Fact("paging", "Sv57", "the direct map's PT_LOAD"),
              new KernelSpace.Fact(
                  "page table root",
                  "0x80c9b000",
                  "swapper_pg_dir with the kernel image's PT_LOAD"),
              new KernelSpace.Fact("va_kernel_pa_offset", "0xfffffffeffe00000", "the page tables"));
    }
    try (CorpusDump dump = CorpusDump.open(QEMU, riscv)) {
      KernelSpace space = riscv.kernelSpace(dump.machine());
      assertThat(space.facts())
          .contains(
              new KernelSpace.Fact("paging", "Sv39", "the page tables"),
              new KernelSpace.Fact(
                  "page table root",
                  "0x80c9b000",
                  "swapper_pg_dir with the kernel image's header at 0x80200000"));
    }
  }

  @Test
  void vmlinuxReplacesVmcoreinfo() throws Exception {
    try (CorpusDump dump = CorpusDump.open(QEMU, riscv)) {
      Machine machine =
          dump.machine(
              Optional.empty(), CorpusDump.systemMap("riscv64-sv39/kernel/System.map"), Map.of());
      KernelSpace space = riscv.kernelSpace(machine);
      assertThat(space.kaslrOffset()).hasValue(0);
      dump.checkKernelMemory(space);
    }
  }

  /** satp of each CPU, from QEMU's monitor: the tables of the process that it ran. */
  @Test
  void satpReplacesEverything() throws Exception {
    try (CorpusDump dump = CorpusDump.open(QEMU, riscv)) {
      Matcher satp = Pattern.compile(" satp +(\\w+)").matcher(dump.text("qemu-registers.txt"));
      int checked = 0;
      while (satp.find()) {
        Machine machine =
            dump.machine(
                Optional.empty(),
                symbol -> OptionalLong.empty(),
                Map.of("satp", "0x" + satp.group(1)));
        dump.checkKernelMemory(riscv.kernelSpace(machine));
        checked++;
      }
      assertThat(checked).isEqualTo(2);
    }
  }

  @Test
  void theTablesThatSatpNamesAreRecognised() throws Exception {
    try (CorpusDump dump = CorpusDump.open(QEMU, riscv)) {
      LongPredicate isRoot = riscv.pageTableRoots(riscv.kernelSpace(dump.machine()));
      for (long root : List.of(0x81257000L, 0x81304000L)) {
        assertThat(isRoot.test(root)).isTrue();
      }
      assertThat(isRoot.test(0x80c9a000L)).as("trampoline_pg_dir").isFalse();
    }
  }
}
