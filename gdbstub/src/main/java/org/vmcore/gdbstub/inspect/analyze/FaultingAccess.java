package org.vmcore.gdbstub.inspect.analyze;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.oops.FailureClass;
import org.vmcore.gdbstub.linux.oops.Oops;
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
 * @param pattern what the address or its base register is
 */
record FaultingAccess(
    Frame frame,
    Optional<MemoryOperand> operand,
    OptionalLong address,
    Optional<String> access,
    Optional<PointerPattern> pattern) {
  /** No instruction of x86 is longer (Intel SDM vol. 2A, 2.3.11). */
  private static final int MAX_INSTRUCTION = 15;

  static Optional<FaultingAccess> of(
      CrashedMachine machine, CrashStack stack, Optional<Oops> oops) {
    return stack.interrupted().map(frame -> of(machine, frame, oops));
  }

  private static FaultingAccess of(CrashedMachine machine, Frame frame, Optional<Oops> oops) {
    Optional<MemoryOperand> operand = operand(machine, frame);
    OptionalLong told = oops.map(Oops::address).orElse(OptionalLong.empty());
    OptionalLong computed =
        operand.isPresent() ? operand.get().address(frame.registers()) : OptionalLong.empty();
    OptionalLong address = told.isPresent() ? told : computed;
    Optional<PointerPattern> pattern =
        address.isPresent()
            ? PointerPattern.of(address.getAsLong(), machine.pointerBytes())
            : Optional.empty();
    return new FaultingAccess(
        frame,
        operand,
        address,
        oops.flatMap(Oops::access).map(access -> access.name().toLowerCase(Locale.ROOT)),
        pattern);
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

  /** What the address says of the kind of failure. */
  Optional<FailureClass> failure() {
    return pattern.map(PointerPattern::failure);
  }

  Analysis.Fault fault() {
    return new Analysis.Fault(
        OptionalLong.of(frame.pc()), address, access, pattern.map(PointerPattern::meaning));
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
    } else if (address.isPresent() && pattern.isPresent()) {
      statements.add(
          new Statement(
              "the address 0x%s is %s"
                  .formatted(Long.toHexString(address.getAsLong()), pattern.get().meaning()),
              "the log's first line of it",
              Optional.of(instruction)));
    }
    return statements;
  }

  private String meaning() {
    return pattern.map(known -> ": " + known.meaning()).orElse("");
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
