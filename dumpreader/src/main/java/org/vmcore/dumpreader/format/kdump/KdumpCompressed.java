package org.vmcore.dumpreader.format.kdump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpFormat;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.dumpreader.note.Notes;
import org.vmcore.dumpreader.page.BitmapChunks;
import org.vmcore.dumpreader.page.PageBitmap;

/**
 * makedumpfile's kdump-compressed format, which QEMU's dump-guest-memory writes too.
 *
 * <pre>
 * file         = main_header, sub_header, [vmcoreinfo], [notes], [eraseinfo], bitmap1, [bitmap2],
 *                page_desc*, page_data*
 * main_header  = one block: "KDUMP   ", int header_version, new_utsname (6 x char[65]), timeval,
 *                unsigned status, int block_size, int sub_hdr_size, unsigned bitmap_blocks,
 *                unsigned max_mapnr, total_ram_blocks, device_blocks, written_blocks, current_cpu,
 *                int nr_cpus
 * sub_header   = from block 1 on, sub_hdr_size blocks with what offset_... points at:
 *                long phys_base; int dump_level (1), split (2); long start_pfn (2), end_pfn (2);
 *                off_t offset_vmcoreinfo (3); long size_vmcoreinfo (3);
 *                off_t offset_note (4); long size_note (4);
 *                off_t offset_eraseinfo (5); long size_eraseinfo (5);
 *                u64 start_pfn_64 (6), end_pfn_64 (6), max_mapnr_64 (6)
 *                (in parentheses the header_version that brought the field)
 * bitmap1      = bitmap_blocks / 2 blocks: a bit per page that the machine had
 * bitmap2      = as many: a bit per page that was dumped; QEMU writes both bitmaps alike
 * page_desc    = one per bit of bitmap2, in its order: off_t offset, unsigned size, flags,
 *                u64 page_flags
 * page_data    = compressed as the flags say, or plain; zero pages may share theirs
 * </pre>
 *
 * <p>A part of a split dump has all headers, notes and bitmaps, but page_desc and page_data only of
 * the pages from start_pfn to end_pfn, exclusive.
 *
 * <p>Words have the dead machine's size and byte order, see {@link KdumpHeader} and {@link
 * KdumpSubHeader} for how those are told. Sources: makedumpfile's IMPLEMENTATION and
 * diskdump_mod.h, crash's diskdump.c, QEMU's include/sysemu/dump.h and dump/dump.c, libkdumpfile's
 * diskdump.c.
 */
public final class KdumpCompressed implements DumpFormat {
  public static final String SIGNATURE = "KDUMP   ";

  /** More text of erased memory than a filter's configuration would give. */
  private static final int MAX_ERASEINFO = 1 << 20;

  @Override
  public String name() {
    return "kdump-compressed";
  }

  @Override
  public Optional<Dump> open(DumpInput input, OpenOptions options)
      throws IOException, DumpException {
    if (!startsKdump(input)) {
      return Optional.empty();
    }
    return Optional.of(openParts(KdumpSplit.order(List.of(input)), options));
  }

  @Override
  public Optional<Dump> open(List<DumpInput> inputs, OpenOptions options)
      throws IOException, DumpException {
    DumpInput first = inputs.get(0);
    if (inputs.size() == 1 || !startsKdump(first) || !KdumpHeader.read(first).split()) {
      return DumpFormat.super.open(inputs, options);
    }
    return Optional.of(openParts(KdumpSplit.order(inputs), options));
  }

  private Dump openParts(List<KdumpSplit.Part> parts, OpenOptions options)
      throws IOException, DumpException {
    DumpInput input = parts.get(0).input();
    KdumpHeader header = parts.get(0).header();
    PageBitmap dumped = dumpedPages(input, header);
    List<String> missing = new ArrayList<>();
    KdumpParts pages = KdumpParts.of(parts, dumped, missing::add);
    boolean someLost = !missing.isEmpty() || parts.stream().anyMatch(KdumpSplit.Part::inputIsCut);
    List<Note> notes = notes(input, header, missing);
    Optional<Vmcoreinfo> vmcoreinfo = vmcoreinfo(input, header, notes);
    List<String> erased = erased(input, header, missing);
    KdumpMemory memory =
        new KdumpMemory(
            pages,
            dumped,
            new KdumpExistence(input, header),
            header,
            someLost,
            options.cacheBytes());
    return new OpenDump(
        KdumpInfo.of(name(), parts, vmcoreinfo, missing), memory, notes, vmcoreinfo, erased);
  }

