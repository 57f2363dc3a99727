package org.vmcore.gdbstub.symbols.read;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.dumpreader.input.FileInput;
import org.vmcore.gdbstub.linux.symbols.SymbolTable;
import org.vmcore.gdbstub.symbols.read.elf.ObjectFile;
import org.vmcore.gdbstub.symbols.read.elf.Segment;
import org.vmcore.gdbstub.symbols.read.elf.Symbols;

/**
 * A kernel's vmlinux: what of it tells about a dump. Addresses are link-time addresses. Safe for
 * use by several threads.
 */
public final class Vmlinux implements SymbolTable {
  private static final Logger LOG = LoggerFactory.getLogger(Vmlinux.class);

  /** The per-CPU variables' initial values (Linux include/asm-generic/vmlinux.lds.h). */
  public static final String PER_CPU_SECTION = ".data..percpu";

  private final Path path;
  private final Optional<String> buildId;
  private final long firstLoadAddress;
  private final boolean zeroBasedPerCpu;
  private boolean soughtSymbols;
  private @Nullable Symbols symbols;

  private Vmlinux(Path path, ObjectFile file, long firstLoadAddress) throws IOException {
    this.path = path;
    this.buildId = file.buildId();
    this.firstLoadAddress = firstLoadAddress;
    this.zeroBasedPerCpu =
        file.section(PER_CPU_SECTION).filter(section -> section.address() == 0).isPresent();
  }

  /**
   * Reads the headers of a vmlinux.
   *
   * @throws IOException when the file cannot be read, is damaged or is no vmlinux; the message says
   *     which
   */
  public static Vmlinux open(Path path) throws IOException {
    try (FileInput input = FileInput.open(path)) {
      if (!ObjectFile.isElf(input)) {
        throw new IOException(path + ": not an ELF file; give the kernel's vmlinux, not vmlinuz");
      }
      ObjectFile file = ObjectFile.read(input);
      Optional<Segment> load =
          file.segments().stream().filter(segment -> segment.type() == Segment.PT_LOAD).findFirst();
      if (load.isEmpty()) {
        throw new IOException(path + ": has no PT_LOAD segment; give the kernel's vmlinux");
      }
      return new Vmlinux(path, file, load.get().address());
    }
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
    Symbols table = symbols();
    return table == null ? OptionalLong.empty() : table.value(name);
  }

  @Override
  public Map<String, Long> find(Set<String> names) {
    Map<String, Long> found = new HashMap<>();
    for (String name : names) {
      linkAddress(name).ifPresent(address -> found.put(name, address));
    }
    return found;
  }

  /** Null where it has none, or they cannot be read, which is told once. */
  private synchronized @Nullable Symbols symbols() {
    if (!soughtSymbols) {
      soughtSymbols = true;
      try (FileInput input = FileInput.open(path)) {
        ObjectFile file = ObjectFile.read(input);
        if (!file.buildId().equals(buildId)) {
          throw new IOException(path + ": has been replaced by another build");
        }
        symbols = file.symbols().orElse(null);
      } catch (IOException e) {
        LOG.warn("its symbols cannot be read: {}", e.getMessage());
      }
    }
    return symbols;
  }
}
