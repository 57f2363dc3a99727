package org.vmcore.gdbstub.inspect.analyze;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.analyze.Analysis.Confidence;
import org.vmcore.gdbstub.inspect.analyze.Analysis.Culprit;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.linux.oops.ConsoleLog;
import org.vmcore.gdbstub.linux.oops.FailureClass;
import org.vmcore.gdbstub.linux.oops.KernelNames;
import org.vmcore.gdbstub.linux.oops.LogLine;
import org.vmcore.gdbstub.linux.oops.Oops;
import org.vmcore.gdbstub.linux.oops.Signature;
import org.vmcore.gdbstub.linux.oops.StackEntry;
import org.vmcore.gdbstub.machine.CrashVerdict;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** What a machine's state tells, and its log. */
final class MachineVerdict {
  private static final String BACKTRACE = "monitor bt cpu %d";

  /** What a stack that overflowed may end in. */
  private static final Set<FailureClass> OF_DEEP_STACKS =
      EnumSet.of(
          FailureClass.UNKNOWN,
          FailureClass.PANIC,
          FailureClass.DOUBLE_FAULT,
          FailureClass.STACK_CORRUPTION,
          FailureClass.BAD_ACCESS,
          FailureClass.OOPS);

  private final Call call;
  private final CrashedMachine machine;
  private final LogVerdict log;

  MachineVerdict(Call call) {
    this.call = call;
    this.machine = call.machine();
    this.log = new LogVerdict(log());
  }

  private List<LogLine> log() {
    try {
      return ConsoleLog.lines(machine.log().records());
    } catch (MissingFactException e) {
      call.notes().incomplete("the log: " + e.getMessage());
      return List.of();
    }
  }

  Analysis analysis() throws NoAnswerException, MissingFactException {
    CrashVerdict verdict = machine.crash();
    Optional<Oops> oops = log.first();
    if (verdict.outcome() == CrashVerdict.Outcome.NOT_CRASHED && oops.isEmpty()) {
      throw NoAnswerException.notThere("this machine had not crashed: " + verdict.reason());
    }
    Optional<CrashStack> crashed = crashed();
    Optional<StackClass> state = crashed.flatMap(stack -> StackClass.of(stack.functions()));
    Optional<FaultingAccess> access =
        crashed.flatMap(stack -> FaultingAccess.of(machine, stack, oops));
    Optional<StackEnd> end = crashed.flatMap(stack -> StackEnd.overwritten(machine, stack.cpu()));
    FailureClass failure = failure(oops, state, access, end);
    List<StackEntry> entries = crashed.map(CrashStack::fromFailure).orElse(List.of());
    List<StackEntry> signed = entries.isEmpty() ? oops.map(Oops::stack).orElse(List.of()) : entries;
    String title = title(oops, failure, entries);
    List<Statement> statements = new ArrayList<>();
    crashed.ifPresent(stack -> statements.addAll(stackStatements(stack, state, verdict)));
    access.ifPresent(fault -> statements.addAll(fault.statements()));
    end.ifPresent(overwritten -> statements.add(overwritten.statement()));
    oops.ifPresent(report -> statements.addAll(log.statements(report)));
    return new Analysis(
        title,
        oops.flatMap(Oops::type),
        failure,
        failure.words(),
        confidence(oops, state, access, failure),
        culprit(oops, entries),
        access.map(FaultingAccess::fault),
        statements,
        Signature.of(signed, title),
        log.rows(),
        log.linesThatMatter(),
        machine.vmcoreinfo().flatMap(info -> info.value("OSRELEASE")),
        modules(signed),
        List.of());
  }

  /** The stack of the CPU that died, if its registers are known. */
  private Optional<CrashStack> crashed() {
    try {
      CrashedCpu cpu = Call.cpu(machine);
      CrashStack stack = CrashStack.of(machine.stacks(), cpu);
      return cpu.crashed() && !stack.frames().isEmpty() ? Optional.of(stack) : Optional.empty();
    } catch (MissingFactException e) {
      call.notes().incomplete("the stack: " + e.getMessage());
      return Optional.empty();
    }
  }

  static List<String> modules(List<StackEntry> entries) {
    return entries.stream().flatMap(entry -> entry.module().stream()).distinct().toList();
  }

