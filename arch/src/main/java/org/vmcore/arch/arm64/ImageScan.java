package org.vmcore.arch.arm64;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import org.vmcore.arch.Machine;
import org.vmcore.dumpreader.PhysicalMemory;

/**
 * Finds the running kernel's image in physical memory, for dumps without VMCOREINFO, with the help
 * of the user's vmlinux.
 *
 * <p>The image begins, at {@code _text}, with the header of Linux's Image files
 * (Documentation/arch/arm64/booting.rst), whose only fixed words are the magic number {@code
 * "ARM\x64"} at byte 56 and zeros before it.
 */
final class ImageScan {
  private static final int MAGIC_OFFSET = 56;
  private static final int MAGIC = 0x644d5241;

  /** The image is at this multiple at least, as its segments are. */
  private static final long ALIGNMENT = 64 << 10;

  /** Pages looked at before giving up: those of a terabyte. */
  private static final long MAX_PAGES = 16L << 20;

  /** The crash kernel, and copies of Image files in memory, begin likewise. */
  private static final int MAX_IMAGES = 64;

  private ImageScan() {}

  /**
   * @param start physical address of {@code _text}
   * @param root physical address of {@code swapper_pg_dir}
   * @param textOffset of {@code _stext} in the image
   * @param imageOffset {@code kimage_voffset}
   */
  record Image(long start, long root, long textOffset, long imageOffset, long kaslrOffset) {}

  /** All that may be the kernel's image; none when there is no vmlinux. */
  static List<Image> images(Machine machine) {
    Function<String, OptionalLong> symbols = machine.linkAddress();
    OptionalLong text = symbols.apply("_text");
    OptionalLong swapper = symbols.apply("swapper_pg_dir");
    if (text.isEmpty() || swapper.isEmpty()) {
      return List.of();
    }
    long link = text.getAsLong();
    long root = swapper.getAsLong() - link;
    long textOffset = symbols.apply("_stext").orElse(link) - link;
    OptionalLong variable = symbols.apply("kimage_voffset");
    PhysicalMemory physical = machine.dump().memory();
    ByteBuffer buffer = ByteBuffer.allocate(Long.BYTES).order(machine.dump().info().byteOrder());
    List<Image> images = new ArrayList<>();
    long next = physical.nextPresent(0);
    for (long looked = 0;
        next != PhysicalMemory.NONE && looked < MAX_PAGES && images.size() < MAX_IMAGES;
        looked++) {
      long start = next + ALIGNMENT - 1 & -ALIGNMENT;
      if (hasMagic(physical, start)) {
        long offset = link - start;
        // Until Linux 4.6 there is no such variable, and no KASLR.
        if (variable.isPresent()) {
          long at = start + variable.getAsLong() - link;
          if (!physical.read(at, buffer.array(), 0, Long.BYTES).isComplete()) {
            offset = 0;
          } else {
            offset = buffer.getLong(0);
          }
        }
        images.add(new Image(start, start + root, textOffset, offset, start + offset - link));
      }
      next = physical.nextPresent(start + ALIGNMENT);
    }
    return images;
  }

  /** The header is little-endian whatever the kernel is. */
  private static boolean hasMagic(PhysicalMemory physical, long start) {
    byte[] word = new byte[Integer.BYTES];
    return physical.read(start + MAGIC_OFFSET, word, 0, word.length).isComplete()
        && Integer.reverseBytes(ByteBuffer.wrap(word).getInt()) == MAGIC;
  }
}
