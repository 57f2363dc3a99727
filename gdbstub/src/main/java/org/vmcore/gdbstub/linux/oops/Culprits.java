package org.vmcore.gdbstub.linux.oops;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.oops.OopsRule.Culprit;
import org.vmcore.gdbstub.linux.oops.StackEntry.Kind;
import org.vmcore.gdbstub.linux.oops.Trace.Purpose;

/** Finds the function in a report that a failure is named after. */
final class Culprits {
  private final Culprit kind;
  private final List<Trace> traces;
  private final Optional<String> named;
  private final FailureClass failure;

  /**
   * @param named the function that the report's own words name
   */
  Culprits(OopsRule rule, List<Trace> traces, Optional<String> named) {
    this.kind = rule.culprit();
    this.failure = rule.failure();
    this.traces = traces;
    this.named = named;
  }

  /** Whether there is a stack at all, of frames that the kernel was sure of. */
  boolean hasStack() {
    return traces.stream()
        .flatMap(trace -> trace.entries().stream())
        .anyMatch(entry -> entry.kind() == Kind.FRAME);
  }

  Optional<StackEntry> find() {
    return switch (kind) {
      case NONE, NONE_WITH_STACK -> Optional.empty();
      case LINE -> named.map(Culprits::entry);
      case FAULT, CALLER, LOCK, LOCK_HELD -> nearest();
      case LOCK_ORDER -> first(Purpose.LOCKS).or(this::nearest);
      case ALLOCATION -> allocation();
      case SUBSYSTEM -> subsystem();
    };
  }

  private static StackEntry entry(String function) {
    return new StackEntry(
        Kind.PC, function, OptionalLong.empty(), Optional.empty(), Optional.empty());
  }

  /** The stack from where it happened. */
  List<StackEntry> stack() {
    return failure().map(this::fromFailure).orElse(List.of());
  }

  private Optional<Trace> failure() {
    Optional<Trace> found =
        traces.stream()
            .filter(trace -> trace.purpose() == Purpose.FAILURE)
            .filter(trace -> trace.entries().stream().anyMatch(e -> e.kind() == Kind.FRAME))
            .findFirst();
    return found.or(
        () -> traces.stream().filter(trace -> trace.purpose() == Purpose.FAILURE).findFirst());
  }

  /** The frames below the reporting, or below the exception. */
  private List<StackEntry> fromFailure(Trace trace) {
    List<StackEntry> sure =
        trace.entries().stream().filter(entry -> entry.kind() != Kind.DOUBTFUL).toList();
    int from = 0;
    if (kind == Culprit.FAULT) {
      boolean told =
          named.isPresent()
              && sure.stream()
                  .anyMatch(e -> e.kind() == Kind.PC && e.function().equals(named.get()));
      for (int i = 0; i < sure.size(); i++) {
        if (sure.get(i).kind() == Kind.PC
            && (!told || sure.get(i).function().equals(named.get()))) {
          from = i;
          break;
        }
      }
    }
    List<StackEntry> stack = new ArrayList<>();
    for (StackEntry entry : sure.subList(from, sure.size())) {
      // At the end of an oops stands once more where it was.
      if (stack.size() > 1
          && entry.kind() == Kind.PC
          && entry.function().equals(stack.get(0).function())) {
        break;
      }
      boolean again =
          !stack.isEmpty()
              && entry.kind() == Kind.PC
              && entry.function().equals(stack.get(stack.size() - 1).function());
      if (!again) {
        stack.add(entry);
      }
    }
    return stack;
  }

  private Optional<StackEntry> nearest() {
    boolean isWarning = kind == Culprit.FAULT && named.isPresent();
    if (named.isPresent() && !isWarning && !KernelNames.isCommon(named.get())) {
      return Optional.of(entry(named.get()));
    }
    for (Trace trace : traces) {
      if (trace.purpose() == Purpose.FAILURE && (!warnsIn() || warnsIn(trace))) {
        List<StackEntry> stack = fromFailure(trace);
        boolean sure = stack.stream().anyMatch(entry -> entry.kind() == Kind.FRAME);
        if (isWarning && !sure) {
          continue;
        }
        for (StackEntry entry : stack) {
          if (!KernelNames.isCommon(entry.function()) && !KernelNames.isThread(entry.function())) {
            return Optional.of(entry);
          }
        }
      }
    }
    return isOfLocks() && !hasStack() ? named.map(Culprits::entry) : Optional.empty();
  }

  private boolean isOfLocks() {
    return kind == Culprit.LOCK || kind == Culprit.LOCK_HELD || kind == Culprit.LOCK_ORDER;
  }

  /** Whether a stack has the function in which a warning says that it is. */
  boolean warnsIn() {
    return kind == Culprit.FAULT && named.isPresent() && traces.stream().anyMatch(this::warnsIn);
  }

  private boolean warnsIn(Trace trace) {
    return trace.entries().stream()
        .anyMatch(e -> e.kind() == Kind.PC && e.function().equals(named.orElse("")));
  }

  private Optional<StackEntry> allocation() {
    return first(failure == FailureClass.MEMORY_LEAK ? Purpose.FAILURE : Purpose.ALLOCATED);
  }

  private Optional<StackEntry> first(Purpose purpose) {
    return traces.stream()
        .filter(trace -> trace.purpose() == purpose)
        .flatMap(trace -> trace.entries().stream())
        .filter(entry -> entry.kind() == Kind.FRAME)
        .filter(entry -> !KernelNames.isCommon(entry.function()))
        .findFirst();
  }

  /**
   * What a dispatcher called: of a CPU that is busy for too long the innermost such function, as
   * what runs below it differs from one look to the next; of a stack that overflowed the outermost.
   */
  private Optional<StackEntry> subsystem() {
    for (Trace trace : traces) {
      if (trace.purpose() == Purpose.FAILURE) {
        Optional<StackEntry> found = subsystem(interrupted(trace));
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private Optional<StackEntry> subsystem(List<StackEntry> stack) {
    Optional<StackEntry> found = Optional.empty();
    boolean isDeep = failure == FailureClass.STACK_OVERFLOW;
    for (int i = 0; i < stack.size(); i++) {
      StackEntry entry = stack.get(i);
      if (!isDeep && entry.function().startsWith("smp_call_function")) {
        return Optional.of(entry);
      }
      if (i > 0 && isDispatcher(entry, isDeep)) {
        StackEntry called = stack.get(i - 1);
        if (!isDispatcher(called, isDeep)
            && !KernelNames.isCommon(called.function())
            && !(found.isPresent() && KernelNames.known(called.function()).startsWith("sys_"))) {
          found = Optional.of(called);
          if (!isDeep) {
            return found;
          }
        }
      }
    }
    return found;
  }

  /** Of a stack that is too deep also what every socket's system calls go through. */
  private static boolean isDispatcher(StackEntry entry, boolean isDeep) {
    return KernelNames.isDispatcher(entry.function())
        || (isDeep && entry.function().matches("_{2,4}sys_\\w+"));
  }

  /** The frames of what was interrupted to find out about it; all if nothing was. */
  private static List<StackEntry> interrupted(Trace trace) {
    List<StackEntry> sure =
        trace.entries().stream().filter(entry -> entry.kind() != Kind.DOUBTFUL).toList();
    int from = 0;
    boolean reports = false;
    for (int i = 0; i < sure.size() && from == 0; i++) {
      reports |= KernelNames.isLookingOn(sure.get(i).function());
      if (reports && KernelNames.isInterrupt(sure.get(i).function())) {
        from = i + 1;
      }
    }
    return sure.subList(from, sure.size());
  }
}
