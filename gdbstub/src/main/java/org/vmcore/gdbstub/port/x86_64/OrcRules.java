package org.vmcore.gdbstub.port.x86_64;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.orc.Orc;
import org.vmcore.gdbstub.linux.orc.Orc.Base;
import org.vmcore.gdbstub.linux.orc.OrcTables;
import org.vmcore.gdbstub.linux.stack.CodeRules;
import org.vmcore.gdbstub.linux.stack.FrameRule;
import org.vmcore.gdbstub.linux.stack.KernelFunctions;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.symbols.Kallsyms;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.port.x86.Prologue;

/**
 * x86-64 by the kernel's ORC tables, its assembly included. Functions that the tables leave out are
 * known by their first instructions. What an entry says, {@link OrcFrames} knows.
 */
final class OrcRules implements CodeRules {
  /**
   * Functions that debuggers should show by their names (Linux arch/x86/entry/entry_64.S,
   * entry_64_compat.S; arch/x86/include/asm/idtentry.h for {@code sysvec_}), though they are where
   * a stack ends or another begins. Labels within them are symbols of their own, with the same
   * beginning.
   */
  private static final List<byte[]> NAMED =
      Stream.of("entry_SYS", "entry_INT80", "ret_from_fork", "sysvec_", "common_interrupt")
          .map(name -> name.getBytes(ISO_8859_1))
          .toList();

  /** User addresses with five levels of page tables end here; the first page is never mapped. */
  private static final long USER_START = 0x1000;

  private static final long USER_END = 1L << 56;

  private final LinuxKernel kernel;
  private final KernelText text;
  private final OrcTables tables;
  private final OrcFrames frames;

  /** A stretch of code that has a name for debuggers. */
  private record Range(long start, long length) {}

  OrcRules(LinuxKernel kernel, KernelText text) {
    this.kernel = kernel;
    this.text = text;
    this.tables = kernel.orc();
    this.frames = new OrcFrames(kernel.memory());
  }

  @Override
  public Optional<FrameRule> at(long pc) {
    Optional<OrcFrames.Told> found = told(pc);
    return found.isEmpty() || found.get().entry().type() == Orc.Type.UNDEFINED
        ? prologue(pc)
        : found.map(OrcFrames.Told::rule);
  }

  /** Each table is of one stretch of code: the nearest entry below is that of the right one. */
  private Optional<OrcFrames.Told> told(long pc) {
    Optional<OrcFrames.Told> nearest = Optional.empty();
    long start = 0;
    for (Orc table : tables.at(pc)) {
      int found = table.indexAt(pc);
      if (found >= 0
          && (nearest.isEmpty() || Long.compareUnsigned(table.start(found), start) > 0)) {
        nearest = Optional.of(frames.told(table, found));
        start = table.start(found);
      }
    }
    return nearest;
  }

  private Optional<FrameRule> prologue(long pc) {
    return text.functionAt(pc)
        .flatMap(
            function ->
                Prologue.read(kernel.memory(), function.start(), pc - function.start() + 1)
                    .filter(found -> pc - function.start() >= found.bodyOffset()))
        .map(OrcFrames::rule);
  }

  /** LLDB takes one FDE for all of a function, and its rows to count from where that starts. */
  @Override
  public void forEach(Consumer<Stretch> action) {
    FunctionStarts functions = new FunctionStarts(KernelFunctions.starts(kernel));
    List<Range> named = named();
    tables.all().forEach(table -> forEach(table, functions, named, action));
    notInOrc(action);
    action.accept(new Stretch(USER_END, List.of(new Row(USER_START, OrcFrames.END))));
  }

  /** Those of the module's own tables. */
  @Override
  public void forEachOf(KernelModule module, Consumer<Stretch> action) {
    FunctionStarts functions = new FunctionStarts(KernelFunctions.starts(module));
    tables
        .of(module)
        .filter(table -> table.count() > 0)
        .ifPresent(table -> forEach(table, functions, List.of(), action));
  }

