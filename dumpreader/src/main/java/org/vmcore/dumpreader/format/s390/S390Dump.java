package org.vmcore.dumpreader.format.s390;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
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
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.page.FileExtents;
import org.vmcore.dumpreader.page.MemoryImage;

/**
 * The S390 format of the stand-alone dump tools of IBM Z (DASD and SCSI dump, VMDUMP, zfcpdump) and
 * of {@code zgetdump -f s390}.
 *
 * <pre>
 * file   = header, byte[mem_size], end      all memory from mem_start on, nothing left out
 * header = hdr_size bytes, big-endian: u64 magic, u32 version, hdr_size, dump_level, page_size,
 *          u64 mem_size, mem_start, mem_end, u32 num_pages, u32 pad, u64 tod, cpu_id,
 *          u32 arch, volnr, build_arch, packed from here: u64 mem_size_real, u8 mvdump,
 *          u16 cpu_cnt, real_cpu_cnt; at 0x800: u32 lowcore[cpu_cnt]
 * end    = "DUMP_END", u64 tod
 * </pre>
 *
 * <p>{@code lowcore} has each CPU's prefix: there, in memory, the CPU stored its status.
 *
 * <p>Sources: s390-tools' zdump/df_s390.h, crash's s390_dump.c, libkdumpfile's s390dump.c.
 */
public final class S390Dump implements DumpFormat {
  private static final long MAGIC = 0xa8190173618f23fdL;

  /** Memory in segments that are compressed (s390-tools 2.23, df_s390.h). */
  private static final long EXTENDED_MAGIC = 0xa8190173618f23feL;

  private static final int ARCH_64BIT = 2;
  private static final int SMALLEST_HEADER = 0x1000;
  private static final int LARGEST_HEADER = 1 << 20;
  private static final int LOWCORES = 0x800;
  private static final int MAX_CPUS = 512;

  @Override
  public String name() {
    return "S390 dump";
  }

  @Override
  public Optional<Dump> open(DumpInput input, OpenOptions options)
      throws IOException, DumpException {
    byte[] start = new byte[Long.BYTES];
    if (input.read(0, start, 0, start.length) < start.length) {
      return Optional.empty();
    }
    long magic = ByteBuffer.wrap(start).getLong();
    if (magic == EXTENDED_MAGIC) {
      throw new UnsupportedDumpException(
          input,
          "S390 dump in the extended format, which is compressed",
          "convert it with `zgetdump -f elf %s > OUTPUT`".formatted(input.name()));
    }
    return magic == MAGIC ? Optional.of(openS390(input, options)) : Optional.empty();
  }

  private Dump openS390(DumpInput input, OpenOptions options) throws IOException, DumpException {
    ByteBuffer header = ByteBuffer.wrap(input.readFully(0, SMALLEST_HEADER, "dump header"));
    int headerSize = header.getInt(12);
    if (headerSize < SMALLEST_HEADER || headerSize > LARGEST_HEADER) {
      throw new DamagedDumpException(
          input, 12, "hdr_size", Integer.toUnsignedString(headerSize) + " bytes");
    }
    if (header.getInt(72) != ARCH_64BIT) {
      throw new UnsupportedDumpException(
          input,
          "S390 dump of arch %d, which is not 64-bit (2)".formatted(header.getInt(72)),
          "31-bit machines are not supported");
    }
    if (header.get(92) != 0) {
      throw new UnsupportedDumpException(
          input,
          "one volume of a multi-volume S390 dump",
          "put it together with `zgetdump -f elf DEVICE > OUTPUT`");
    }
    long memorySize = header.getLong(24);
    long memoryStart = header.getLong(32);
    if (memorySize <= 0 || memoryStart < 0 || memoryStart + memorySize < 0) {
      throw new DamagedDumpException(
          input, 24, "mem_size", "%#x bytes from %#x on".formatted(memorySize, memoryStart));
    }
    List<String> incomplete = new ArrayList<>();
    long inFile = Math.min(memorySize, Math.max(0, input.size() - headerSize));
    FileExtents.Builder extents = new FileExtents.Builder();
    extents.present(memoryStart, inFile, headerSize);
    extents.truncated(memoryStart + inFile, memorySize - inFile);
    if (inFile < memorySize) {
      incomplete.add(
          "The file ends at %#x: %d bytes of memory are lost."
              .formatted(input.size(), memorySize - inFile));
    }
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("version", Integer.toUnsignedString(header.getInt(8)));
    fields.put("cpu_cnt", Integer.toString(Short.toUnsignedInt(header.getShort(93))));
    DumpInfo info =
        MemoryImage.info(
            input,
            name(),
            "version " + Integer.toUnsignedString(header.getInt(8)),
            options.withMachine(ByteOrder.BIG_ENDIAN, 64),
            fields,
            incomplete);
    MemoryImage image = new MemoryImage(info, input, extents.build(), options);
    return image.withMachine("s390x").withNotes(notes(header, image.memory(), headerSize));
  }

  /** The status that each CPU stored at its prefix. */
  private static List<Note> notes(ByteBuffer header, PhysicalMemory memory, int headerSize) {
    List<Note> notes = new ArrayList<>();
    int cpus = Math.min(MAX_CPUS, Short.toUnsignedInt(header.getShort(93)));
    for (int cpu = 0; cpu < cpus; cpu++) {
      long prefix = Integer.toUnsignedLong(header.getInt(LOWCORES + cpu * Integer.BYTES));
      byte[] area = new byte[S390Status.SIZE];
      boolean read = memory.read(prefix + S390Status.ADDRESS, area, 0, area.length).isComplete();
      if (prefix != 0 && read) {
        notes.addAll(S390Status.notes(area, prefix, headerSize + prefix));
      }
    }
    return notes;
  }
}
