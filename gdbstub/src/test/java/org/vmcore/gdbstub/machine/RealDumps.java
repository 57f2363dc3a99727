package org.vmcore.gdbstub.machine;

import org.vmcore.testing.Corpus;
import org.vmcore.testing.RealDump;

/** Opens real dumps. */
public final class RealDumps {
  private RealDumps() {}

  /** One of the corpus, under its name there; skips the test without it. */
  public static CrashedMachine open(String name) throws Exception {
    return CrashedMachine.open(Corpus.file(name), MachineOptions.defaults());
  }

  /** One that the dump alone tells names and types of. */
  public static CrashedMachine typed() throws Exception {
    return CrashedMachine.open(RealDump.typed().file(), MachineOptions.defaults());
  }
}
