package org.vmcore.dumpreader;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

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
  static final byte[] SIGNATURE = "KDUMP   ".getBytes(ISO_8859_1);

  /** The x86-64 kernel is loaded at a multiple of this (CONFIG_PHYSICAL_ALIGN is no less). */
  private static final long X86_64_ALIGNMENT = 2 << 20;

  /** KASLR moves the kernel's virtual base up by less than this, which makes phys_base negative. */
  private static final long X86_64_KERNEL_IMAGE_SIZE = 1 << 30;

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
    if (inputs.size() == 1 || !startsKdump(inputs.get(0))) {
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
    KdumpMemory memory =
        new KdumpMemory(
            pages,
            dumped,
            new KdumpExistence(input, header),
            header,
            someLost,
            options.cacheBytes());
    return new OpenDump(info(parts, vmcoreinfo, missing), memory, notes, vmcoreinfo);
  }

  static boolean startsKdump(DumpInput input) throws IOException {
    return startsWith(input, SIGNATURE);
  }

  private static boolean startsWith(DumpInput input, byte[] signature) throws IOException {
    byte[] start = new byte[signature.length];
    return input.read(0, start, 0, start.length) == start.length && Arrays.equals(start, signature);
  }

  private record OpenDump(
      DumpInfo info, PhysicalMemory memory, List<Note> notes, Optional<Vmcoreinfo> vmcoreinfo)
      implements Dump {
    @Override
    public List<Segment> segments() {
      return List.of();
    }
  }

  private static PageBitmap dumpedPages(DumpInput input, KdumpHeader header)
      throws IOException, DumpException {
    long pages = header.max_mapnr();
    long memory = PageBitmap.memory(pages);
    if (PageBitmap.words(pages) > Integer.MAX_VALUE - 8
        || memory > Runtime.getRuntime().maxMemory() / 2) {
      throw new UnsupportedDumpException(
          input,
          "max_mapnr is %d: the index of so many pages takes %d MiB".formatted(pages, memory >> 20),
          "give the JVM more memory (-Xmx%dm or more)".formatted((memory >> 19) + 256));
    }
    long at = header.bitmapOffset() + (header.hasTwoBitmaps() ? header.bitmapBytes() : 0);
    BitmapWords bits = new BitmapWords(input, at, pages);
    long[] words = new long[(int) PageBitmap.words(pages)];
    for (int i = 0; i < words.length; i++) {
      words[i] = bits.next();
    }
    return new PageBitmap(words, pages);
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

  private DumpInfo info(
      List<KdumpSplit.Part> parts, Optional<Vmcoreinfo> vmcoreinfo, List<String> missing) {
    KdumpHeader header = parts.get(0).header();
    int level = header.dump_level();
    String version = "header version " + header.header_version();
    return new DumpInfo(
        parts.stream().map(part -> part.input().name()).collect(Collectors.joining(", ")),
        parts.stream().mapToLong(part -> part.input().size()).sum(),
        name(),
        header.split() ? "%s, split in parts (%d here)".formatted(version, parts.size()) : version,
        compression(header),
        level >= 0 && level <= 31 ? OptionalInt.of(level) : OptionalInt.empty(),
        header.byteOrder(),
        header.wordBits(),
        OptionalInt.empty(),
        header.utsname("machine").filter(machine -> !machine.equals("Unknown")),
        OptionalInt.of(header.block_size()),
        physBase(header, vmcoreinfo),
        fields(header),
        missing);
  }

  private static Set<String> compression(KdumpHeader header) {
    Set<String> names = new LinkedHashSet<>();
    for (PageCodec codec : PageCodec.values()) {
      if ((header.status() & codec.flag()) != 0) {
        names.add(codec.label());
      }
    }
    return names;
  }

  /**
   * makedumpfile fills the field in on other architectures too, with another meaning, and QEMU with
   * digits it misread; so it counts only where it can be the load offset of an x86-64 kernel and
   * VMCOREINFO does not say otherwise.
   */
  private static OptionalLong physBase(KdumpHeader header, Optional<Vmcoreinfo> vmcoreinfo) {
    long physBase = header.phys_base();
    OptionalLong stated =
        vmcoreinfo.map(info -> info.number("phys_base")).orElse(OptionalLong.empty());
    boolean plausible =
        header.utsname("machine").filter("x86_64"::equals).isPresent()
            && physBase % X86_64_ALIGNMENT == 0
            && physBase > -X86_64_KERNEL_IMAGE_SIZE
            && physBase / header.block_size() < header.max_mapnr()
            && (stated.isEmpty() || stated.getAsLong() == physBase);
    return plausible ? OptionalLong.of(physBase) : OptionalLong.empty();
  }

  private static Map<String, String> fields(KdumpHeader header) {
    Map<String, String> fields = new LinkedHashMap<>();
    header.utsname().forEach((field, value) -> fields.put("utsname." + field, value));
    fields.values().removeAll(Collections.singleton(""));
    fields.put("timestamp", Long.toString(header.seconds()));
    fields.put("status", "%#x".formatted(header.status()));
    fields.put("block_size", Integer.toString(header.block_size()));
    fields.put("sub_hdr_size", Integer.toString(header.sub_hdr_size()));
    fields.put("bitmap_blocks", Long.toString(header.bitmap_blocks()));
    fields.put("max_mapnr", "%#x".formatted(header.max_mapnr()));
    fields.put("nr_cpus", Integer.toString(header.nr_cpus()));
    fields.put("phys_base", "%#x".formatted(header.phys_base()));
    fields.put("dump_level", Integer.toString(header.dump_level()));
    return fields;
  }
}
