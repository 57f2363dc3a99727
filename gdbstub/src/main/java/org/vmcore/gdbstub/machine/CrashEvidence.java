package org.vmcore.gdbstub.machine;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.CrashState;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.log.LogRecord;
import org.vmcore.gdbstub.linux.log.PanicMessage;
import org.vmcore.gdbstub.linux.stack.FrameRegisters;
import org.vmcore.gdbstub.linux.stack.Unwinding;
import org.vmcore.gdbstub.machine.CrashVerdict.Outcome;
import org.vmcore.gdbstub.port.LinuxPorts;

/**
 * Who brought the machine down. The witnesses, the best first, each asked where the one before has
 * nothing to say:
 *
 * <ol>
 *   <li>{@code panic_cpu}, since Linux 4.5; then {@code crashing_cpu};
 *   <li>a CPU whose stack is in the kernel's own code for dying;
 *   <li>the words of the log.
 * </ol>
 *
 * That a CPU was busy in the kernel is no evidence: on a healthy machine most of them are.
 */
final class CrashEvidence {
  /** What a CPU is in that brings the machine down, until the machine is gone. */
  private static final Set<String> DYING =
      Set.of(
          "panic",
          "vpanic",
          "crash_kexec",
          "__crash_kexec",
          "oops_end",
          "die",
          "__die",
          "die_nmi",
          "sysrq_handle_crash",
          "emergency_restart");

  /** What a CPU is in that wants to panic when another already does (Linux kernel/panic.c). */
  private static final Set<String> LATE = Set.of("panic_smp_self_stop", "nmi_panic_self_stop");

  private final Optional<Architecture> architecture;
  private final MachineMemory memory;
  private final MachineKernel machine;
  private final Optional<LinuxKernel> kernel;
  private final List<CrashedCpu> cpus;

  /**
   * @param cpus by their numbers
   */
  CrashEvidence(
      Optional<Architecture> architecture,
      MachineMemory memory,
      MachineKernel machine,
      Optional<LinuxKernel> kernel,
      List<CrashedCpu> cpus) {
    this.architecture = architecture;
    this.memory = memory;
    this.machine = machine;
    this.kernel = kernel;
    this.cpus = cpus;
  }

  CrashVerdict verdict() {
    if (kernel.isEmpty()) {
      return CrashVerdict.without(Outcome.UNKNOWN, "the kernel's memory cannot be read");
    }
    CrashState state = new CrashState(kernel.get());
    Optional<List<LogRecord>> log = log();
    return told("panic_cpu", state.panicCpu())
        .or(() -> told("crashing_cpu", state.crashingCpu()))
        .or(this::dying)
        .or(() -> told("the log", log.map(PanicMessage::cpu).orElse(OptionalInt.empty())))
        .orElseGet(() -> withoutCpu(state, log));
  }

  private static Optional<CrashVerdict> told(String witness, OptionalInt cpu) {
    return cpu.isPresent()
        ? Optional.of(CrashVerdict.on(cpu.getAsInt(), witness))
        : Optional.empty();
  }

  private CrashVerdict withoutCpu(CrashState state, Optional<List<LogRecord>> log) {
    boolean tookCrashKernel = memory.told("CRASHTIME").isPresent();
    Optional<String> message = log.flatMap(PanicMessage::of);
    if (message.isPresent()) {
      return CrashVerdict.without(Outcome.CRASHED, "the log: " + message.get());
    }
    if (tookCrashKernel) {
      return CrashVerdict.without(Outcome.CRASHED, "it went into its crash kernel");
    }
    if (state.neverPanicked() || log.isPresent()) {
      return CrashVerdict.without(
          Outcome.NOT_CRASHED,
          "no CPU is in a panic"
              + (log.isPresent() ? ", and the log tells of no panic and no oops" : ""));
    }
    return CrashVerdict.without(Outcome.UNKNOWN, "neither variables nor stacks nor the log tell");
  }

  /** The only CPU in the code for dying; where several are, the one that did not come late. */
  private Optional<CrashVerdict> dying() {
    boolean hasNames = kernel.flatMap(LinuxKernel::kallsyms).isPresent();
    if (architecture.isEmpty() || !hasNames) {
      return Optional.empty();
    }
    Unwinding unwinding =
        new Unwinding(
            kernel.get(),
            architecture.get(),
            LinuxPorts.of(architecture.get()).unwinder(kernel.get()));
    Function<CrashedCpu, Set<String>> functions =
        cpu ->
            unwinding.unwind(FrameRegisters.of(cpu.state().registers()), false).stream()
                .flatMap(frame -> unwinding.function(frame).stream())
                .map(located -> located.symbol().name())
                .collect(Collectors.toSet());
    for (CrashedCpu cpu : cpus) {
      if (cpu.hasRegisters() && !cpu.state().userMode()) {
        Set<String> on = functions.apply(cpu);
        Optional<String> in = DYING.stream().filter(on::contains).sorted().findFirst();
        if (in.isPresent() && LATE.stream().noneMatch(on::contains)) {
          return Optional.of(CrashVerdict.on(cpu.number(), in.get() + " on its stack"));
        }
      }
    }
    return Optional.empty();
  }

  private Optional<List<LogRecord>> log() {
    try {
      return Optional.of(machine.log().records()).filter(records -> !records.isEmpty());
    } catch (MissingFactException e) {
      // One piece of evidence less; the log command says why.
      return Optional.empty();
    }
  }
}
