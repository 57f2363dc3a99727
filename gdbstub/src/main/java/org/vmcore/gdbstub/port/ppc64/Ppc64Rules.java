package org.vmcore.gdbstub.port.ppc64;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.FrameRule;
import org.vmcore.gdbstub.linux.stack.FrameRule.Place;
import org.vmcore.gdbstub.linux.stack.FrameRule.Where;
import org.vmcore.gdbstub.linux.stack.FunctionRules;
import org.vmcore.gdbstub.linux.stack.KernelFunctions.Function;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.PtRegs;

/**
 * ppc64 by the functions' own instructions. Frames of the entry code hold a mark and behind it a
 * {@code struct pt_regs}, at a distance from the stack pointer that their code tells.
 */
final class Ppc64Rules extends FunctionRules {
  /** Linux arch/powerpc/kernel/exceptions-64s.S, interrupt_64.S and, before 5.14, entry_64.S. */
  private static final Pattern SYSTEM_CALL = Pattern.compile("system_call(_vectored)?_common\\w*");

  private static final Pattern INTERRUPTED =
      Pattern.compile("\\w+_common(_real|_virt)?|(fast_)?interrupt_return\\w*");

  private static final Set<String> FORKED = Set.of("ret_from_fork", "ret_from_fork_scv");

  /** What nobody called (Linux arch/powerpc/kernel/head_64.S). */
  private static final Set<String> ENDS =
      Set.of(
          "ret_from_kernel_thread",
          "ret_from_kernel_user_thread",
          "start_here_common",
          "start_secondary_prolog");

  /**
   * STACK_FRAME_REGS_MARKER (Linux arch/powerpc/include/asm/ptrace.h): "regshere", later "REGS" as
   * either byte order has it.
   */
  static final Set<Long> MARK = Set.of(0x7265677368657265L, 0x53474552L, 0x52454753L);

  /** STACK_INT_FRAME_MARKER, with big frames and, since Linux 6.2, with ELF V2's small ones. */
  static final int[] MARKS = {96, 32};

  /** The registers are behind it, aligned. */
  static final int REGS_BEHIND_MARK = 16;

  /** The entry code comes first; C functions may have such names, too. */
  private static final long ENTRY_BYTES = 64 << 10;

  private static final Place STACK = new Place.By("r1", 0);

  /** Programs start here. Firmware, which the kernel calls on its own stack, lies below. */
  private static final long USER_START = 0x1000_0000;

  private static final long USER_END = 1L << 52;

  private final PtRegs saved;
  private final long text;

  Ppc64Rules(LinuxKernel kernel, KernelText text, PtRegs saved) {
    super(kernel, text);
    this.saved = saved;
    this.text = kernel.address("_stext").orElse(0L);
  }

  @Override
  protected List<Row> rows(Function function, ByteBuffer code) {
    long start = function.start();
    String name = function.name();
    if (ENDS.contains(name)) {
      return List.of(new Row(start, FrameRule.nobody(STACK, "lr")));
    }
    boolean entry = Long.compareUnsigned(start - text, ENTRY_BYTES) < 0;
    if (entry && SYSTEM_CALL.matcher(name).matches()) {
      return List.of(new Row(start, registers(code)));
    }
    if (entry && INTERRUPTED.matcher(name).matches()) {
      return List.of(new Row(start, registers(code).asSignal(true)));
    }
    if (FORKED.contains(name)) {
      return List.of(new Row(start, registers(code)));
    }
    List<Row> rows = new ArrayList<>();
    new Ppc64Code(code).read().forEach((at, state) -> rows.add(new Row(start + at, rule(state))));
    return rows;
  }

  /** By where the code stores the mark, or loads from behind it. */
  private FrameRule registers(ByteBuffer code) {
    boolean big = true;
    for (int at = 0; at + Integer.BYTES <= code.limit(); at += Integer.BYTES) {
      int word = code.getInt(at);
      boolean store = (word & 0xfc1f0003) == 0xf8010000;
      if (store && (word & 0xfffc) == MARKS[0]) {
        break;
      }
      if (store && (word & 0xfffc) == MARKS[1]) {
        big = false;
        break;
      }
    }
    int overhead = (big ? MARKS[0] : MARKS[1]) + REGS_BEHIND_MARK;
    return saved.rule(new Place.By("r1", overhead + saved.bytes()), "pc");
  }

  private static FrameRule rule(Ppc64Code.State state) {
    Place cfa = state.framed() ? new Place.Pointed("r1", 0, 0) : STACK;
    Where link = state.linkSaved() ? new Where.Saved(Ppc64Code.LINK) : Where.Same.SAME;
    FrameRule rule = FrameRule.caller(cfa, "lr").with("lr", link);
    for (Map.Entry<Integer, Integer> one : state.saved().entrySet()) {
      rule = rule.with("r" + one.getKey(), new Where.Saved(one.getValue()));
    }
    return rule;
  }

  /** Nothing is known of who called user programs. */
  @Override
  protected List<Stretch> others() {
    return List.of(
        new Stretch(USER_END, List.of(new Row(USER_START, FrameRule.nobody(STACK, "lr")))));
  }
}
