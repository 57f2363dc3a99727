package org.vmcore.arch.i386;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongPredicate;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.CoreRegisters;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.api.Recognition;
import org.vmcore.arch.api.RegisterSet;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.api.SavedRegisters;
import org.vmcore.arch.api.SwitchedOutTask;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.RadixPageTable;
import org.vmcore.arch.paging.RadixPageTable.Format32;
import org.vmcore.arch.paging.SharedEntries;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.arch.x86.X86Entry;
import org.vmcore.dumpreader.api.Dump;

/** 32-bit x86. */
public final class I386 implements Architecture {
  private static final String FRAME = "struct inactive_task_frame";

  /** Behind the flags, si and di, where no types tell. */
  private static final long BX_IN_FRAME = 12;

  /** {@code EM_386} (System V ABI, Intel386 supplement, 4). */
  private static final int EM_386 = 3;

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
    return Recognition.byHeader(dump.info(), EM_386, "i[3-6]86")
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
  public RegisterSet programRegisters() {
    return I386Registers.OF_PROGRAMS;
  }

  @Override
  public CoreRegisters coreRegisters() {
    return I386Notes.PRSTATUS.core().withShortUserIds();
  }

  @Override
  public Optional<RegisterValues> userRegisters(ByteOrder order, SwitchedOutTask task) {
    return I386UserRegisters.of(task);
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
