package org.vmcore.gdbstub.linux.symbols;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A loaded module.
 *
 * @param name with underscores, as the kernel lists it
 * @param structure address of its {@code struct module}
 * @param base address of its memory, of the code where that is apart (since 6.4)
 * @param size bytes of all its memory, without that for its initialisation
 * @param initialisation the memory of its init function and what that uses; none once it has
 *     returned, so that a module that crashed in it has some
 * @param buildId the GNU build id in lower-case hexadecimal, where it was kept
 * @param sections run-time addresses of the sections that are still in memory, in the order of the
 *     module's file; empty where the kernel does not keep them (CONFIG_KALLSYMS)
 * @param symbols where its own symbol table is; empty without CONFIG_KALLSYMS
 */
public record KernelModule(
    String name,
    long structure,
    long base,
    long size,
    List<Area> initialisation,
    Optional<String> buildId,
    Map<String, Long> sections,
    Optional<ModuleSymbols> symbols) {
  public KernelModule {
    initialisation = List.copyOf(initialisation);
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

  /** What begins so is no code, and comes behind it (layout_sections() in kernel/module/main.c). */
  private static final List<String> DATA =
      List.of(".rodata", ".data", ".bss", ".note", ".gnu.linkonce", "__param");

  /** Where its code is, with what else is in the same pieces of memory. */
  public List<Area> code() {
    List<Area> areas = new ArrayList<>(List.of(new Area(base, size)));
    areas.addAll(initialisation);
    return areas;
  }

  /** The same without the data that come behind the code, as far as sections tell. */
  public List<Area> text() {
    long data =
        sections.entrySet().stream()
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
    return code().stream().anyMatch(area -> area.contains(address));
  }
}
