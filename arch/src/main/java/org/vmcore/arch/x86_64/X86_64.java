package org.vmcore.arch.x86_64;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.CoreRegisters;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.Disassembler;
import org.vmcore.arch.api.ElfAbi;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.api.Recognition;
import org.vmcore.arch.api.RegisterRows;
import org.vmcore.arch.api.RegisterSet;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.api.SwitchedOutTask;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.x86.X86Disassembler;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.ElfMachines;
import org.vmcore.dumpreader.api.Vmcoreinfo;

/** x86-64 (AMD64, Intel 64). */
public final class X86_64 implements Architecture {
  /** System V ABI, AMD64 supplement, 4.1, 4.4 and figure 3.36. */
  private static final ElfAbi ABI =
      ElfAbi.of(ElfMachines.EM_X86_64, 10, 1)
          .with(0, "rax rdx rcx rbx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip")
          .with(49, "eflags es cs ss ds fs gs");

  /** crash's {@code bt}. */
  private static final RegisterRows ROWS =
      RegisterRows.of(
          3,
          "rip rsp eflags=RFLAGS",
          "rax rbx rcx",
          "rdx rsi rdi",
          "rbp r8 r9",
          "r10 r11 r12",
          "r13 r14 r15",
          "orig_rax cs ss");

  @Override
  public Optional<Disassembler> disassembler() {
    return Optional.of(new X86Disassembler());
  }

  @Override
  public String name() {
    return "x86-64";
  }

  @Override
  public String tripleName() {
    return "x86_64";
  }

  /**
   * By the ELF header, or {@code utsname.machine}; a header without either (QEMU's kdump files)
   * leaves the VMCOREINFO and the notes.
   */
  @Override
  public boolean recognises(Dump dump) {
    return Recognition.byHeader(dump.info(), ElfMachines.EM_X86_64, "x86_64")
        .orElseGet(() -> hasItsOwn(dump));
  }

  private static boolean hasItsOwn(Dump dump) {
    return dump.info().wordBits() == 64
        && dump.info().byteOrder() == ByteOrder.LITTLE_ENDIAN
        && (dump.notes().stream().anyMatch(X86Notes::isPlausible)
            || dump.vmcoreinfo().map(X86_64::isOfX86).orElse(false));
  }

  /** No other architecture has {@code phys_base} (arch/x86/kernel/machine_kexec_64.c). */
  private static boolean isOfX86(Vmcoreinfo vmcoreinfo) {
    return vmcoreinfo.number("phys_base").isPresent()
        || vmcoreinfo.symbol("init_top_pgt").isPresent()
        || vmcoreinfo.symbol("init_level4_pgt").isPresent();
  }

  /** VMCOREINFO has the second alone; nothing stands before it. */
  @Override
  public List<String> imageStartSymbols() {
    return List.of("_text", "_stext");
  }

  @Override
  public String programCounter() {
    return "rip";
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
  public RegisterSet programRegisters() {
    return X86Registers.OF_PROGRAMS;
  }

  @Override
  public CoreRegisters coreRegisters() {
    return CoreRegisters.ofWords(Long.BYTES, X86Notes.PR_REG);
  }

  @Override
  public Optional<RegisterValues> userRegisters(ByteOrder order, SwitchedOutTask task) {
    return X86UserRegisters.of(task);
  }

  @Override
  public RegisterSet registers() {
    return X86Registers.SET;
  }

  @Override
  public List<CpuState> cpus(Dump dump) {
    return X86Notes.cpus(dump.notes());
  }

  @Override
  public List<String> options() {
    return List.of("phys_base");
  }

  @Override
  public KernelSpace kernelSpace(Machine machine) throws MissingFactException {
    return new KernelSpaceFinder(machine).find();
  }

  @Override
  public LongPredicate pageTableRoots(KernelSpace kernel) {
    return new KernelHalf(kernel.physical(), kernel.root());
  }
}
