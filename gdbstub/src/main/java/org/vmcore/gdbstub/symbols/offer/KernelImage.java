package org.vmcore.gdbstub.symbols.offer;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.input.FileInput;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.orc.Orc;
import org.vmcore.gdbstub.port.api.LinuxPort;
import org.vmcore.gdbstub.symbols.read.Vmlinux;
import org.vmcore.gdbstub.symbols.read.elf.ObjectFile;
import org.vmcore.gdbstub.symbols.write.frames.AddressRanges;
import org.vmcore.gdbstub.symbols.write.frames.FrameTable;

/** The vmlinux of a dump as debuggers are given it. */
final class KernelImage implements Closeable {
  private final LinuxKernel kernel;
  private final Vmlinux vmlinux;
  private final long slide;
  private final LinuxPort port;
  private final FileInput file;
  private final Optional<VmlinuxView> view;

  /**
   * @param slide from the file's addresses to those of the run
   * @param port what kernels of its architecture do
   * @throws IOException when it cannot be read, is damaged, or another file has taken its place
   *     since its build id was compared
   */
  KernelImage(LinuxKernel kernel, Vmlinux vmlinux, long slide, LinuxPort port) throws IOException {
    this.kernel = kernel;
    this.vmlinux = vmlinux;
    this.slide = slide;
    this.port = port;
    this.file = open(vmlinux);
    try {
      this.view = VmlinuxView.open(file);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw new IOException(vmlinux.path() + ": " + e.getMessage(), e);
    }
  }

  private static FileInput open(Vmlinux vmlinux) throws IOException {
    FileInput file = FileInput.open(vmlinux.path());
    try {
      if (!ObjectFile.read(file).buildId().equals(vmlinux.buildId())) {
        throw new IOException("it has been replaced by another build");
      }
      return file;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw new IOException(vmlinux.path() + ": " + e.getMessage(), e);
    }
  }

  /**
   * Makes sure that a file is still what it was when its build id was compared.
   *
   * @throws IOException when it is not
   */
  static void check(Vmlinux vmlinux) throws IOException {
    open(vmlinux).close();
  }

  Path path() {
    return vmlinux.path().toAbsolutePath();
  }

  /** What debuggers that read it through the server see as the program. */
  DumpInput shown() throws IOException {
    if (view.isEmpty()) {
      return file;
    }
    if (port.replacesDebugInfo()) {
      return view.get().withoutFrames();
    }
    Optional<FrameTable> frames = view.get().frames();
    Optional<Orc> orc = frames.flatMap(replaced -> kernel.orc().kernel());
    int[] misled = orc.isPresent() ? frames.get().misled(slide, orc.get()) : new int[0];
    return view.get().shown(misled);
  }

  /**
   * The file itself as a library whose segments are where they were in the run; empty where it
   * cannot be one. Other than a program's, a library's segments can be told one by one: so per-CPU
   * symbols that count from 0 need no change of the file. They cannot stay at 0, which means "moved
   * as far as the section before" to gdb.
   *
   * @param perCpu where such symbols are to be
   */
  Optional<Library> asLibrary(OptionalLong perCpu) throws IOException {
    return view.isEmpty() || (perCpu.isEmpty() && vmlinux.hasZeroBasedPerCpu())
        ? Optional.empty()
        : Optional.of(
            Library.ofSegments(path().toString(), view.get().segments(slide, perCpu.orElse(0))));
  }

  /** The code whose call-frame information is in the file, and right. */
  AddressRanges covered() throws IOException {
    Optional<FrameTable> frames =
        view.isEmpty() || port.replacesDebugInfo() ? Optional.empty() : view.get().frames();
    if (frames.isEmpty()) {
      return AddressRanges.none();
    }
    Optional<Orc> orc = kernel.orc().kernel();
    return orc.isPresent() ? frames.get().covered(slide, orc.get()) : frames.get().covered(slide);
  }

  /**
   * Writes the file as LLDB takes it, but for its debugging information.
   *
   * @param frames a {@code .debug_frame} of what the file describes not at all or wrongly
   * @param link the name of the file itself in the directory of {@code to}
   * @throws IOException when it cannot be written
   */
  void writeStripped(byte[] frames, String link, Path to) throws IOException {
    StrippedVmlinux.write(view.orElseThrow(), vmlinux.path(), frames, slide, link, to);
  }

  /** Whether there is anything to add to the file for debuggers that take one file. */
  boolean lacksFrames() {
    return view.isPresent() && !port.replacesDebugInfo();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
