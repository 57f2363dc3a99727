package org.vmcore.gdbstub.symbols.offer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.vmcore.gdbstub.symbols.write.frames.EhFrame;

/**
 * A file of what a vmlinux loads, without its symbols and debugging information, which {@code
 * .gnu_debuglink} says where to find, and with call-frame information that vmlinux lacks:
 *
 * <pre>
 *   vmlinux up to the end of what it loads | .eh_frame .gnu_debuglink .shstrtab | section headers
 * </pre>
 *
 * <p>LLDB takes symbols and debugging information from a file that it finds by this name and tells
 * by its build id (SymbolVendorELF.cpp), and unwinds by what either file has; so that no more is
 * copied.
 */
final class StrippedVmlinux {
  private StrippedVmlinux() {}

  /**
   * Writes the file.
   *
   * @param from where {@code vmlinux} is
   * @param frames a {@code .debug_frame} with run-time addresses
   * @param slide from the addresses of vmlinux to those at run time
   * @param link the name of vmlinux in the directory of {@code to}
   */
  static void write(VmlinuxView vmlinux, Path from, byte[] frames, long slide, String link, Path to)
      throws IOException {
    List<VmlinuxView.Section> loaded =
        vmlinux.sections().stream()
            .filter(section -> (section.flags() & ElfTail.SHF_ALLOC) != 0)
            .toList();
    long end = 0;
    for (VmlinuxView.Section section : loaded) {
      if (section.type() != ElfTail.SHT_NOBITS) {
        end = Math.max(end, section.offset() + section.size());
      }
    }
    ElfTail tail = new ElfTail(vmlinux.order(), end);
    tail.section("", vmlinux.sectionHeader(vmlinux.sections().get(0)));
    for (VmlinuxView.Section section : loaded) {
      tail.section(section.name(), vmlinux.sectionHeader(section).putLong(ElfTail.SH_LINK, 0));
    }
    tail.section(".eh_frame", EhFrame.of(frames, vmlinux.order(), slide, vmlinux.functions()));
    tail.section(".gnu_debuglink", debugLink(link));
    try (FileChannel in = FileChannel.open(from, READ);
        FileChannel out = FileChannel.open(to, CREATE_NEW, WRITE)) {
      copy(in, end, out);
      tail.write(out, vmlinux.header());
    }
  }

  /** The name, padded to 4 bytes, and a CRC of the file, which LLDB does not compare. */
  private static byte[] debugLink(String name) {
    int padded = (name.length() + Integer.BYTES) / Integer.BYTES * Integer.BYTES;
    return Arrays.copyOf(name.getBytes(US_ASCII), padded + Integer.BYTES);
  }

  private static void copy(FileChannel in, long bytes, FileChannel out) throws IOException {
    long done = 0;
    while (done < bytes) {
      long more = in.transferTo(done, bytes - done, out);
      if (more <= 0) {
        throw new IOException("vmlinux ends before what it loads");
      }
      done += more;
    }
  }
}
