package org.vmcore.arch.api;

import java.util.Optional;
import org.vmcore.dumpreader.api.DumpInfo;

/** Tells a dump's architecture by what its header says, where it says anything. */
public final class Recognition {
  private Recognition() {}

  /**
   * @param elfMachine {@code e_machine} of the architecture
   * @param utsname a regular expression of its {@code utsname.machine}
   * @return empty when the header names no machine: QEMU and makedumpfile leave that empty or
   *     {@code Unknown} in kdump-compressed files of some architectures
   */
  public static Optional<Boolean> byHeader(DumpInfo info, int elfMachine, String utsname) {
    if (info.elfMachine().isPresent()) {
      return Optional.of(info.elfMachine().getAsInt() == elfMachine);
    }
    return info.machine()
        .filter(machine -> !machine.isEmpty() && !machine.equals("Unknown"))
        .map(machine -> machine.matches(utsname));
  }
}
