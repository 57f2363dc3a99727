package org.vmcore.dumpreader.format.elf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpFormat;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalMemory.Presence;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.dumpreader.input.CachedInput;
import org.vmcore.dumpreader.note.Notes;
import org.vmcore.dumpreader.page.ExtentMemory;
import org.vmcore.dumpreader.page.FileExtents;

/**
 * ELF core files of a machine: copies of /proc/vmcore (Linux fs/proc/vmcore.c), what {@code
 * makedumpfile -E} makes of them, and QEMU's {@code dump-guest-memory} (QEMU dump/dump.c).
 *
 * <pre>
 * file:    header, anything else where the headers say
 * header:  e_ident[16] = 7f 'E' 'L' 'F' EI_CLASS EI_DATA ..., e_type = ET_CORE, e_machine, ...,
 *          e_phoff, e_shoff, ..., e_phentsize, e_phnum       ELF32 or ELF64, either byte order;
 *                                                            nothing else of it is to be trusted
 * e_phnum: number of program headers; 0xffff (PN_XNUM) when it is in sh_info of the section header
 *          at e_shoff instead
 * program header at e_phoff + i * e_phentsize:
 *   PT_NOTE  p_offset, p_filesz                              notes, see {@link Notes}; may recur
 *   PT_LOAD  p_offset, p_vaddr, p_paddr, p_filesz, p_memsz   memory from p_paddr on
 *   others are skipped
 * </pre>
 *
 * <p>PT_LOADs come in any order and overlap: a kdump's first is the kernel image, which is in the
 * direct map's too, and QEMU with paging has one for each mapping of the same bytes. Where they
 * overlap, bytes that are in the file win, then the earlier header. {@code p_filesz < p_memsz}:
 * what follows was filtered out. With {@code p_filesz} 0, {@code p_offset} means nothing (QEMU
 * writes -1). File data need not be aligned.
 *
 * <p>/proc/kcore of the running machine (Linux fs/proc/kcore.c) is such a file too. Its PT_LOADs
 * for memory that is mapped but not at one physical address (vmalloc, modules) have a p_paddr of
 * all ones: that memory is reached through page tables. Its NT_PRSTATUS is all zeros: nobody
 * stopped. Before Linux commit 464920104bf7 ("/proc/kcore: update physical address for kcore ram
 * and text", 4.11) every p_paddr was 0, and nothing tells where memory is.
 *
 * <p>Headers and notes come first in the files of all three producers, so a file that was cut short
 * mostly has them and opens; what is lost reads as {@link PhysicalFault.Reason#TRUNCATED}.
 */
public final class ElfVmcore implements DumpFormat {
  private static final int PT_LOAD = 1;
  private static final int PT_NOTE = 4;

  /** A field of a program header, with its offset in each class (gABI, chapter 5). */
  private record Field(String name, int at64, int at32) {}

  private static final Field P_OFFSET = new Field("p_offset", 8, 4);
  private static final Field P_VADDR = new Field("p_vaddr", 16, 8);
  private static final Field P_PADDR = new Field("p_paddr", 24, 12);
  private static final Field P_FILESZ = new Field("p_filesz", 32, 16);
  private static final Field P_MEMSZ = new Field("p_memsz", 40, 20);

  /** Linux include/uapi/linux/elf.h; only /proc/kcore and netdump write it. */
  private static final int NT_TASKSTRUCT = 4;

  /** The same; of cores of programs alone (fs/binfmt_elf.c, fill_note_info). */
  private static final int NT_AUXV = 6;

  private static final int NT_FILE = 0x46494c45;

  /** Xen xen/include/public/elfnote.h, by owner {@value #XEN}. */
  private static final int XEN_ELFNOTE_CRASH_INFO = 0x1000001;

  private static final String XEN = "Xen";

  /**
   * All notes together. 8192 CPUs have some 30 MiB on s390x; drivers may add dumps of their devices
   * (NT_VMCOREDD, Linux Documentation/filesystems/proc.rst).
   */
  private static final long MAX_NOTE_BYTES = 256L << 20;

  /** Program headers are read in pieces of about this many bytes. */
  private static final int TABLE_PIECE = 1 << 20;

  @Override
  public String name() {
    return "ELF vmcore";
  }

  @Override
  public Optional<Dump> open(DumpInput input, OpenOptions options)
      throws IOException, DumpException {
    if (!ElfHeader.startsElf(input)) {
      return Optional.empty();
    }
    return Optional.of(new Opening(input, ElfHeader.read(input)).open(options));
  }

