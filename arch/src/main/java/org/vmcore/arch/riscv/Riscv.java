package org.vmcore.arch.riscv;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.CoreRegisters;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.ElfAbi;
import org.vmcore.arch.api.Recognition;
import org.vmcore.arch.api.RegisterRows;
import org.vmcore.arch.api.RegisterSet;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.api.SwitchedOutTask;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.ElfMachines;

/** What RISC-V is with registers of any size. */
public abstract class Riscv implements Architecture {
  private final RiscvNotes notes;

  protected Riscv(RiscvNotes notes) {
    this.notes = notes;
  }

  @Override
  public final String tripleName() {
    return name();
  }

  /** Linux: UTS_MACHINE of arch/riscv/Makefile; {@code e_machine} is that of either size. */
  @Override
  public final String utsname(ByteOrder order) {
    return name();
  }

  /** By the header, or the notes, whose size no other architecture's have. */
  @Override
  public final boolean recognises(Dump dump) {
    return dump.info().wordBits() == wordBits()
        && Recognition.byHeader(dump.info(), ElfMachines.EM_RISCV, name())
            .orElseGet(() -> notes.areIn(dump));
  }

  /** {@code _text} comes after the header and the start-up code. */
  @Override
  public final List<String> imageStartSymbols() {
    return List.of("_start");
  }

  @Override
  public final ElfAbi elf(ByteOrder order) {
    return RiscvRegisters.ABI;
  }

  @Override
  public final RegisterRows registerRows() {
    return RiscvRegisters.ROWS;
  }

  @Override
  public final RegisterSet registers() {
    return notes.registers();
  }

  @Override
  public final CoreRegisters coreRegisters() {
    return notes.core();
  }

  @Override
  public final Optional<RegisterValues> userRegisters(ByteOrder order, SwitchedOutTask task) {
    return notes.user(order, task);
  }

  @Override
  public final List<CpuState> cpus(Dump dump) {
    return notes.cpus(dump);
  }
}
