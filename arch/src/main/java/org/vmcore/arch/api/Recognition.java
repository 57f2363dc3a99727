package org.vmcore.arch.api;

import java.util.Optional;
import org.vmcore.dumpreader.api.DumpInfo;

/** Tells a dump's architecture by what its header says, where it says anything. */
public final class Recognition {
  private Recognition() {}

  /**
   * @param elfMachine {@code e_machine} of the architecture
   * @param utsname a regular expression of its {@code utsname.machine}
   * @return empty when the header names no machine, as those of QEMU's kdump-compressed files of
   *     some architectures
   */
  public static Optional<Boolean> byHeader(DumpInfo info, int elfMachine, String utsname) {
    if (info.elfMachine().isPresent()) {
      return Optional.of(info.elfMachine().getAsInt() == elfMachine);
    }
    return info.machine().map(machine -> machine.matches(utsname));
  }
}
