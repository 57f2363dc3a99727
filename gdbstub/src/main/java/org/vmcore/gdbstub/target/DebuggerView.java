package org.vmcore.gdbstub.target;

import org.jspecify.annotations.Nullable;
import org.vmcore.arch.MissingFactException;
import org.vmcore.arch.VirtualMemory;

/** What one debugger has chosen to look at in a machine that it shares with others. */
public final class DebuggerView {
  private final CrashedMachine machine;
  private @Nullable VirtualMemory chosenSpace;

  public DebuggerView(CrashedMachine machine) {
    this.machine = machine;
  }

  public CrashedMachine machine() {
    return machine;
  }

  /** Memory as {@code cpu} saw it, or the address space that the user chose instead. */
  public VirtualMemory memory(CrashedCpu cpu) throws MissingFactException {
    return chosenSpace != null ? chosenSpace : machine.memoryOf(cpu);
  }

  /**
   * Shows another address space to all threads.
   *
   * @param root physical address of its top-level page table
   */
  public void chooseSpace(long root) throws MissingFactException {
    chosenSpace = machine.addressSpace(root);
  }

  /** Shows each thread the address space of its own CPU again. */
  public void forgetSpace() {
    chosenSpace = null;
  }
}
