package org.vmcore.gdbstub.monitor.log;

import java.util.Optional;
import org.vmcore.arch.MissingFactException;
import org.vmcore.dumpreader.Vmcoreinfo;
import org.vmcore.gdbstub.kernel.log.KernelLog;
import org.vmcore.gdbstub.target.CrashedMachine;

/** The log of a machine, by what tells where it is. */
public final class MachineLog {
  private MachineLog() {}

  /**
   * Reads it.
   *
   * @throws MissingFactException when it cannot be found
   */
  public static KernelLog read(CrashedMachine machine) throws MissingFactException {
    Optional<Vmcoreinfo> vmcoreinfo = machine.vmcoreinfo().filter(KernelLog::isTold);
    return vmcoreinfo.isPresent()
        ? KernelLog.read(machine.kernelMemory(), vmcoreinfo.get())
        : KernelLog.read(machine.linux());
  }
}
