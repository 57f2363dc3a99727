package org.vmcore.dumpreader.format.xen;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpFormat;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.ElfMachines;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.format.elf.ElfHeader;
import org.vmcore.dumpreader.note.Notes;
import org.vmcore.dumpreader.note.RegisterNotes;
import org.vmcore.dumpreader.note.RegisterNotes.X86;
import org.vmcore.dumpreader.page.FileExtents;
import org.vmcore.dumpreader.page.MemoryImage;
import org.vmcore.dumpreader.page.PageRuns;

/**
 * A Xen guest's memory by {@code xl dump-core} (once {@code xm}), or {@code virsh dump} on Xen.
 *
 * <pre>
 * file       = ELF64 core file without program headers; what it has are sections:
 * .note.Xen      notes of owner "Xen": 0x2000001 header: u64 magic, nr_vcpus, nr_pages, page_size;
 *                0x2000003 format version: u64 1
 * .xen_prstatus  nr_vcpus * vcpu_guest_context
 * .xen_pages     nr_pages * page
 * .xen_pfn       nr_pages * u64: the guest page that each is (HVM, PVH, arm)
 * .xen_p2m       nr_pages * (u64 pfn, u64 gmfn), in its place for a paravirtual guest
 * </pre>
 *
 * <p>A paravirtual guest's page tables hold the host's page numbers; such guests are told from the
 * others, and not read. Sources: Xen's docs/misc/dump-core-format.txt, tools/libs/ctrl/xc_core.h,
 * xen/include/public/arch-x86/xen.h (vcpu_guest_context, cpu_user_regs).
 */
public final class XenCore implements DumpFormat {
  // Offsets in an Elf64_Ehdr and an Elf64_Shdr (gABI, chapters 4 and 4, Sections).
  private static final int EHDR_BYTES = 64;
  private static final int EI_CLASS = 4;
  private static final int EI_DATA = 5;
  private static final int E_TYPE = 16;
  private static final int E_MACHINE = 18;
  private static final int E_SHOFF = 40;
  private static final int E_PHNUM = 56;
  private static final int E_SHNUM = 60;
  private static final int E_SHSTRNDX = 62;
  private static final int SH_OFFSET = 24;
  private static final int SH_SIZE = 32;
  private static final int SECTION_HEADER = 64;

  private static final int MAX_SECTIONS = 64;
  private static final int MAX_NAMES = 1 << 16;
  private static final int MAX_NOTES = 1 << 16;
  private static final int NT_HEADER = 0x2000001;
  private static final int NT_FORMAT_VERSION = 0x2000003;
  private static final long INVALID_PFN = -1;

  // Offsets in the header note (Xen tools/include/xc_core.h, struct
  // xen_dumpcore_elfnote_header_desc).
  private static final int XCH_NR_VCPUS = 8;
  private static final int XCH_NR_PAGES = 16;
  private static final int XCH_PAGE_SIZE = 24;
  private static final int XCH_BYTES = 32;

  private static final int SMALLEST_PAGE = 4 << 10;
  private static final int LARGEST_PAGE = 64 << 10;

  /** {@code user_regs} of the x86-64 vcpu_guest_context, after the FPU's state and flags. */
  private static final int USER_REGS = 520;

  private static final int USER_REGS_SIZE = 200;

  // Offsets in cpu_user_regs, behind what user_regs_struct has in the same order.
  private static final int RIP = 128;
  private static final int CS = 136;
  private static final int RFLAGS = 144;
  private static final int RSP = 152;
  private static final int SELECTORS = 160;

  /** More CPUs than Xen gives a guest. */
  private static final int MAX_CPUS = 4096;

  /** The same structure's {@code ctrlreg[8]}, bases of segments, and its size. */
  private static final int CTRLREG = 4984;

  private static final int FS_BASE = 5144;
  private static final int GS_BASE_KERNEL = 5152;
  private static final int GS_BASE_USER = 5160;
  private static final int CONTEXT_SIZE = 5168;

  private record Section(long offset, long size) {}

  @Override
  public String name() {
    return "Xen guest core";
  }

