package org.vmcore.dumpreader.format.sadump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
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
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.input.JoinedInput;
import org.vmcore.dumpreader.input.SliceInput;
import org.vmcore.dumpreader.page.FileExtents;
import org.vmcore.dumpreader.page.MemoryImage;
import org.vmcore.dumpreader.page.PageRuns;

/**
 * Dumps by the firmware of Fujitsu's PRIMEQUEST (stand-alone dump), for x86-64.
 *
 * <pre>
 * single partition = part_header, dump, data
 * disk set         = first disk: part_header, disk_set_header, dump, data;
 *                    other disks: part_header, data
 * media backup     = a block that names the set, then a single partition
 * part_header      = one block: "sadump\0\0", u32 enable, reboot, compress, recycle, label[16],
 *                    guid sadump_id, disk_set_id, vol_id, time[16], u32 set_disk_set (number of the
 *                    disk in its set, 0 for none), pad, u64 used_device, u32 magicnum[]: each is 11 *
 *                    (the one before + 7), up to the end of the block, which tells its size
 * disk_set_header  = u32 size in blocks, disk_num, ...
 * dump             = header, cpu_states, bitmap, dumpable
 * header           = one block: "sadump\0\0", u32 header_version, pad, time[16], u32 status, compress,
 *                    block_size, extra_hdr_size, sub_hdr_size, bitmap_blocks,
 *                    dumpable_bitmap_blocks, max_mapnr, ..., current_cpu, nr_cpus, pad,
 *                    u64 max_mapnr_64 (version 1), ...
 * cpu_states       = sub_hdr_size blocks: u32 size of all states, apic[nr_cpus][16],
 *                    state[nr_cpus], see {@link SadumpCpus}
 * bitmap, dumpable = a bit per page, the first in the highest bit: the machine had it, it is here
 * data             = a block per bit of dumpable, plain
 * </pre>
 *
 * <p>All little-endian. Fujitsu has published no description: sources are makedumpfile's
 * sadump_mod.h, crash's sadump.h and libkdumpfile's sadump.c.
 */
public final class Sadump implements DumpFormat {
  static final byte[] SIGNATURE = "sadump\0\0".getBytes(ISO_8859_1);

  // Offsets in the part_header (makedumpfile's sadump_mod.h, struct sadump_part_header).
  private static final int DISK_SET_ID = 104;
  private static final int GUID_BYTES = 16;
  private static final int SET_DISK_SET = 152;
  private static final int USED_DEVICE = 160;
  private static final int MAGIC_NUMBERS = 168;

  // In the disk_set_header (struct sadump_disk_set_header).
  private static final int DISK_SET_HEADER_SIZE = 0;
  private static final int DISK_NUM = 4;
  private static final int DISK_SET_HEADER_HEAD = 8;

  // In the header (struct sadump_header).
  private static final int HEADER_VERSION = 8;
  private static final int COMPRESS = 36;
  private static final int BLOCK_SIZE = 40;
  private static final int SUB_HDR_SIZE = 48;
  private static final int BITMAP_BLOCKS = 52;
  private static final int DUMPABLE_BITMAP_BLOCKS = 56;
  private static final int MAX_MAPNR = 60;
  private static final int NR_CPUS = 80;
  private static final int MAX_MAPNR_64 = 88;
  private static final int HEADER_BYTES = 120;

  private static final int SMALLEST_BLOCK = 512;
  private static final int LARGEST_BLOCK = 1 << 20;
  private static final int PIECE = 4096;

  /** The media header has a block of this size, whatever the other blocks have. */
  private static final int MEDIA_BLOCK = 4096;

  private static final int MAX_DISKS = 64;

  /** A disk or file of a dump, with its part_header. */
  private record Part(DumpInput input, long at, int block, ByteBuffer header) {
    int disk() {
      return at == 0 ? header.getInt(SET_DISK_SET) : 0;
    }

    boolean isOfTheSetOf(Part other) {
      return header
          .slice(DISK_SET_ID, GUID_BYTES)
          .equals(other.header.slice(DISK_SET_ID, GUID_BYTES));
    }
  }

  @Override
  public String name() {
    return "SADUMP";
  }

  @Override
  public Optional<Dump> open(DumpInput input, OpenOptions options)
      throws IOException, DumpException {
    return open(List.of(input), options);
  }

  @Override
  public Optional<Dump> open(List<DumpInput> inputs, OpenOptions options)
      throws IOException, DumpException {
    List<Part> parts = new ArrayList<>();
    for (DumpInput input : inputs) {
      Optional<Part> part = part(input);
      if (part.isEmpty()) {
        return Optional.empty();
      }
      parts.add(part.get());
    }
    List<Part> disks = inOrder(parts);
    return Optional.of(openDisks(disks, options));
  }

