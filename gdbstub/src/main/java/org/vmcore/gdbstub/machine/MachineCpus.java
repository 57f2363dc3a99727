package org.vmcore.gdbstub.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.linux.LinuxKernel;

/** The CPUs, and which of them brought the machine down. Safe for use by several threads. */
final class MachineCpus {
  private final MachineDump dump;
  private final MachineMemory memory;
  private final MachineKernel kernel;
  private final Lazy<Judged, RuntimeException> judged = Lazy.of(this::judge);

  private record Judged(List<CrashedCpu> cpus, CrashVerdict verdict) {}

  MachineCpus(MachineDump dump, MachineMemory memory, MachineKernel kernel) {
    this.dump = dump;
    this.memory = memory;
    this.kernel = kernel;
  }

  /** In the order of their numbers. */
  List<CrashedCpu> all() {
    return judged.get().cpus();
  }

  CrashVerdict verdict() {
    return judged.get().verdict();
  }

  private Judged judge() {
    Optional<LinuxKernel> linux;
    try {
      linux = Optional.of(kernel.known());
    } catch (MissingFactException e) {
      // The CPUs are those of the notes then, and the verdict says what it is made of.
      linux = Optional.empty();
    }
    List<CrashedCpu> numbered = numbered(linux);
    CrashVerdict found =
        new CrashEvidence(dump.architecture(), memory, kernel, linux, numbered).verdict();
    List<CrashedCpu> all = new ArrayList<>();
    for (CrashedCpu cpu : numbered) {
      CrashedCpu crashed =
          new CrashedCpu(cpu.number(), found.isOn(cpu.number()), cpu.hasRegisters(), cpu.state());
      all.add(withCurrentTask(crashed, linux));
    }
    return new Judged(List.copyOf(all), found);
  }

  private List<CrashedCpu> numbered(Optional<LinuxKernel> linux) {
    return dump.architecture()
        .map(known -> CpuNumbering.number(dump.states(), known, dump.byteOrder(), linux))
        .orElse(List.of());
  }

  private CrashedCpu withCurrentTask(CrashedCpu cpu, Optional<LinuxKernel> linux) {
    OptionalLong task = linux.map(k -> k.currentTask(cpu.number())).orElse(OptionalLong.empty());
    Optional<Architecture> architecture = dump.architecture();
    if (task.isEmpty() || architecture.isEmpty()) {
      return cpu;
    }
    CpuState state = architecture.get().withCurrentTask(cpu.state(), task.getAsLong());
    return new CrashedCpu(cpu.number(), cpu.crashed(), cpu.hasRegisters(), state);
  }
}
