package org.vmcore.gdbstub.port.s390x;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.FrameRule;
import org.vmcore.gdbstub.linux.stack.FrameRule.Beyond;
import org.vmcore.gdbstub.linux.stack.FrameRule.Place;
import org.vmcore.gdbstub.linux.stack.FrameRule.Where;
import org.vmcore.gdbstub.linux.stack.FunctionRules;
import org.vmcore.gdbstub.linux.stack.KernelFunctions;
import org.vmcore.gdbstub.linux.stack.KernelFunctions.Function;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.PtRegs;

/**
 * s390x by the functions' own instructions. It says of each register that a function preserves that
 * it does: without a Linux ABI gdb knows of none. At the entry points there is a {@code struct
 * pt_regs} behind the frame that the stack pointer is at.
 */
final class S390Rules extends FunctionRules {
  private static final int R6 = 6;
  private static final int R15 = 15;
  private static final String SP = "r15";
  private static final String RETURN_ADDRESS = "r14";

  private static final int WORD = Long.BYTES;

  /** Linux arch/s390/kernel/entry.S. */
  private static final Set<String> INTERRUPTED =
      Set.of(
          "pgm_check_handler",
          "ext_int_handler",
          "io_int_handler",
          "mcck_int_handler",
          "stack_overflow");

  private static final String SYSTEM_CALL = "system_call";

  /** What nobody called; the boot code's instructions are no longer there. */
  private static final Set<String> ENDS =
      Set.of("ret_from_fork", "restart_int_handler", "start_kernel", "arch_call_rest_init");

  private static final FrameRule END =
      FrameRule.nobody(new Place.By(SP, S390Code.OVERHEAD), RETURN_ADDRESS);

  /** Where no function of the kernel is for this long, there is none: user programs may be. */
  private static final long MIN_GAP = 1 << 20;

  private static final long USER_END = 1L << 53;

  private final LinuxKernel kernel;
  private final FrameRule registers;

  /**
   * @param saved behind a frame and the word {@code args[1]}
   */
  S390Rules(LinuxKernel kernel, KernelText text, PtRegs saved) {
    super(kernel, text);
    this.kernel = kernel;
    FrameRule rule =
        new FrameRule(
            Beyond.REGISTERS, false, new Place.By(SP, S390Code.OVERHEAD), "pswa", false, Map.of());
    long at = WORD;
    for (String name : saved.names()) {
      rule = rule.with(name, new Where.Saved(at));
      at += WORD;
    }
    this.registers = rule;
  }

  @Override
  protected List<Row> rows(Function function, ByteBuffer code) {
    long start = function.start();
    if (function.name().equals(SYSTEM_CALL)) {
      return List.of(new Row(start, registers));
    }
    if (INTERRUPTED.contains(function.name())) {
      return List.of(new Row(start, registers.asSignal(true)));
    }
    if (ENDS.contains(function.name())) {
      return List.of(new Row(start, END));
    }
    List<Row> rows = new ArrayList<>();
    rows.add(new Row(start, rule(S390Code.State.ENTRY)));
    S390Code.read(code)
        .forEach(
            (at, state) -> {
              Row row = new Row(start + at, rule(state));
              if (at == 0) {
                rows.set(0, row);
              } else {
                rows.add(row);
              }
            });
    return rows;
  }

  private static FrameRule rule(S390Code.State state) {
    boolean lost = state.register() == S390Code.LOST;
    Place cfa =
        lost
            ? new Place.By(SP, S390Code.OVERHEAD)
            : new Place.By("r" + state.register(), state.offset());
    FrameRule rule = FrameRule.caller(cfa, RETURN_ADDRESS);
    for (int register = R6; register <= R15; register++) {
      Integer place = state.saved().get(register);
      rule =
          rule.with(
              "r" + register, place == null ? Where.Same.SAME : new Where.Saved((long) place));
    }
    return lost ? rule.with(RETURN_ADDRESS, Where.Lost.LOST) : rule;
  }

  /** Nothing is known of who called user programs. */
  @Override
  protected List<Stretch> others() {
    List<Function> sorted =
        KernelFunctions.of(kernel).stream()
            .sorted((a, b) -> Long.compareUnsigned(a.start(), b.start()))
            .toList();
    List<Stretch> gaps = new ArrayList<>();
    long at = 0;
    for (Function function : sorted) {
      addGap(at, function.start(), gaps);
      at = function.start() + function.length();
    }
    addGap(at, USER_END, gaps);
    return gaps;
  }

  private static void addGap(long start, long limit, List<Stretch> gaps) {
    if (limit - start >= MIN_GAP) {
      gaps.add(new Stretch(limit, List.of(new Row(start, END))));
    }
  }
}
