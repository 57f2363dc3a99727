package org.vmcore.arch.i386;

import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongPredicate;
import org.vmcore.arch.Architecture;
import org.vmcore.arch.CpuState;
import org.vmcore.arch.ElfAbi;
import org.vmcore.arch.KernelSpace;
import org.vmcore.arch.Machine;
import org.vmcore.arch.MissingFactException;
import org.vmcore.arch.RadixPageTable;
import org.vmcore.arch.RadixPageTable.Format32;
import org.vmcore.arch.Recognition;
import org.vmcore.arch.RegisterRows;
import org.vmcore.arch.RegisterSet;
import org.vmcore.arch.RegisterValues;
import org.vmcore.arch.SavedRegisters;
import org.vmcore.arch.SharedEntries;
import org.vmcore.arch.SwitchedOutTask;
import org.vmcore.arch.VirtualMemory;
import org.vmcore.arch.x86.X86Entry;
import org.vmcore.dumpreader.Dump;
import org.vmcore.dumpreader.ElfMachines;

/** 32-bit x86. */
public final class I386 implements Architecture {
  /** System V ABI, Intel386 supplement, tables 2.14, 4.1 and 4.9. */
  private static final ElfAbi ABI =
      ElfAbi.of(ElfMachines.EM_386, 1, ElfAbi.NONE)
          .with(0, "eax ecx edx ebx esp ebp esi edi eip eflags")
          .with(40, "es cs ss ds fs gs");

  /** crash's {@code bt}. */
  private static final RegisterRows ROWS =
      RegisterRows.of(
          3, "eip esp eflags", "eax ebx ecx edx", "esi edi ebp", "orig_eax cs ss ds es fs gs");

  private static final String FRAME = "struct inactive_task_frame";

  /** Behind the flags, si and di, where no types tell. */
  private static final long BX_IN_FRAME = 12;

  @Override
  public String name() {
    return "i386";
  }

  @Override
  public String tripleName() {
    return "i386";
  }

  @Override
  public int wordBits() {
    return 32;
  }

  /**
   * By the header, or the notes, whose size no other architecture's have. QEMU writes 64-bit files
   * of these machines.
   */
  @Override
  public boolean recognises(Dump dump) {
    return Recognition.byHeader(dump.info(), ElfMachines.EM_386, "i[3-6]86")
        .orElseGet(() -> I386Notes.PRSTATUS.isOf(dump));
  }

  /** VMCOREINFO has the second alone; nothing stands before it. */
  @Override
  public List<String> imageStartSymbols() {
    return List.of("_text", "_stext");
  }

  @Override
  public String programCounter() {
    return "eip";
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
    return I386Registers.SET;
  }

  @Override
  public List<CpuState> cpus(Dump dump) {
    return I386Notes.cpus(dump);
  }

  @Override
  public List<String> options() {
    return List.of("pae", "page_offset");
  }

  @Override
  public KernelSpace kernelSpace(Machine machine) throws MissingFactException {
    return new KernelSpaceFinder(machine).find();
  }

  @Override
  public VirtualMemory addressSpace(KernelSpace kernel, long root) {
    return new VirtualMemory(kernel.physical(), RadixPageTable.of(kernel).withUserRoot(root));
  }

  /**
   * By the entries for the kernel (Linux arch/x86/mm/pgtable.c, pgd_ctor). Tables of PAE are 32
   * bytes and need not start a page; where page-table isolation is on, those have copies of the
   * kernel's second level and are not recognised.
   */
  @Override
  public LongPredicate pageTableRoots(KernelSpace kernel) {
    Format32 format = (Format32) RadixPageTable.of(kernel).format();
    RadixPageTable.Level top = format.levels().get(0);
    int first = (int) (format.firstKernelAddress() >>> top.shift());
    int count = (1 << top.bits()) - first;
    return new SharedEntries(
        kernel.physical(),
        format,
        kernel.root(),
        new SharedEntries.Range(first, count, first, X86Entry.ACCESSED | X86Entry.DIRTY));
  }

  /**
   * {@code thread.sp} points at what {@code __switch_to_asm} has pushed, a {@code struct
   * inactive_task_frame} that ends with where it returns to (Linux arch/x86/include/asm/
   * switch_to.h) and may begin with the flags. Before Linux 4.9 (commit 0100301bfdf5, "sched/x86:
   * Rewrite the switch_to() code") switch_to() was inline, pushed the flags and ebp, and saved
   * where to go on in {@code thread.ip}.
   */
  @Override
  public RegisterValues switchedOut(ByteOrder order, SwitchedOutTask task) {
    SavedRegisters saved = new SavedRegisters(registers(), order, task);
    OptionalLong sp = task.member("thread.sp");
    if (sp.isEmpty()) {
      return saved.build();
    }
    long frame = sp.getAsLong();
    OptionalLong inline = task.member("thread.ip");
    if (inline.isPresent()) {
      return saved
          .word("ebp", frame)
          .word("eflags", frame + Integer.BYTES)
          .set("esp", OptionalLong.of(frame + 2 * Integer.BYTES))
          .set("eip", inline)
          .build();
    }
    long bx = task.offset(FRAME, "bx").orElse(BX_IN_FRAME);
    if (bx == BX_IN_FRAME) {
      saved.word("eflags", frame);
    }
    return saved
        .word("esi", frame + bx - 2 * Integer.BYTES)
        .word("edi", frame + bx - Integer.BYTES)
        .word("ebx", frame + bx)
        .word("ebp", frame + bx + Integer.BYTES)
        .word("eip", frame + bx + 2 * Integer.BYTES)
        .set("esp", OptionalLong.of(frame + bx + 3 * Integer.BYTES))
        .build();
  }
}
