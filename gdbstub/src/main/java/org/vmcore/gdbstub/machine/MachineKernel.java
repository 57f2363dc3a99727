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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.symbols.SymbolTable;
import org.vmcore.gdbstub.linux.types.BtfException;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.symbols.read.BtfFile;
import org.vmcore.gdbstub.symbols.read.DebugDirectories;
import org.vmcore.gdbstub.symbols.read.DwarfException;
import org.vmcore.gdbstub.symbols.read.DwarfTypes;
import org.vmcore.gdbstub.symbols.read.Vmlinux;

/**
 * The kernel of a machine, with what files tell of it. Safe for use by several threads.
 */
final class MachineKernel implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(MachineKernel.class);

  private final CrashedMachine machine;
  private final Optional<Path> types;
  private final DebugDirectories directories;
  private final List<Closeable> opened = new CopyOnWriteArrayList<>();
  private final Lazy<LinuxKernel, MissingFactException> known = Lazy.of(this::openKnown);
  private final Lazy<LinuxKernel, MissingFactException> alone = Lazy.of(this::openAlone);

  /**
   * @param types the file that the user named to take types from
   * @param directories where debugging information may be that is not in the files themselves
   */
  MachineKernel(CrashedMachine machine, Optional<Path> types, DebugDirectories directories) {
    this.machine = machine;
    this.types = types;
    this.directories = directories;
  }

  /** By all that is known of it. */
  LinuxKernel known() throws MissingFactException {
    return known.get();
  }

  private LinuxKernel openKnown() throws MissingFactException {
    OptionalLong slide = machine.kernelSpace().kaslrOffset();
    Optional<Vmlinux> vmlinux = machine.vmlinux();
    List<SymbolTable> symbols = new ArrayList<>();
    if (slide.isPresent()) {
      vmlinux.ifPresent(file -> symbols.add(new RelocatedSymbols(file, slide.getAsLong())));
    }
    return vmlinux.isPresent()
        ? open(withSystemMap(symbols), vmlinux.map(Vmlinux::path))
        : alone();
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
    OptionalLong slide = machine.kernelSpace().kaslrOffset();
    if (slide.isPresent()) {
      machine.systemMap().ifPresent(map -> all.add(map.moved(slide.getAsLong())));
    }
    return all;
  }

  private LinuxKernel open(List<SymbolTable> symbols, Optional<Path> vmlinux)
      throws MissingFactException {
    return LinuxKernel.open(
        machine.kernelMemory(),
        machine.vmcoreinfo(),
        symbols,
        needed -> openTypes(needed ? vmlinux : types, needed));
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
    return BtfFile.open(file, machine.pointerBytes());
  }

  @Override
  public void close() throws IOException {
    for (Closeable file : opened) {
      file.close();
    }
  }
}
