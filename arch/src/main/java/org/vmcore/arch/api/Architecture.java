package org.vmcore.arch.api;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongPredicate;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.MemoryFilter;
import org.vmcore.arch.paging.RadixPageTable;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.MachineNames;
import org.vmcore.dumpreader.api.Vmcoreinfo;

/**
 * One architecture that Linux crashes on. The port recipe, in the order in which each step becomes
 * useful:
 *
 * <ol>
 *   <li><b>Recognise.</b> Make the package {@code org.vmcore.arch.NAME} with one public class that
 *       implements this interface, a line in {@link org.vmcore.arch.Architectures#ALL}, and {@link
 *       #recognises}: by {@code e_machine}, else {@code utsname.machine}, else by what only this
 *       architecture has in its notes or VMCOREINFO ({@link Recognition}). What a dump's headers
 *       are wrong about, the architecture says: {@link #wordBits}, {@link #byteOrder}. {@code
 *       vmcore-gdbserver info} now names the architecture.
 *   <li><b>Registers.</b> {@link #registers}: the features gdb insists on for this architecture
 *       (GDB manual, "Standard Target Features"), in full. {@link #cpus}: one {@link CpuState} per
 *       PRSTATUS note ({@link Prstatus}); a register that no note has stays unavailable. {@code
 *       info registers} works.
 *   <li><b>Kernel addresses.</b> A {@link PageTable} whose {@code translate} and {@code walk} are
 *       one loop ({@link RadixPageTable}, where tables are a plain tree, needs only the meaning of
 *       their entries), and {@link #kernelSpace}: collect every candidate for the root, believe the
 *       first whose tables map the kernel's text where it ought to be, record every fact used with
 *       its source ({@link MachineFacts}). A table may be missing or overwritten: say what else is
 *       known of the kernel's memory ({@link LinearMap}). Decide what an entry that is not present
 *       means: memory that the kernel or a process only took out of its map is still there to be
 *       read. {@code x/8gx} works, and with {@link #imageStartSymbols} gdb's own vmlinux is where
 *       the kernel ran.
 *   <li><b>User addresses.</b> {@link #addressSpace} for another root, where tables are no plain
 *       tree; {@link VirtualMemory#pageTable} gives back the kernel's own {@link PageTable}, which
 *       knows the mode and the masks. {@link #pageTableRoots} where processes' tables have entries
 *       for the kernel ({@link SharedEntries}). Where a CPU saw more or less than the tables alone
 *       tell (its own pages, a space without the kernel, no translation), {@link
 *       #addressSpace(KernelSpace, CpuState, OptionalLong)} too, and {@link #taskSpace}.
 *   <li><b>What ELF files say.</b> {@link #elf}: {@code e_machine} ({@link
 *       org.vmcore.dumpreader.api.ElfMachines}), relocations, DWARF's numbers of registers; {@link
 *       #utsname} ({@code MachineNames} in dumpreader); {@link #registerRows}. {@code --types} and
 *       {@code symbols} work, and {@code convert} in both directions.
 *   <li><b>Processes.</b> {@link #userRegisters}: where entry code leaves the registers of the
 *       program that it comes from ({@link EntryFrame}), and {@link #coreRegisters}. {@code attach
 *       PID} and {@code gcore} work.
 *   <li><b>Tasks and stacks.</b> What its kernels do is the other half: {@code LinuxPort} in
 *       gdbstub, the second package, whose Javadoc goes on.
 *   <li><b>Tests.</b> Extend {@code ArchitectureContract}; write the page-table test as a table of
 *       {@code va -> pa # level, flag} with a hole, each page size and a bad entry per level, from
 *       the architecture's manual ({@code PageTableText}); give {@link #kernelSpace} made-up
 *       machines in which each fact in turn is missing or false; check every line of the corpus'
 *       {@code truth.tsv}, and find what other tools say of those dumps ({@code CorpusContract}).
 *       Add the row to the README's table, with honest blanks.
 * </ol>
 *
 * <p>Implementations are stateless. Never test the kernel's version: ask whether the VMCOREINFO
 * key, the symbol or the note is there.
 */
public interface Architecture {

  /** The usual name, such as {@code x86-64}. */
  String name();

  /** The first half of a target triple, such as {@code x86_64}, as LLDB spells it. */
  String tripleName();

  /** The same, where it depends on more than the architecture. */
  default String tripleName(Dump dump) {
    return tripleName();
  }

  /** What its kernels' {@code utsname.machine} usually is. */
  default String utsname(ByteOrder order) {
    return MachineNames.of(elf(order).machine(), order).orElseGet(this::tripleName);
  }

  /** What ELF files of its kernels, and DWARF in them, have to say. */
  ElfAbi elf(ByteOrder order);

