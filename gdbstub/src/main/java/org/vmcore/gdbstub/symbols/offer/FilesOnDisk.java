package org.vmcore.gdbstub.symbols.offer;

import static java.nio.file.StandardOpenOption.WRITE;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.symbols.read.Vmlinux;
import org.vmcore.gdbstub.symbols.write.SymbolFile;
import org.vmcore.gdbstub.symbols.write.SymbolTarget;
import org.vmcore.gdbstub.symbols.write.elf.ElfFile;
import org.vmcore.gdbstub.symbols.write.frames.KernelFrames;

/**
 * Symbols as files in a directory of their own, for a debugger that takes files by their paths. The
 * directory's name is new each time, so that where a debugger runs on another machine it finds no
 * other file in their place. It is gone when this is closed or a signal ends the program.
 *
 * <pre>
 *   DIRECTORY/vmlinux        the kernel's vmlinux, stripped, or what is made of the dump
 *   DIRECTORY/vmlinux.debug  a link to the kernel's vmlinux
 *   DIRECTORY/NAME.ko        what is made of a module and its file, where it is not in vmlinux
 * </pre>
 */
public final class FilesOnDisk implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(FilesOnDisk.class);

  private static final String DEBUG_LINK = "vmlinux.debug";

  /** Where {@code e_type} is (gABI, chapter 4, "ELF Header"). */
  private static final int E_TYPE = 16;

  private static final short ET_DYN = 3;

  private final ServedSymbols symbols;
  private final LinuxKernel kernel;
  private final Optional<Vmlinux> vmlinux;
  private final SymbolTarget target;
  private final KernelFrames frames;

  /** Whether each has been written. */
  private final Map<Path, Boolean> made = new HashMap<>();

  private @Nullable Path directory;

  FilesOnDisk(
      ServedSymbols symbols,
      LinuxKernel kernel,
      Optional<Vmlinux> vmlinux,
      SymbolTarget target,
      KernelFrames frames) {
    this.symbols = symbols;
    this.kernel = kernel;
    this.vmlinux = vmlinux;
    this.target = target;
    this.frames = frames;
  }

  /** The kernel's vmlinux, if there is one. */
  public synchronized Optional<Path> vmlinux() {
    return vmlinux.flatMap(this::vmlinux);
  }

  private Optional<Path> vmlinux(Vmlinux file) {
    return file(DEBUG_LINK, path -> link(file, path))
        .flatMap(
            debug ->
                file(
                    "vmlinux",
                    path -> symbols.writeStripped(path, DEBUG_LINK) || link(file, path)));
  }

  private static boolean link(Vmlinux file, Path path) throws IOException {
    Files.createSymbolicLink(path, file.path().toAbsolutePath());
    return true;
  }

  /**
   * Files with run-time addresses, marked as libraries.
   *
   * @param hasVmlinux whether the debugger has a vmlinux from elsewhere
   */
  public synchronized List<Path> libraries(boolean hasVmlinux) {
    if (vmlinux.isEmpty() && !hasVmlinux) {
      return file("vmlinux", path -> write(symbols.makeSymbols(OptionalLong.empty()), path))
          .stream()
          .toList();
    }
    List<Path> found = new ArrayList<>();
    for (KernelModule module : kernel.modules()) {
      file(fileName(module), path -> writeModule(module, path)).ifPresent(found::add);
    }
    return found;
  }

  /** With its lines where there is a file that has them, or else with the names of the dump. */
  private boolean writeModule(KernelModule module, Path path) throws IOException {
    Optional<byte[]> added = frames.of(module);
    Optional<DumpInput> lines = symbols.moduleWithLines(module.name());
    try {
      if (lines.isPresent() && LoadedModule.write(lines.get(), module.sections(), added, path)) {
        return true;
      }
    } catch (IOException e) {
      LOG.warn("no lines of module {} for LLDB: {}", module.name(), e.getMessage());
      Files.deleteIfExists(path);
    }
    Optional<ElfFile> names = SymbolFile.ofModule(kernel, module, target, added);
    return names.isPresent() && write(names.get(), path);
  }

  /** A module's name is any bytes. */
  private static String fileName(KernelModule module) {
    return module.name().replaceAll("[^\\w.-]", "_") + ".ko";
  }

  @FunctionalInterface
  private interface Writer {
    /** Makes a file, if there is something to write. */
    boolean write(Path path) throws IOException;
  }

  /** Made once; empty when there is nothing to write, or it cannot be written. */
  private Optional<Path> file(String name, Writer writer) {
    try {
      if (directory == null) {
        directory = Files.createTempDirectory("vmcore-gdbserver");
        directory.toFile().deleteOnExit();
      }
      Path path = directory.resolve(name);
      if (!made.containsKey(path)) {
        made.put(path, false);
        path.toFile().deleteOnExit();
        made.put(path, writer.write(path));
      }
      return made.getOrDefault(path, false) ? Optional.of(path) : Optional.empty();
    } catch (IOException e) {
      LOG.warn("no symbols for LLDB: {}: {}", name, e.getMessage());
      return Optional.empty();
    }
  }

  /** LLDB forgets where libraries are when it takes one for the program. */
  private boolean write(ElfFile elf, Path path) throws IOException {
    elf.write(path);
    ByteBuffer type = ByteBuffer.allocate(Short.BYTES).order(kernel.memory().byteOrder());
    type.putShort(0, ET_DYN);
    try (FileChannel file = FileChannel.open(path, WRITE)) {
      file.write(type, E_TYPE);
    }
    return true;
  }

  @Override
  public synchronized void close() throws IOException {
    for (Path path : made.keySet()) {
      Files.deleteIfExists(path);
    }
    if (directory != null) {
      Files.deleteIfExists(directory);
    }
  }
}
