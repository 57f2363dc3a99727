package org.vmcore.it.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.page.PageCodec;
import org.vmcore.dumpreader.write.ElfWriter;
import org.vmcore.dumpreader.write.KdumpWriter;
import org.vmcore.dumpreader.write.SyntheticDump;

/** Dumps to measure with, built and written on the spot. */
final class BenchDump {
  /** Physical memory is present from 0 to here: more than any cache of the processor. */
  static final long SIZE = 64 << 20;

  static final int PAGE = SyntheticDump.PAGE_SIZE;

  private static final int EM_X86_64 = 62;

  private BenchDump() {}

  /**
   * Memory that compresses to about a half, as a kernel's does: words of a small vocabulary, and
   * pointers.
   */
  static SyntheticDump memory() {
    Random random = new Random(1);
    byte[][] vocabulary = new byte[4000][];
    for (int i = 0; i < vocabulary.length; i++) {
      vocabulary[i] =
          Long.toString(random.nextLong(), 36).substring(1, 4 + i % 7).getBytes(ISO_8859_1);
    }
    SyntheticDump.Builder builder =
        SyntheticDump.builder("bench", EM_X86_64, 64, ByteOrder.LITTLE_ENDIAN);
    byte[] page = new byte[PAGE];
    for (long at = 0; at < SIZE; at += PAGE) {
      for (int i = 0; i < PAGE; ) {
        byte[] word = vocabulary[random.nextInt(vocabulary.length)];
        int length = Math.min(word.length, PAGE - i);
        System.arraycopy(word, 0, page, i, length);
        i += length;
      }
      builder.write(at, page);
    }
    return builder.build();
  }

  /**
   * Writes a dump to a temporary file.
   *
   * @param format {@code ELF}, or a codec of kdump-compressed files
   */
  static Path write(Dump dump, String format) throws IOException {
    Path file = Files.createTempFile("bench", ".vmcore");
    file.toFile().deleteOnExit();
    if (format.equals("ELF")) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        ElfWriter.write(dump, channel);
      }
    } else {
      new KdumpWriter(PageCodec.valueOf(format), Progress.SILENT).write(dump, file);
    }
    return file;
  }
}
