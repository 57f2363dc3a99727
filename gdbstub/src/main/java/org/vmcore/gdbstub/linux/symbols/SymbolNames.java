package org.vmcore.gdbstub.linux.symbols;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The symbols of the kernel and of its modules, as its own tables name them. Safe for use by
 * several threads.
 */
public final class SymbolNames {
  /**
   * What the names of per-CPU variables began with until 2.6.33 (commit dd17c8f72993, "percpu:
   * remove per_cpu__ prefix.").
   */
  public static final String OLD_PER_CPU = "per_cpu__";

  /** The letter of a symbol whose table tells no type. */
  private static final char UNKNOWN = '?';

  private final Optional<Kallsyms> kallsyms;
  private final Supplier<List<KernelModule>> modules;
  private final List<SymbolTable> others;
  private @Nullable List<InModule> tables;

  /**
   * A symbol.
   *
   * @param type as nm prints it
   * @param module that it is of; empty for the kernel itself
   */
  public record Named(String name, char type, long address, Optional<String> module) {}

  /**
   * What an address is in.
   *
   * @param offset of the address from the symbol, in bytes
   */
  public record Located(Named symbol, long offset) {
    /**
     * Its name alone, with the module that it is of: {@code mutex_lock} or {@code probe [dummy]}.
     */
    public String nameAndModule() {
      return symbol.name() + symbol.module().map(module -> " [" + module + "]").orElse("");
    }

    /** Such as {@code schedule+4}, the offset in decimal as crash and gdb have it. */
    public String text() {
      return offset == 0 ? symbol.name() : symbol.name() + "+" + Long.toUnsignedString(offset);
    }
  }

  /**
   * A module with its symbols by address.
   *
   * @param sorted unsigned ascending
   */
  private record InModule(KernelModule module, List<ModuleSymbols.Symbol> sorted) {
    Named named(ModuleSymbols.Symbol symbol) {
      return new Named(symbol.name(), symbol.type(), symbol.address(), Optional.of(module.name()));
    }

    boolean inSamePiece(long one, long other) {
      return module.code().stream().anyMatch(area -> area.contains(one) && area.contains(other));
    }
  }

  /**
   * @param modules asked for what is not in the kernel's image
   * @param others asked for what the kernel's own table does not have
   */
  public SymbolNames(
      Optional<Kallsyms> kallsyms, Supplier<List<KernelModule>> modules, List<SymbolTable> others) {
    this.kallsyms = kallsyms;
    this.modules = modules;
    this.others = List.copyOf(others);
  }

  private synchronized List<InModule> tables() {
    if (tables == null) {
      List<InModule> read = new ArrayList<>();
      for (KernelModule module : modules.get()) {
        List<ModuleSymbols.Symbol> symbols =
            new ArrayList<>(module.symbols().map(ModuleSymbols::all).orElse(List.of()));
        symbols.sort(Comparator.comparing(ModuleSymbols.Symbol::address, Long::compareUnsigned));
        read.add(new InModule(module, List.copyOf(symbols)));
      }
      tables = List.copyOf(read);
    }
    return tables;
  }

  /** The symbol that an address is in: the kernel's or a module's; else empty. */
  public Optional<Located> at(long address) {
    Optional<Located> own = kallsyms.flatMap(table -> at(table, address));
    // No module is where the kernel's symbols are.
    for (InModule table : own.isEmpty() ? tables() : List.<InModule>of()) {
      Optional<Located> found = at(table, address);
      if (found.isPresent()) {
        return found;
      }
    }
    // Without CONFIG_KALLSYMS_ALL the kernel's own table has code alone, and the last of it would
    // take all data.
    Optional<Located> other =
        others.stream()
            .filter(NameList.class::isInstance)
            .flatMap(list -> ((NameList) list).at(address).stream())
            .findFirst();
    return other.filter(found -> own.isEmpty() || isNearer(found, own.get())).or(() -> own);
  }

  private static boolean isNearer(Located one, Located other) {
    return Long.compareUnsigned(one.offset(), other.offset()) < 0;
  }

