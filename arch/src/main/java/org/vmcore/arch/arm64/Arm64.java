package org.vmcore.arch.arm64;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.CoreRegisters;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.Disassembler;
import org.vmcore.arch.api.ElfAbi;
import org.vmcore.arch.api.EntryFrame;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.api.Recognition;
import org.vmcore.arch.api.RegisterRows;
import org.vmcore.arch.api.RegisterSet;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.api.SavedRegisters;
import org.vmcore.arch.api.SwitchedOutTask;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.MemoryFilter;
import org.vmcore.arch.paging.RadixPageTable;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.ElfMachines;
import org.vmcore.dumpreader.api.Vmcoreinfo;

/** arm64 (AArch64), little-endian and big-endian. */
public final class Arm64 implements Architecture {
  /** ELF (IHI 0056) and DWARF (IHI 0057) for the Arm 64-bit Architecture. */
  private static final ElfAbi ABI =
      ElfAbi.of(ElfMachines.EM_AARCH64, 258, 257).with(0, "x", 31).with(31, "sp pc");

  /** crash's {@code bt}. */
  private static final RegisterRows ROWS =
      RegisterRows.of(
          4,
          "pc x30=LR sp",
          "x29 x28 x27",
          "x26 x25 x24",
          "x23 x22 x21",
          "x20 x19 x18",
          "x17 x16 x15",
          "x14 x13 x12",
          "x11 x10 x9",
          "x8 x7 x6",
          "x5 x4 x3",
          "x2 x1 x0",
          "cpsr=PSTATE");

  private static final long SMALLEST_STACK = 16 << 10;

  /**
   * What {@code struct pt_regs} has been, the largest first: what is too large has the stack
   * pointer in the place of the program state.
   */
  private static final long[] PT_REGS_SIZES = {352, 336, 320, 304, 288};

  private static final long PSTATE_IN_PT_REGS = 33L * Long.BYTES;

  /** Modules are at most so far from the kernel's text (Linux arch/arm64/mm/init.c, SZ_2G). */
  private static final long MODULES_REACH = 2L << 30;

  @Override
  public String name() {
    return "arm64";
  }

  @Override
  public Optional<Disassembler> disassembler() {
    return Optional.of(new Arm64Disassembler());
  }

  @Override
  public String tripleName() {
    return "aarch64";
  }

  /**
   * By the ELF header, or {@code utsname.machine}; a header without either (QEMU's kdump files)
   * leaves the VMCOREINFO and the notes.
   */
  @Override
  public boolean recognises(Dump dump) {
    // UTS_MACHINE (Linux arch/arm64/Makefile).
    return Recognition.byHeader(dump.info(), ElfMachines.EM_AARCH64, "aarch64(_be)?")
        .orElseGet(() -> hasItsOwn(dump));
  }

  /** No other architecture has kimage_voffset (Linux arch/arm64/kernel/vmcore_info.c). */
  private static boolean hasItsOwn(Dump dump) {
    ByteOrder order = dump.info().byteOrder();
    return dump.info().wordBits() == 64
        && (dump.vmcoreinfo().map(v -> v.number("kimage_voffset").isPresent()).orElse(false)
            || dump.notes().stream().anyMatch(note -> Arm64Notes.isPlausible(note, order)));
  }

  /** {@code struct user_pt_regs}. */
  @Override
  public CoreRegisters coreRegisters() {
    List<String> words = new ArrayList<>();
    for (int i = 0; i <= 30; i++) {
      words.add("x" + i);
    }
    words.addAll(List.of("sp", "pc", "cpsr"));
    return CoreRegisters.ofWords(Long.BYTES, words);
  }

  /** {@code struct pt_regs} begins with what user space is shown of it. */
  @Override
  public Optional<RegisterValues> userRegisters(ByteOrder order, SwitchedOutTask task) {
    OptionalLong size = task.size("struct pt_regs");
    OptionalLong frame =
        EntryFrame.find(
            task,
            SMALLEST_STACK,
            at -> isUsers(task, at),
            size.isPresent() ? new long[] {size.getAsLong()} : PT_REGS_SIZES);
    if (frame.isEmpty()) {
      return Optional.empty();
    }
    SavedRegisters saved = new SavedRegisters(programRegisters(), order, task);
    long at = frame.getAsLong();
    for (CoreRegisters.Slot slot : coreRegisters().slots()) {
      saved.word(slot.register(), at);
      at += slot.bytes();
    }
    return Optional.of(saved.build());
  }

  /**
   * EL0 with nothing in the upper half of the word, and a program counter and stack pointer of the
   * lower half of the addresses.
   */
  private static boolean isUsers(SwitchedOutTask task, long frame) {
    long pstate = task.word(frame + PSTATE_IN_PT_REGS).orElse(-1);
    long pc = task.word(frame + PSTATE_IN_PT_REGS - Long.BYTES).orElse(0);
    long sp = task.word(frame + PSTATE_IN_PT_REGS - 2 * Long.BYTES).orElse(0);
    return (pstate & Arm64Notes.MODE) == 0 && pstate >>> Integer.SIZE == 0 && pc > 0 && sp > 0;
  }

  @Override
  public ElfAbi elf(ByteOrder order) {
    return ABI;
  }

  @Override
  public RegisterRows registerRows() {
    return ROWS;
  }

  @Override
  public RegisterSet registers() {
    return Arm64Registers.SET;
  }

  @Override
  public List<CpuState> cpus(Dump dump) {
    return Arm64Notes.cpus(dump);
  }

  @Override
  public List<String> options() {
    return List.of("kimage_voffset", "phys_offset", "vabits", "vabits_actual");
  }

  @Override
  public KernelSpace kernelSpace(Machine machine) throws MissingFactException {
    return new KernelSpaceFinder(machine).find();
  }

  /** In the kernel SP_EL0 is the current task (Linux arch/arm64/include/asm/current.h). */
  @Override
  public CpuState withCurrentTask(CpuState cpu, long task) {
    return cpu.userMode() ? cpu : cpu.with(cpu.registers().toBuilder().set("SP_EL0", task).build());
  }

  @Override
  public MemoryFilter filterForDebuggers(KernelSpace kernel, Optional<Vmcoreinfo> vmcoreinfo) {
    long mask = vmcoreinfo.map(info -> info.number("KERNELPACMASK").orElse(0)).orElse(0L);
    OptionalLong text = vmcoreinfo.map(info -> info.symbol("_stext")).orElse(OptionalLong.empty());
    if (mask == 0 || text.isEmpty()) {
      return MemoryFilter.NONE;
    }
    ByteOrder order = RadixPageTable.of(kernel).format().byteOrder();
    return new SignedReturnAddresses(
        order, mask, text.getAsLong() - MODULES_REACH, 2 * MODULES_REACH);
  }
}
