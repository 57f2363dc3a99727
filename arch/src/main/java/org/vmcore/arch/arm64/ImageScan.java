package org.vmcore.arch.arm64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.vmcore.arch.api.Machine;
import org.vmcore.dumpreader.api.PhysicalMemory;

/**
 * Finds the running kernel's image in physical memory, for dumps without VMCOREINFO, with the help
 * of the user's vmlinux.
 *
 * <p>The image tells itself by its variable {@code kimage_voffset}, which leads from its physical
 * address to a virtual one where a kernel may be. Kernels without that variable, before Linux
 * commit a7f8de168ace (4.6), begin with the header of Image files
 * (Documentation/arch/arm64/booting.rst): {@code "ARM\x64"} at byte 56. Later ones free it.
 */
final class ImageScan {
  private static final int MAGIC_OFFSET = 56;
  private static final int MAGIC = 0x644d5241;

  /** The image is at such a multiple, in physical memory (EFI_KIMG_ALIGN) and in virtual. */
  private static final long ALIGNMENT = 64 << 10;

  /** Places looked at before giving up: those of a terabyte. */
  private static final long MAX_PLACES = 16L << 20;

  /** Other kernels, that of kexec and copies in memory, look likewise. */
  private static final int MAX_IMAGES = 64;

  private final PhysicalMemory physical;
  private final ByteOrder order;
  private final long text;
  private final long textOffset;
  private final long rootOffset;
  private final OptionalLong variableOffset;

  /**
   * @param start physical address of {@code _text}
   * @param root physical address of {@code swapper_pg_dir}
   * @param textOffset of {@code _stext} in the image
   * @param imageOffset {@code kimage_voffset}
   */
  record Image(long start, long root, long textOffset, long imageOffset, long kaslrOffset) {}

  private ImageScan(Machine machine, long text, long swapper) {
    this.physical = machine.dump().memory();
    this.order = machine.dump().info().byteOrder();
    this.text = text;
    this.textOffset = machine.linkAddress().apply("_stext").orElse(text) - text;
    this.rootOffset = swapper - text;
    OptionalLong variable = machine.linkAddress().apply("kimage_voffset");
    this.variableOffset =
        variable.isPresent() ? OptionalLong.of(variable.getAsLong() - text) : OptionalLong.empty();
  }

  /** All that may be the kernel's image; none when there is no vmlinux. */
  static List<Image> images(Machine machine) {
    OptionalLong text = machine.linkAddress().apply("_text");
    OptionalLong swapper = machine.linkAddress().apply("swapper_pg_dir");
    return text.isPresent() && swapper.isPresent()
        ? new ImageScan(machine, text.getAsLong(), swapper.getAsLong()).find()
        : List.of();
  }

  private List<Image> find() {
    List<Image> images = new ArrayList<>();
    // Of an image, what tells it must be in the dump; its first pages were freed.
    long mark = variableOffset.orElse(MAGIC_OFFSET);
    long next = physical.nextPresent(mark);
    for (long looked = 0;
        next != PhysicalMemory.NONE && looked < MAX_PLACES && images.size() < MAX_IMAGES;
        looked++) {
      long start = (next - mark + ALIGNMENT - 1) & -ALIGNMENT;
      OptionalLong offset = imageOffset(start);
      if (offset.isPresent()) {
        long kaslrOffset = start + offset.getAsLong() - text;
        images.add(
            new Image(start, start + rootOffset, textOffset, offset.getAsLong(), kaslrOffset));
      }
      next = physical.nextPresent(start + mark + ALIGNMENT);
    }
    return images;
  }

  /** {@code kimage_voffset} of the image that begins at an address, if one does. */
  private OptionalLong imageOffset(long start) {
    if (variableOffset.isEmpty()) {
      byte[] magic = bytes(start + MAGIC_OFFSET, Integer.BYTES);
      // The header is little-endian whatever the kernel is.
      boolean image = ByteBuffer.wrap(magic).order(ByteOrder.LITTLE_ENDIAN).getInt() == MAGIC;
      return image ? OptionalLong.of(text - start) : OptionalLong.empty();
    }
    byte[] variable = bytes(start + variableOffset.getAsLong(), Long.BYTES);
    long offset = ByteBuffer.wrap(variable).order(order).getLong();
    long virtual = start + offset;
    return virtual >> Paging.WIDEST == -1 && virtual % ALIGNMENT == text % ALIGNMENT
        ? OptionalLong.of(offset)
        : OptionalLong.empty();
  }

  /** Zeros where memory cannot be read. */
  private byte[] bytes(long physicalAddress, int length) {
    byte[] bytes = new byte[length];
    return physical.read(physicalAddress, bytes, 0, length).isComplete() ? bytes : new byte[length];
  }
}
