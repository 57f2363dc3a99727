package org.vmcore.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.LabDump;

/**
 * A dump whose crashed task's backtrace is asked for, of an x86-64 machine that crashed in a system
 * call.
 *
 * @param file the dump, with no vmlinux where one is looked for
 * @param vmlinux that of its kernel, with debug info
 * @param name what to call it
 */
record TracedDump(Path file, Path vmlinux, String name) {
  private static final double MIB = 1 << 20;

  /** A stock Debian kernel's with its debug package, as most people have it; skips where not. */
  static TracedDump ofDebian() {
    LabDump lab = LabDump.OURS;
    return given(lab.file(), lab.vmlinux());
  }

  /**
   * A small kernel that has BTF and debug info. It crashed in a module, of which gdb and drgn with
   * nothing but a vmlinux show no frame.
   */
  static TracedDump ofCorpus() {
    CorpusDump dump = CorpusDump.ZLIB;
    return new TracedDump(dump.file(), dump.vmlinux(), "the vmlinux of a kernel built small");
  }

  static TracedDump given(Path file, Path vmlinux) {
    try {
      // Debian has a link by that name to the file that tells the release.
      return new TracedDump(file, vmlinux, vmlinux.toRealPath().getFileName().toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return "%s (dump %s, vmlinux %s)".formatted(name, size(file), size(vmlinux));
  }

  private static String size(Path of) {
    try {
      return "%d MiB".formatted(Math.round(Files.size(of) / MIB));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
