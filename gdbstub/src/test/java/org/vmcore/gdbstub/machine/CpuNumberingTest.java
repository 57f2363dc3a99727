package org.vmcore.gdbstub.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.vmcore.arch.Architectures;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.Register;
import org.vmcore.arch.api.RegisterSet;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.MadeMemory;

class CpuNumberingTest {
  private static final RegisterSet REGISTERS =
      new RegisterSet(
          "none",
          List.of(
              new RegisterSet.Feature("f", "", List.of(Register.general("pc", 64, "code_ptr")))));

  private static CpuState state(int index, OptionalInt number, int pid, boolean userMode) {
    RegisterValues values =
        RegisterValues.builder(REGISTERS, ByteOrder.LITTLE_ENDIAN).set("pc", index).build();
    return new CpuState(
        index, number, OptionalInt.of(pid), values, userMode, index, OptionalLong.empty());
  }

  private static List<CrashedCpu> number(List<CpuState> states) {
    return CpuNumbering.number(
        states,
        Architectures.named("x86-64").orElseThrow(),
        ByteOrder.LITTLE_ENDIAN,
        Optional.empty());
  }

  @Test
  void withoutAKernelNotesAreCpusInOrderAndNoneIsBlamed() {
    List<CrashedCpu> cpus =
        number(
            List.of(
                state(0, OptionalInt.empty(), 0, false),
                state(1, OptionalInt.empty(), 67, true),
                state(2, OptionalInt.empty(), 1, false)));

    assertThat(cpus).extracting(CrashedCpu::number).containsExactly(0, 1, 2);
    assertThat(cpus).extracting(CrashedCpu::crashed).containsOnly(false);
  }

  @Test
  void numbersInNotesAreBelievedAndSorted() {
    List<CrashedCpu> cpus =
        number(
            List.of(state(0, OptionalInt.of(3), 0, false), state(1, OptionalInt.of(1), 0, false)));

    assertThat(cpus).extracting(CrashedCpu::number).containsExactly(1, 3);
    assertThat(cpus).extracting(cpu -> cpu.state().index()).containsExactly(1, 0);
  }

  @Test
  void aDumpWithoutCpusHasNone() {
    assertThat(number(List.of())).isEmpty();
  }

  /**
   * CPU 0 did not answer when CPU 1 stopped the others: it left no registers, and the only note is
   * not its own.
   */
  @Test
  void aCpuThatWroteNoNoteHasNone() {
    long base = 0xffffffff81000000L;
    MadeMemory memory =
        MadeMemory.at(base, 0x4000, 8)
            .int64(base, 0b11)
            .int64(base + 0x10, 0x100)
            .int64(base + 0x20, base + 0x1000)
            .int64(base + 0x28, base + 0x2000)
            .int32(base + 0x2100, 5)
            .int32(base + 0x2104, 336)
            .int32(base + 0x2108, 1);
    Map<String, Long> symbols =
        Map.of(
            "__cpu_online_mask", base,
            "crash_notes", base + 0x10,
            "__per_cpu_offset", base + 0x20);
    LinuxKernel kernel =
        LinuxKernel.open(
            memory.memory(),
            Optional.empty(),
            List.of(names -> symbols),
            needed -> Optional.empty());

    List<CrashedCpu> cpus =
        CpuNumbering.number(
            List.of(state(0, OptionalInt.empty(), 1, false)),
            Architectures.named("x86-64").orElseThrow(),
            ByteOrder.LITTLE_ENDIAN,
            Optional.of(kernel));

    assertThat(cpus).extracting(CrashedCpu::number).containsExactly(0, 1);
    assertThat(cpus).extracting(CrashedCpu::hasRegisters).containsExactly(false, true);
  }
}
