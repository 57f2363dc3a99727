package org.vmcore.gdbstub.symbols.write.frames;

import static java.util.stream.Collectors.groupingBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.linux.stack.ArmTables;
import org.vmcore.gdbstub.linux.stack.Interruption;
import org.vmcore.gdbstub.symbols.write.frames.KernelFunctions.Function;

/**
 * 32-bit arm call-frame information for what the compiler does not see: entry points, that have a
 * {@code struct pt_regs} at their stack pointer, and exception vectors that CPUs are stopped at,
 * where registers do not tell the interrupted stack.
 */
final class ArmFrames {
  // DWARF for the Arm Architecture, IHI 0040, 4.1.
  private static final int SP = 13;
  private static final int LR = 14;
  private static final int PC = 15;

  private static final int WORD = Integer.BYTES;

  /** r0 to r15, cpsr and the first argument (Linux arch/arm/include/uapi/asm/ptrace.h). */
  private static final int PT_REGS = 18 * WORD;

  /** System calls have two of their arguments below it (entry-common.S, S_OFF). */
  private static final int ARGUMENTS = 2 * WORD;

  // Linux arch/arm/kernel/entry-armv.S and entry-common.S.
  private static final Pattern INTERRUPTED = Pattern.compile("__(irq|dabt|pabt|und|fiq)_svc");
  private static final Pattern FROM_USER =
      Pattern.compile(
          "__(irq|dabt|pabt|und|fiq)_usr|ret_from_exception|ret_(to_user|slow)\\w*"
              + "|(fast|slow)_work_pending|__sys_trace_return\\w*");
  private static final Set<String> SYSTEM_CALL = Set.of("vector_swi", "__sys_trace");
  private static final Set<String> FAST_RETURN = Set.of("ret_fast_syscall", "__ret_fast_syscall");

  /**
   * What nobody called; a CPU comes to secondary_start_kernel from where it has no such addresses.
   */
  private static final Set<String> ENDS =
      Set.of("ret_from_fork", "start_kernel", "secondary_start_kernel");

  /** The highest that PAGE_OFFSET is configured to; modules are a little below it. */
  private static final long USER_END = 0xc000_0000L;

  private final ByteOrder byteOrder;
  private final DebugFrame section;
  private final DebugFrame.Cie interrupted;
  private final DebugFrame.Cie stopped;
  private final DebugFrame.Cie user;
  private final DebugFrame.Cie systemCall;
  private final DebugFrame.Cie returned;
  private final DebugFrame.Cie end;
  private final DebugFrame.Cie function;
  private final long fastReturn;
  private long lowest = 0xffff_ffffL;

  /**
   * @param functions all of them
   */
  ArmFrames(ByteOrder byteOrder, List<Function> functions) {
    this.byteOrder = byteOrder;
    this.fastReturn =
        functions.stream()
            .filter(function -> FAST_RETURN.contains(function.name()))
            .mapToLong(Function::start)
            .findFirst()
            .orElse(0);
    this.section = new DebugFrame(byteOrder, WORD);
    this.interrupted = section.cie(DebugFrame.SIGNAL, LR, regs(0));
    this.stopped = section.cie(DebugFrame.SIGNAL, LR, rules().cfa(SP, 0));
    this.user = section.cie(DebugFrame.PLAIN, LR, regs(0));
    this.systemCall = section.cie(DebugFrame.PLAIN, LR, regs(ARGUMENTS));
    // Debuggers would show the name of the function before it.
    this.returned = section.cie(DebugFrame.SIGNAL, LR, regs(ARGUMENTS));
    this.end = section.cie(DebugFrame.PLAIN, LR, rules().cfa(SP, 0).undefined(LR));
    this.function = section.cie(DebugFrame.PLAIN, LR, rules().cfa(SP, 0));
  }

  private CfaRules rules() {
    return new CfaRules(byteOrder);
  }

  /**
   * @param offset from the stack pointer to the pt_regs
   */
  private CfaRules regs(int offset) {
    CfaRules rules = rules().cfa(SP, offset + PT_REGS);
    for (int register = 0; register <= PC; register++) {
      rules.saved(register, register * WORD - PT_REGS);
    }
    return rules;
  }

  /**
   * A function, unless nothing is known of it or it is but one instruction.
   *
   * @param entry how to undo its frame
   * @param code its instructions, as many of them as could be read
   */
  void add(Function of, Optional<ArmTables.Entry> entry, ByteBuffer code) {
    String name = of.name();
    boolean isBeforeReturn = of.start() + of.length() == fastReturn;
    long length = isBeforeReturn ? of.length() - WORD : of.length();
    lowest = Math.min(lowest, of.start());
    if (of.length() <= WORD) {
      return;
    }
    if (FAST_RETURN.contains(name)) {
      // System calls return to its first instruction, and nothing calls from before it.
      section.fde(returned, of.start() - WORD, 2 * WORD, rules());
      section.fde(user, of.start() + WORD, of.length() - WORD, rules());
    } else if (INTERRUPTED.matcher(name).matches()) {
      section.fde(interrupted, of.start(), length, rules());
    } else if (FROM_USER.matcher(name).matches()) {
      section.fde(user, of.start(), length, rules());
    } else if (SYSTEM_CALL.contains(name)) {
      section.fde(systemCall, of.start(), length, rules());
    } else if (ENDS.contains(name) || entry.map(ArmTables.Entry::cannotUnwind).orElse(false)) {
      section.fde(end, of.start(), length, rules());
    } else if (entry.isPresent()) {
      ArmRules.of(entry.get().instructions(), byteOrder)
          .ifPresent(
              body -> {
                int at = ArmRules.bodyOffset(code.order(byteOrder));
                CfaRules rules = at == 0 ? body : rules().advance(at).and(body);
                section.fde(function, of.start(), length, rules);
              });
    }
  }

  /** What CPUs are stopped at whose stacks are known. */
  void add(List<Interruption> interruptions) {
    Map<Long, List<Interruption>> byVector =
        interruptions.stream().collect(groupingBy(Interruption::vector));
    byVector.forEach(
        (vector, there) -> {
          CfaRules rules = rules().cfa(SP, 0);
          rules.valueBy(SP, SP, by(there, Interruption::stack));
          rules.valueBy(LR, SP, by(there, Interruption::link));
          rules.valueBy(PC, SP, by(there, Interruption::pc));
          section.fde(stopped, vector, WORD, rules);
        });
  }

  private static Map<Long, Long> by(List<Interruption> there, ToLongFunction<Interruption> value) {
    Map<Long, Long> values = new TreeMap<>();
    there.forEach(one -> values.put(one.modeStack(), value.applyAsLong(one)));
    return values;
  }

  /** What was added, and that nothing is known of who called user programs. */
  byte[] bytes() {
    section.fde(end, 0, Math.min(lowest, USER_END), rules());
    return section.bytes();
  }
}
