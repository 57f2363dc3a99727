package org.vmcore.arch.arm;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongPredicate;
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
import org.vmcore.arch.paging.RadixPageTable;
import org.vmcore.arch.paging.RadixPageTable.Format32;
import org.vmcore.arch.paging.SharedEntries;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.ElfMachines;

/** 32-bit ARM. */
public final class Arm implements Architecture {
  /** ELF for the Arm Architecture, 5.2. */
  private static final int EF_ARM_EABI_VER5 = 0x05000000;

  /** The instructions are little-endian, as of all big-endian kernels since ARMv6. */
  private static final int EF_ARM_BE8 = 0x00800000;

  /** ELF (IHI 0044; 4.3, 5.2) and DWARF (IHI 0040, 4.1) for the Arm Architecture. */
  private static final ElfAbi ABI =
      ElfAbi.of(ElfMachines.EM_ARM, 2, ElfAbi.NONE)
          .withFlags(EF_ARM_EABI_VER5)
          .with(0, "r", 13)
          .with(13, "sp lr pc");

  private static final ElfAbi BIG_ENDIAN_ABI = ABI.withFlags(EF_ARM_EABI_VER5 | EF_ARM_BE8);

  /** crash's {@code bt}. */
  private static final RegisterRows ROWS =
      RegisterRows.of(3, "pc lr sp cpsr=PSR", "r12 r11 r10 r9", "r8 r7 r6 r5 r4", "r3 r2 r1 r0");

  private static final long MODE = 0x1f;
  private static final long USER_MODE = 0x10;

  private static final long SMALLEST_STACK = 8 << 10;
  private static final long STACK_PADDING = 8;

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
    return Recognition.byHeader(dump.info(), ElfMachines.EM_ARM, "arm(v\\d.*)?")
        .orElseGet(() -> ArmNotes.PRSTATUS.isOf(dump));
  }

  @Override
  public ElfAbi elf(ByteOrder order) {
    return order == ByteOrder.BIG_ENDIAN ? BIG_ENDIAN_ABI : ABI;
  }

  @Override
  public RegisterRows registerRows() {
    return ROWS;
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
}