  /** How crash lays out the registers of what was interrupted. */
  RegisterRows registerRows();

  /** The usual byte order, for dumps that do not tell it, such as raw memory. */
  default ByteOrder usualByteOrder() {
    return ByteOrder.LITTLE_ENDIAN;
  }

  /**
   * Bits of an address and of a {@code long}: the machine's, whatever the dump's headers are laid
   * out for.
   */
  default int wordBits() {
    return 64;
  }

  /**
   * Symbols of the kernel image's first byte, where vmlinux's first PT_LOAD begins: the first of
   * them that the kernel has.
   */
  default List<String> imageStartSymbols() {
    return List.of("_text");
  }

  /**
   * Names of the facts that a user can give where a dump does not tell them ({@link
   * Machine#options}), besides {@code kaslr_offset}, which all take.
   */
  default List<String> options() {
    return List.of();
  }

  /** Whether the dump is of this architecture, from its headers and notes. */
  boolean recognises(Dump dump);

  /** The machine's byte order, where a dump's headers may be wrong about it. */
  default ByteOrder byteOrder(Dump dump) {
    return dump.info().byteOrder();
  }

  /** What names its instructions; empty where nothing here does. */
  default Optional<Disassembler> disassembler() {
    return Optional.empty();
  }

  /** The name of the register that holds the address of the next instruction. */
  default String programCounter() {
    return "pc";
  }

  /** The registers of one CPU, as gdb is told of them. */
  RegisterSet registers();

  /**
   * The CPUs that the dump has registers of, in note order. A note that is too short for its layout
   * yields no CPU.
   */
  List<CpuState> cpus(Dump dump);

  /**
   * The kernel's view of memory.
   *
   * @throws MissingFactException when the page tables' root cannot be told; the message says what
   *     would tell it
   */
  KernelSpace kernelSpace(Machine machine) throws MissingFactException;

  /**
   * The address space of other page tables of the same machine, for user addresses.
   *
   * @param root physical address of the top-level table, or the control register's value that holds
   *     it; bits that are no address are ignored
   * @implSpec of tables that are a {@link RadixPageTable}
   */
  default VirtualMemory addressSpace(KernelSpace kernel, long root) {
    return new VirtualMemory(kernel.physical(), RadixPageTable.of(kernel).withUserRoot(root));
  }

  /**
   * Memory as one CPU saw it: kernel addresses, and the user addresses of the page tables it ran
   * on. Where the two have address spaces of their own, the one that the CPU was in.
   *
   * @param root of the page tables it ran on, where that is known
   */
  default VirtualMemory addressSpace(KernelSpace kernel, CpuState cpu, OptionalLong root) {
    return root.isPresent() ? addressSpace(kernel, root.getAsLong()) : kernel.virtual();
  }

  /**
   * Adds the registers that no note has and that follow from the task a CPU ran, such as arm64's
   * SP_EL0.
   *
   * @param task virtual address of its {@code task_struct}
   */
  default CpuState withCurrentTask(CpuState cpu, long task) {
    return cpu;
  }

  /**
   * The registers of the program that a task runs, as the kernel's entry code saved them at the end
   * of the task's stack when it last came in. Not those of a task that was running its program.
   *
   * @return empty where the task has no program, or where they are cannot be told
   */
  default Optional<RegisterValues> userRegisters(ByteOrder order, SwitchedOutTask task) {
    return Optional.empty();
  }

  /** The registers of a program, as gdb is told of them. */
  default RegisterSet programRegisters() {
    return registers().ofPrograms();
  }

  /** The registers of a program as its core file has them. */
  CoreRegisters coreRegisters();

  /**
   * Memory as a task saw it that was switched out, in the kernel: kernel addresses, and its user
   * addresses where the two do not overlap.
   *
   * @param root of the task's own page tables, where it has some
   */
  default VirtualMemory taskSpace(KernelSpace kernel, OptionalLong root) {
    return root.isPresent() ? addressSpace(kernel, root.getAsLong()) : kernel.virtual();
  }

  /**
   * What has to be changed in memory before debuggers see it, as they cannot do it themselves:
   * arm64 signs return addresses.
   */
  default MemoryFilter filterForDebuggers(KernelSpace kernel, Optional<Vmcoreinfo> vmcoreinfo) {
    return MemoryFilter.NONE;
  }

  /**
   * Tells which pages of physical memory look like a top-level page table of this machine, by the
   * kernel half that processes' tables share: finds them without knowing any kernel structure.
   *
   * @return a test of a page's physical address, safe for use by several threads; always false on
   *     architectures whose processes' tables have no kernel half
   */
  default LongPredicate pageTableRoots(KernelSpace kernel) {
    return page -> false;
  }
}
