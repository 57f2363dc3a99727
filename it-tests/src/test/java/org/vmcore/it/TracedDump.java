package org.vmcore.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

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

  /** The small kernel with BTF that is among the corpus. */
  static TracedDump ofCorpus() {
    return new TracedDump(
        CorpusDump.ZLIB.file(), CorpusDump.ZLIB.vmlinux(), "a kernel built small, with BTF");
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
