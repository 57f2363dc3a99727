package org.vmcore.gdbstub.inspect.analyze;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.linux.oops.FailureClass;
import org.vmcore.gdbstub.linux.oops.KernelNames;
import org.vmcore.gdbstub.linux.oops.Signature;
import org.vmcore.gdbstub.linux.oops.StackEntry;

/**
 * A verdict.
 *
 * @param title what the failure is called, as syzbot would
 * @param type syzbot's name of the kind, where it has one
 * @param failure what kind of failure
 * @param kind the same in words
 * @param confidence how sure that is
 * @param culprit the function that it is named after
 * @param fault the access that failed
 * @param instructions that failed, and those around it
 * @param registers that the instruction had
 * @param statements what was found out, and from what
 * @param signature what makes another crash the same one
 * @param reports all that the log tells of, in its order
 * @param log lines that matter
 * @param release of the kernel
 * @param modules that have a part in it: those on the stack
 * @param known issues whose rules fit
 */
public record Analysis(
    String title,
    Optional<String> type,
    FailureClass failure,
    String kind,
    Confidence confidence,
    Optional<Culprit> culprit,
    Optional<Fault> fault,
    List<Instruction> instructions,
    List<Register> registers,
    List<Statement> statements,
    Signature signature,
    List<Report> reports,
    List<String> log,
    Optional<String> release,
    List<String> modules,
    List<KnownIssue> known) {

  /** The same with issues that are known. */
  Analysis with(List<KnownIssue> issues) {
    return new Analysis(
        title,
        type,
        failure,
        kind,
        confidence,
        culprit,
        fault,
        instructions,
        registers,
        statements,
        signature,
        reports,
        log,
        release,
        modules,
        issues);
  }

  /** How sure a verdict is. */
  public enum Confidence {
    /** The log and the machine's state agree. */
    HIGH,
    /** One of them tells it, and the other does not contradict. */
    MEDIUM,
    /** The log is damaged, or the two disagree. */
    LOW
  }

  /**
   * A function.
   *
   * @param source a file and line of it, as the kernel named them or its debug info has them
   * @param subsystem that the source belongs to, as the kernel's maintainers call it
   */
  public record Culprit(
      String function,
      Optional<String> module,
      Optional<String> source,
      Optional<String> subsystem) {
    /**
     * With a place in the source that the kernel named, if that is the function's own: a BUG() in
     * what it called is elsewhere.
     *
     * @param stack from where it happened
     */
    static Culprit of(
        String function,
        Optional<String> module,
        Optional<String> source,
        List<StackEntry> stack) {
      boolean own =
          stack.isEmpty() || KernelNames.known(stack.get(0).function()).equals(function);
      return new Culprit(function, module, Optional.empty(), Optional.empty())
          .at(source.filter(named -> own));
    }

    Culprit at(Optional<String> place) {
      return new Culprit(function, module, place, place.flatMap(Subsystems::of));
    }
  }

  /**
   * An access to memory, or an instruction, that failed.
   *
   * @param pc of the instruction
   * @param address that was accessed
   * @param access what was done to it
   * @param meaning what the address is
   * @param member of a structure that was accessed, such as {@code file.f_op}
   */
  public record Fault(
      @Hex OptionalLong pc,
      @Hex OptionalLong address,
      Optional<String> access,
      Optional<String> meaning,
      Optional<String> member) {}

  /**
   * An instruction.
   *
   * @param place function and offset
   * @param text as the GNU assembler takes it, with what a target is
   * @param failed whether it is the one
   */
  public record Instruction(@Hex long address, String place, String text, boolean failed) {}

  /**
   * A register.
   *
   * @param meaning what it points at, where that is known
   */
  public record Register(String name, @Hex long value, Optional<String> meaning) {}

  /**
   * A failure that the log tells of.
   *
   * @param line of the log, from 1
   * @param title what it is called
   * @param headline its first line
   * @param damaged whether it is cut or mixed with others
   * @param panicked whether the kernel went on to panic
   * @param cpu that it happened on
   * @param pid of the task
   * @param command of the task
   * @param tainted as the kernel said then
   */
  public record Report(
      int line,
      String title,
      String headline,
      boolean damaged,
      boolean panicked,
      OptionalInt cpu,
      OptionalInt pid,
      Optional<String> command,
      Optional<String> tainted) {}

  /**
   * An issue that somebody knew before.
   *
   * @param name of the rule, and the file that it is in
   */
  public record KnownIssue(String name, String advice, Optional<String> link, String rule) {}
}