  private static FailureClass failure(
      Optional<Oops> oops,
      Optional<StackClass> state,
      Optional<FaultingAccess> access,
      Optional<StackEnd> end) {
    FailureClass told = oops.map(LogVerdict::failure).orElse(FailureClass.UNKNOWN);
    FailureClass seen = state.map(StackClass::failure).orElse(FailureClass.UNKNOWN);
    boolean isAccess =
        seen == FailureClass.BAD_ACCESS
            || seen == FailureClass.GENERAL_PROTECTION
            || (told == FailureClass.BAD_ACCESS || told == FailureClass.GENERAL_PROTECTION);
    if (seen == FailureClass.SYSRQ) {
      return seen;
    }
    if (end.isPresent() && OF_DEEP_STACKS.contains(told)) {
      return FailureClass.STACK_OVERFLOW;
    }
    if (isAccess && access.flatMap(FaultingAccess::failure).isPresent()) {
      return access.flatMap(FaultingAccess::failure).get();
    }
    return told == FailureClass.UNKNOWN || told == FailureClass.PANIC ? seenOr(seen, told) : told;
  }

  private static FailureClass seenOr(FailureClass seen, FailureClass told) {
    return seen == FailureClass.UNKNOWN ? told : seen;
  }

  private static Confidence confidence(
      Optional<Oops> oops,
      Optional<StackClass> state,
      Optional<FaultingAccess> access,
      FailureClass failure) {
    if (failure == FailureClass.UNKNOWN) {
      return Confidence.LOW;
    }
    boolean agrees =
        access.filter(FaultingAccess::isProven).isPresent()
            || (oops.isPresent()
                && state.isPresent()
                && (LogVerdict.failure(oops.get()) == failure || state.get().failure() == failure));
    return agrees ? Confidence.HIGH : Confidence.MEDIUM;
  }

  /** The log's title; without one, one made of what was seen. */
  private static String title(Optional<Oops> oops, FailureClass failure, List<StackEntry> entries) {
    if (oops.isPresent()) {
      return oops.get().title();
    }
    Optional<String> function = culprit(entries).map(StackEntry::function);
    return failure == FailureClass.SYSRQ
        ? "kernel panic: sysrq triggered crash"
        : failure.words() + function.map(name -> " in " + KernelNames.known(name)).orElse("");
  }

  private static Optional<Culprit> culprit(Optional<Oops> oops, List<StackEntry> entries) {
    Optional<Culprit> told = oops.flatMap(LogVerdict::culprit);
    if (told.isPresent()) {
      String name = told.get().function();
      Optional<String> module =
          entries.stream()
              .filter(entry -> KernelNames.known(entry.function()).equals(name))
              .findFirst()
              .flatMap(StackEntry::module);
      return Optional.of(
          new Culprit(name, told.get().module().or(() -> module), told.get().source()));
    }
    return culprit(entries)
        .map(e -> new Culprit(KernelNames.known(e.function()), e.module(), Optional.empty()));
  }

  private static Optional<StackEntry> culprit(List<StackEntry> entries) {
    return entries.stream()
        .filter(entry -> !KernelNames.isReport(entry.function()))
        .filter(entry -> !KernelNames.isHelper(entry.function()))
        .findFirst();
  }

  private static List<Statement> stackStatements(
      CrashStack stack, Optional<StackClass> state, CrashVerdict verdict) {
    Optional<String> command = Optional.of(BACKTRACE.formatted(stack.cpu().number()));
    List<Statement> statements = new ArrayList<>();
    statements.add(
        new Statement(
            "CPU %d brought the machine down".formatted(stack.cpu().number()),
            verdict.reason(),
            Optional.of("monitor sys")));
    state.ifPresent(
        known ->
            statements.add(
                new Statement(
                    "its stack is that of: " + known.failure().words(),
                    known.function() + " is on it",
                    command)));
    List<StackEntry> entries = stack.fromFailure();
    if (!entries.isEmpty()) {
      StackEntry first = entries.get(0);
      statements.add(
          new Statement(
              "it happened in "
                  + first.function()
                  + first.module().map(m -> " [" + m + "]").orElse(""),
              entries.stream()
                  .limit(6)
                  .map(StackEntry::function)
                  .reduce((a, b) -> a + " < " + b)
                  .orElse(""),
              command));
    }
    return statements;
  }
}
