package org.vmcore.arch.x86_64;

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
import org.vmcore.arch.api.RegisterSet;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.api.SavedRegisters;
import org.vmcore.arch.api.SwitchedOutTask;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.Vmcoreinfo;

/** x86-64 (AMD64, Intel 64). */
public final class X86_64 implements Architecture {
  /** {@code EM_X86_64} (System V ABI, AMD64 supplement, 4.1). */
  private static final int EM_X86_64 = 62;

  private static final String FRAME = "struct inactive_task_frame";

  /** Behind r15 to r12, where no types tell. */
  private static final long BX_IN_FRAME = 32;

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
    DumpInfo info = dump.info();
    if (info.elfMachine().isPresent()) {
      return info.elfMachine().getAsInt() == EM_X86_64;
    }
    String machine = info.machine().orElse("");
    if (!machine.isEmpty() && !machine.equals("Unknown")) {
      return machine.equals("x86_64");
    }
    if (info.wordBits() != 64 || info.byteOrder() != ByteOrder.LITTLE_ENDIAN) {
      return false;
    }
    return dump.notes().stream().anyMatch(X86Notes::isPlausible)
        || dump.vmcoreinfo().map(X86_64::isOfX86).orElse(false);
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
  public VirtualMemory addressSpace(KernelSpace kernel, long root) {
    X86PageTable tables = (X86PageTable) kernel.virtual().pageTable();
    return new VirtualMemory(kernel.physical(), tables.withUserRoot(root));
  }

  @Override
  public LongPredicate pageTableRoots(KernelSpace kernel) {
    return new KernelHalf(kernel.physical(), kernel.root());
  }

  /**
   * {@code thread.sp} points at what {@code __switch_to_asm} has pushed, a {@code struct
   * inactive_task_frame} that ends with where it returns to (Linux arch/x86/include/asm/
   * switch_to.h), which once began with the flags. Before Linux 4.9 (commit 0100301bfdf5,
   * "sched/x86: Rewrite the switch_to() code") switch_to() was inline, pushed the flags and rbp,
   * and went on at {@code thread_return}.
   */
  @Override
  public RegisterValues switchedOut(ByteOrder order, SwitchedOutTask task) {
    SavedRegisters saved = new SavedRegisters(registers(), order, task);
    OptionalLong sp = task.member("thread.sp");
    if (sp.isEmpty()) {
      return saved.build();
    }
    long frame = sp.getAsLong();
    OptionalLong inline = task.symbol("thread_return");
    if (inline.isPresent()) {
      return saved
          .word("rbp", frame)
          .word("eflags", frame + Long.BYTES)
          .set("rsp", OptionalLong.of(frame + 2 * Long.BYTES))
          .set("rip", inline)
          .build();
    }
    long bx = task.offset(FRAME, "bx").orElse(BX_IN_FRAME);
    long r15 = task.offset(FRAME, "r15").orElse(bx - 4 * Long.BYTES);
    return saved
        .word("r15", frame + r15)
        .word("r14", frame + r15 + Long.BYTES)
        .word("r13", frame + r15 + 2 * Long.BYTES)
        .word("r12", frame + r15 + 3 * Long.BYTES)
        .word("rbx", frame + bx)
        .word("rbp", frame + bx + Long.BYTES)
        .word("rip", frame + bx + 2 * Long.BYTES)
        .set("rsp", OptionalLong.of(frame + bx + 3 * Long.BYTES))
        .build();
  }
}
