package org.vmcore.gdbstub.inspect.analyze;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.hangs.HangSentences;
import org.vmcore.gdbstub.inspect.locks.SpinSentences;
import org.vmcore.gdbstub.inspect.memory.MemorySentence;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.linux.oops.FailureClass;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/** What the kernel's structures tell of why a machine did not come on, or had no memory left. */
final class WhatHeldUp {
  /** More statements of one kind nobody reads. */
  private static final int MOST = 4;

  private WhatHeldUp() {}

  @FunctionalInterface
  private interface Finding {
    List<String> find() throws NoAnswerException, MissingFactException, KernelReadException;
  }

  /** Of those kinds of failure that something explains; what cannot be told, the notes say. */
  static List<Statement> statements(Call call, FailureClass failure) {
    List<Statement> statements = new ArrayList<>();
    switch (failure) {
      case RCU_STALL ->
          add(statements, call, () -> HangSentences.ofRcu(call), "the bits of rcu_node", "hangs");
      case HUNG_TASK, WORKQUEUE_LOCKUP ->
          add(
              statements,
              call,
              () -> HangSentences.ofWorksAndDisks(call),
              "worker pools, and the tags of disks' queues",
              "hangs");
      case OUT_OF_MEMORY ->
          add(
              statements,
              call,
              () -> MemorySentence.of(call).stream().toList(),
              "the kernel's counters",
              "memory");
      default -> {
        // Nothing of these explains another kind.
      }
    }
    if (failure == FailureClass.SOFT_LOCKUP
        || failure == FailureClass.HARD_LOCKUP
        || failure == FailureClass.RCU_STALL) {
      add(
          statements,
          call,
          () -> SpinSentences.of(call),
          "the registers of CPUs that spin, and the lock's word",
          "locks");
    }
    return statements;
  }

  private static void add(
      List<Statement> statements, Call call, Finding finding, String evidence, String command) {
    try {
      finding.find().stream()
          .limit(MOST)
          .map(text -> new Statement(text, evidence, Optional.of("monitor " + command)))
          .forEach(statements::add);
    } catch (NoAnswerException | MissingFactException | KernelReadException e) {
      call.notes().incomplete(command + ": " + e.getMessage());
    }
  }
}
