package org.vmcore.arch.s390x;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.CoreRegisters;
import org.vmcore.arch.api.CpuState;
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
import org.vmcore.arch.paging.LinearMap;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.ElfMachines;

/** s390x (z/Architecture, IBM Z). */
public final class S390x implements Architecture {
  /** ELF ABI s390x supplement, "Relocation types" and "DWARF register mapping". */
  private static final ElfAbi ABI =
      ElfAbi.of(ElfMachines.EM_S390, 4, 22).with(0, "r", 16).with(64, "pswm pswa");

  /** crash's {@code bt}. */
  private static final RegisterRows ROWS =
      RegisterRows.of(
          3,
          "pswm=PSW_MASK pswa=PSW_ADDR",
          "r0 r1 r2 r3",
          "r4 r5 r6 r7",
          "r8 r9 r10 r11",
          "r12 r13 r14 r15");

  private static final long SMALLEST_STACK = 16 << 10;
  private static final String PT_REGS = "struct pt_regs";

  @Override
  public String name() {
    return "s390x";
  }

  @Override
  public String tripleName() {
    return "s390x";
  }

  /**
   * By the ELF header, or {@code utsname.machine}; a header without either leaves the notes and the
   * VMCOREINFO, in which only this architecture has {@code lowcore_ptr}
   * (arch/s390/kernel/machine_kexec.c).
   */
  @Override
  public boolean recognises(Dump dump) {
    return dump.info().wordBits() == 64
        && dump.info().byteOrder() == ByteOrder.BIG_ENDIAN
        && Recognition.byHeader(dump.info(), ElfMachines.EM_S390, "s390x")
            .orElseGet(
                () ->
                    dump.notes().stream().anyMatch(S390Notes::isOfS390)
                        || dump.vmcoreinfo()
                            .map(v -> v.symbol("lowcore_ptr").isPresent())
                            .orElse(false));
  }

  @Override
  public ByteOrder usualByteOrder() {
    return ByteOrder.BIG_ENDIAN;
  }

  @Override
  public String programCounter() {
    return "pswa";
  }

  /** {@code s390_regs}: the access registers have half a word each. */
  @Override
  public CoreRegisters coreRegisters() {
    List<String> words = new ArrayList<>(List.of("pswm", "pswa"));
    List<String> access = new ArrayList<>();
    for (int i = 0; i <= 15; i++) {
      words.add("r" + i);
      access.add("acr" + i);
    }
    return CoreRegisters.ofWords(Long.BYTES, words)
        .and(CoreRegisters.slots(access, Integer.BYTES))
        .and(CoreRegisters.slots(List.of("orig_r2"), Long.BYTES));
  }

  /**
   * {@code struct pt_regs} is the last on the stack (Linux arch/s390/include/asm/processor.h). The
   * access registers are in {@code thread}.
   */
  @Override
  public Optional<RegisterValues> userRegisters(ByteOrder order, SwitchedOutTask task) {
    OptionalLong size = task.size(PT_REGS);
    OptionalLong psw = task.offset(PT_REGS, "psw");
    OptionalLong gprs = task.offset(PT_REGS, "gprs");
    OptionalLong orig = task.offset(PT_REGS, "orig_gpr2");
    if (size.isEmpty() || psw.isEmpty() || gprs.isEmpty() || orig.isEmpty()) {
      return Optional.empty();
    }
    OptionalLong frame =
        EntryFrame.find(
            task,
            SMALLEST_STACK,
            at -> (task.word(at + psw.getAsLong()).orElse(0) & S390Notes.PSW_PROBLEM_STATE) != 0,
            size.getAsLong());
    if (frame.isEmpty()) {
      return Optional.empty();
    }
    SavedRegisters saved = new SavedRegisters(programRegisters(), order, task);
    saved.words(List.of("pswm", "pswa"), frame.getAsLong() + psw.getAsLong(), Long.BYTES);
    saved.word("orig_r2", frame.getAsLong() + orig.getAsLong());
    for (int i = 0; i <= 15; i++) {
      saved.word("r" + i, frame.getAsLong() + gprs.getAsLong() + (long) i * Long.BYTES);
      saved.member("acr" + i, "thread.acrs[" + i + "]");
    }
    return Optional.of(saved.build());
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
    return S390Registers.SET;
  }

  @Override
  public List<CpuState> cpus(Dump dump) {
    return S390Notes.cpus(dump.notes());
  }

  @Override
  public List<String> options() {
    return List.of("asce");
  }

  @Override
  public KernelSpace kernelSpace(Machine machine) throws MissingFactException {
    return new S390KernelSpace(machine).find();
  }

  /**
   * @param root an ASCE, or the bare address of a table: a process's own space, in which no kernel
   *     address is
   */
  @Override
  public VirtualMemory addressSpace(KernelSpace kernel, long root) {
    S390PageTable kernels = (S390PageTable) kernel.virtual().pageTable();
    S390PageTable tables = new S390PageTable(kernel.physical(), root, Prefix.NONE, LinearMap.NONE);
    return tables.root() == kernels.root()
        ? kernel.virtual()
        : new VirtualMemory(kernel.physical(), tables);
  }

  /**
   * The address space that the CPU was in, seen through its prefix: the kernel's or that of the
   * program it ran, never both.
   */
  @Override
  public VirtualMemory addressSpace(KernelSpace kernel, CpuState cpu, OptionalLong root) {
    VirtualMemory space =
        root.isPresent() ? addressSpace(kernel, root.getAsLong()) : kernel.virtual();
    OptionalLong prefix = cpu.registers().value("prefix");
    if (prefix.isEmpty()) {
      return space;
    }
    S390PageTable tables = (S390PageTable) space.pageTable();
    return new VirtualMemory(kernel.physical(), tables.withPrefix(new Prefix(prefix.getAsLong())));
  }

  /** The kernel's alone: user addresses are those of another address space. */
  @Override
  public VirtualMemory taskSpace(KernelSpace kernel, OptionalLong root) {
    return kernel.virtual();
  }
}
