package org.vmcore.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.input.FileInput;
import org.vmcore.dumpreader.page.PageCodec;
import org.vmcore.dumpreader.write.KdumpWriter;
import org.vmcore.testing.Checkout;
import org.vmcore.testing.CorpusDump;

/**
 * One dump in every format, and where in it there is something to measure.
 *
 * @param elf the raw ELF vmcore that the others are made from
 * @param compressed the same memory in kdump-compressed files
 * @param dense runs of pages of which few bytes are zero, as kernel addresses
 * @param sparse runs of zero pages, as kernel addresses
 * @param present all memory that the dump holds, as physical addresses
 */
record SpeedDumps(
    Path elf,
    Map<PageCodec, Path> compressed,
    List<Run> dense,
    List<Run> sparse,
    List<Run> present) {
  private static final int PAGE = 4096;

  /** Runs shorter than this would measure gdb's handling of commands. */
  private static final long SHORTEST_RUN = 256 << 10;

  /** Bytes to read per pass: a second or so of gdb. */
  private static final long MOST_BYTES = 32 << 20;

  /** A page with more zero bytes than this is not dense: run-length encoding would pay. */
  private static final int MOST_ZEROS = PAGE / 4;

  /** Where user addresses end and the kernel's direct map of all memory may begin. */
  private static final long KERNEL_IMAGE = 0xffff_ffff_8000_0000L;

  record Run(long start, long length) {
    long end() {
      return start + length;
    }
  }

  static long bytes(List<Run> runs) {
    return runs.stream().mapToLong(Run::length).sum();
  }

  /** Where files go that are made for measuring. */
  static Path directory() {
    try {
      return Files.createDirectories(Checkout.target("it-tests").resolve("speed"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A script of the measurements, as a file. */
  static Path resource(String name) {
    Path file = directory().resolve(name);
    try (InputStream in = SpeedDumps.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("no resource " + name);
      }
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All formats by the names that they have in the tables. */
  Map<String, Path> files() {
    Map<String, Path> files = new LinkedHashMap<>();
    files.put("ELF", elf);
    compressed.forEach((codec, file) -> files.put(codec.name().toLowerCase(Locale.ROOT), file));
    return files;
  }

  /** Makes the files that are not there yet. */
  static SpeedDumps prepare(CorpusDump source) {
    Path elf = source.file();
    try {
      Path directory = directory();
      Map<PageCodec, Path> compressed = new EnumMap<>(PageCodec.class);
      try (FileInput input = FileInput.open(elf)) {
        Dump dump = DumpFormats.open(input, OpenOptions.defaults());
        for (PageCodec codec :
            List.of(PageCodec.ZLIB, PageCodec.LZO, PageCodec.SNAPPY, PageCodec.ZSTD)) {
          compressed.put(codec, written(dump, codec, directory));
        }
        return new SpeedDumps(
            elf, compressed, runs(dump, true), runs(dump, false), present(dump.memory()));
      }
    } catch (DumpException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path written(Dump dump, PageCodec codec, Path directory) throws IOException {
    Path file = directory.resolve("vmcore." + codec.name().toLowerCase(Locale.ROOT));
    if (!Files.exists(file)) {
      Path part = file.resolveSibling(file.getFileName() + ".part");
      new KdumpWriter(codec, Progress.SILENT).write(dump, part);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }
    return file;
  }

  private static List<Run> present(PhysicalMemory memory) {
    List<Run> runs = new ArrayList<>();
    memory.forEachRange(
        (start, length, presence) -> {
          // Whole pages only: what a kdump-compressed file holds.
          long from = (start + PAGE - 1) & -PAGE;
          long to = (start + length) & -PAGE;
          if (presence == PhysicalMemory.Presence.PRESENT && to > from) {
            runs.add(new Run(from, to - from));
          }
        });
    return runs;
  }

  /** The longest runs of dense, or of zero, pages in the direct map. */
  private static List<Run> runs(Dump dump, boolean dense) {
    List<Run> all = new ArrayList<>();
    byte[] page = new byte[PAGE];
    for (Segment segment : dump.segments()) {
      if (Long.compareUnsigned(segment.virtualAddress(), KERNEL_IMAGE) >= 0) {
        continue;
      }
      long start = -1;
      for (long at = 0; at + PAGE <= segment.fileSize(); at += PAGE) {
        dump.memory().read(segment.physicalAddress() + at, page, 0, PAGE);
        int zeros = zeros(page);
        boolean wanted = dense ? zeros <= MOST_ZEROS : zeros == PAGE;
        if (wanted && start < 0) {
          start = at;
        }
        boolean last = at + 2 * PAGE > segment.fileSize();
        if (start >= 0 && (!wanted || last)) {
          all.add(new Run(segment.virtualAddress() + start, at - start));
          start = -1;
        }
      }
    }
    all.sort(Comparator.comparingLong(Run::length).reversed());
    List<Run> longest = new ArrayList<>();
    long left = MOST_BYTES;
    for (Run run : all) {
      long length = Math.min(run.length(), left);
      if (length >= SHORTEST_RUN) {
        longest.add(new Run(run.start(), length));
        left -= length;
      }
    }
    return longest;
  }

  private static int zeros(byte[] page) {
    int zeros = 0;
    for (byte b : page) {
      if (b == 0) {
        zeros++;
      }
    }
    return zeros;
  }
}
