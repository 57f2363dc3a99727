package org.vmcore.gdbstub.port.riscv;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.FrameRule;
import org.vmcore.gdbstub.linux.stack.FrameRule.Place;
import org.vmcore.gdbstub.linux.stack.FrameRule.Where;
import org.vmcore.gdbstub.linux.stack.FunctionRules;
import org.vmcore.gdbstub.linux.stack.KernelFunctions.Function;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.PtRegs;

/**
 * riscv64 and riscv32 by the functions' own instructions. What the entry code called returns to
 * {@code ret_from_exception} or its like, with a {@code struct pt_regs} at the stack pointer (Linux
 * arch/riscv/kernel/entry.S).
 */
final class RiscvRules extends FunctionRules {
  private static final String RETURNED_TO = "ret_from_";

  /** What nobody called; boot code jumps to the others, and is gone. */
  private static final Set<String> ENDS =
      Set.of("ret_from_kernel_thread", "start_kernel", "smp_callin", "secondary_start_common");

  private static final int MAX_FRAME = 1 << 14;

  private static final Place STACK = new Place.By("sp", 0);

  private static final long USER_START = 0x1000;

  /** Below the kernel's half with five levels, and below all that is the kernel's (Sv32). */
  private static final long USER_END = 1L << 56;

  private static final long USER_END_32 = 0x9c00_0000L;

  private final PtRegs saved;

  RiscvRules(LinuxKernel kernel, KernelText text, PtRegs saved) {
    super(kernel, text);
    this.saved = saved;
  }

  /** Debuggers look in front of a return address, where another function ends. */
  @Override
  protected int lead(Function function) {
    return function.name().startsWith(RETURNED_TO) ? 2 : 0;
  }

  @Override
  protected List<Row> rows(Function function, ByteBuffer code) {
    long start = function.start();
    if (ENDS.contains(function.name())) {
      return List.of(new Row(start, FrameRule.nobody(STACK, "ra")));
    }
    if (function.name().startsWith(RETURNED_TO)) {
      FrameRule rule = saved.rule(new Place.By("sp", saved.bytes()), "pc");
      return List.of(new Row(start, rule.asSignal(true)));
    }
    boolean wide = memory().wordBytes() == Long.BYTES;
    List<Row> rows = new ArrayList<>();
    // Instructions are little-endian whatever the data are.
    new RiscvCode(code.order(ByteOrder.LITTLE_ENDIAN), wide)
        .read()
        .forEach((offset, state) -> rows.add(new Row(start + offset, rule(state))));
    return rows;
  }

  private static FrameRule rule(RiscvCode.State state) {
    if (state.isLost() || state.offset() > MAX_FRAME) {
      return FrameRule.caller(STACK, "ra").with("ra", Where.Lost.LOST);
    }
    FrameRule rule =
        FrameRule.caller(state.cfa(), "ra").with("fp", Where.Same.SAME).with("ra", Where.Same.SAME);
    for (Map.Entry<Integer, Integer> one : state.saved().entrySet()) {
      rule = rule.with(name(one.getKey()), new Where.Saved(one.getValue()));
    }
    return rule;
  }

  private static String name(int register) {
    return switch (register) {
      case 1 -> "ra";
      case 8 -> "fp";
      case 9 -> "s1";
      default -> "s" + (register - 16);
    };
  }

  /** Nothing is known of who called user programs. */
  @Override
  protected List<Stretch> others() {
    long end = memory().wordBytes() == Long.BYTES ? USER_END : USER_END_32;
    return List.of(new Stretch(end, List.of(new Row(USER_START, FrameRule.nobody(STACK, "ra")))));
  }
}
