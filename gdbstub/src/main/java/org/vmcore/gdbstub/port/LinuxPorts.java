package org.vmcore.gdbstub.port;

import java.util.List;
import java.util.Optional;
import org.vmcore.arch.api.Architecture;
import org.vmcore.gdbstub.port.api.LinuxPort;
import org.vmcore.gdbstub.port.arm.ArmPort;
import org.vmcore.gdbstub.port.arm64.Arm64Port;
import org.vmcore.gdbstub.port.i386.I386Port;
import org.vmcore.gdbstub.port.ppc64.Ppc64Port;
import org.vmcore.gdbstub.port.riscv.RiscvPort;
import org.vmcore.gdbstub.port.s390x.S390Port;
import org.vmcore.gdbstub.port.x86_64.X86Port;

/** Every port, one for each architecture. */
public final class LinuxPorts {
  static final List<LinuxPort> ALL =
      List.of(
          new X86Port(),
          new Arm64Port(),
          new S390Port(),
          new Ppc64Port(),
          RiscvPort.of64(),
          RiscvPort.of32(),
          new I386Port(),
          new ArmPort());

  private LinuxPorts() {}

  /** That of an architecture. */
  public static LinuxPort of(Architecture architecture) {
    Optional<LinuxPort> found =
        ALL.stream()
            .filter(port -> port.architecture().name().equals(architecture.name()))
            .findFirst();
    return found.orElseThrow(
        () -> new IllegalArgumentException("no port of Linux for " + architecture.name()));
  }
}
