package org.vmcore.gdbstub.machine;

import java.time.Instant;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.SystemState;
import org.vmcore.gdbstub.linux.types.Reasons;

/** When the machine crashed, and when it had been booted. */
public final class CrashTime {
  private CrashTime() {}

  /** What crash_kexec() wrote, in seconds since 1970 (Linux kernel/kexec_core.c); whole seconds. */
  public static Optional<Instant> written(CrashedMachine machine) {
    return machine
        .vmcoreinfo()
        .flatMap(info -> info.value("CRASHTIME"))
        .filter(text -> text.matches("[0-9]{1,12}"))
        .map(text -> Instant.ofEpochSecond(Long.parseLong(text)));
  }

  /**
   * The kernel's clock; without types the time that it left in VMCOREINFO when it crashed.
   *
   * @param reasons told why, where neither is known
   */
  public static Optional<Instant> now(CrashedMachine machine, Reasons reasons)
      throws MissingFactException {
    SystemState state = new SystemState(machine.linux());
    Optional<Instant> time = state.time().or(() -> written(machine));
    if (time.isEmpty()) {
      state.reasons().all().forEach(reasons::add);
    }
    return time;
  }

  /**
   * When the clock of the log was 0.
   *
   * @throws MissingFactException when that cannot be told
   */
  public static Instant boot(CrashedMachine machine) throws MissingFactException {
    SystemState state = new SystemState(machine.linux());
    Optional<Instant> boot = state.bootTime();
    if (boot.isEmpty()) {
      boot = now(machine, state.reasons()).flatMap(now -> state.uptime().map(now::minus));
    }
    return boot.orElseThrow(
        () ->
            new MissingFactException(
                "when the machine was booted is not known: "
                    + String.join("; ", state.reasons().all())));
  }
}