  private void forEach(
      Orc table, FunctionStarts functions, List<Range> named, Consumer<Stretch> action) {
    List<Row> open = new ArrayList<>();
    for (int i = 0; i < table.count() - 1; i++) {
      long start = table.start(i);
      long next = table.start(i + 1);
      if (next == start) {
        continue;
      }
      OrcFrames.Told told = frames.told(table, i);
      Orc.Entry entry = told.entry();
      // Padding between functions is undefined: nobody is ever there, and it is much.
      boolean isOmitted = entry.type() == Orc.Type.UNDEFINED;
      boolean starts = functions.isEmpty() ? OrcFrames.isAtStart(entry) : functions.contains(start);
      if (isOmitted || starts) {
        close(open, start, action);
      }
      if (!isOmitted) {
        FrameRule rule = matters(entry) && isNamed(named, start) ? told.named() : told.rule();
        open.add(new Row(start, rule));
        OptionalLong inside = functions.between(start, next);
        while (inside.isPresent()) {
          close(open, inside.getAsLong(), action);
          open.add(new Row(inside.getAsLong(), rule));
          inside = functions.between(inside.getAsLong(), next);
        }
      }
    }
    close(open, table.start(table.count() - 1), action);
  }

  private static void close(List<Row> open, long end, Consumer<Stretch> action) {
    if (!open.isEmpty()) {
      action.accept(new Stretch(end, List.copyOf(open)));
      open.clear();
    }
  }

  /** Functions of which ORC knows nothing, where they do something to the stack. */
  private void notInOrc(Consumer<Stretch> action) {
    Orc orc = tables.kernel().orElseThrow();
    KernelMemory memory = kernel.memory();
    Kallsyms table = kernel.kallsyms().orElse(null);
    for (int i = 0; table != null && i < table.count(); i++) {
      if (Character.toLowerCase(table.type(i)) == 't' && isLeftOut(orc, table, i)) {
        long start = table.address(i);
        long end = start + table.size(i);
        Prologue.read(memory, start, table.size(i))
            .ifPresent(
                found ->
                    action.accept(
                        new Stretch(
                            end,
                            List.of(
                                new Row(start, OrcFrames.ENTRY),
                                new Row(start + found.bodyOffset(), OrcFrames.rule(found))))));
      }
    }
  }

  /** From its first byte to its last, and of several symbols in one place only for the first. */
  private static boolean isLeftOut(Orc orc, Kallsyms table, int symbol) {
    long start = table.address(symbol);
    long last = start + table.size(symbol) - 1;
    Optional<Orc.Entry> entry = orc.at(start);
    return table.size(symbol) > 0
        && (symbol == 0 || table.address(symbol - 1) != start)
        && entry.isPresent()
        && entry.get().type() == Orc.Type.UNDEFINED
        && entry.equals(orc.at(last));
  }

  private List<Range> named() {
    List<Range> ranges = new ArrayList<>();
    kernel.kallsyms().ifPresent(table -> addNamed(table, ranges));
    return ranges;
  }

  private static void addNamed(Kallsyms table, List<Range> ranges) {
    table.forEach(
        (symbol, name, start, length, type, address) -> {
          for (byte[] prefix : NAMED) {
            if (length >= prefix.length
                && Arrays.equals(name, start, start + prefix.length, prefix, 0, prefix.length)) {
              ranges.add(new Range(address, table.size(symbol)));
            }
          }
        });
  }

  /** Whether it makes a difference if a debugger should show a name. */
  private static boolean matters(Orc.Entry entry) {
    return entry.type() == Orc.Type.REGS || entry.spBase() == Base.SP_INDIRECT;
  }

  private static boolean isNamed(List<Range> ranges, long address) {
    for (Range range : ranges) {
      if (Long.compareUnsigned(address - range.start(), range.length()) < 0) {
        return true;
      }
    }
    return false;
  }
}
