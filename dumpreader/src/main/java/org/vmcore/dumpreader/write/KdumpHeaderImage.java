package org.vmcore.dumpreader.write;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.MachineNames;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.format.kdump.KdumpCompressed;
import org.vmcore.dumpreader.format.kdump.KdumpHeader;
import org.vmcore.dumpreader.format.kdump.KdumpSubHeader;
import org.vmcore.dumpreader.page.PageBitmap;
import org.vmcore.dumpreader.page.PageCodec;

/** Everything of a kdump-compressed file before its page descriptors, made from another dump. */
final class KdumpHeaderImage {
  private final Dump dump;
  private final DumpInfo info;
  private final PageCodec codec;
  private final int version;
  private final int pageSize;
  private final KdumpSubHeader layout;
  private final ByteBuffer notes;
  private final int vmcoreinfoAt;
  private final int vmcoreinfoSize;
  private final byte[] erased;
  private final PageBitmap existing;
  private final PageBitmap dumped;

  KdumpHeaderImage(Dump dump, PageCodec codec, int version) throws IOException {
    this.dump = dump;
    this.info = dump.info();
    this.codec = codec;
    this.version = version;
    this.layout = info.wordBits() == 64 ? KdumpSubHeader.LONG_64 : KdumpSubHeader.PACKED_32;
    this.pageSize = pageSize(dump);
    long[] end = {1};
    dump.memory()
        .forEachRange(
            (start, length, presence) -> end[0] = Math.max(end[0], pageAfter(start, length)));
    if (end[0] > PageBitmap.MAX_PAGES) {
      throw new IOException(
          "the memory of %s ends at page %#x: the bitmaps would take %d GiB"
              .formatted(info.file(), end[0], end[0] >> 32));
    }
    PageBitmap.Builder existingPages = new PageBitmap.Builder(end[0]);
    PageBitmap.Builder dumpedPages = new PageBitmap.Builder(end[0]);
    dump.memory()
        .forEachRange(
            (start, length, presence) -> {
              long after = pageAfter(start, length);
              for (long page = Long.divideUnsigned(start, pageSize); page < after; page++) {
                existingPages.add(page);
                if (presence != PhysicalMemory.Presence.FILTERED) {
                  dumpedPages.add(page);
                }
              }
            });
    existing = existingPages.build();
    dumped = dumpedPages.build();

    List<Note> list = new ArrayList<>(dump.notes());
    boolean noteMissing = list.stream().noneMatch(note -> note.name().equals(Note.VMCOREINFO));
    if (noteMissing) {
      dump.vmcoreinfo().ifPresent(text -> list.add(new Note(Note.VMCOREINFO, 0, 0, text.text())));
    }
    int at = 0;
    int size = 0;
    int bytes = list.stream().mapToInt(KdumpHeaderImage::noteBytes).sum();
    notes = ByteBuffer.allocate(bytes).order(info.byteOrder());
    for (Note note : list) {
      int descriptorAt = putNote(note);
      if (note.name().equals(Note.VMCOREINFO) && size == 0) {
        at = descriptorAt;
        size = note.descriptor().length;
      }
    }
    vmcoreinfoAt = at;
    vmcoreinfoSize = size;
    erased =
        dump.erased().stream()
            .map(line -> line + "\n")
            .collect(Collectors.joining())
            .getBytes(ISO_8859_1);
  }

  /** QEMU's blocks may be larger than the machine's pages. */
  private static int pageSize(Dump dump) {
    int block = dump.info().pageSize().orElse(Integer.MAX_VALUE);
    // PAGESIZE is in every VMCOREINFO (Linux kernel/crash_core.c).
    int page =
        dump.vmcoreinfo()
            .flatMap(vmcoreinfo -> vmcoreinfo.value("PAGESIZE"))
            .filter(text -> text.matches("[0-9]{4,6}"))
            .map(Integer::parseInt)
            .filter(KdumpHeader::isBlockSize)
            .orElse(block == Integer.MAX_VALUE ? 4096 : block);
    return Math.min(block, page);
  }

  private long pageAfter(long start, long length) {
    return Long.divideUnsigned(start + length - 1, pageSize) + 1;
  }

  private static int noteBytes(Note note) {
    return 12 + align4(note.name().length() + 1) + align4(note.descriptor().length);
  }

  private static int align4(int size) {
    return (size + 3) & ~3;
  }

  /** Appends a note; returns where its descriptor is. */
  private int putNote(Note note) {
    int end = notes.position() + noteBytes(note);
    notes.putInt(note.name().length() + 1).putInt(note.descriptor().length).putInt(note.type());
    int nameAt = notes.position();
    notes.put(note.name().getBytes(ISO_8859_1));
    int descriptorAt = nameAt + align4(note.name().length() + 1);
    notes.position(descriptorAt).put(note.descriptor()).position(end);
    return descriptorAt;
  }

  int pageSize() {
    return pageSize;
  }

  /** The pages that get a descriptor. */
  PageBitmap dumped() {
    return dumped;
  }

  private int notesAt() {
    return pageSize + KdumpSubHeader.LONGEST;
  }

  private int erasedAt() {
    return notesAt() + notes.capacity();
  }

  private int subHeaderBlocks() {
    int bytes = KdumpSubHeader.LONGEST + notes.capacity() + erased.length;
    return (bytes + pageSize - 1) / pageSize;
  }

