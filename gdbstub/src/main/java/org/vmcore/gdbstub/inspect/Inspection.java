package org.vmcore.gdbstub.inspect;

import java.util.List;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.rsp.Target.Console;

/** A command that needs no debugger: it tells something of a dump, as text and as a tree. */
public interface Inspection {
  /** The word it is called by. */
  String name();

  /** Its arguments, as its usage shows them; empty when it takes none. */
  String arguments();

  /** One line without a full stop. */
  String summary();

  /** What its help adds to the summary: whole lines. */
  String help();

  /**
   * Finds out, for the CPU that brought the machine down.
   *
   * @param console where a command that may take long prints lines as it makes them
   * @throws FailedException with a sentence why it cannot
   */
  Answer inspect(CrashedMachine machine, List<String> arguments, Console console)
      throws FailedException;

  /** Why there is no answer; {@code usage} when the arguments are to blame. */
  final class FailedException extends Exception {
    private final boolean usage;

    FailedException(String message, boolean usage) {
      super(message);
      this.usage = usage;
    }

    public boolean isUsage() {
      return usage;
    }
  }

  /** The CPU that brought the machine down, else the first. */
  static CrashedCpu cpu(CrashedMachine machine) throws MissingFactException {
    Optional<CrashedCpu> crashed = machine.cpus().stream().filter(CrashedCpu::crashed).findFirst();
    return crashed
        .or(() -> machine.cpus().stream().findFirst())
        .orElseThrow(() -> new MissingFactException("the dump does not tell what CPUs there were"));
  }
}
