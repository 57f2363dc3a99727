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
import org.vmcore.gdbstub.linux.CrashState;
import org.vmcore.gdbstub.linux.LinuxKernel;

/**
 * Which CPU each set of registers belongs to. Notes come in CPU order but without numbers, and
 * kdump writes none for a CPU that was offline or did not answer: which those were, only the kernel
 * tells.
 */
public final class CpuNumbering {
  private CpuNumbering() {}

  /**
   * The CPUs that there are registers of and those that were online, in the order of their numbers.
   * None is marked as crashed.
   *
   * @param states in the order of their notes
   */
  static List<CrashedCpu> number(
      List<CpuState> states,
      Architecture architecture,
      ByteOrder order,
      Optional<LinuxKernel> kernel) {
    int[] numbers = numbers(states, kernel);
    List<CrashedCpu> cpus = new ArrayList<>();
    BitSet silent = kernel.flatMap(LinuxKernel::onlineCpus).orElse(new BitSet());
    for (int i = 0; i < numbers.length; i++) {
      cpus.add(new CrashedCpu(numbers[i], false, true, states.get(i)));
      silent.clear(numbers[i]);
    }
    silent.stream().forEach(cpu -> cpus.add(standIn(architecture, order, cpu, false)));
    cpus.sort(Comparator.comparingInt(CrashedCpu::number));
    return List.copyOf(cpus);
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
    // What a CPU wrote for the crash kernel is the note itself; the mask of those online may have
    // lost some that did, and has those that did not.
    return kernel
        .flatMap(linux -> new CrashState(linux).notes())
        .filter(cpus -> cpus.cardinality() == states.size())
        .or(
            () ->
                kernel
                    .flatMap(LinuxKernel::onlineCpus)
                    .filter(cpus -> cpus.cardinality() == states.size()))
        .map(cpus -> cpus.stream().toArray())
        .orElseGet(() -> states.stream().mapToInt(CpuState::index).toArray());
  }
}