  private Optional<Located> at(Kallsyms table, long address) {
    OptionalInt symbol = table.at(address);
    return symbol.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Located(ofKernel(symbol.getAsInt()), address - table.address(symbol.getAsInt())));
  }

  /**
   * The nearest symbol below an address of the module. Since 6.4 (Linux commit ac3b43283923,
   * "module: replace module_layout with module_memory") a module's data lies apart from its code:
   * there a symbol reaches as far as its size.
   */
  private static Optional<Located> at(InModule table, long address) {
    List<ModuleSymbols.Symbol> sorted = table.sorted();
    int low = 0;
    int high = sorted.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(sorted.get(middle).address(), address) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low == 0) {
      return Optional.empty();
    }
    ModuleSymbols.Symbol nearest = sorted.get(low - 1);
    for (int i = low - 1; i >= 0 && sorted.get(i).address() == nearest.address(); i--) {
      nearest = sorted.get(i);
    }
    long offset = address - nearest.address();
    boolean inside =
        Long.compareUnsigned(offset, nearest.size()) < 0
            || table.inSamePiece(nearest.address(), address);
    return inside ? Optional.of(new Located(table.named(nearest), offset)) : Optional.empty();
  }

  /** All symbols of a name, those of the kernel first. */
  public List<Named> named(String name) {
    String plain = PlainNames.of(name);
    List<Named> found = matching(plain::equals, Integer.MAX_VALUE);
    if (found.stream().noneMatch(symbol -> symbol.module().isEmpty())) {
      List<Named> all = new ArrayList<>(ofOthers(plain).stream().toList());
      all.addAll(found);
      found = all;
    }
    boolean isOld = name.startsWith(OLD_PER_CPU);
    return found.isEmpty() && !isOld ? named(OLD_PER_CPU + name) : found;
  }

  private Optional<Named> ofOthers(String name) {
    for (SymbolTable table : others) {
      Long address = table.find(Set.of(name)).get(name);
      if (address != null) {
        char type =
            table instanceof NameList list
                ? list.at(address).map(found -> found.symbol().type()).orElse(UNKNOWN)
                : UNKNOWN;
        return Optional.of(new Named(name, type, address, Optional.empty()));
      }
    }
    return Optional.empty();
  }

  /**
   * The symbols whose names are wanted, those of the kernel first, in the order of its table.
   *
   * @param limit how many at most
   */
  public List<Named> matching(Predicate<String> wanted, int limit) {
    List<Named> found = new ArrayList<>();
    kallsyms.ifPresent(
        table ->
            table.forEach(
                (symbol, text, start, length, type, address) -> {
                  String name = new String(text, start, length, StandardCharsets.ISO_8859_1);
                  if (found.size() < limit && wanted.test(name)) {
                    found.add(new Named(name, type, address, Optional.empty()));
                  }
                }));
    addOthers(found, wanted, limit);
    for (InModule table : tables()) {
      for (ModuleSymbols.Symbol symbol : table.sorted()) {
        if (found.size() < limit && wanted.test(symbol.name())) {
          found.add(table.named(symbol));
        }
      }
    }
    return found;
  }

  /**
   * All symbols, the kernel's by address, then each module's.
   *
   * @param wanted whether those of a module are, or of the kernel where there is none
   */
  public List<Named> all(Predicate<Optional<String>> wanted) {
    List<Named> found = new ArrayList<>();
    List<InModule> byAddress = new ArrayList<>(tables());
    byAddress.sort(Comparator.comparing(table -> table.module().base(), Long::compareUnsigned));
    if (wanted.test(Optional.empty())) {
      found.addAll(matching(name -> true, Integer.MAX_VALUE));
      found.removeIf(symbol -> symbol.module().isPresent());
      found.sort(Comparator.comparing(Named::address, Long::compareUnsigned));
    }
    for (InModule table : byAddress) {
      if (wanted.test(Optional.of(table.module().name()))) {
        table.sorted().forEach(symbol -> found.add(table.named(symbol)));
      }
    }
    return found;
  }

  /** The nearest symbol at a lower address, of the same module or of the kernel. */
  public Optional<Named> before(Named symbol) {
    List<Named> same = all(symbol.module()::equals);
    return same.stream()
        .filter(other -> Long.compareUnsigned(other.address(), symbol.address()) < 0)
        .reduce((first, last) -> last);
  }

  /** The nearest symbol at a higher address, of the same module or of the kernel. */
  public Optional<Named> behind(Named symbol) {
    return all(symbol.module()::equals).stream()
        .filter(other -> Long.compareUnsigned(other.address(), symbol.address()) > 0)
        .findFirst();
  }

  /** Those of files that the kernel's own table does not have. */
  private void addOthers(List<Named> found, Predicate<String> wanted, int limit) {
    Set<String> known = found.stream().map(Named::name).collect(Collectors.toSet());
    for (SymbolTable table : others) {
      if (table instanceof NameList list) {
        list.all().stream()
            .filter(symbol -> wanted.test(symbol.name()) && known.add(symbol.name()))
            .limit(Math.max(0, limit - found.size()))
            .forEach(found::add);
      }
    }
  }

  private Named ofKernel(int symbol) {
    Kallsyms table = kallsyms.orElseThrow();
    return new Named(
        table.name(symbol), table.type(symbol), table.address(symbol), Optional.empty());
  }
}
