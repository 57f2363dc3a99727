package org.vmcore.gdbstub.machine;

import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.gdbstub.linux.KernelBuildId;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.SymbolTable;
import org.vmcore.gdbstub.symbols.find.Debuginfod;
import org.vmcore.gdbstub.symbols.find.SymbolOptions;
import org.vmcore.gdbstub.symbols.find.VmlinuxSearch;
import org.vmcore.gdbstub.symbols.read.Vmlinux;

/**
 * Chooses the vmlinux of a dump: the one that the user named, else one with the dump's build id.
 */
final class VmlinuxFinder {
  private final MachineMemory memory;
  private final MachineKernel kernel;
  private final MachineOptions options;

  VmlinuxFinder(MachineMemory memory, MachineKernel kernel, MachineOptions options) {
    this.memory = memory;
    this.kernel = kernel;
    this.options = options;
  }

  /**
   * @param named by the user
   */
  VmlinuxChoice choose(Optional<Vmlinux> named) {
    return named.map(this::compare).orElseGet(this::find);
  }

  /** Knows where symbols are looked for. */
  static VmlinuxSearch search(SymbolOptions where, OpenOptions open) {
    Debuginfod debuginfod = Debuginfod.fromEnvironment(System.getenv());
    return new VmlinuxSearch(
        where.debugDirectories(),
        where.beside(),
        where.download() ? debuginfod : debuginfod.offline(),
        uri -> open.remote().fetch(uri, open));
  }

  private VmlinuxChoice find() {
    Optional<String> id = kernel.buildId();
    if (id.isEmpty()) {
      return VmlinuxChoice.NONE;
    }
    VmlinuxSearch.Result result =
        search(options.symbols(), options.open())
            .find(memory.release(), id.get(), options.open().progress());
    String source = result.vmlinux().isPresent() ? "its build id" : "";
    return new VmlinuxChoice(result.vmlinux(), source, Optional.empty(), result.without());
  }

  private VmlinuxChoice compare(Vmlinux file) {
    Optional<String> ours = kernel.buildId();
    String other = "the dump's is " + ours.orElse("not where this one's would be");
    boolean same = ours.isPresent() ? ours.equals(file.buildId()) : isWhereItWouldBe(file);
    Optional<String> mismatch =
        same
            ? Optional.empty()
            : Optional.of(
                "%s is not the kernel of this dump: its build id is %s, %s"
                    .formatted(file.path(), file.buildId().orElse("missing"), other));
    return VmlinuxChoice.named(file, mismatch, same || options.symbols().anyBuild());
  }

  /**
   * Whether the dump has a vmlinux' build id in memory, at the address that the file itself says;
   * also if that cannot be told.
   */
  private boolean isWhereItWouldBe(Vmlinux file) {
    OptionalLong slide = memory.kaslrOffset();
    if (slide.isEmpty() || file.buildId().isEmpty()) {
      return true;
    }
    try {
      KernelMemory read = memory.read();
      SymbolTable symbols = new RelocatedSymbols(file, slide.getAsLong());
      return !KernelBuildId.isReadable(read, symbols)
          || KernelBuildId.read(read, symbols).equals(file.buildId());
    } catch (MissingFactException e) {
      // See above: it cannot be told.
      return true;
    }
  }
}