  /** Blocks of one bitmap. */
  private long bitmapBlocks() {
    long bits = (long) pageSize * Byte.SIZE;
    return (dumped.pages() + bits - 1) / bits;
  }

  private long bitmapsAt() {
    return (1L + subHeaderBlocks()) * pageSize;
  }

  /** File offset of the first page descriptor. */
  long descriptorsAt() {
    return bitmapsAt() + 2 * bitmapBlocks() * pageSize;
  }

  /** Receives pieces of the file. */
  @FunctionalInterface
  interface Sink {
    void put(long position, ByteBuffer bytes) throws IOException;
  }

  /** Writes both bitmaps, the unused bits of their last blocks too. */
  void writeBitmaps(Sink sink) throws IOException {
    long at = bitmapsAt();
    ByteBuffer block = ByteBuffer.allocate(pageSize).order(ByteOrder.LITTLE_ENDIAN);
    for (PageBitmap bitmap : List.of(existing, dumped)) {
      for (long word = 0; word * Long.SIZE < bitmap.pages(); ) {
        block.clear();
        while (block.hasRemaining()) {
          block.putLong(bitmap.word(word));
          word++;
        }
        sink.put(at, block.flip());
        at += pageSize;
      }
    }
  }

  /** Main header, sub-header and notes. */
  ByteBuffer bytes(boolean incomplete) {
    ByteBuffer file = ByteBuffer.allocate((int) bitmapsAt()).order(info.byteOrder());
    putMainHeader(file, incomplete);
    putSubHeader(file.slice(pageSize, KdumpSubHeader.LONGEST).order(info.byteOrder()));
    if (version >= 3) {
      file.put(notesAt(), notes.array()).put(erasedAt(), erased);
    }
    return file;
  }

  private void putMainHeader(ByteBuffer file, boolean incomplete) {
    file.put(0, KdumpCompressed.SIGNATURE.getBytes(ISO_8859_1))
        .putInt(KdumpHeader.VERSION_OFFSET, version);
    for (int i = 0; i < KdumpHeader.UTSNAME_FIELDS.size(); i++) {
      byte[] text = utsname(KdumpHeader.UTSNAME_FIELDS.get(i)).getBytes(ISO_8859_1);
      file.put(
          KdumpHeader.UTSNAME_OFFSET + i * KdumpHeader.UTSNAME_BYTES,
          text,
          0,
          Math.min(text.length, KdumpHeader.UTSNAME_BYTES - 1));
    }
    layout.putWord(file, KdumpHeader.timestampOffset(info.wordBits()), crashTime());
    long prstatus =
        dump.notes().stream()
            .filter(note -> note.name().equals(Note.CORE) && note.type() == Note.NT_PRSTATUS)
            .count();
    int at = KdumpHeader.statusOffset(info.wordBits());
    file.putInt(at, codec.flag() | (incomplete ? KdumpHeader.STATUS_INCOMPLETE : 0))
        .putInt(at + 4, pageSize)
        .putInt(at + 8, subHeaderBlocks())
        .putInt(at + 12, (int) (2 * bitmapBlocks()))
        .putInt(at + 16, (int) Math.min(dumped.pages(), 0xffff_ffffL))
        .putInt(at + 36, (int) prstatus);
  }

  private void putSubHeader(ByteBuffer sub) {
    layout.putWord(sub, 0, physBase());
    sub.putInt(layout.dumpLevel(), info.dumpLevel().orElse(0));
    if (version >= 3 && vmcoreinfoSize > 0) {
      sub.putLong(layout.offsetVmcoreinfo(), notesAt() + vmcoreinfoAt);
      layout.putWord(sub, layout.sizeVmcoreinfo(), vmcoreinfoSize);
    }
    if (version >= 4 && notes.capacity() > 0) {
      sub.putLong(layout.offsetNote(), notesAt());
      layout.putWord(sub, layout.sizeNote(), notes.capacity());
    }
    if (version >= 5 && erased.length > 0) {
      sub.putLong(layout.offsetEraseinfo(), erasedAt());
      layout.putWord(sub, layout.sizeEraseinfo(), erased.length);
    }
    if (version >= 6) {
      sub.putLong(layout.maxMapnr64(), dumped.pages());
    }
  }

  private String utsname(String field) {
    String known = info.headerFields().get("utsname." + field);
    if (known != null && !known.equals("Unknown")) {
      return known;
    }
    return switch (field) {
      case "sysname" -> "Linux";
      case "release" ->
          dump.vmcoreinfo().flatMap(text -> text.value("OSRELEASE")).orElse(KdumpHeader.UNKNOWN);
      case "version" -> KdumpHeader.UNKNOWN;
      case "machine" ->
          info.machine()
              .or(() -> MachineNames.of(info.elfMachine().orElse(0), info.byteOrder()))
              .orElse(KdumpHeader.UNKNOWN);
      default -> "";
    };
  }

  private long crashTime() {
    String text =
        dump.vmcoreinfo()
            .flatMap(vmcoreinfo -> vmcoreinfo.value("CRASHTIME"))
            .orElse(info.headerFields().getOrDefault("timestamp", "0"));
    return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : 0;
  }

  private long physBase() {
    OptionalLong stated =
        dump.vmcoreinfo().map(text -> text.number("phys_base")).orElse(OptionalLong.empty());
    return stated.isPresent() ? stated.getAsLong() : info.physBase().orElse(0);
  }
}
