package org.vmcore.gdbstub.symbols.offer;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.input.FileInput;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.symbols.find.ModuleFile;
import org.vmcore.gdbstub.symbols.find.ModuleFiles;
import org.vmcore.gdbstub.symbols.read.elf.ObjectFile;
import org.vmcore.gdbstub.symbols.read.elf.Segment;
import org.vmcore.gdbstub.symbols.write.SymbolFile;
import org.vmcore.gdbstub.symbols.write.SymbolTarget;
import org.vmcore.gdbstub.symbols.write.elf.ElfFile;
import org.vmcore.gdbstub.symbols.write.frames.AddressRanges;

/** A kernel's modules as libraries: files that were found, and what is made of the dump. */
final class ModuleLibraries implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(ModuleLibraries.class);

  private final LinuxKernel kernel;
  private final SymbolTarget target;
  private final PrivateDirectory directory;
  private final UnusedAddresses unused;
  private final List<ServedFile> files = new ArrayList<>();
  private final List<Library> libraries = new ArrayList<>();
  private final List<Closeable> opened = new CopyOnWriteArrayList<>();
  private final Map<String, String> paths = new HashMap<>();
  private final Map<String, DumpInput> withLines = new HashMap<>();
  private final List<AddressRanges.Range> covered = new ArrayList<>();
  private final List<KernelModule> made = new ArrayList<>();

  /**
   * @param directory for files that are on no disk
   */
  ModuleLibraries(
      LinuxKernel kernel, SymbolTarget target, PrivateDirectory directory, UnusedAddresses unused) {
    this.kernel = kernel;
    this.target = target;
    this.directory = directory;
    this.unused = unused;
  }

  /** Looks for the files. */
  void find(ModuleFiles search) {
    for (KernelModule module : kernel.modules()) {
      Optional<ModuleFile> file = search.open(module);
      try {
        if (file.isPresent()) {
          add(module, file.get());
        } else {
          make(module);
        }
      } catch (IOException e) {
        LOG.warn("module {}: {}", module.name(), e.getMessage());
      }
    }
  }

  private void add(KernelModule module, ModuleFile file) throws IOException {
    DumpInput input = file.file();
    opened.add(input);
    paths.put(module.name(), input.name());
    if (file.hasDebugInfo()) {
      withLines.put(module.name(), input);
    }
    // A compressed one is in memory.
    Path path =
        input instanceof FileInput
            ? Path.of(input.name()).toAbsolutePath()
            : directory.write(fileName(module, ""), input);
    files.add(new ServedFile(path.toString(), new ServedFile.Content(() -> compressed(input))));
    libraries.add(
        Library.ofSections(
            path.toString(),
            file.allocated().stream().map(section -> address(module, section)).toList()));
    module.code().forEach(code -> covered.add(new AddressRanges.Range(code.base(), code.size())));
  }

  private DumpInput compressed(DumpInput file) {
    DumpInput shown = CompressedDebugInfo.of(file);
    opened.add(shown);
    return shown;
  }

  private long address(KernelModule module, String section) {
    Long address = module.sections().get(section);
    return address == null ? unused.next() : address;
  }

  /** A module without a file has at least the symbols that the kernel kept of it. */
  private void make(KernelModule module) throws IOException {
    made.add(module);
    Optional<ElfFile> elf = SymbolFile.ofModule(kernel, module, target, Optional.empty());
    String name = fileName(module, " (no file)");
    if (elf.isEmpty()) {
      libraries.add(Library.ofSections(directory.path(name).toString(), List.of(module.base())));
      return;
    }
    DumpInput input = elf.get().toInput(name);
    String path = directory.write(name, input).toString();
    files.add(new ServedFile(path, new ServedFile.Content(() -> input)));
    libraries.add(Library.ofSegments(path, segments(input)));
  }

  /** Where the segments are of a file whose addresses are those of the run. */
  private static List<Long> segments(DumpInput input) throws IOException {
    return ObjectFile.read(input).segments().stream()
        .filter(segment -> segment.type() == Segment.PT_LOAD)
        .map(Segment::address)
        .toList();
  }

  /** A module's name is any bytes. */
  private static String fileName(KernelModule module, String more) {
    return module.name().replaceAll("[^\\w.-]", "_") + ".ko" + more;
  }

  /** The file of a module that has debugging information; empty where it has none or is made. */
  Optional<DumpInput> withLines(String module) {
    return Optional.ofNullable(withLines.get(module));
  }

  List<ServedFile> files() {
    return files;
  }

  List<Library> libraries() {
    return libraries;
  }

  /** Where a module's file was found. */
  Optional<String> path(String module) {
    return Optional.ofNullable(paths.get(module));
  }

  /** The modules that no file was found of. */
  List<KernelModule> made() {
    return made;
  }

  /** The code that has a file. */
  List<AddressRanges.Range> covered() {
    return covered;
  }

  @Override
  public void close() throws IOException {
    for (Closeable file : opened) {
      file.close();
    }
  }
}
