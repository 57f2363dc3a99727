package org.vmcore.gdbstub.machine;

import java.time.Instant;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.SystemState;

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

  /** The kernel's clock; without types the time that it left in VMCOREINFO when it crashed. */
  public static Optional<Instant> now(CrashedMachine machine) throws MissingFactException {
    Optional<Instant> clock = new SystemState(machine.linux()).time();
    return clock.isPresent() ? clock : written(machine);
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
      boot = now(machine).flatMap(now -> state.uptime().map(now::minus));
    }
    return boot.orElseThrow(
        () ->
            new MissingFactException(
                "when the machine was booted is not known, as far as BTF, --vmlinux or --types"
                    + " tells"));
  }
}
