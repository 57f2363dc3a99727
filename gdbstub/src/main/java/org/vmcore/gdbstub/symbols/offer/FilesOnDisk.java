package org.vmcore.gdbstub.symbols.offer;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.symbols.read.Vmlinux;
import org.vmcore.gdbstub.symbols.write.SymbolFile;
import org.vmcore.gdbstub.symbols.write.frames.KernelFrames;

/**
 * Symbols as files in a directory of their own, for a debugger that takes files by their paths. The
 * directory's name is new each time, so that where a debugger runs on another machine it finds no
 * other file in their place. It is gone when this is closed or a signal ends the program.
 *
 * <pre>
 *   DIRECTORY/vmlinux        a link to the kernel's vmlinux, or what is made of the dump
 *   DIRECTORY/NAME.ko        what is made of a module, where it is not in vmlinux
 * </pre>
 */
public final class FilesOnDisk implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(FilesOnDisk.class);

  /** Where {@code e_type} is (gABI, chapter 4, "ELF Header"). */
  private static final int E_TYPE = 16;

  private static final short ET_DYN = 3;

  private final ServedSymbols symbols;
  private final LinuxKernel kernel;
  private final Optional<Vmlinux> vmlinux;
  private final int machine;
  private final List<Path> made = new ArrayList<>();
  private @Nullable Path directory;

  FilesOnDisk(ServedSymbols symbols, LinuxKernel kernel, Optional<Vmlinux> vmlinux, int machine) {
    this.symbols = symbols;
    this.kernel = kernel;
    this.vmlinux = vmlinux;
    this.machine = machine;
  }

  /** The kernel's vmlinux, if there is one. */
  public synchronized Optional<Path> vmlinux() {
    return vmlinux.flatMap(
        file ->
            file("vmlinux", path -> Files.createSymbolicLink(path, file.path().toAbsolutePath())));
  }

  /**
   * Files with run-time addresses, marked as libraries.
   *
   * @param hasVmlinux whether the debugger has a vmlinux from elsewhere
   */
  public synchronized List<Path> libraries(boolean hasVmlinux) {
    if (vmlinux.isEmpty() && !hasVmlinux) {
      return file("vmlinux", path -> write(path, symbols.makeSymbols(OptionalLong.empty())))
          .stream()
          .toList();
    }
    List<Path> found = new ArrayList<>();
    for (KernelModule module : kernel.modules()) {
      SymbolFile.ofModule(kernel, module, machine, KernelFrames.ofModule(kernel, machine, module))
          .flatMap(bytes -> file(fileName(module), path -> write(path, bytes)))
          .ifPresent(found::add);
    }
    return found;
  }

  /** A module's name is any bytes. */
  private static String fileName(KernelModule module) {
    return module.name().replaceAll("[^\\w.-]", "_") + ".ko";
  }

  @FunctionalInterface
  private interface Writer {
    void write(Path path) throws IOException;
  }

  /** Empty when it cannot be written. */
  private Optional<Path> file(String name, Writer writer) {
    try {
      if (directory == null) {
        directory = Files.createTempDirectory("vmcore-gdbserver");
        directory.toFile().deleteOnExit();
      }
      Path path = directory.resolve(name);
      if (!made.contains(path)) {
        made.add(path);
        path.toFile().deleteOnExit();
        writer.write(path);
      }
      return Optional.of(path);
    } catch (IOException e) {
      LOG.warn("no symbols for LLDB: {}: {}", name, e.getMessage());
      return Optional.empty();
    }
  }

  /** LLDB forgets where libraries are when it takes one for the program. */
  private void write(Path path, byte[] elf) throws IOException {
    ByteBuffer.wrap(elf).order(kernel.memory().byteOrder()).putShort(E_TYPE, ET_DYN);
    Files.write(path, elf);
  }

  @Override
  public synchronized void close() throws IOException {
    for (Path path : made) {
      Files.deleteIfExists(path);
    }
    if (directory != null) {
      Files.deleteIfExists(directory);
    }
  }
}
