package org.vmcore.gdbstub.machine;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.gdbstub.linux.LinuxKernel;

/**
 * Which CPU each set of registers belongs to. Notes come in CPU order but without numbers, and
 * kdump writes none for a CPU that was offline: only the kernel's mask of online CPUs tells which
 * those were.
 */
public final class CpuNumbering {
  private CpuNumbering() {}

  static List<CrashedCpu> number(List<CpuState> states, Optional<LinuxKernel> kernel) {
    int[] numbers = numbers(states, kernel);
    int crashed = crashed(states, numbers, kernel);
    List<CrashedCpu> cpus = new ArrayList<>();
    for (int i = 0; i < numbers.length; i++) {
      cpus.add(new CrashedCpu(numbers[i], i == crashed, true, states.get(i)));
    }
    cpus.sort(Comparator.comparingInt(CrashedCpu::number));
    return List.copyOf(cpus);
  }

  /**
   * The CPUs that were online when memory was saved, as the kernel says; their registers are in no
   * dump.
   */
  static List<CrashedCpu> withoutRegisters(
      Architecture architecture, ByteOrder order, Optional<LinuxKernel> kernel) {
    OptionalInt crashed = kernel.map(LinuxKernel::crashedCpu).orElse(OptionalInt.empty());
    return kernel.flatMap(LinuxKernel::onlineCpus).orElse(new BitSet()).stream()
        .mapToObj(cpu -> standIn(architecture, order, cpu, crashed.equals(OptionalInt.of(cpu))))
        .toList();
  }

  /**
   * A CPU of which nothing is known but its number. Its program counter is all ones, where no code
   * is: gdb 13 drops a target that has none ("PC register is not available"), and at 0 it would
   * show the first per-CPU symbol.
   */
  public static CrashedCpu standIn(
      Architecture architecture, ByteOrder order, int number, boolean crashed) {
    RegisterValues registers =
        RegisterValues.builder(architecture.registers(), order)
            .set(architecture.programCounter(), -1)
            .build();
    return new CrashedCpu(
        number,
        crashed,
        false,
        new CpuState(
            number,
            OptionalInt.of(number),
            OptionalInt.empty(),
            registers,
            false,
            0,
            OptionalLong.empty()));
  }

  private static int[] numbers(List<CpuState> states, Optional<LinuxKernel> kernel) {
    int[] inNotes =
        states.stream()
            .map(CpuState::number)
            .flatMapToInt(OptionalInt::stream)
            .distinct()
            .toArray();
    if (inNotes.length == states.size()) {
      return inNotes;
    }
    Optional<BitSet> online = kernel.flatMap(LinuxKernel::onlineCpus);
    if (online.isPresent() && online.get().cardinality() == states.size()) {
      return online.get().stream().toArray();
    }
    return states.stream().mapToInt(CpuState::index).toArray();
  }

  /**
   * The kernel says which CPU crashed; where it cannot be asked, the first one that ran a task in
   * the kernel is the best candidate: the others were stopped wherever they were, mostly idle.
   *
   * @return an index of {@code states}
   */
  private static int crashed(List<CpuState> states, int[] numbers, Optional<LinuxKernel> kernel) {
    OptionalInt number = kernel.map(LinuxKernel::crashedCpu).orElse(OptionalInt.empty());
    for (int i = 0; number.isPresent() && i < numbers.length; i++) {
      if (numbers[i] == number.getAsInt()) {
        return i;
      }
    }
    for (int i = 0; i < states.size(); i++) {
      if (!states.get(i).userMode() && states.get(i).pid().orElse(0) != 0) {
        return i;
      }
    }
    return 0;
  }
}
