package org.vmcore.gdbstub.linux.stack;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.KernelFunctions.Function;
import org.vmcore.gdbstub.linux.symbols.Kallsyms;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.symbols.ModuleSymbols;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;

/** The code of the kernel and its modules. */
public final class KernelText {
  /** Most of it, and what only runs while it boots (Linux include/asm-generic/sections.h). */
  private static final List<String> STARTS = List.of("_stext", "_sinittext");

  private static final List<String> ENDS = List.of("_etext", "_einittext");

  private static final Pattern RETURN = Pattern.compile("ret_(from|fast|to)_");

  private final LinuxKernel kernel;
  private final List<KernelModule.Area> ranges = new ArrayList<>();

  public KernelText(LinuxKernel kernel) {
    this.kernel = kernel;
    Map<String, Long> bounds =
        kernel
            .kallsyms()
            .map(table -> table.find(Set.of("_stext", "_etext", "_sinittext", "_einittext")))
            .orElse(Map.of());
    for (int i = 0; i < STARTS.size(); i++) {
      Long start = bounds.get(STARTS.get(i));
      Long end = bounds.get(ENDS.get(i));
      if (start != null && end != null && Long.compareUnsigned(start, end) < 0) {
        ranges.add(new KernelModule.Area(start, end - start));
      }
    }
  }

  /** Whether the kernel's symbols are known. */
  public boolean isKnown() {
    return kernel.kallsyms().isPresent();
  }

  /** Whether code can be there; where it is not known where code is, any memory will do. */
  public boolean contains(long address) {
    return isKnown() ? isIn(address) : kernel.memory().bytes(address, 1).isPresent();
  }

  /** Whether a function is at an address, and not just something beside it. */
  public boolean isFunction(long address) {
    return isIn(address) && at(address).isPresent();
  }

  /** Modules are looked at for what is not in the kernel itself. */
  private boolean isIn(long address) {
    return ranges.stream().anyMatch(range -> range.contains(address))
        || kernel.modules().stream().anyMatch(module -> isIn(module, address));
  }

  /** Which sections a module has is read only of one that the address may be in. */
  private static boolean isIn(KernelModule module, long address) {
    return module.hasCodeAt(address)
        && module.text().stream().anyMatch(area -> area.contains(address));
  }

  /**
   * The function that a frame is in. Entry code makes what it calls return to labels of its own,
   * such as {@code ret_from_exception}, that nothing was called from.
   */
  public Optional<Located> of(Frame frame) {
    Optional<Located> label =
        frame.kind() == Frame.Kind.CALLER
            ? at(frame.pc())
                .filter(found -> found.offset() == 0)
                .filter(found -> RETURN.matcher(found.symbol().name()).lookingAt())
            : Optional.empty();
    return label.isPresent() ? label : at(frame.lookupPc());
  }

  /**
   * The function that an address is in. In a module whose data have no names, what is behind the
   * code is not the last function's.
   */
  public Optional<Located> at(long address) {
    return kernel
        .symbolNames()
        .at(address)
        .filter(found -> "tTwW".indexOf(found.symbol().type()) >= 0)
        .filter(found -> found.symbol().module().isEmpty() || isIn(address));
  }

  /** The function that an address is in, as far as its symbol reaches. */
  public Optional<Function> functionAt(long address) {
    return at(address)
        .filter(found -> found.offset() < KernelFunctions.MAX_LENGTH)
        .map(
            found -> {
              long start = found.symbol().address();
              long length = Math.max(length(start), found.offset() + 1);
              return new Function(
                  found.symbol().name(), start, Math.min(length, KernelFunctions.MAX_LENGTH));
            });
  }

  private long length(long start) {
    Optional<Kallsyms> table = kernel.kallsyms();
    OptionalInt symbol = table.map(all -> all.at(start)).orElse(OptionalInt.empty());
    if (symbol.isPresent() && table.get().address(symbol.getAsInt()) == start) {
      return table.get().size(symbol.getAsInt());
    }
    return kernel.modules().stream()
        .filter(module -> Long.compareUnsigned(start - module.base(), module.size()) < 0)
        .flatMap(module -> module.symbols().stream())
        .flatMap(symbols -> symbols.all().stream())
        .filter(one -> one.address() == start)
        .mapToLong(ModuleSymbols.Symbol::size)
        .max()
        .orElse(0);
  }
}