  private static Optional<Part> part(DumpInput input) throws IOException, DumpException {
    for (long at : new long[] {0, MEDIA_BLOCK}) {
      byte[] signature = new byte[SIGNATURE.length];
      if (input.read(at, signature, 0, signature.length) == signature.length
          && Arrays.equals(signature, SIGNATURE)) {
        ByteBuffer header = bytes(input, at, MAGIC_NUMBERS, "sadump_part_header");
        return Optional.of(new Part(input, at, blockSize(input, at), header));
      }
    }
    return Optional.empty();
  }

  /** Follows the magic numbers to the end of the block. */
  private static int blockSize(DumpInput input, long at) throws IOException, DamagedDumpException {
    byte[] piece = new byte[PIECE];
    ByteBuffer words = ByteBuffer.wrap(piece).order(ByteOrder.LITTLE_ENDIAN);
    int size = MAGIC_NUMBERS;
    int next = 0;
    int length = PIECE;
    for (boolean goesOn = true; goesOn && size < LARGEST_BLOCK; ) {
      int inPiece = size % PIECE;
      if (size == MAGIC_NUMBERS || inPiece == 0) {
        length = input.read(at + size - inPiece, piece, 0, PIECE);
      }
      goesOn =
          inPiece + Integer.BYTES <= length
              && (size == MAGIC_NUMBERS || words.getInt(inPiece) == next);
      if (goesOn) {
        next = 11 * (words.getInt(inPiece) + 7);
        size += Integer.BYTES;
      }
    }
    if (size < SMALLEST_BLOCK || Integer.bitCount(size) != 1) {
      throw new DamagedDumpException(
          input, at + size, "magicnum", "the magic numbers end after %d bytes".formatted(size));
    }
    return size;
  }

  private static List<Part> inOrder(List<Part> parts) throws UnsupportedDumpException {
    Part any = parts.get(0);
    if (any.disk() == 0) {
      if (parts.size() > 1) {
        throw new UnsupportedDumpException(
            parts.get(1).input,
            "a second file, but %s is a whole dump (SADUMP)".formatted(any.input.name()),
            "name one dump at a time");
      }
      return parts;
    }
    Part[] disks = new Part[MAX_DISKS];
    for (Part part : parts) {
      int number = part.disk();
      if (number < 1
          || number > MAX_DISKS
          || disks[number - 1] != null
          || !part.isOfTheSetOf(any)) {
        throw new UnsupportedDumpException(
            part.input,
            "disk %d of a SADUMP disk set that does not fit the others".formatted(number),
            "name each disk of one set once");
      }
      disks[number - 1] = part;
    }
    for (int i = 0; i < parts.size(); i++) {
      if (disks[i] == null) {
        throw new UnsupportedDumpException(
            any.input,
            "part of a SADUMP disk set without disk %d".formatted(i + 1),
            "name all disks of the set");
      }
    }
    return Arrays.asList(disks).subList(0, parts.size());
  }

