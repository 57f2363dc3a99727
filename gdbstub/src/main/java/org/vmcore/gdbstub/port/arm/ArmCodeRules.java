package org.vmcore.gdbstub.port.arm;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.CodeRules;
import org.vmcore.gdbstub.linux.stack.FrameRule;
import org.vmcore.gdbstub.linux.stack.FrameRule.Place;
import org.vmcore.gdbstub.linux.stack.FrameRule.Where;
import org.vmcore.gdbstub.linux.stack.Interruption;
import org.vmcore.gdbstub.linux.stack.KernelFunctions;
import org.vmcore.gdbstub.linux.stack.KernelFunctions.Function;
import org.vmcore.gdbstub.linux.stack.PtRegs;

/**
 * 32-bit arm by the kernel's exception tables, and what the compiler does not see: entry points,
 * that have a {@code struct pt_regs} at their stack pointer, and exception vectors that CPUs are
 * stopped at, where registers do not tell the interrupted stack.
 */
final class ArmCodeRules implements CodeRules {
  private static final int WORD = Integer.BYTES;

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

  private final LinuxKernel kernel;
  private final ArmCode code;
  private final ArmTables tables;
  private final PtRegs saved;
  private final List<Interruption> interruptions;

  /**
   * @param saved how the entry code saves registers
   * @param interruptions what CPUs are stopped at whose stacks are known
   */
  ArmCodeRules(
      LinuxKernel kernel,
      ArmCode code,
      ArmTables tables,
      PtRegs saved,
      List<Interruption> interruptions) {
    this.kernel = kernel;
    this.code = code;
    this.tables = tables;
    this.saved = saved;
    this.interruptions = List.copyOf(interruptions);
  }

  /** By the tables alone: {@link ArmUnwinder} knows more of what functions do. */
  @Override
  public Optional<FrameRule> at(long pc) {
    return tables.at(pc).flatMap(ArmTables.Entry::rule);
  }

  /**
   * @param offset from the stack pointer to the pt_regs
   */
  private FrameRule registers(int offset) {
    return saved.rule(new Place.By("sp", offset + saved.bytes()), "pc");
  }

  @Override
  public void forEach(Consumer<Stretch> action) {
    List<Function> functions = KernelFunctions.of(kernel);
    long fastReturn =
        functions.stream()
            .filter(function -> FAST_RETURN.contains(function.name()))
            .mapToLong(Function::start)
            .findFirst()
            .orElse(0);
    long lowest = USER_END;
    for (Function function : functions) {
      lowest = Math.min(lowest, function.start());
      if (function.length() > WORD) {
        boolean isBeforeReturn = function.start() + function.length() == fastReturn;
        List<Row> rows = rows(function);
        if (!rows.isEmpty()) {
          long end = function.start() + function.length() - (isBeforeReturn ? WORD : 0);
          action.accept(new Stretch(end, rows));
        }
      }
    }
    vectors().forEach(action);
    // Nothing is known of who called user programs.
    action.accept(new Stretch(lowest, List.of(new Row(0, ArmRules.END))));
  }

  /** Of a function; none where nothing is known of it. */
  private List<Row> rows(Function of) {
    String name = of.name();
    long start = of.start();
    if (FAST_RETURN.contains(name)) {
      // System calls return to its first instruction, and nothing calls from before it. Debuggers
      // would show the name of the function before it.
      return List.of(
          new Row(start - WORD, registers(ARGUMENTS).asSignal(true)),
          new Row(start + WORD, registers(0)));
    }
    if (INTERRUPTED.matcher(name).matches()) {
      return List.of(new Row(start, registers(0).asSignal(true)));
    }
    if (FROM_USER.matcher(name).matches()) {
      return List.of(new Row(start, registers(0)));
    }
    if (SYSTEM_CALL.contains(name)) {
      return List.of(new Row(start, registers(ARGUMENTS)));
    }
    if (ENDS.contains(name)) {
      return List.of(new Row(start, ArmRules.END));
    }
    Optional<ArmTables.Entry> entry = tables.at(start);
    Optional<FrameRule> body = entry.flatMap(ArmTables.Entry::rule);
    if (body.isEmpty()) {
      return List.of();
    }
    int length = (int) Math.min(of.length(), ArmRules.MAX_PROLOGUE);
    int at = ArmRules.bodyOffset(code.upTo(start, length), code.set());
    return at == 0 || entry.get().cannotUnwind()
        ? List.of(new Row(start, body.get()))
        : List.of(new Row(start, ArmRules.ENTRY), new Row(start + at, body.get()));
  }

  private List<Stretch> vectors() {
    Map<Long, List<Interruption>> byVector =
        interruptions.stream().collect(groupingBy(Interruption::vector, TreeMap::new, toList()));
    List<Stretch> stretches = new ArrayList<>();
    byVector.forEach(
        (vector, there) -> {
          FrameRule rule =
              FrameRule.caller(new Place.By("sp", 0), "lr")
                  .with("sp", by(there, Interruption::stack))
                  .with("lr", by(there, Interruption::link))
                  .with("pc", by(there, Interruption::pc))
                  .asSignal(true);
          stretches.add(new Stretch(vector + WORD, List.of(new Row(vector, rule))));
        });
    return stretches;
  }

  private static Where by(List<Interruption> there, ToLongFunction<Interruption> value) {
    Map<Long, Long> values = new TreeMap<>();
    there.forEach(one -> values.put(one.modeStack(), value.applyAsLong(one)));
    return new Where.OneOf("sp", values);
  }
}
