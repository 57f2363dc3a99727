package org.vmcore.gdbstub.symbols.offer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.unwrap.ScratchFile;
import org.vmcore.gdbstub.symbols.offer.PatchedInput.Patch;

/**
 * A file of 64 bits that shows its debugging information compressed, for debuggers that read it
 * over a network. Each section stays where it is and only ends sooner, so that nothing else moves:
 *
 * <pre>
 *   file      ... | .debug_info                       | .debug_line          | ... | section headers
 *   shown     ... | Elf64_Chdr, zlib | (never read)   | Elf64_Chdr, zlib | . | ... | section headers'
 * </pre>
 *
 * <p>It is zlib, which every gdb since 7.11 takes (gABI, "Section Compression"); zstd takes only
 * one that was built for it, and none says so.
 */
final class CompressedDebugInfo implements DumpInput {
  private static final Logger LOG = LoggerFactory.getLogger(CompressedDebugInfo.class);

  private static final String PREFIX = ".debug_";
  private static final int SHF_COMPRESSED = 0x800;
  private static final int ELFCOMPRESS_ZLIB = 1;
  private static final int CHDR = 24;

  /** Below this a section is not worth it. */
  private static final int SMALLEST = 4096;

  private final DumpInput shown;
  private final List<Packed> sections;
  private final ScratchFile packed;

  /**
   * A section.
   *
   * @param offset in the file
   * @param at in what is packed
   * @param bytes that are shown of it
   */
  private record Packed(long offset, long at, long bytes) {}

  private CompressedDebugInfo(DumpInput shown, List<Packed> sections, ScratchFile packed) {
    this.shown = shown;
    this.sections = sections;
    this.packed = packed;
  }

  /**
   * Takes seconds for a vmlinux. A file without debugging information, or that cannot be compressed
   * here, comes back as it is; closing any other result leaves the file open.
   */
  static DumpInput of(DumpInput file) {
    try {
      Optional<VmlinuxView> view = VmlinuxView.open(file);
      List<VmlinuxView.Section> sections =
          view.stream()
              .flatMap(of -> of.sections().stream())
              .filter(section -> isWorth(section, file))
              .toList();
      return sections.isEmpty() ? file : compress(file, view.orElseThrow(), sections);
    } catch (IOException e) {
      LOG.info("{}: not compressed for the network: {}", file.name(), e.getMessage());
      return file;
    }
  }

  private static boolean isWorth(VmlinuxView.Section section, DumpInput file) {
    return section.name().startsWith(PREFIX)
        && section.type() == ElfTail.SHT_PROGBITS
        && (section.flags() & (ElfTail.SHF_ALLOC | SHF_COMPRESSED)) == 0
        && section.size() >= SMALLEST
        && section.offset() >= 0
        && section.size() <= file.size() - section.offset();
  }

  private static DumpInput compress(
      DumpInput file, VmlinuxView view, List<VmlinuxView.Section> sections) throws IOException {
    int cpus = Runtime.getRuntime().availableProcessors();
    ExecutorService workers =
        Executors.newFixedThreadPool(
            cpus,
            work -> {
              Thread thread = new Thread(work, "compress");
              thread.setDaemon(true);
              return thread;
            });
    ScratchFile packed = ScratchFile.create(Path.of(System.getProperty("java.io.tmpdir")));
    try {
      ZlibStream stream = new ZlibStream(file, workers, 2 * cpus);
      List<Packed> done = new ArrayList<>();
      List<Patch> patches = new ArrayList<>();
      for (VmlinuxView.Section section : sections) {
        long at = packed.size();
        ByteBuffer header = view.sectionHeader(section);
        byte[] head = chdr(section, header);
        packed.append(head, head.length);
        stream.write(section.offset(), section.size(), packed);
        long bytes = packed.size() - at;
        if (bytes < section.size()) {
          done.add(new Packed(section.offset(), at, bytes));
          header.putLong(ElfTail.SH_FLAGS, section.flags() | SHF_COMPRESSED);
          header.putLong(ElfTail.SH_SIZE, bytes).putLong(ElfTail.SH_ADDRALIGN, Long.BYTES);
          byte[] changed = new byte[header.capacity()];
          header.get(0, changed);
          patches.add(new Patch(section.at(), changed));
        }
      }
      return new CompressedDebugInfo(new PatchedInput(file, patches), done, packed);
    } catch (IOException | RuntimeException e) {
      packed.close();
      throw e;
    } finally {
      workers.shutdownNow();
    }
  }

  private static byte[] chdr(VmlinuxView.Section section, ByteBuffer header) {
    return ByteBuffer.allocate(CHDR)
        .order(header.order())
        .putInt(0, ELFCOMPRESS_ZLIB)
        .putLong(8, section.size())
        .putLong(16, header.getLong(ElfTail.SH_ADDRALIGN))
        .array();
  }

  @Override
  public String name() {
    return shown.name();
  }

  @Override
  public long size() {
    return shown.size();
  }

  @Override
  public int read(long position, byte[] destination, int offset, int length) throws IOException {
    for (Packed section : sections) {
      long in = position - section.offset();
      if (in >= 0 && in + length <= section.bytes()) {
        return packed.read(section.at() + in, destination, offset, length);
      }
    }
    int got = shown.read(position, destination, offset, length);
    for (Packed section : sections) {
      long from = Math.max(position, section.offset());
      long to = Math.min(position + got, section.offset() + section.bytes());
      if (from < to) {
        int at = offset + (int) (from - position);
        packed.read(section.at() + from - section.offset(), destination, at, (int) (to - from));
      }
    }
    return got;
  }

  @Override
  public void close() throws IOException {
    packed.close();
  }
}
