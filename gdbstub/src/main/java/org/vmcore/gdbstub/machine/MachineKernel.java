package org.vmcore.gdbstub.machine;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.linux.KernelBuildId;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.log.KernelLog;
import org.vmcore.gdbstub.linux.symbols.SymbolTable;
import org.vmcore.gdbstub.linux.types.BtfException;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.symbols.read.BtfFile;
import org.vmcore.gdbstub.symbols.read.DebugDirectories;
import org.vmcore.gdbstub.symbols.read.DwarfException;
import org.vmcore.gdbstub.symbols.read.DwarfTypes;
import org.vmcore.gdbstub.symbols.read.Vmlinux;

/** The kernel of a machine, with what files tell of it. Safe for use by several threads. */
final class MachineKernel implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(MachineKernel.class);

  private final MachineDump dump;
  private final MachineMemory memory;
  private final NamedFiles named;
  private final Supplier<VmlinuxChoice> vmlinux;
  private final Optional<Path> types;
  private final DebugDirectories directories;
  private final List<Closeable> opened = new CopyOnWriteArrayList<>();
  private final Lazy<LinuxKernel, MissingFactException> known = Lazy.of(this::openKnown);
  private final Lazy<LinuxKernel, MissingFactException> alone = Lazy.of(this::openAlone);

  /**
   * @param vmlinux which is the kernel's; asked only by {@link #known}
   */
  MachineKernel(
      MachineDump dump, MachineMemory memory, NamedFiles named, Supplier<VmlinuxChoice> vmlinux) {
    this.dump = dump;
    this.memory = memory;
    this.named = named;
    this.vmlinux = vmlinux;
    this.types = dump.options().types();
    this.directories = new DebugDirectories(dump.options().symbols().debugDirectories());
  }

  /** As VMCOREINFO has it, or else the kernel's own memory, in lower-case hexadecimal. */
  Optional<String> buildId() {
    return memory
        .buildIdOfNote()
        .or(
            () -> {
              try {
                LinuxKernel linux = alone();
                return linux.kallsyms().flatMap(t -> KernelBuildId.read(linux.memory(), t));
              } catch (MissingFactException e) {
                // What opens the dump tells why the kernel's memory cannot be read.
                return Optional.empty();
              }
            });
  }

  /**
   * The kernel's log.
   *
   * @throws MissingFactException when it cannot be found
   */
  KernelLog log() throws MissingFactException {
    Optional<Vmcoreinfo> told = memory.vmcoreinfo().filter(KernelLog::isTold);
    return told.isPresent() ? KernelLog.read(memory.read(), told.get()) : KernelLog.read(known());
  }

  /** The types of tasks, by their shape where there are no others; see {@link #requireTypes}. */
  TypedMemory requireTaskTypes() throws MissingFactException {
    Optional<TypedMemory> found = known().taskTypes();
    return found.isPresent() ? found.get() : requireTypes();
  }

  /**
   * The kernel's memory with its types.
   *
   * @throws MissingFactException when these are not known; the message says what would tell them
   */
  TypedMemory requireTypes() throws MissingFactException {
    Optional<TypedMemory> found = known().types();
    Optional<String> problem = known().typesProblem();
    if (found.isEmpty() && problem.isPresent()) {
      throw new MissingFactException(
          ("the layout of the kernel's structures is not known: the types that there are, are not"
                  + " those of this kernel (%s): CONFIG_RANDSTRUCT shuffles structures, or a file"
                  + " is of another build. What needs no types works all the same: log, sym, mod,"
                  + " vtop, search, and by the shape of the tasks ps and bt")
              .formatted(problem.get()));
    }
    if (found.isEmpty()) {
      VmlinuxChoice choice = vmlinux.get();
      throw new MissingFactException(
          "the layout of the kernel's structures is not known: it carries no BTF in this dump; "
              + choice
                  .mismatch()
                  .filter(text -> choice.vmlinux().isEmpty())
                  .map(text -> text + ", so its types are not used")
                  .orElse(
                      "give --vmlinux FILE with debug info, or --types FILE (any module of that"
                          + " kernel with debug info)"));
    }
    return found.get();
  }

  /** By all that is known of it. */
  LinuxKernel known() throws MissingFactException {
    return known.get();
  }

  private LinuxKernel openKnown() throws MissingFactException {
    OptionalLong slide = memory.space().kaslrOffset();
    Optional<Vmlinux> file = vmlinux.get().vmlinux();
    List<SymbolTable> symbols = new ArrayList<>();
    if (slide.isPresent()) {
      file.ifPresent(found -> symbols.add(new RelocatedSymbols(found, slide.getAsLong())));
    }
    return file.isPresent() ? open(withSystemMap(symbols), file.map(Vmlinux::path)) : alone();
  }

  /** Without a vmlinux. */
  LinuxKernel alone() throws MissingFactException {
    return alone.get();
  }

  private LinuxKernel openAlone() throws MissingFactException {
    return open(withSystemMap(List.of()), Optional.empty());
  }

  /** Behind what a vmlinux knows. */
  private List<SymbolTable> withSystemMap(List<SymbolTable> symbols) throws MissingFactException {
    List<SymbolTable> all = new ArrayList<>(symbols);
    OptionalLong slide = memory.space().kaslrOffset();
    if (slide.isPresent()) {
      named.systemMap().ifPresent(map -> all.add(map.moved(slide.getAsLong())));
    }
    return all;
  }

  private LinuxKernel open(List<SymbolTable> symbols, Optional<Path> file)
      throws MissingFactException {
    return LinuxKernel.open(
        memory.read(),
        memory.vmcoreinfo(),
        symbols,
        needed -> openTypes(needed ? file : types, needed));
  }

  /** The file that the user named is believed before the kernel, and vmlinux after it. */
  private Optional<TypeTable> openTypes(Optional<Path> file, boolean needed) {
    if (file.isEmpty()) {
      return Optional.empty();
    }
    try {
      Optional<TypeTable> found = open(file.get());
      if (found.isEmpty() && !needed) {
        LOG.warn("{}: has no debug info to take types from", file.get());
      }
      return found;
    } catch (NoSuchFileException e) {
      LOG.warn("no types: {}: no such file", file.get());
    } catch (IOException e) {
      LOG.warn("no types: {}", e.getMessage());
    } catch (DwarfException | BtfException e) {
      LOG.warn("no types: {}: {}", file.get(), e.getMessage());
    }
    return Optional.empty();
  }

  private Optional<TypeTable> open(Path file) throws IOException, DwarfException, BtfException {
    if (!BtfFile.isAlone(file)) {
      Optional<DwarfTypes> found = DwarfTypes.open(file, directories);
      if (found.isPresent()) {
        opened.add(found.get());
        return Optional.of(found.get());
      }
    }
    return BtfFile.open(file, dump.pointerBytes());
  }

  @Override
  public void close() throws IOException {
    for (Closeable file : opened) {
      file.close();
    }
  }
}