  private record ElfDump(
      DumpInfo info,
      PhysicalMemory memory,
      List<Note> notes,
      Optional<Vmcoreinfo> vmcoreinfo,
      List<Segment> segments)
      implements Dump {}

  /** The state of one opening. */
  private static final class Opening {
    private final DumpInput input;
    private final ElfHeader header;
    private final FileExtents.Builder extents = new FileExtents.Builder();
    private final List<Segment> segments = new ArrayList<>();
    private final List<Note> notes = new ArrayList<>();
    private final List<String> incomplete = new ArrayList<>();
    private long noteBytes;
    private boolean live;

    Opening(DumpInput input, ElfHeader header) {
      this.input = input;
      this.header = header;
    }

    Dump open(OpenOptions options) throws IOException, DumpException {
      readProgramHeaders();
      if (live) {
        notes.removeIf(Opening::isOfNobody);
      } else {
        refuseOldKcore();
      }
      refuseXenHost();
      refuseProcess();
      FileExtents index = extents.build();
      tellLostMemory(index);
      return new ElfDump(
          info(),
          new ExtentMemory(live ? input : new CachedInput(input, options.cacheBytes()), index),
          Collections.unmodifiableList(notes),
          vmcoreinfo(),
          Collections.unmodifiableList(segments));
    }

    private void readProgramHeaders() throws IOException, DumpException {
      int size = header.programHeaderSize();
      int perPiece = Math.max(1, TABLE_PIECE / size);
      for (int first = 0; first < header.programHeaderCount(); first += perPiece) {
        int count = Math.min(perPiece, header.programHeaderCount() - first);
        long offset = header.programHeaderOffset() + (long) first * size;
        ByteBuffer piece =
            ByteBuffer.wrap(input.readFully(offset, count * size, "program headers"))
                .order(header.order());
        for (int i = 0; i < count; i++) {
          readProgramHeader(
              piece.slice(i * size, size).order(header.order()), offset + (long) i * size);
        }
      }
    }

    private void readProgramHeader(ByteBuffer fields, long at) throws IOException, DumpException {
      int type = fields.getInt(0);
      if (type == PT_NOTE) {
        readNotes(word(fields, P_OFFSET), word(fields, P_FILESZ), at);
      } else if (type == PT_LOAD) {
        addLoad(
            word(fields, P_OFFSET),
            new Segment(
                word(fields, P_VADDR),
                word(fields, P_PADDR),
                word(fields, P_FILESZ),
                word(fields, P_MEMSZ)),
            at);
      }
    }

    /** An Elf64_Off, _Addr or _Xword, or the Elf32_Off, _Addr or _Word of the other class. */
    private long word(ByteBuffer fields, Field field) {
      return header.is64()
          ? fields.getLong(field.at64())
          : Integer.toUnsignedLong(fields.getInt(field.at32()));
    }

    private void addLoad(long offset, Segment segment, long at) throws DamagedDumpException {
      long start = segment.physicalAddress();
      long fileSize = segment.fileSize();
      long memorySize = segment.memorySize();
      if (start == (header.is64() ? -1 : 0xffff_ffffL)) {
        live = true;
        return;
      }
      if (memorySize != 0 && Long.compareUnsigned(start + (memorySize - 1), start) < 0) {
        throw damaged(at, P_MEMSZ, "%#x from p_paddr %#x wraps around", memorySize, start);
      }
      if (Long.compareUnsigned(fileSize, memorySize) > 0) {
        throw damaged(at, P_FILESZ, "%#x exceeds p_memsz %#x", fileSize, memorySize);
      }
      if (fileSize != 0 && (offset < 0 || fileSize < 0 || offset + fileSize < 0)) {
        throw damaged(at, P_FILESZ, "%#x from p_offset %#x overflows", fileSize, offset);
      }
      segments.add(segment);
      long inFile = fileSize == 0 ? 0 : Math.min(fileSize, Math.max(0, input.size() - offset));
      extents.present(start, inFile, offset);
      extents.truncated(start + inFile, fileSize - inFile);
      extents.filtered(start + fileSize, memorySize - fileSize);
    }

    private static boolean isCore(Note note, int type) {
      return note.name().equals(Note.CORE) && note.type() == type;
    }

    /** Registers of a CPU that was never stopped. */
    private static boolean isOfNobody(Note note) {
      return isCore(note, Note.NT_PRSTATUS) && isAllZero(note.descriptor());
    }

    private static boolean isAllZero(byte[] bytes) {
      return Arrays.equals(bytes, new byte[bytes.length]);
    }

