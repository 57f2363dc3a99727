package org.vmcore.gdbstub.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.Register;
import org.vmcore.arch.api.RegisterSet;
import org.vmcore.arch.api.RegisterValues;

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

  @Test
  void withoutAKernelNotesAreCpusInOrderAndTheFirstBusyKernelCpuCrashed() {
    List<CrashedCpu> cpus =
        CpuNumbering.number(
            List.of(
                state(0, OptionalInt.empty(), 0, false),
                state(1, OptionalInt.empty(), 67, true),
                state(2, OptionalInt.empty(), 1, false)),
            Optional.empty());

    assertThat(cpus).extracting(CrashedCpu::number).containsExactly(0, 1, 2);
    assertThat(cpus).extracting(CrashedCpu::crashed).containsExactly(false, false, true);
  }

  @Test
  void numbersInNotesAreBelievedAndSorted() {
    List<CrashedCpu> cpus =
        CpuNumbering.number(
            List.of(state(0, OptionalInt.of(3), 0, false), state(1, OptionalInt.of(1), 0, false)),
            Optional.empty());

    assertThat(cpus).extracting(CrashedCpu::number).containsExactly(1, 3);
    assertThat(cpus).extracting(cpu -> cpu.state().index()).containsExactly(1, 0);
  }

  @Test
  void aDumpWithoutCpusHasNone() {
    assertThat(CpuNumbering.number(List.of(), Optional.empty())).isEmpty();
  }
}
