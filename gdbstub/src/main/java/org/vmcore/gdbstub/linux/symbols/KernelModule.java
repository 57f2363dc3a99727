package org.vmcore.gdbstub.linux.symbols;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.gdbstub.Lazy;

/**
 * A loaded module. What takes much reading is read when it is first asked for. Safe for use by
 * several threads.
 */
public final class KernelModule {
  /** What begins so is no code, and comes behind it (layout_sections() in kernel/module/main.c). */
  private static final List<String> DATA =
      List.of(".rodata", ".data", ".bss", ".note", ".gnu.linkonce", "__param");

  private final String name;
  private final long structure;
  private final long base;
  private final long size;
  private final List<Area> initialisation;
  private final Lazy<Optional<String>, RuntimeException> buildId;
  private final Lazy<Map<String, Long>, RuntimeException> sections;
  private final Lazy<Optional<ModuleSymbols>, RuntimeException> symbols;

  /** What is read of a module when it is needed. */
  interface Details {
    Map<String, Long> sections();

    /**
     * @param sections as they were read
     */
    Optional<String> buildId(Map<String, Long> sections);

    Optional<ModuleSymbols> symbols();
  }

  /** See the methods of these names. */
  KernelModule(
      String name,
      long structure,
      long base,
      long size,
      List<Area> initialisation,
      Details details) {
    this.name = name;
    this.structure = structure;
    this.base = base;
    this.size = size;
    this.initialisation = List.copyOf(initialisation);
    this.sections = Lazy.of(details::sections);
    this.buildId = Lazy.of(() -> details.buildId(sections()));
    this.symbols = Lazy.of(details::symbols);
  }

  /** One of which no more is known than where it is, of which build, and its sections. */
  public static KernelModule of(
      String name, long base, long size, Optional<String> buildId, Map<String, Long> sections) {
    return new KernelModule(
        name,
        0,
        base,
        size,
        List.of(),
        new Details() {
          @Override
          public Map<String, Long> sections() {
            return sections;
          }

          @Override
          public Optional<String> buildId(Map<String, Long> unused) {
            return buildId;
          }

          @Override
          public Optional<ModuleSymbols> symbols() {
            return Optional.empty();
          }
        });
  }

  /**
   * A piece of a module's memory.
   *
   * @param size in bytes
   */
  public record Area(long base, long size) {
    public boolean contains(long address) {
      return Long.compareUnsigned(address - base, size) < 0;
    }
  }

  /** With underscores, as the kernel lists it. */
  public String name() {
    return name;
  }

  /** Address of its {@code struct module}. */
  public long structure() {
    return structure;
  }

  /** Address of its memory, of the code where that is apart (since 6.4). */
  public long base() {
    return base;
  }

  /** Bytes of all its memory, without that for its initialisation. */
  public long size() {
    return size;
  }

  /**
   * The memory of its init function and what that uses; none once it has returned, so that a module
   * that crashed in it has some.
   */
  public List<Area> initialisation() {
    return initialisation;
  }

  /** The GNU build id in lower-case hexadecimal, where it was kept. */
  public Optional<String> buildId() {
    return buildId.get();
  }

  /**
   * Run-time addresses of the sections that are still in memory, in the order of the module's file;
   * empty where the kernel does not keep them (CONFIG_KALLSYMS).
   */
  public Map<String, Long> sections() {
    return sections.get();
  }

  /** Where its own symbol table is; empty without CONFIG_KALLSYMS. */
  public Optional<ModuleSymbols> symbols() {
    return symbols.get();
  }

  /** Where its code is, with what else is in the same pieces of memory. */
  public List<Area> code() {
    List<Area> areas = new ArrayList<>(List.of(new Area(base, size)));
    areas.addAll(initialisation);
    return areas;
  }

  /** The same without the data that come behind the code, as far as sections tell. */
  public List<Area> text() {
    long data =
        sections().entrySet().stream()
            .filter(section -> DATA.stream().anyMatch(section.getKey()::startsWith))
            .mapToLong(section -> section.getValue() - base)
            .filter(offset -> offset > 0)
            .min()
            .orElse(size);
    List<Area> areas = new ArrayList<>(List.of(new Area(base, Math.min(size, data))));
    areas.addAll(initialisation);
    return areas;
  }

  /** Whether its code can be at an address. */
  public boolean hasCodeAt(long address) {
    return Long.compareUnsigned(address - base, size) < 0
        || initialisation.stream().anyMatch(area -> area.contains(address));
  }
}