    /**
     * Xen's own kdump. The page tables of its dom0 hold the machine's page numbers, where those of
     * a kernel are expected.
     */
    private void refuseXenHost() throws UnsupportedDumpException {
      if (notes.stream()
          .anyMatch(note -> note.name().equals(XEN) && note.type() == XEN_ELFNOTE_CRASH_INFO)) {
        throw new UnsupportedDumpException(
            input,
            "dump of a Xen host: the page tables of its dom0 hold the machine's page numbers",
            "open it with crash, which knows Xen's tables of them");
      }
    }

    /** What only programs have: the kernel writes neither of its own memory. */
    private void refuseProcess() throws UnsupportedDumpException {
      if (notes.stream().anyMatch(note -> isCore(note, NT_AUXV) || isCore(note, NT_FILE))) {
        throw new UnsupportedDumpException(
            input,
            "core of a process, and no dump of a machine",
            "open it with gdb: gdb PROGRAM FILE");
      }
    }

    private void refuseOldKcore() throws UnsupportedDumpException {
      boolean taskStruct = notes.stream().anyMatch(note -> isCore(note, NT_TASKSTRUCT));
      if (taskStruct
          && notes.stream().anyMatch(Opening::isOfNobody)
          && segments.size() > 1
          && segments.stream().allMatch(segment -> segment.physicalAddress() == 0)) {
        throw new UnsupportedDumpException(
            input,
            "/proc/kcore of a kernel before 4.11, which tells no physical addresses",
            "take a dump, or an image of memory (see LiME)");
      }
    }

    private DamagedDumpException damaged(
        long at, Field field, String problem, long value, long other) {
      long fieldAt = at + (header.is64() ? field.at64() : field.at32());
      return new DamagedDumpException(
          input, fieldAt, field.name(), problem.formatted(value, other));
    }

    /** Memory is worth reading without its notes, so nothing here stops the dump from opening. */
    private void readNotes(long offset, long fileSize, long at) throws IOException {
      if (fileSize == 0) {
        return;
      }
      long inFile = offset < 0 || offset > input.size() ? 0 : input.size() - offset;
      long wanted = Math.min(inFile, MAX_NOTE_BYTES - noteBytes);
      if (Long.compareUnsigned(fileSize, wanted) > 0) {
        incomplete.add(
            "Of the notes that the program header at offset %#x names (p_offset %#x, p_filesz %#x),"
                    .formatted(at, offset, fileSize)
                + (wanted == inFile
                    ? " %d bytes are in the file.".formatted(wanted)
                    : " only %d bytes are read: more than %d MiB of notes are not believed."
                        .formatted(wanted, MAX_NOTE_BYTES >> 20)));
      } else {
        wanted = fileSize;
      }
      byte[] data = new byte[(int) wanted];
      int got = input.read(offset, data, 0, data.length);
      noteBytes += got;
      notes.addAll(
          Notes.parse(
              got == data.length ? data : Arrays.copyOf(data, got),
              offset,
              header.order(),
              incomplete::add));
    }

    private void tellLostMemory(FileExtents index) {
      long lost = 0;
      for (int i = 0; i < index.size(); i++) {
        if (index.presence(i) == Presence.TRUNCATED) {
          lost += index.last(i) - index.start(i) + 1;
        }
      }
      if (lost != 0) {
        incomplete.add(
            "The file ends at %#x: %s bytes of memory that its headers name are lost."
                .formatted(input.size(), Long.toUnsignedString(lost)));
      }
    }

    /** A note that does not look like VMCOREINFO is none: then the copy in memory is looked for. */
    private Optional<Vmcoreinfo> vmcoreinfo() {
      return notes.stream()
          .filter(note -> note.name().equals(Note.VMCOREINFO))
          .filter(note -> Vmcoreinfo.startsText(note.descriptor()))
          .findFirst()
          .map(note -> Vmcoreinfo.parse(note.descriptor()));
    }

    private DumpInfo info() {
      Map<String, String> fields = new LinkedHashMap<>();
      fields.put("e_machine", Integer.toString(header.machine()));
      fields.put("e_phnum", Integer.toString(header.programHeaderCount()));
      return new DumpInfo(
          input.name(),
          input.size(),
          "ELF vmcore",
          (header.is64() ? "ELF64" : "ELF32") + (live ? ", the running machine" : ""),
          Set.of(),
          OptionalInt.empty(),
          header.order(),
          header.is64() ? 64 : 32,
          OptionalInt.of(header.machine()),
          Optional.empty(),
          OptionalInt.empty(),
          OptionalLong.empty(),
          fields,
          incomplete);
    }
  }
}