  @Override
  public Optional<Dump> open(DumpInput input, OpenOptions options)
      throws IOException, DumpException {
    if (!ElfHeader.startsElf(input)) {
      return Optional.empty();
    }
    byte[] start = new byte[EHDR_BYTES];
    ByteBuffer header = ByteBuffer.wrap(start);
    if (input.read(0, start, 0, start.length) < start.length
        || start[EI_CLASS] != ElfHeader.ELFCLASS64) {
      return Optional.empty();
    }
    header.order(
        start[EI_DATA] == ElfHeader.ELFDATA2MSB ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    int programHeaders = Short.toUnsignedInt(header.getShort(E_PHNUM));
    if (header.getShort(E_TYPE) != ElfHeader.ET_CORE || programHeaders != 0) {
      return Optional.empty();
    }
    Map<String, Section> sections = sections(input, header);
    Section pages = sections.get(".xen_pages");
    return pages == null
        ? Optional.empty()
        : Optional.of(openXen(input, header, sections, pages, options));
  }

  private static Map<String, Section> sections(DumpInput input, ByteBuffer header)
      throws IOException, DumpException {
    int count = Math.min(MAX_SECTIONS, Short.toUnsignedInt(header.getShort(E_SHNUM)));
    int namesIndex = Short.toUnsignedInt(header.getShort(E_SHSTRNDX));
    if (count == 0 || namesIndex >= count) {
      return Map.of();
    }
    ByteBuffer table =
        ByteBuffer.wrap(
                input.readFully(header.getLong(E_SHOFF), count * SECTION_HEADER, "section headers"))
            .order(header.order());
    byte[] names = new byte[MAX_NAMES];
    long namesAt = table.getLong(namesIndex * SECTION_HEADER + SH_OFFSET);
    int length = namesAt < 0 ? 0 : input.read(namesAt, names, 0, names.length);
    Map<String, Section> sections = new HashMap<>();
    for (int i = 0; i < count; i++) {
      int at = i * SECTION_HEADER;
      int from = table.getInt(at);
      int to = from;
      while (to >= 0 && to < length && names[to] != 0) {
        to++;
      }
      if (from >= 0 && to > from) {
        sections.put(
            new String(names, from, to - from, ISO_8859_1),
            new Section(table.getLong(at + SH_OFFSET), table.getLong(at + SH_SIZE)));
      }
    }
    return sections;
  }

  private Dump openXen(
      DumpInput input,
      ByteBuffer header,
      Map<String, Section> sections,
      Section pages,
      OpenOptions options)
      throws IOException, DumpException {
    ByteOrder order = header.order();
    List<String> incomplete = new ArrayList<>();
    Section noteSection = sections.getOrDefault(".note.Xen", new Section(0, 0));
    byte[] noteBytes =
        input.readFully(
            noteSection.offset, (int) Math.min(MAX_NOTES, Math.max(0, noteSection.size)), "notes");
    List<Note> xenNotes = Notes.parse(noteBytes, noteSection.offset, order, incomplete::add);
    ByteBuffer version = xenNote(input, xenNotes, NT_FORMAT_VERSION, Long.BYTES, order);
    if (version.getLong(0) != 1) {
      throw new UnsupportedDumpException(
          input,
          "Xen guest core of format version " + Long.toUnsignedString(version.getLong(0)),
          "version 1 is known");
    }
    ByteBuffer facts = xenNote(input, xenNotes, NT_HEADER, XCH_BYTES, order);
    long pageSize = facts.getLong(XCH_PAGE_SIZE);
    if (pageSize < SMALLEST_PAGE || pageSize > LARGEST_PAGE || Long.bitCount(pageSize) != 1) {
      throw new DamagedDumpException(
          input, noteSection.offset, "xch_page_size", Long.toUnsignedString(pageSize));
    }
    Section pfns = sections.get(".xen_pfn");
    if (pfns == null) {
      throw new UnsupportedDumpException(
          input,
          "core of a paravirtual Xen guest, whose page tables hold the host's page numbers",
          "open it with crash, or take the dump inside the guest (kdump)");
    }
    PageRuns runs = new PageRuns(input.size(), pageSize);
    readPfns(input, pfns, pages, pageSize, order, runs);
    FileExtents extents = runs.build();
    if (runs.lost() != 0) {
      incomplete.add(
          "The file ends at %#x: %d bytes of memory are lost."
              .formatted(input.size(), runs.lost()));
    }
    int machine = Short.toUnsignedInt(header.getShort(E_MACHINE));
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("e_machine", Integer.toString(machine));
    fields.put("xch_nr_vcpus", Long.toUnsignedString(facts.getLong(XCH_NR_VCPUS)));
    fields.put("xch_nr_pages", Long.toUnsignedString(facts.getLong(XCH_NR_PAGES)));
    DumpInfo info =
        MemoryImage.info(
            input, name(), "version 1", options.withMachine(order, 64), fields, incomplete);
    MemoryImage image = new MemoryImage(info, input, extents, options);
    if (machine != ElfMachines.EM_X86_64) {
      return image;
    }
    Section contexts = sections.getOrDefault(".xen_prstatus", new Section(0, 0));
    return image
        .withMachine("x86_64")
        .withNotes(registers(input, contexts, facts.getLong(XCH_NR_VCPUS)));
  }

  private static ByteBuffer xenNote(
      DumpInput input, List<Note> notes, int type, int size, ByteOrder order)
      throws DamagedDumpException {
    for (Note note : notes) {
      if (note.type() == type && note.descriptor().length >= size) {
        return ByteBuffer.wrap(note.descriptor()).order(order);
      }
    }
    throw new DamagedDumpException(
        input, 0, ".note.Xen", "has no note of type %#x".formatted(type));
  }

  private static void readPfns(
      DumpInput input, Section pfns, Section pages, long pageSize, ByteOrder order, PageRuns runs)
      throws IOException, DumpException {
    if (pfns.offset < 0 || pfns.size < 0 || pages.offset < 0) {
      throw new DamagedDumpException(
          input, E_SHOFF, ".xen_pfn", "%#x bytes at %#x".formatted(pfns.size, pfns.offset));
    }
    byte[] piece = new byte[1 << 16];
    long index = 0;
    long end = pfns.offset + Math.min(pfns.size, input.size());
    for (long at = pfns.offset; at < end; at += piece.length) {
      int got = input.read(at, piece, 0, (int) Math.min(piece.length, end - at));
      ByteBuffer words = ByteBuffer.wrap(piece).order(order);
      for (int i = 0; i + Long.BYTES <= got; i += Long.BYTES) {
        long pfn = words.getLong(i);
        long position = pages.offset + index++ * pageSize;
        if (pfn != INVALID_PFN && pfn >= 0 && pfn <= Long.MAX_VALUE / pageSize && position >= 0) {
          runs.page(pfn, position);
        }
      }
      if (got < piece.length) {
        return;
      }
    }
  }

  /**
   * What of the context lies behind the registers: {@code ctrlreg}, and the bases of segments, of
   * which the kernel's is in use in the kernel. For guests with page tables of their own
   * (arch_get_info_guest()) CR3 is the guest's.
   */
  private static void addBases(
      DumpInput input, long context, long size, Map<X86, Long> registers, List<Note> notes)
      throws IOException {
    ByteBuffer from = ByteBuffer.allocate(CONTEXT_SIZE - CTRLREG).order(ByteOrder.LITTLE_ENDIAN);
    long at = context + CTRLREG;
    boolean known =
        size >= CONTEXT_SIZE && input.read(at, from.array(), 0, from.capacity()) == from.capacity();
    long[] control = new long[5];
    long otherGsBase = 0;
    if (known) {
      for (int i = 0; i < control.length; i++) {
        control[i] = from.getLong(i * Long.BYTES);
      }
      boolean user = (registers.getOrDefault(X86.CS, 0L) & 3) == 3;
      long kernel = from.getLong(GS_BASE_KERNEL - CTRLREG);
      long program = from.getLong(GS_BASE_USER - CTRLREG);
      registers.put(X86.FS_BASE, from.getLong(FS_BASE - CTRLREG));
      registers.put(X86.GS_BASE, user ? program : kernel);
      otherGsBase = user ? kernel : program;
    }
    notes.addAll(RegisterNotes.x86(registers, context + USER_REGS));
    if (known && control[3] != 0) {
      long rip = registers.getOrDefault(X86.RIP, 0L);
      notes.add(RegisterNotes.x86Control(rip, control, otherGsBase, at));
    }
  }

  /** cpu_user_regs has the registers of user_regs_struct in the same order up to rdi. */
  private static List<Note> registers(DumpInput input, Section contexts, long cpus)
      throws IOException {
    List<Note> notes = new ArrayList<>();
    long size = cpus > 0 && cpus <= MAX_CPUS ? contexts.size / cpus : 0;
    for (int cpu = 0; cpu < cpus && size >= USER_REGS + USER_REGS_SIZE; cpu++) {
      long at = contexts.offset + cpu * size + USER_REGS;
      ByteBuffer from = ByteBuffer.allocate(USER_REGS_SIZE).order(ByteOrder.LITTLE_ENDIAN);
      if (at < 0 || input.read(at, from.array(), 0, USER_REGS_SIZE) < USER_REGS_SIZE) {
        return notes;
      }
      Map<X86, Long> registers = new EnumMap<>(X86.class);
      X86[] order = X86.values();
      for (int i = 0; order[i] != X86.ORIG_RAX; i++) {
        registers.put(order[i], from.getLong(i * Long.BYTES));
      }
      registers.put(X86.ORIG_RAX, -1L);
      registers.put(X86.RIP, from.getLong(RIP));
      registers.put(X86.CS, Short.toUnsignedLong(from.getShort(CS)));
      registers.put(X86.EFLAGS, from.getLong(RFLAGS));
      registers.put(X86.RSP, from.getLong(RSP));
      X86[] selectors = {X86.SS, X86.ES, X86.DS, X86.FS, X86.GS};
      for (int i = 0; i < selectors.length; i++) {
        registers.put(
            selectors[i], Short.toUnsignedLong(from.getShort(SELECTORS + i * Long.BYTES)));
      }
      addBases(input, at - USER_REGS, size, registers, notes);
    }
    return notes;
  }
}
