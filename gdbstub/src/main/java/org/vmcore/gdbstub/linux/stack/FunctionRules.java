package org.vmcore.gdbstub.linux.stack;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.stack.KernelFunctions.Function;
import org.vmcore.gdbstub.linux.symbols.KernelModule;

/** Rules that are read from the instructions of functions, one function at a time. */
public abstract class FunctionRules implements CodeRules {
  /** Functions that are kept: frames of many stacks are in the same few. */
  private static final int MAX_KEPT = 512;

  private final LinuxKernel kernel;
  private final KernelText text;
  private final Map<Long, List<Row>> kept =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, List<Row>> eldest) {
          return size() > MAX_KEPT;
        }
      };

  protected FunctionRules(LinuxKernel kernel, KernelText text) {
    this.kernel = kernel;
    this.text = text;
  }

  protected final KernelMemory memory() {
    return kernel.memory();
  }

  /**
   * What is true in a function.
   *
   * @param code its instructions, as many of them as could be read, in the machine's byte order
   * @return from its first instruction on, ascending; none where nothing is known
   */
  protected abstract List<Row> rows(Function function, ByteBuffer code);

  /**
   * Bytes in front of a function where debuggers look for what is true at its first instruction:
   * some entry code makes what it calls return there, and nothing calls from in front of it.
   */
  protected int lead(Function function) {
    return 0;
  }

  /** What is true where no function of the kernel is; none by default. */
  protected List<Stretch> others() {
    return List.of();
  }

  @Override
  public final Optional<FrameRule> at(long pc) {
    Optional<Function> function = text.functionAt(pc);
    if (function.isEmpty()) {
      return Optional.empty();
    }
    Optional<FrameRule> found = Optional.empty();
    for (Row row : rows(function.get())) {
      if (Long.compareUnsigned(row.start(), pc) > 0) {
        break;
      }
      found = Optional.of(row.rule());
    }
    return found;
  }

  private List<Row> rows(Function function) {
    synchronized (kept) {
      List<Row> rows = kept.get(function.start());
      if (rows == null) {
        rows = read(function);
        kept.put(function.start(), rows);
      }
      return rows;
    }
  }

  private List<Row> read(Function function) {
    byte[] code = memory().upTo(function.start(), (int) function.length());
    List<Row> rows = rows(function, ByteBuffer.wrap(code).order(memory().byteOrder()));
    return until(function.start() + function.length(), rows);
  }

  /** Rows of instructions before an end; of several for one the last. */
  private static List<Row> until(long end, List<Row> rows) {
    List<Row> kept = new ArrayList<>();
    for (Row row : rows) {
      if (!kept.isEmpty() && kept.get(kept.size() - 1).start() == row.start()) {
        kept.remove(kept.size() - 1);
      }
      if (Long.compareUnsigned(row.start(), end) < 0) {
        kept.add(row);
      }
    }
    return List.copyOf(kept);
  }

  /** Tells all; what is looked for in front of a function's code ends the stretch before it. */
  @Override
  public final void forEach(Consumer<Stretch> action) {
    forEach(KernelFunctions.of(kernel), action);
    others().forEach(action);
  }

  @Override
  public final void forEachOf(KernelModule module, Consumer<Stretch> action) {
    forEach(KernelFunctions.of(module), action);
  }

  private void forEach(List<Function> functions, Consumer<Stretch> action) {
    Stretch before = null;
    for (Function function : functions) {
      List<Row> rows = read(function);
      int lead = lead(function);
      if (before != null) {
        boolean trimmed = lead > 0 && before.end() == function.start();
        long end = trimmed ? before.end() - lead : before.end();
        action.accept(new Stretch(end, until(end, before.rows())));
        before = null;
      }
      if (!rows.isEmpty()) {
        List<Row> all = new ArrayList<>(rows);
        if (lead > 0) {
          all.set(0, new Row(rows.get(0).start() - lead, rows.get(0).rule()));
        }
        before = new Stretch(function.start() + function.length(), all);
      }
    }
    if (before != null) {
      action.accept(before);
    }
  }
}
