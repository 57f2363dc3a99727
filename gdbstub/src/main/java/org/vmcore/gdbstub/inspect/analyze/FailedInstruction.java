package org.vmcore.gdbstub.inspect.analyze;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.linux.oops.FailureClass;
import org.vmcore.gdbstub.linux.stack.Frame;

/** What an instruction itself proves of a failure that is no access to memory. */
final class FailedInstruction {
  /** A division by a register, as AT&T writes it. */
  private static final Pattern DIVISION = Pattern.compile("i?div[bwlq]?\\s+%(\\w{1,4})");

  /** How disassemblers show what no processor takes: x86-64's, arm64's. */
  private static final List<String> UNDEFINED = List.of("(bad)", "udf ");

  private static final Pattern WIDE = Pattern.compile("r(?:[a-z]{2}|\\d{1,2})");

  private FailedInstruction() {}

  /**
   * @param told what kind of failure the log or the stack tells
   * @param instructions the one that failed and those around it
   */
  static Optional<Statement> proof(
      FailureClass told, Frame frame, List<Analysis.Instruction> instructions) {
    Optional<Analysis.Instruction> failed =
        instructions.stream().filter(Analysis.Instruction::failed).findFirst();
    return switch (told) {
      case DIVISION -> failed.flatMap(one -> division(one, frame));
      case INVALID_OPCODE ->
          failed
              .filter(one -> UNDEFINED.stream().anyMatch(one.text()::startsWith))
              .map(
                  one ->
                      statement(
                          "what it executed is no instruction",
                          "the bytes at 0x%x (%s)".formatted(one.address(), one.place()),
                          one));
      default -> Optional.empty();
    };
  }

  private static Optional<Statement> division(Analysis.Instruction one, Frame frame) {
    Matcher matcher = DIVISION.matcher(one.text());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String register = matcher.group(1);
    // Of a register's lower half the whole is known.
    String whole = register.startsWith("e") ? "r" + register.substring(1) : register;
    whole = whole.replaceFirst("d$", "");
    OptionalLong value = frame.registers().value(whole);
    boolean isZero =
        value.isPresent()
            && (WIDE.matcher(register).matches() ? value.getAsLong() : (int) value.getAsLong())
                == 0;
    return isZero
        ? Optional.of(
            statement(
                "it divided by %s, which was 0".formatted(register),
                "%s at %s".formatted(one.text().replaceAll("\\s+", " "), one.place()),
                one))
        : Optional.empty();
  }

  private static Statement statement(String says, String evidence, Analysis.Instruction one) {
    return new Statement(says, evidence, Optional.of("x/i 0x%x".formatted(one.address())));
  }
}
