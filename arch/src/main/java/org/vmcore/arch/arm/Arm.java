package org.vmcore.arch.arm;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongPredicate;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.CoreRegisters;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.EntryFrame;
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
import org.vmcore.dumpreader.api.Dump;

/** 32-bit ARM. */
public final class Arm implements Architecture {
  /** CPSR.M and CPSR.T (ARM Architecture Reference Manual, DDI 0406, B1.3.3). */
  private static final long SUPERVISOR_MODE = 0x13;

  private static final long MODE = 0x1f;
  private static final long USER_MODE = 0x10;
  private static final long THUMB = 0x20;

  private static final long SMALLEST_STACK = 8 << 10;
  private static final long STACK_PADDING = 8;

  /** {@code EM_ARM} (ELF for the ARM Architecture, 4.3). */
  private static final int EM_ARM = 40;

  /** Bytes of a top-level table of short descriptors, and its alignment. */
  private static final long SHORT_TABLE = 16 << 10;

  @Override
  public String name() {
    return "arm";
  }

  @Override
  public String tripleName() {
    return "arm";
  }

  @Override
  public int wordBits() {
    return 32;
  }

  /**
   * By the header, where {@code utsname.machine} is {@code armv7l} and the like, with the byte
   * order as last letter; else by the notes, whose size no other architecture's have.
   */
  @Override
  public boolean recognises(Dump dump) {
    return Recognition.byHeader(dump.info(), EM_ARM, "arm(v\\d.*)?")
        .orElseGet(() -> ArmNotes.PRSTATUS.isOf(dump));
  }

  @Override
  public RegisterSet programRegisters() {
    return ArmRegisters.OF_PROGRAMS;
  }

  @Override
  public CoreRegisters coreRegisters() {
    return ArmNotes.PRSTATUS.core().withShortUserIds();
  }

  /**
   * {@code struct pt_regs} ends 8 bytes before the stack does (THREAD_START_SP of Linux
   * arch/arm/include/asm/thread_info.h).
   */
  @Override
  public Optional<RegisterValues> userRegisters(ByteOrder order, SwitchedOutTask task) {
    List<String> words = ArmNotes.PRSTATUS.registers();
    long cpsr = words.indexOf("cpsr") * (long) Integer.BYTES;
    OptionalLong frame =
        EntryFrame.find(
            task,
            SMALLEST_STACK,
            at -> (task.word(at + cpsr).orElse(0) & MODE) == USER_MODE,
            words.size() * (long) Integer.BYTES + STACK_PADDING);
    return frame.isPresent()
        ? Optional.of(
            new SavedRegisters(programRegisters(), order, task)
                .words(words, frame.getAsLong(), Integer.BYTES)
                .build())
        : Optional.empty();
  }

  @Override
  public RegisterSet registers() {
    return ArmRegisters.SET;
  }

  @Override
  public List<CpuState> cpus(Dump dump) {
    return ArmNotes.cpus(dump);
  }

  @Override
  public List<String> options() {
    return List.of("lpae", "phys_base");
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
   * By the entries for the kernel, of which a process has copies (Linux arch/arm/mm/pgd.c,
   * pgd_alloc). Tables of LPAE are 32 bytes and need not start a page.
   */
  @Override
  public LongPredicate pageTableRoots(KernelSpace kernel) {
    Format32 format = (Format32) RadixPageTable.of(kernel).format();
    boolean lpae = format instanceof LongDescriptors;
    RadixPageTable.Level top = format.levels().get(0);
    long firstKernelAddress = format.firstKernelAddress();
    int common = (int) (KernelSpaceFinder.pageOffset(firstKernelAddress) >>> top.shift());
    // A process has a PMD of its own for the modules, which are in the entry before the kernel's.
    int first = lpae ? common : (int) (firstKernelAddress >>> top.shift());
    LongPredicate shared =
        new SharedEntries(
            kernel.physical(),
            format,
            kernel.root(),
            new SharedEntries.Range(first, (1 << top.bits()) - first, common, 0));
    return lpae ? shared : table -> table % SHORT_TABLE == 0 && shared.test(table);
  }

  /**
   * {@code __switch_to} keeps them in {@code thread_info.cpu_context} (Linux
   * arch/arm/kernel/entry-armv.S), and {@code thread_info} lies in the task, or at the start of its
   * stack.
   */
  @Override
  public RegisterValues switchedOut(ByteOrder order, SwitchedOutTask task) {
    SavedRegisters saved = new SavedRegisters(registers(), order, task);
    OptionalLong pc = context(task, "pc");
    saved.set("pc", pc).set("sp", context(task, "sp"));
    for (int i = 4; i <= 9; i++) {
      saved.set("r" + i, context(task, "r" + i));
    }
    saved.set("r10", context(task, "sl")).set("r11", context(task, "fp"));
    if (pc.isPresent()) {
      // gdb needs it to tell what code it is, and a task is switched out in the kernel alone.
      boolean thumb = (pc.getAsLong() & 1) != 0;
      saved.set("cpsr", OptionalLong.of(SUPERVISOR_MODE | (thumb ? THUMB : 0)));
      saved.set("pc", OptionalLong.of(pc.getAsLong() & ~1L));
    }
    return saved.build();
  }

  private static OptionalLong context(SwitchedOutTask task, String register) {
    OptionalLong inTask = task.member("thread_info.cpu_context." + register);
    if (inTask.isPresent()) {
      return inTask;
    }
    OptionalLong stack = task.member("stack");
    OptionalLong context = task.offset("struct thread_info", "cpu_context." + register);
    return stack.isPresent() && context.isPresent()
        ? task.word(stack.getAsLong() + context.getAsLong())
        : OptionalLong.empty();
  }
}
