package org.vmcore.gdbstub.symbols.write;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The memory that symbols lie in, as sections: wherever the kind of the symbols changes, another
 * section starts. Debuggers find the symbol of an address only in a section.
 */
final class Regions {
  /** A kernel has some twenty, a module five. */
  private static final int MAX_REGIONS = 512;

  /** Memory without symbols that does not belong to one section. */
  private static final long GAP = 1 << 22;

  private static final int PAGE = 4096;

  /** What memory is used for. */
  enum Kind {
    CODE(".text"),
    READ_ONLY(".rodata"),
    DATA(".data"),
    BSS(".bss"),
    /** Per-CPU variables that are numbered from 0: x86-64 up to 6.14. */
    PER_CPU(".data..percpu");

    private final String section;

    Kind(String section) {
      this.section = section;
    }

    String section() {
      return section;
    }

    /** That of a symbol by nm's letter; empty where it does not tell. */
    static Optional<Kind> of(char type) {
      return switch (Character.toLowerCase(type)) {
        case 't' -> Optional.of(CODE);
        case 'r' -> Optional.of(READ_ONLY);
        case 'd', 'g', 's' -> Optional.of(DATA);
        case 'b' -> Optional.of(BSS);
        default -> Optional.empty();
      };
    }
  }

  /**
   * @param end address after the last byte
   */
  record Region(Kind kind, long start, long end) {
    boolean contains(long address) {
      return Long.compareUnsigned(address, start) >= 0 && Long.compareUnsigned(address, end) < 0;
    }
  }

  private final List<Region> regions = new ArrayList<>();
  private @Nullable Kind kind;
  private long start;
  private long end;

  private Regions() {}

  /**
   * @param symbols in the order of their addresses
   */
  static List<Region> of(List<Symbol> symbols) {
    Regions found = new Regions();
    int first = found.perCpu(symbols);
    for (Symbol symbol : symbols.subList(first, symbols.size())) {
      if (!symbol.isAbsolute()) {
        found.add(symbol);
      }
    }
    found.close(found.end);
    return codeFirst(found.regions);
  }

  /** Debuggers that are told where the first segment is are told of the code's. */
  private static List<Region> codeFirst(List<Region> regions) {
    List<Region> ordered = new ArrayList<>(regions);
    regions.stream()
        .filter(region -> region.kind() == Kind.CODE)
        .findFirst()
        .ifPresent(
            code -> {
              ordered.remove(code);
              ordered.add(0, code);
            });
    return ordered;
  }

  /** Per-CPU symbols come first, from 0 on, with the letter of absolute ones. */
  private int perCpu(List<Symbol> symbols) {
    int count = 0;
    while (count < symbols.size() && symbols.get(count).isAbsolute()) {
      count++;
    }
    if (count > 0 && symbols.get(0).address() == 0) {
      long last = symbols.get(count - 1).address();
      regions.add(new Region(Kind.PER_CPU, symbols.get(0).address(), (last + PAGE) & -(long) PAGE));
    }
    return count;
  }

  private void add(Symbol symbol) {
    Kind next = Kind.of(symbol.type()).orElse(kind);
    if (next == null) {
      return;
    }
    if (kind == null || symbol.address() - end > GAP) {
      close(end);
      kind = next;
      start = symbol.address();
    } else if (next != kind && regions.size() < MAX_REGIONS) {
      close(symbol.address());
      kind = next;
      start = symbol.address();
    }
    end = symbol.address() + Math.max(1, symbol.size());
  }

  private void close(long at) {
    if (kind == null || at == start) {
      return;
    }
    int last = regions.size() - 1;
    boolean goesOn =
        last >= 0 && regions.get(last).kind() == kind && regions.get(last).end() == start;
    if (goesOn) {
      regions.set(last, new Region(kind, regions.get(last).start(), at));
    } else {
      regions.add(new Region(kind, start, at));
    }
  }
}
