package org.vmcore.arch.riscv;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.vmcore.dumpreader.api.PhysicalMemory;

/**
 * The header that every RISC-V kernel image starts with (Linux
 * Documentation/riscv/boot-image-header.rst), by which the image is found in physical memory.
 *
 * <pre>
 *   0  code0 u32, code1 u32
 *   8  text_offset u64, image_size u64, flags u64
 *  32  version u32, res1 u32, res2 u64
 *  48  magic  u64: "RISCV\0\0\0"
 *  56  magic2 u32: "RSC\x05"
 *  60  res3 u32
 * </pre>
 */
public final class ImageHeader {
  private static final int MAGIC_AT = 48;
  private static final long MAGIC = 0x5643534952L;
  private static final int MAGIC2 = 0x05435352;

  /** Places looked at before giving up: 128 GiB of memory in steps of 2 MiB. */
  private static final int MAX_LOOKED = 1 << 16;

  /** A boot loader and a kernel loaded for kexec may have left copies. */
  private static final int MAX_FOUND = 16;

  private ImageHeader() {}

  /**
   * Physical addresses of images, ascending.
   *
   * @param alignment of which the address of an image is a multiple
   */
  public static List<Long> find(PhysicalMemory physical, long alignment) {
    List<Long> found = new ArrayList<>();
    byte[] bytes = new byte[MAGIC_AT + Long.BYTES + Integer.BYTES];
    ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long at = physical.nextPresent(0);
    for (int looked = 0; at != PhysicalMemory.NONE && looked < MAX_LOOKED; looked++) {
      long start = at & -alignment;
      if (physical.read(start, bytes, 0, bytes.length).isComplete()
          && header.getLong(MAGIC_AT) == MAGIC
          && header.getInt(MAGIC_AT + Long.BYTES) == MAGIC2) {
        found.add(start);
        if (found.size() == MAX_FOUND) {
          break;
        }
      }
      at = physical.nextPresent(start + alignment);
    }
    return found;
  }
}