  static boolean startsKdump(DumpInput input) throws IOException {
    return input.startsWith(SIGNATURE);
  }

  private record OpenDump(
      DumpInfo info,
      PhysicalMemory memory,
      List<Note> notes,
      Optional<Vmcoreinfo> vmcoreinfo,
      List<String> erased)
      implements Dump {
    @Override
    public List<Segment> segments() {
      return List.of();
    }
  }

  private static PageBitmap dumpedPages(DumpInput input, KdumpHeader header)
      throws IOException, DumpException {
    long pages = header.max_mapnr();
    if (pages > PageBitmap.MAX_PAGES) {
      throw new UnsupportedDumpException(
          input,
          "max_mapnr is %d".formatted(pages),
          "no machine has so many pages: the header is damaged");
    }
    long at = header.bitmapOffset() + (header.hasTwoBitmaps() ? header.bitmapBytes() : 0);
    BitmapChunks bits = new BitmapChunks(input, at, pages);
    PageBitmap.Builder dumped = new PageBitmap.Builder(pages);
    for (int i = 0; i < PageBitmap.chunks(pages); i++) {
      long[] words = bits.next();
      if (words != null) {
        dumped.chunk(i, words);
      }
    }
    return dumped.build();
  }

  private static List<Note> notes(DumpInput input, KdumpHeader header, List<String> missing)
      throws IOException, DumpException {
    if (header.offset_note() == 0 || header.size_note() == 0) {
      return List.of();
    }
    byte[] bytes = piece(input, header.offset_note(), header.size_note(), "offset_note, size_note");
    return Notes.parse(bytes, header.offset_note(), header.byteOrder(), missing::add);
  }

  private static Optional<Vmcoreinfo> vmcoreinfo(
      DumpInput input, KdumpHeader header, List<Note> notes) throws IOException, DumpException {
    if (header.offset_vmcoreinfo() != 0 && header.size_vmcoreinfo() != 0) {
      byte[] text =
          piece(
              input,
              header.offset_vmcoreinfo(),
              header.size_vmcoreinfo(),
              "offset_vmcoreinfo, size_vmcoreinfo");
      return Optional.of(Vmcoreinfo.parse(text));
    }
    return notes.stream()
        .filter(note -> note.name().equals(Note.VMCOREINFO))
        .findFirst()
        .map(note -> Vmcoreinfo.parse(note.descriptor()));
  }

  /** Written last, after the pages: a file that was cut short does not have it. */
  private static List<String> erased(DumpInput input, KdumpHeader header, List<String> missing)
      throws IOException {
    long offset = header.offset_eraseinfo();
    long size = header.size_eraseinfo();
    if (offset == 0 || size == 0) {
      return List.of();
    }
    byte[] text = new byte[(int) Math.max(0, Math.min(size, MAX_ERASEINFO))];
    int got = offset < 0 ? 0 : input.read(offset, text, 0, text.length);
    if (got < size) {
      missing.add(
          "makedumpfile erased some memory, and the list of it (%d bytes at %#x) is not whole."
              .formatted(size, offset));
    }
    return new String(text, 0, got, ISO_8859_1).lines().filter(line -> !line.isBlank()).toList();
  }

  private static byte[] piece(DumpInput input, long offset, long size, String field)
      throws IOException, DumpException {
    if (offset < 0
        || size < 0
        || offset > input.size()
        || size > input.size() - offset
        || size > Integer.MAX_VALUE - 8) {
      throw new DamagedDumpException(
          input,
          offset,
          field,
          "%#x bytes do not fit in the file of %#x".formatted(size, input.size()));
    }
    return input.readFully(offset, (int) size, field);
  }
}
