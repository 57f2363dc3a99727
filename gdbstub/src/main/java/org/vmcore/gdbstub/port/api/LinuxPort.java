package org.vmcore.gdbstub.port.api;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.api.SwitchedOutTask;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.mm.AddressArea;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.stack.Unwinder;

/**
 * What kernels of one architecture do in their own way: where they leave registers, and how their
 * frames are left. The second half of the recipe whose first is {@link Architecture}; {@code
 * LinuxPorts.ALL} has one for each of those:
 *
 * <ol>
 *   <li><b>Tasks.</b> Make the package {@code org.vmcore.gdbstub.port.NAME} with one public class
 *       that implements this interface, and a line in {@code LinuxPorts.ALL}. {@link #switchedOut}:
 *       where the assembly of {@code switch_to} leaves the registers of the task that it leaves.
 *       {@code thread apply all bt} works.
 *   <li><b>Stacks.</b> {@link #unwinder}: rules of the kernel's code ({@code
 *       org.vmcore.gdbstub.linux.stack.CodeRules}) from the tables that it carries, or from its
 *       instructions ({@link org.vmcore.gdbstub.linux.stack.FunctionRules}); entry code has a
 *       {@code struct pt_regs} ({@link org.vmcore.gdbstub.linux.stack.PtRegs}). DWARF's numbers of
 *       the registers that they name are in {@link Architecture#elf}. {@code
 *       org.vmcore.gdbstub.linux.stack.RuleUnwinder} applies them, and asks what only memory tells.
 *       {@code monitor bt} works, and gdb unwinds without a vmlinux.
 *   <li><b>Tests.</b> A line in {@code LinuxPortTest} for a dump of the corpus; made-up stacks of
 *       kernels that there is no dump of.
 * </ol>
 *
 * <p>Implementations are stateless. Never test the kernel's version: ask for the symbol, the
 * member, or the code.
 */
public interface LinuxPort {
  /** The architecture that it is of. */
  Architecture architecture();

  /** The way from frame to frame of one kernel; what it takes of tables is read at once. */
  Unwinder unwinder(LinuxKernel kernel);

  /**
   * The registers of a task that does not run, as the kernel saved them when it switched to
   * another: those that a called function has to keep, the stack pointer, and as program counter
   * where the task will go on.
   *
   * @return registers without a stack pointer or program counter where these cannot be told
   */
  RegisterValues switchedOut(ByteOrder order, SwitchedOutTask task);

  /**
   * Where an instruction accesses memory by its registers.
   *
   * @param code that begins with it, of up to 16 bytes
   * @return empty where it does not, or it is not understood
   */
  default Optional<MemoryOperand> operand(byte[] code) {
    return Optional.empty();
  }

  /** Follows pointers through a function; where instructions are not followed, nothing is known. */
  default PointerTypes pointerTypes(FunctionCode function) {
    return PointerTypes.NONE;
  }

  /**
   * What on a piece of a stack looks like registers that an exception or a system call saved; none
   * where they cannot be told from anything else.
   */
  default List<Frame> exceptionFrames(LinuxKernel kernel, long start, long length) {
    return List.of();
  }

  /** Stacks of CPUs' own; none where they are not known. */
  default List<OwnStack> ownStacks(LinuxKernel kernel, List<Integer> cpus) {
    return List.of();
  }

  /** What crash calls a CPU's own stack that interrupts are handled on. */
  default String interruptStackName() {
    return "per-CPU";
  }

  /** Where a CPU says whether it takes interrupts; empty where dumps do not have that. */
  default Optional<InterruptFlag> interruptFlag() {
    return Optional.empty();
  }

  /**
   * How often code names an address of data; 0 where instructions are not understood.
   *
   * @param code of a function, from its start
   * @param start address of that
   */
  default int references(byte[] code, long start, long address) {
    return 0;
  }

  /**
   * Whether code ends with the instruction of a BUG() and an exception of it leaves the program
   * counter behind; of most, it is that instruction's own.
   *
   * @param code up to the program counter
   * @return how many bytes it has; 0 where it is none
   */
  default int bugBehind(byte[] code) {
    return 0;
  }

  /** Whether a call pushes where it returns to, as on x86. */
  default boolean pushesReturns() {
    return false;
  }

  /**
   * Parts of the kernel's addresses that are for one purpose, each before what it lies in; none
   * that are told by what is in them, as vmalloc's and those of modules.
   */
  default List<AddressArea> areas(LinuxKernel kernel) {
    return List.of();
  }

  /**
   * Bits that are set in the addresses of functions in an ELF file's symbols, and by which
   * debuggers know how to read their code: 1 of Thumb code (ELF for the Arm Architecture, IHI 0044,
   * 4.5.3).
   */
  default int codeBits(LinuxKernel kernel) {
    return 0;
  }

  /**
   * Whether the rules of a module can be told apart from the kernel's, which are the same in each
   * of its dumps: what tells them is in the code, or in tables that each has of its own.
   */
  default boolean dividesModules() {
    return false;
  }

  /**
   * Whether debuggers must not see what the compiler says of frames, as with s390x: it says nothing
   * of registers that a function preserves, and gdb takes them for lost where there is no Linux
   * ABI.
   */
  default boolean replacesDebugInfo() {
    return false;
  }
}