  private Dump openDisks(List<Part> disks, OpenOptions options) throws IOException, DumpException {
    Part first = disks.get(0);
    DumpInput input = first.input;
    long block = first.block;
    long at = first.at + block;
    if (first.disk() != 0) {
      ByteBuffer set = bytes(input, at, DISK_SET_HEADER_HEAD, "sadump_disk_set_header");
      if (set.getInt(DISK_NUM) != disks.size()) {
        throw new UnsupportedDumpException(
            input,
            "a SADUMP disk set of %d disks, of which %d are named"
                .formatted(set.getInt(DISK_NUM), disks.size()),
            "name all disks of the set");
      }
      at += Integer.toUnsignedLong(set.getInt(DISK_SET_HEADER_SIZE)) * block;
    }
    ByteBuffer header = bytes(input, at, HEADER_BYTES, "sadump_header");
    check(input, at, header, first.block);
    long pages =
        header.getInt(HEADER_VERSION) >= 1
            ? header.getLong(MAX_MAPNR_64)
            : Integer.toUnsignedLong(header.getInt(MAX_MAPNR));
    long bitmapAt = at + (1 + Integer.toUnsignedLong(header.getInt(SUB_HDR_SIZE))) * block;
    long dumpableAt = bitmapAt + Integer.toUnsignedLong(header.getInt(BITMAP_BLOCKS)) * block;
    long dataAt =
        dumpableAt + Integer.toUnsignedLong(header.getInt(DUMPABLE_BITMAP_BLOCKS)) * block;
    long bits = Integer.toUnsignedLong(header.getInt(DUMPABLE_BITMAP_BLOCKS)) * block * Byte.SIZE;
    if (dataAt > input.size() || pages < 1 || pages > bits) {
      throw new DamagedDumpException(
          input,
          at + BITMAP_BLOCKS,
          "bitmap_blocks, dumpable_bitmap_blocks",
          "%s pages have %d bits, up to %#x of %#x"
              .formatted(Long.toUnsignedString(pages), bits, dataAt, input.size()));
    }
    List<SliceInput> data = new ArrayList<>();
    for (Part disk : disks) {
      long from = data.isEmpty() ? dataAt : disk.block;
      long used = disk.header.getLong(USED_DEVICE);
      long end = disks.size() > 1 ? used : disk.input.size();
      data.add(new SliceInput(disk.input, from, Math.max(0, end - from)));
    }
    JoinedInput joined = new JoinedInput(data);
    PageRuns runs = new PageRuns(joined.size(), block);
    readBitmaps(input, bitmapAt, dumpableAt, pages, block, runs);
    FileExtents extents = runs.build();
    List<String> incomplete =
        runs.lost() == 0
            ? List.of()
            : List.of("%d bytes of memory are past the end of the files.".formatted(runs.lost()));
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("header_version", Integer.toUnsignedString(header.getInt(HEADER_VERSION)));
    fields.put("block_size", Integer.toString(first.block));
    fields.put("nr_cpus", Integer.toUnsignedString(header.getInt(NR_CPUS)));
    DumpInfo info =
        MemoryImage.info(
            input,
            name(),
            first.at != 0 ? "media backup" : first.disk() == 0 ? "single partition" : "disk set",
            options.withMachine(ByteOrder.LITTLE_ENDIAN, 64),
            fields,
            incomplete);
    return new MemoryImage(info, joined, extents, options)
        .withMachine("x86_64")
        .withNotes(SadumpCpus.notes(input, at + block, bitmapAt, header.getInt(NR_CPUS)));
  }

  private static void check(DumpInput input, long at, ByteBuffer header, int block)
      throws DumpException {
    byte[] signature = new byte[SIGNATURE.length];
    header.get(0, signature);
    if (!Arrays.equals(signature, SIGNATURE)) {
      throw new DamagedDumpException(input, at, "signature", "is not \"sadump\"");
    }
    if (header.getInt(BLOCK_SIZE) != block) {
      throw new DamagedDumpException(
          input,
          at + BLOCK_SIZE,
          "block_size",
          "%s, but the first block has %d bytes"
              .formatted(Integer.toUnsignedString(header.getInt(BLOCK_SIZE)), block));
    }
    if (header.getInt(COMPRESS) != 0) {
      throw new UnsupportedDumpException(
          input,
          "SADUMP with compress " + Integer.toUnsignedString(header.getInt(COMPRESS)),
          "convert it with `makedumpfile -l %s OUTPUT`".formatted(input.name()));
    }
  }

  private static void readBitmaps(
      DumpInput input, long bitmapAt, long dumpableAt, long pages, long block, PageRuns runs)
      throws IOException {
    byte[] existing = new byte[1 << 16];
    byte[] dumpable = new byte[1 << 16];
    long next = 0;
    for (long first = 0; first < pages; first += (long) existing.length * Byte.SIZE) {
      Arrays.fill(existing, (byte) 0);
      Arrays.fill(dumpable, (byte) 0);
      int wanted = (int) Math.min(existing.length, (pages - first + 7) / Byte.SIZE);
      input.read(bitmapAt + first / Byte.SIZE, existing, 0, wanted);
      input.read(dumpableAt + first / Byte.SIZE, dumpable, 0, wanted);
      for (int i = 0; i < wanted; i++) {
        if ((existing[i] | dumpable[i]) == 0) {
          continue;
        }
        for (int bit = 0; bit < Byte.SIZE; bit++) {
          long pfn = first + (long) i * Byte.SIZE + bit;
          int mask = 0x80 >> bit;
          if (pfn < pages && (dumpable[i] & mask) != 0) {
            runs.page(pfn, next++ * block);
          } else if (pfn < pages && (existing[i] & mask) != 0) {
            runs.filteredPage(pfn);
          }
        }
      }
    }
  }

  private static ByteBuffer bytes(DumpInput input, long at, int length, String field)
      throws IOException, DamagedDumpException {
    return ByteBuffer.wrap(input.readFully(at, length, field)).order(ByteOrder.LITTLE_ENDIAN);
  }
}
