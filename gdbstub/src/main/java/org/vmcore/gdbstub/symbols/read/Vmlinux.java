package org.vmcore.gdbstub.symbols.read;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import net.fornwall.jelf.ElfException;
import net.fornwall.jelf.ElfFile;
import net.fornwall.jelf.ElfSection;
import net.fornwall.jelf.ElfSectionHeader;
import net.fornwall.jelf.ElfSegment;
import net.fornwall.jelf.ElfStringTable;
import net.fornwall.jelf.ElfSymbol;
import net.fornwall.jelf.ElfSymbolTableSection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.dumpreader.input.FileInput;
import org.vmcore.gdbstub.linux.symbols.SymbolTable;

/** A kernel's vmlinux: what of it tells about a dump. Addresses are link-time addresses. */
public final class Vmlinux implements SymbolTable {
  private static final Logger LOG = LoggerFactory.getLogger(Vmlinux.class);

  /** The per-CPU variables' initial values (Linux include/asm-generic/vmlinux.lds.h). */
  public static final String PER_CPU_SECTION = ".data..percpu";

  private final Path path;
  private final Optional<String> buildId;
  private final long firstLoadAddress;
  private final boolean zeroBasedPerCpu;

  private Vmlinux(
      Path path, Optional<String> buildId, long firstLoadAddress, boolean zeroBasedPerCpu) {
    this.path = path;
    this.buildId = buildId;
    this.firstLoadAddress = firstLoadAddress;
    this.zeroBasedPerCpu = zeroBasedPerCpu;
  }

  /**
   * Reads the headers of a vmlinux.
   *
   * @throws IOException when the file cannot be read or is no vmlinux; the message says which
   */
  public static Vmlinux open(Path path) throws IOException {
    try (FileInput input = FileInput.open(path)) {
      ElfFile elf = ElfFile.from(new ElfBacking(input));
      List<ElfSegment> loads = elf.segmentsOfType(ElfSegment.PT_LOAD);
      if (loads.isEmpty()) {
        throw new IOException(path + ": has no PT_LOAD segment; give the kernel's vmlinux");
      }
      boolean zeroBased =
          sections(elf, ElfSection.class).stream()
              .anyMatch(s -> PER_CPU_SECTION.equals(s.header.getName()) && s.header.sh_addr == 0);
      return new Vmlinux(path, BuildIds.of(elf), address(elf, loads.get(0).p_vaddr), zeroBased);
    } catch (ElfException e) {
      throw new IOException(path + ": not an ELF file; give the kernel's vmlinux, not vmlinuz", e);
    } catch (UncheckedIOException e) {
      throw new IOException(path + ": " + e.getMessage(), e);
    }
  }

  /** The parser gives the addresses of 32-bit files sign-extended. */
  private static long address(ElfFile elf, long parsed) {
    return elf.ei_class == ElfFile.CLASS_32 ? parsed & 0xffff_ffffL : parsed;
  }

  /**
   * The sections of one type that can be parsed. Hash tables cannot where their words have eight
   * bytes, as those of s390x have (System V ABI, z/Architecture supplement), and the kernel's
   * vmlinux has one.
   */
  static <T extends ElfSection> List<T> sections(ElfFile elf, Class<T> type) {
    List<T> sections = new ArrayList<>();
    for (int i = 0; i < elf.e_shnum; i++) {
      try {
        ElfSection section = elf.getSection(i);
        if (type.isInstance(section)) {
          sections.add(type.cast(section));
        }
      } catch (ElfException e) {
        LOG.debug("section {}: {}", i, e.getMessage());
      }
    }
    return sections;
  }

  public Path path() {
    return path;
  }

  /** The GNU build id in lower-case hexadecimal. */
  public Optional<String> buildId() {
    return buildId;
  }

  /** Address of the first loadable segment, which gdb's {@code TextSeg} relocates. */
  public long firstLoadAddress() {
    return firstLoadAddress;
  }

  /**
   * Whether per-CPU symbols are offsets from 0, which KASLR does not move: x86-64 with SMP before
   * 6.15.
   */
  public boolean hasZeroBasedPerCpu() {
    return zeroBasedPerCpu;
  }

  /** Looks a symbol up, for {@link org.vmcore.arch.api.Machine#linkAddress()}. */
  public OptionalLong linkAddress(String name) {
    Long address = find(Set.of(name)).get(name);
    return address == null ? OptionalLong.empty() : OptionalLong.of(address);
  }

  @Override
  public Map<String, Long> find(Set<String> names) {
    Map<String, Long> found = new HashMap<>();
    try (FileInput input = FileInput.open(path)) {
      ElfFile elf = ElfFile.from(new ElfBacking(input));
      for (ElfSymbolTableSection table : sections(elf, ElfSymbolTableSection.class)) {
        if (table.header.sh_type == ElfSectionHeader.SHT_SYMTAB
            && elf.getSection(table.header.sh_link) instanceof ElfStringTable texts) {
          for (ElfSymbol symbol : table.symbols) {
            String name = symbol.st_name == 0 ? null : texts.get(symbol.st_name);
            if (name != null && names.contains(name)) {
              found.putIfAbsent(name, address(elf, symbol.st_value));
            }
          }
        }
      }
    } catch (IOException | UncheckedIOException | ElfException e) {
      LOG.warn("{}: its symbols cannot be read: {}", path, e.getMessage());
    }
    return found;
  }
}
