package org.vmcore.gdbstub.inspect.analyze;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vmcore.gdbstub.inspect.analyze.Analysis.Confidence;
import org.vmcore.gdbstub.inspect.locks.BlockedTask;
import org.vmcore.gdbstub.linux.oops.FailureClass;
import org.vmcore.gdbstub.linux.oops.Oops;
import org.vmcore.gdbstub.linux.oops.Oops.Access;
import org.vmcore.gdbstub.linux.oops.StackEntry;

/**
 * What was found, and the kind of failure that follows from all of it.
 *
 * @param oops what the log tells
 * @param state what the stack tells that the machine died on
 * @param access the instruction that failed
 * @param end of a stack that was overwritten
 * @param guard page of a stack that was met
 * @param bug the kernel's own table entry of the instruction
 * @param proof what the instruction itself proves
 * @param blocked the task that the kernel found to hang
 * @param entries the stack from where it happened
 */
record Findings(
    Optional<Oops> oops,
    Optional<StackClass> state,
    Optional<FaultingAccess> access,
    Optional<StackEnd> end,
    Optional<StackGuard> guard,
    Optional<BugEntry> bug,
    Optional<Statement> proof,
    Optional<BlockedTask> blocked,
    List<StackEntry> entries) {

  /** What a stack that overflowed may end in. */
  private static final Set<FailureClass> OF_DEEP_STACKS =
      EnumSet.of(
          FailureClass.UNKNOWN,
          FailureClass.PANIC,
          FailureClass.DOUBLE_FAULT,
          FailureClass.STACK_CORRUPTION,
          FailureClass.BAD_ACCESS,
          FailureClass.OOPS);

  /** What says no more than that it went wrong. */
  private static final Set<FailureClass> VAGUE =
      EnumSet.of(FailureClass.UNKNOWN, FailureClass.PANIC);

  /** What an interrupt finds out of the function that it came upon. */
  private static final Set<FailureClass> INTERRUPTED =
      EnumSet.of(FailureClass.SOFT_LOCKUP, FailureClass.HARD_LOCKUP, FailureClass.RCU_STALL);

  private static final Set<FailureClass> ACCESSES =
      EnumSet.of(FailureClass.BAD_ACCESS, FailureClass.GENERAL_PROTECTION);

  /** Where SLUB finds that an object is freed that is free (Linux set_freepointer()). */
  private static final String SLUB = "mm/slub.c";

  /** How far out of a BUG() the function is that frees. */
  private static final int NEAR = 4;

  private FailureClass told() {
    return oops.map(LogVerdict::failure).orElse(FailureClass.UNKNOWN);
  }

  private FailureClass seen() {
    return state.map(StackClass::failure).orElse(FailureClass.UNKNOWN);
  }

  FailureClass failure() {
    FailureClass told = told();
    FailureClass seen = seen();
    if (seen == FailureClass.SYSRQ) {
      return seen;
    }
    if ((end.isPresent() || guard.isPresent()) && OF_DEEP_STACKS.contains(told)) {
      return FailureClass.STACK_OVERFLOW;
    }
    if (told == FailureClass.HUNG_TASK && blocked.filter(b -> !b.circle().isEmpty()).isPresent()) {
      return FailureClass.DEADLOCK;
    }
    Optional<FailureClass> accessed = access.flatMap(FaultingAccess::failure);
    if (accessed.isPresent() && (ACCESSES.contains(told) || ACCESSES.contains(seen))) {
      return accessed.get();
    }
    if (told == FailureClass.INVALID_OPCODE
        && access.filter(FaultingAccess::isNullCall).isPresent()) {
      return FailureClass.NULL_DEREFERENCE;
    }
    if (told == FailureClass.BUG && seen == FailureClass.OUT_OF_BOUNDS) {
      return seen;
    }
    if (told == FailureClass.BUG && frees()) {
      return FailureClass.DOUBLE_FREE;
    }
    return VAGUE.contains(told) && seen != FailureClass.UNKNOWN ? seen : told;
  }

  private boolean frees() {
    boolean inSlub =
        bug.map(BugEntry::file).or(() -> oops.flatMap(Oops::source)).orElse("").contains(SLUB);
    return inSlub
        && entries.stream().limit(NEAR).anyMatch(entry -> entry.function().contains("free"));
  }

  Confidence confidence() {
    FailureClass failure = failure();
    if (failure == FailureClass.UNKNOWN) {
      return Confidence.LOW;
    }
    boolean agrees =
        access.filter(FaultingAccess::isProven).isPresent()
            || blocked.isPresent()
            || proof.isPresent()
            || caller().isPresent()
            || (bug.isPresent() && oops.isPresent())
            || (oops.isPresent() && state.isPresent() && (told() == failure || seen() == failure));
    return agrees ? Confidence.HIGH : Confidence.MEDIUM;
  }

  /**
   * Who called something that is no code; the log names what was called, or whoever called that
   * function.
   */
  Optional<StackEntry> caller() {
    boolean executes =
        access.flatMap(FaultingAccess::access).filter(Access.EXECUTE::equals).isPresent();
    return executes ? entries.stream().findFirst() : Optional.empty();
  }

  /**
   * The stack that is the failure's own. Of a task that hung, and of a CPU that stalled and that
   * another found to, the CPU that died has nothing; and what an NMI or machine check interrupted
   * has nothing to do with it.
   */
  List<StackEntry> signed() {
    FailureClass told = told();
    if (told == FailureClass.NMI || told == FailureClass.MACHINE_CHECK) {
      return entries.stream().takeWhile(entry -> entry.kind() != StackEntry.Kind.PC).toList();
    }
    Optional<String> function = oops.flatMap(Oops::function);
    boolean isElsewhere =
        told == FailureClass.RCU_STALL
            && function.isPresent()
            && entries.stream().noneMatch(entry -> entry.function().equals(function.get()));
    if (INTERRUPTED.contains(told) && !isElsewhere) {
      List<StackEntry> busy =
          entries.stream().dropWhile(entry -> entry.kind() != StackEntry.Kind.PC).toList();
      return busy.isEmpty() ? entries : busy;
    }
    boolean isOther = entries.isEmpty() || told == FailureClass.HUNG_TASK || isElsewhere;
    return isOther ? oops.map(Oops::stack).orElse(entries) : entries;
  }

  /** The place in the source that the kernel names, by its table or in its log. */
  Optional<String> source() {
    return bug.map(BugEntry::source).or(() -> oops.flatMap(Oops::source));
  }

  List<Statement> statements() {
    List<Statement> statements = new ArrayList<>();
    access.ifPresent(fault -> statements.addAll(fault.statements()));
    end.ifPresent(overwritten -> statements.add(overwritten.statement()));
    guard.ifPresent(met -> statements.add(met.statement()));
    bug.ifPresent(entry -> statements.add(entry.statement()));
    proof.ifPresent(statements::add);
    blocked.ifPresent(task -> statements.add(statement(task)));
    caller()
        .ifPresent(
            entry ->
                statements.add(
                    new Statement(
                        entry.function() + " called what is no code",
                        "where it would have returned to is on top of the stack",
                        Optional.of("x/a $sp"))));
    return statements;
  }

  private static Statement statement(BlockedTask task) {
    String says =
        task.circle().isEmpty()
            ? task.waits()
            : "deadlock of %d tasks: %s"
                .formatted(task.circle().size(), String.join("; ", task.circle()));
    return new Statement(
        says,
        "what lies on the stack of PID %d and is on the list of those that wait"
            .formatted(task.pid()),
        Optional.of("monitor waits"));
  }
}
