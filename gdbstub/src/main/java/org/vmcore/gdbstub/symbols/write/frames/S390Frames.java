package org.vmcore.gdbstub.symbols.write.frames;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.vmcore.gdbstub.symbols.write.frames.AddressRanges.Range;
import org.vmcore.gdbstub.symbols.write.frames.KernelFunctions.Function;

/**
 * s390x call-frame information, read from the functions' own instructions. It says of each register
 * that a function preserves that it does: without a Linux ABI gdb knows of none. At the entry
 * points there is a {@code struct pt_regs} behind the frame that the stack pointer is at.
 */
final class S390Frames {
  // ELF ABI s390x supplement, "DWARF register mapping".
  private static final int R6 = 6;
  private static final int RETURN_ADDRESS = 14;
  private static final int SP = 15;
  private static final int PSW_MASK = 64;
  private static final int PSW_ADDRESS = 65;

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

  /** Where no function of the kernel is for this long, there is none: user programs may be. */
  private static final long MIN_GAP = 1 << 20;

  private static final long USER_END = 1L << 53;

  private final DebugFrame section = new DebugFrame(ByteOrder.BIG_ENDIAN, Long.BYTES);
  private final DebugFrame.Cie function;
  private final DebugFrame.Cie interrupted;
  private final DebugFrame.Cie systemCall;
  private final DebugFrame.Cie end;
  private final List<Range> described = new ArrayList<>();

  S390Frames() {
    CfaRules preserved = rules().cfa(SP, S390Code.OVERHEAD);
    for (int register = R6; register <= SP; register++) {
      preserved.same(register);
    }
    this.function = section.cie(DebugFrame.PLAIN, RETURN_ADDRESS, preserved);
    CfaRules regs = rules().cfa(SP, S390Code.OVERHEAD);
    regs.saved(PSW_MASK, WORD).saved(PSW_ADDRESS, 2 * WORD);
    for (int register = 0; register <= SP; register++) {
      regs.saved(register, (3 + register) * WORD);
    }
    this.interrupted = section.cie(DebugFrame.SIGNAL, PSW_ADDRESS, regs);
    this.systemCall = section.cie(DebugFrame.PLAIN, PSW_ADDRESS, regs);
    this.end =
        section.cie(
            DebugFrame.PLAIN,
            RETURN_ADDRESS,
            rules().cfa(SP, S390Code.OVERHEAD).undefined(RETURN_ADDRESS));
  }

  private static CfaRules rules() {
    return new CfaRules(ByteOrder.BIG_ENDIAN);
  }

  /**
   * @param code its instructions, as many of them as could be read
   */
  void add(Function of, ByteBuffer code) {
    described.add(new Range(of.start(), of.length()));
    if (of.name().equals(SYSTEM_CALL)) {
      section.fde(systemCall, of.start(), of.length(), rules());
    } else if (INTERRUPTED.contains(of.name())) {
      section.fde(interrupted, of.start(), of.length(), rules());
    } else if (ENDS.contains(of.name())) {
      section.fde(end, of.start(), of.length(), rules());
    } else {
      section.fde(function, of.start(), of.length(), rules(code));
    }
  }

  private static CfaRules rules(ByteBuffer code) {
    CfaRules rules = rules();
    int at = 0;
    S390Code.State told = S390Code.State.ENTRY;
    for (Map.Entry<Integer, S390Code.State> change : S390Code.read(code).entrySet()) {
      S390Code.State state = change.getValue();
      rules.advance(change.getKey() - at);
      at = change.getKey();
      if (state.register() == S390Code.LOST) {
        rules.undefined(RETURN_ADDRESS);
        told = state;
        continue;
      }
      boolean wasLost = told.register() == S390Code.LOST;
      if (wasLost) {
        rules.same(RETURN_ADDRESS);
      }
      if (state.register() != told.register() || state.offset() != told.offset()) {
        rules.cfa(state.register(), state.offset());
      }
      for (int register = R6; register <= SP; register++) {
        Integer place = state.saved().get(register);
        boolean toldSo = !wasLost || register != RETURN_ADDRESS;
        Integer before = toldSo ? told.saved().get(register) : null;
        if (place == null && before != null) {
          rules.same(register);
        } else if (place != null && !place.equals(before)) {
          rules.saved(register, place);
        }
      }
      told = state;
    }
    return rules;
  }

  /** What was added, and that nothing is known of who called user programs. */
  byte[] bytes() {
    List<Range> sorted =
        described.stream().sorted((a, b) -> Long.compareUnsigned(a.start(), b.start())).toList();
    long at = 0;
    for (Range range : sorted) {
      endUntil(at, range.start());
      at = range.start() + range.length();
    }
    endUntil(at, USER_END);
    return section.bytes();
  }

  private void endUntil(long start, long limit) {
    if (limit - start >= MIN_GAP) {
      section.fde(end, start, limit - start, rules());
    }
  }
}
