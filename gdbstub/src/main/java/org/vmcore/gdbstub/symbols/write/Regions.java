package org.vmcore.gdbstub.symbols.write;

import org.vmcore.gdbstub.symbols.write.Symbols;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.linux.PerCpuSection;
import org.vmcore.gdbstub.symbols.write.elf.Anchor;

/**
 * The memory that symbols lie in, as sections: wherever the kind of the symbols changes, another
 * section starts. Debuggers find the symbol of an address only in a section.
 */
final class Regions {
  /** A kernel has some twenty, a module five. */
  private static final int MAX_REGIONS = 512;

  /** Memory without symbols that does not belong to one section. */
  private static final long GAP = 1 << 22;

  /** What memory is used for. */
  enum Kind {
    CODE(".text"),
    READ_ONLY(".rodata"),
    DATA(".data"),
    BSS(".bss"),
    /** Per-CPU variables, of which this is the place in the image, or none. */
    PER_CPU(".data..percpu");

    private final String section;

    Kind(String section) {
      this.section = section;
    }

    String section() {
      return section;
    }

    /** That of a symbol by nm's letter; null where it does not tell. */
    static @Nullable Kind of(char type) {
      return switch (Character.toLowerCase(type)) {
        case 't' -> CODE;
        case 'r' -> READ_ONLY;
        case 'd', 'g', 's' -> DATA;
        case 'b' -> BSS;
        default -> null;
      };
    }

    boolean isVariable() {
      return this == DATA || this == BSS;
    }
  }

  /**
   * A piece of memory.
   *
   * @param start where it starts, from its anchor
   * @param end after the last byte
   */
  record Region(Kind kind, Anchor anchor, long start, long end) {
    /**
     * @param offset of an address from its anchor
     */
    boolean contains(Anchor of, long offset) {
      return of == anchor && Long.compareUnsigned(offset - start, end - start) < 0;
    }
  }

  private final Symbols symbols;
  private final Anchor anchor;
  private final List<Region> regions = new ArrayList<>();
  private @Nullable Kind kind;
  private long start;
  private long end;

  private Regions(Symbols symbols, Anchor anchor) {
    this.symbols = symbols;
    this.anchor = anchor;
  }

  /** Those of the kernel; of its per-CPU section the last. */
  static List<Region> ofKernel(Symbols symbols, Optional<PerCpuSection> perCpu) {
    List<Region> found = new ArrayList<>(of(symbols, Anchor.IMAGE));
    perCpu.ifPresent(
        section ->
            found.add(
                new Region(Kind.PER_CPU, Anchor.PER_CPU, 0, section.end() - section.start())));
    return found;
  }

  /** Those of a module. */
  static List<Region> ofModule(Symbols symbols) {
    return of(symbols, Anchor.NONE);
  }

  private static List<Region> of(Symbols symbols, Anchor anchor) {
    Regions found = new Regions(symbols, anchor);
    for (int i = 0; i < symbols.count(); i++) {
      if (symbols.anchor(i) == anchor && !symbols.isAbsolute(i)) {
        found.add(i);
      } else if (symbols.anchor(i) == Anchor.PER_CPU && found.kind != null) {
        found.close(found.end);
        found.kind = null;
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

  private void add(int symbol) {
    long at = symbols.offset(symbol);
    Kind told = Kind.of(symbols.type(symbol));
    Kind next = told == null ? kind : told;
    if (next == null) {
      return;
    }
    if (kind == null || at - end > GAP) {
      close(end);
      kind = next;
      start = at;
    } else if (next != kind && regions.size() < MAX_REGIONS) {
      close(at);
      kind = next;
      start = at;
    }
    end = at + Math.max(1, symbols.size(symbol));
  }

  private void close(long at) {
    if (kind == null || at == start) {
      return;
    }
    int last = regions.size() - 1;
    boolean goesOn =
        last >= 0 && regions.get(last).kind() == kind && regions.get(last).end() == start;
    if (goesOn) {
      regions.set(last, new Region(kind, anchor, regions.get(last).start(), at));
    } else {
      regions.add(new Region(kind, anchor, start, at));
    }
  }
}
