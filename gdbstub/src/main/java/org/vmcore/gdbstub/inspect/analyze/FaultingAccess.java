package org.vmcore.gdbstub.inspect.analyze;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.linux.oops.FailureClass;
import org.vmcore.gdbstub.linux.oops.Oops;
import org.vmcore.gdbstub.linux.oops.Oops.Access;
import org.vmcore.gdbstub.linux.oops.PointerPattern;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.port.LinuxPorts;
import org.vmcore.gdbstub.port.api.MemoryOperand;

/**
 * The instruction that an exception came of, and what it accessed.
 *
 * @param frame in which it came
 * @param operand of the instruction, where it is understood
 * @param address that was accessed, by the log or by the operand
 * @param access what was done to it
 * @param place what the address is: a value that is no pointer, or what the machine has there
 * @param member of a structure that it is
 */
record FaultingAccess(
    Frame frame,
    Optional<MemoryOperand> operand,
    OptionalLong address,
    Optional<Access> access,
    Optional<FaultPlace> place,
    Optional<FaultMember> member) {
  /** No instruction of x86 is longer (Intel SDM vol. 2A, 2.3.11). */
  private static final int MAX_INSTRUCTION = 15;

  /** What came of the instruction, not of memory that it accesses. */
  private static final Set<FailureClass> OF_EXECUTION =
      EnumSet.of(FailureClass.DIVISION, FailureClass.INVALID_OPCODE);

  private static final long HIGHEST_BYTE = 0xffL << 56;
  private static final long PAGE = 4096;

  static Optional<FaultingAccess> of(Call call, CrashStack stack, Optional<Oops> oops)
      throws MissingFactException {
    List<Frame> frames = stack.interruptedAndCallers();
    return frames.isEmpty() ? Optional.empty() : Optional.of(of(call, frames, oops));
  }

  private static FaultingAccess of(Call call, List<Frame> frames, Optional<Oops> oops)
      throws MissingFactException {
    CrashedMachine machine = call.machine();
    Frame frame = frames.get(0);
    OptionalLong told = oops.map(Oops::address).orElse(OptionalLong.empty());
    Optional<Access> access =
        machine.stacks().function(frame).isEmpty() && isAt(told, frame.pc())
            ? Optional.of(Access.EXECUTE)
            : oops.flatMap(Oops::access);
    // What was to be executed and could not is no instruction that accesses anything.
    boolean executes =
        access.filter(Access.EXECUTE::equals).isPresent()
            || oops.map(Oops::failure).filter(OF_EXECUTION::contains).isPresent();
    Optional<MemoryOperand> operand = executes ? Optional.empty() : operand(machine, frame);
    OptionalLong computed =
        operand.isPresent() ? operand.get().address(frame.registers()) : OptionalLong.empty();
    OptionalLong address = told.isEmpty() || isPartOf(told, computed) ? computed : told;
    return new FaultingAccess(
        frame,
        operand,
        address,
        access,
        place(call, address, oops, access),
        operand.flatMap(used -> FaultMember.of(machine, frames, used)));
  }

  /** Whether what could not be accessed is what was to be executed, as far as a page tells. */
  private static boolean isAt(OptionalLong told, long pc) {
    return Long.compareUnsigned(pc, PAGE) < 0
        || (told.isPresent() && ((told.getAsLong() ^ pc) & -PAGE) == 0);
  }

  /**
   * Whether the log tells less of the address than the registers do: arm64's processor or kernel
   * leaves out the highest byte of what might be a program's (Linux untagged_addr()), s390 what is
   * below the page (Principles of Operation, "Translation-Exception Identification").
   */
  private static boolean isPartOf(OptionalLong told, OptionalLong computed) {
    if (computed.isEmpty() || told.isEmpty()) {
      return false;
    }
    long address = computed.getAsLong();
    return told.getAsLong() == (address & ~HIGHEST_BYTE) || told.getAsLong() == (address & -PAGE);
  }

  /** An address is looked up only where the log says that it was not to be accessed. */
  private static Optional<FaultPlace> place(
      Call call, OptionalLong address, Optional<Oops> oops, Optional<Access> access)
      throws MissingFactException {
    if (address.isEmpty()) {
      return Optional.empty();
    }
    Optional<FaultPlace> pattern =
        PointerPattern.of(
                address.getAsLong(),
                call.machine().pointerBytes(),
                call.machine().kernelMemory().byteOrder())
            .map(known -> new FaultPlace(known.failure(), known.meaning()));
    boolean isAccess = oops.map(Oops::failure).filter(FailureClass.BAD_ACCESS::equals).isPresent();
    return pattern.isPresent() || !isAccess
        ? pattern
        : Optional.of(FaultPlace.of(call, address.getAsLong(), access));
  }

  private static Optional<MemoryOperand> operand(CrashedMachine machine, Frame frame) {
    try {
      byte[] code = machine.kernelMemory().upTo(frame.pc(), MAX_INSTRUCTION);
      return machine.architecture().flatMap(a -> LinuxPorts.of(a).operand(code));
    } catch (MissingFactException e) {
      // Without the kernel's memory there is no frame either, and the analysis has said why.
      return Optional.empty();
    }
  }

  /** Whether the instruction accesses what the log says, by the registers that it had. */
  boolean isProven() {
    return address.isPresent()
        && operand.isPresent()
        && operand.get().address(frame.registers()).equals(address);
  }

  /** Whether it executed what is at NULL, where a kernel has memory of its own: s390's does. */
  boolean isNullCall() {
    return access.filter(Access.EXECUTE::equals).isPresent()
        && Long.compareUnsigned(frame.pc(), PAGE) < 0;
  }

  /** What the address says of the kind of failure. */
  Optional<FailureClass> failure() {
    return place.map(FaultPlace::failure);
  }

  /** Empty of an instruction that failed and was no access. */
  Optional<Analysis.Fault> fault() {
    return address.isEmpty() && access.isEmpty() ? Optional.empty() : Optional.of(row());
  }

  private Analysis.Fault row() {
    return new Analysis.Fault(
        OptionalLong.of(frame.pc()),
        address,
        access.map(done -> done.name().toLowerCase(Locale.ROOT)),
        place.map(FaultPlace::meaning),
        member.map(FaultMember::text));
  }

  List<Statement> statements() {
    List<Statement> statements = new ArrayList<>();
    String instruction = "x/i 0x" + Long.toHexString(frame.pc());
    if (operand.isPresent() && address.isPresent()) {
      statements.add(
          new Statement(
              "it accessed [%s], which was 0x%s%s"
                  .formatted(
                      operand.get().text(), Long.toHexString(address.getAsLong()), meaning()),
              registers(operand.get()),
              Optional.of(instruction)));
    } else if (address.isPresent() && place.isPresent()) {
      statements.add(
          new Statement(
              "the address 0x%s is %s"
                  .formatted(Long.toHexString(address.getAsLong()), place.get().meaning()),
              "the log's first line of it",
              Optional.of(instruction)));
    }
    member.ifPresent(
        accessed ->
            statements.add(
                new Statement(
                    "that is .%s of a %s".formatted(accessed.member(), accessed.type()),
                    "%s points at one on every way to the instruction, by the function's parameters and what it loaded"
                        .formatted(operand.flatMap(MemoryOperand::base).orElse("its register")),
                    Optional.of("ptype /o " + accessed.type()))));
    return statements;
  }

  private String meaning() {
    return place.map(known -> ": " + known.meaning()).orElse("");
  }

  private String registers(MemoryOperand used) {
    List<String> values = new ArrayList<>();
    for (Optional<String> name : List.of(used.base(), used.index())) {
      if (name.isPresent() && frame.registers().has(name.get())) {
        values.add(name.get() + " = 0x" + Long.toHexString(frame.registers().get(name.get())));
      }
    }
    return values.isEmpty()
        ? "the instruction at 0x" + Long.toHexString(frame.pc())
        : String.join(", ", values) + " in the frame that the exception came in";
  }
}
