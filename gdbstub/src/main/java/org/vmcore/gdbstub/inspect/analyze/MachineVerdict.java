package org.vmcore.gdbstub.inspect.analyze;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.analyze.Analysis.Culprit;
import org.vmcore.gdbstub.inspect.locks.BlockedTask;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.oops.ConsoleLog;
import org.vmcore.gdbstub.linux.oops.FailureClass;
import org.vmcore.gdbstub.linux.oops.KernelNames;
import org.vmcore.gdbstub.linux.oops.LogLine;
import org.vmcore.gdbstub.linux.oops.Oops;
import org.vmcore.gdbstub.linux.oops.StackEntry;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.machine.CrashVerdict;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.port.LinuxPorts;

/** What a machine's state tells, and its log. */
final class MachineVerdict {
  private static final String BACKTRACE = "monitor bt cpu %d";

  /** No instruction has more bytes on a machine where a BUG() is left behind. */
  private static final int MOST_OF_BUG = 8;

  /** How the kernel names a task that hangs (Linux kernel/hung_task.c). */
  private static final Pattern HUNG = Pattern.compile(":(\\d{1,10}) (?:blocked|can't die)");

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
    Optional<CrashStack> unwound = crashed();
    Optional<Frame> frame = unwound.flatMap(CrashStack::interrupted);
    LinuxKernel linux = machine.linux();
    int behind = frame.isPresent() ? bugBehind(frame.get().pc(), oops) : 0;
    Optional<BugEntry> bug = frame.flatMap(f -> BugEntry.of(linux, f.pc() - behind));
    Optional<CrashStack> crashed =
        behind > 0 ? unwound.map(stack -> stack.behind(behind, linux.symbolNames())) : unwound;
    List<StackEntry> entries = crashed.map(CrashStack::fromFailure).orElse(List.of());
    List<Analysis.Instruction> instructions =
        frame.isPresent() ? CodeAround.instructions(call, frame.get()) : List.of();
    Findings findings =
        new Findings(
            oops,
            crashed.flatMap(stack -> StackClass.of(stack.functions())),
            crashed.isPresent() ? FaultingAccess.of(call, crashed.get(), oops) : Optional.empty(),
            crashed.flatMap(stack -> StackEnd.overwritten(machine, stack.cpu())),
            crashed.flatMap(
                stack -> stack.interrupted().flatMap(f -> StackGuard.hit(machine, stack.cpu(), f))),
            bug,
            frame.flatMap(
                f ->
                    FailedInstruction.proof(
                        oops.map(Oops::failure).orElse(FailureClass.UNKNOWN), f, instructions)),
            blocked(oops),
            entries);
    FailureClass failure = findings.failure();
    List<StackEntry> signed = findings.signed();
    // Who asked for the last page is not to blame that there was no other.
    List<StackEntry> place = crashed.map(CrashStack::fromInterrupted).orElse(List.of());
    Optional<Culprit> culprit =
        failure == FailureClass.OUT_OF_MEMORY
            ? Optional.empty()
            : culprit(oops, findings, signed, place.isEmpty() ? signed : place)
                .map(found -> found.source().isPresent() ? found : found.at(line(crashed, found)));
    String title = title(oops, failure, culprit);
    List<Statement> statements = new ArrayList<>();
    crashed.ifPresent(
        stack -> statements.addAll(stackStatements(stack, signed, findings.state(), verdict)));
    statements.addAll(findings.statements());
    statements.addAll(WhatHeldUp.statements(call, failure));
    oops.ifPresent(report -> statements.addAll(log.statements(report)));
    return new Analysis(
        title,
        oops.flatMap(Oops::type),
        failure,
        failure.words(),
        findings.confidence(),
        culprit,
        findings.access().flatMap(FaultingAccess::fault),
        instructions,
        frame.isPresent() ? CodeAround.registers(call, frame.get()) : List.of(),
        statements,
        log.signature(failure, signed, title),
        log.rows(),
        log.linesThatMatter(),
        machine.vmcoreinfo().flatMap(info -> info.value("OSRELEASE")),
        modules(signed),
        List.of());
  }

  /** Where a function of the stack was, by debug info that was given. */
  private Optional<String> line(Optional<CrashStack> stack, Culprit culprit) {
    return stack
        .flatMap(s -> s.frameOf(culprit.function()))
        .flatMap(f -> machine.sourceLine(f.lookupPc()))
        .map(found -> found.file() + ":" + found.line());
  }

  /** An access that failed behind a BUG() is another failure. */
  private int bugBehind(long pc, Optional<Oops> oops) throws MissingFactException {
    byte[] code = machine.linux().memory().upTo(pc - MOST_OF_BUG, MOST_OF_BUG);
    boolean accessed = oops.flatMap(Oops::access).isPresent();
    return accessed || code.length < MOST_OF_BUG
        ? 0
        : LinuxPorts.of(machine.requireArchitecture()).bugBehind(code);
  }

  /** What the task waits for that the log says to hang. */
  private Optional<BlockedTask> blocked(Optional<Oops> oops) {
    Optional<Matcher> hung =
        oops.filter(report -> report.failure() == FailureClass.HUNG_TASK)
            .map(report -> HUNG.matcher(report.headline()))
            .filter(Matcher::find);
    if (hung.isEmpty()) {
      return Optional.empty();
    }
    try {
      return BlockedTask.of(call, Integer.parseInt(hung.get().group(1)));
    } catch (MissingFactException e) {
      call.notes().incomplete("who waits for whom: " + e.getMessage());
      return Optional.empty();
    } catch (NumberFormatException e) {
      // No task has such a number; the log is from elsewhere than the kernel.
      return Optional.empty();
    }
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

  /** The log's title, of the function that is to blame; without one, one made of what was seen. */
  private static String title(
      Optional<Oops> oops, FailureClass failure, Optional<Culprit> culprit) {
    Optional<String> function = culprit.map(Culprit::function);
    if (oops.isPresent()) {
      String named = oops.get().function().map(name -> " in " + name).orElse("");
      String title = oops.get().title();
      return !named.isEmpty() && function.isPresent() && title.endsWith(named)
          ? title.substring(0, title.length() - named.length()) + " in " + function.get()
          : title;
    }
    return failure == FailureClass.SYSRQ
        ? "kernel panic: sysrq triggered crash"
        : failure.words() + function.map(name -> " in " + name).orElse("");
  }

  /**
   * @param place the stack from what was interrupted, which may be what reports
   */
  private static Optional<Culprit> culprit(
      Optional<Oops> oops, Findings findings, List<StackEntry> entries, List<StackEntry> place) {
    Optional<StackEntry> caller = findings.caller();
    Optional<Culprit> told = oops.flatMap(LogVerdict::culprit);
    boolean isNext = told.isPresent() && isNext(told.get().function(), oops.orElseThrow(), entries);
    if (caller.isPresent() || told.isEmpty() || isNext) {
      return caller
          .or(() -> culprit(entries))
          .map(e -> Culprit.of(KernelNames.known(e.function()), e.module(), findings.source(), place));
    }
    String name = told.get().function();
    Optional<String> module =
        entries.stream()
            .filter(entry -> KernelNames.known(entry.function()).equals(name))
            .findFirst()
            .flatMap(StackEntry::module);
    return Optional.of(Culprit.of(name, told.get().module().or(() -> module), findings.source(), place));
  }

  /**
   * Whether the log names not the function that called last, but the one behind it: where a
   * function ends with a call that does not return, its return address is the next one's start.
   */
  private static boolean isNext(String told, Oops oops, List<StackEntry> entries) {
    boolean isStart =
        oops.stack().stream()
            .filter(entry -> KernelNames.known(entry.function()).equals(told))
            .anyMatch(entry -> entry.offset().equals(OptionalLong.of(0)));
    return isStart
        && culprit(entries).isPresent()
        && entries.stream().noneMatch(e -> KernelNames.known(e.function()).equals(told));
  }

  private static Optional<StackEntry> culprit(List<StackEntry> entries) {
    return entries.stream()
        .filter(entry -> !KernelNames.isReport(entry.function()))
        .filter(entry -> !KernelNames.isHelper(entry.function()))
        .findFirst();
  }

  private static List<Statement> stackStatements(
      CrashStack stack,
      List<StackEntry> entries,
      Optional<StackClass> state,
      CrashVerdict verdict) {
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
