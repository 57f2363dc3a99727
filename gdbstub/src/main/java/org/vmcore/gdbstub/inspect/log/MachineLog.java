package org.vmcore.gdbstub.inspect.log;

import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.log.KernelLog;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** The log of a machine, by what tells where it is. */
public final class MachineLog {
  private MachineLog() {}

  /**
   * Reads it.
   *
   * @throws MissingFactException when it cannot be found
   */
  public static KernelLog read(CrashedMachine machine) throws MissingFactException {
    return machine.log();
  }
}
