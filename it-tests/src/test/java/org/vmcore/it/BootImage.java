package org.vmcore.it;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * What stands between QEMU and a {@code vmlinux} that was not packed into a bzImage: a multiboot
 * image that does what the 64-bit boot protocol asks of a boot loader (Linux
 * Documentation/arch/x86/boot.rst, "64-bit Boot Protocol"): long mode with low memory mapped to
 * itself, the descriptors {@code __BOOT_CS} and {@code __BOOT_DS}, and {@code boot_params} in rsi.
 * Nobody moves the kernel then: it runs where it was linked to.
 */
final class BootImage {
  private static final int BASE = 0x100000;
  private static final int CODE = BASE + 0x40;
  private static final int PML4 = BASE + 0x1000;
  private static final int PDPT = BASE + 0x2000;
  private static final int PD = BASE + 0x3000;
  private static final int BOOT_PARAMS = BASE + 0x4000;
  private static final int COMMAND_LINE = BASE + 0x5000;
  private static final int GDT = BASE + 0x6000;
  private static final int END = BASE + 0x7000;

  /** Multiboot Specification 0.6.96, 3.1.1; flag 16 says that the addresses follow. */
  private static final int MULTIBOOT_MAGIC = 0x1BADB002;

  private static final int MULTIBOOT_FLAGS = 1 << 16 | 1 << 1;

  private static final int E820_RAM = 1;
  private static final int E820_RESERVED = 2;

  private final ByteBuffer image = ByteBuffer.allocate(END - BASE).order(ByteOrder.LITTLE_ENDIAN);

  /**
   * @param entry physical address of the kernel's startup_64
   * @param memory bytes of the machine
   * @param disk physical address of the initial RAM disk
   */
  static byte[] of(int entry, int memory, int disk, int diskSize, String commandLine) {
    BootImage boot = new BootImage();
    boot.multibootHeader();
    boot.pageTables();
    boot.descriptors();
    boot.bootParams(memory, disk, diskSize);
    boot.at(COMMAND_LINE).put((commandLine + "\0").getBytes(StandardCharsets.US_ASCII));
    boot.code(entry);
    return boot.image.array();
  }

  private ByteBuffer at(int physical) {
    return image.position(physical - BASE);
  }

  private void multibootHeader() {
    at(BASE).putInt(MULTIBOOT_MAGIC).putInt(MULTIBOOT_FLAGS);
    image.putInt(-(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS));
    // header_addr, load_addr, load_end_addr, bss_end_addr, entry_addr
    image.putInt(BASE).putInt(BASE).putInt(END).putInt(END).putInt(CODE);
  }

  /** The first GiB in pages of 2 MiB (Intel SDM vol. 3A 4.5.4). */
  private void pageTables() {
    at(PML4).putLong(PDPT | 0x3);
    at(PDPT).putLong(PD | 0x3);
    at(PD);
    for (long page = 0; page < 512; page++) {
      image.putLong(page << 21 | 0x83);
    }
  }

  private void descriptors() {
    at(GDT).putLong(0).putLong(0).putLong(0x00af9a000000ffffL).putLong(0x00cf92000000ffffL);
    image.putShort((short) 31).putInt(GDT);
  }

  /** Documentation/arch/x86/zero-page.rst and, from 0x1f1, boot.rst. */
  private void bootParams(int memory, int disk, int diskSize) {
    at(BOOT_PARAMS + 0x1fe).putShort((short) 0xaa55);
    at(BOOT_PARAMS + 0x202).putInt(0x53726448).putShort((short) 0x20f); // header, version
    at(BOOT_PARAMS + 0x210).put((byte) 0xff).put((byte) 1); // type_of_loader, loadflags
    at(BOOT_PARAMS + 0x218).putInt(disk).putInt(diskSize);
    at(BOOT_PARAMS + 0x228).putInt(COMMAND_LINE);
    // What QEMU's firmware says of a machine of this size: its tables are below the end of memory.
    int tables = memory - 0x20000;
    at(BOOT_PARAMS + 0x1e8).put((byte) 5);
    at(BOOT_PARAMS + 0x2d0);
    e820(0, 0x9fc00, E820_RAM);
    e820(0x9fc00, 0xa0000, E820_RESERVED);
    e820(0xf0000, 0x100000, E820_RESERVED);
    e820(0x100000, tables, E820_RAM);
    e820(tables, memory, E820_RESERVED);
  }

  private void e820(long from, long to, int type) {
    image.putLong(from).putLong(to - from).putInt(type);
  }

  private void code(int entry) {
    at(CODE);
    bytes(0x0f, 0x20, 0xe0, 0x83, 0xc8, 0x20, 0x0f, 0x22, 0xe0); // cr4 |= PAE
    bytes(0xb8).putInt(PML4);
    bytes(0x0f, 0x22, 0xd8); // mov cr3, eax
    bytes(0xb9).putInt(0xc0000080); // mov ecx, EFER
    bytes(0x0f, 0x32, 0x0d, 0x00, 0x01, 0x00, 0x00, 0x0f, 0x30); // EFER |= LME
    bytes(0x0f, 0x20, 0xc0, 0x0d, 0x00, 0x00, 0x00, 0x80, 0x0f, 0x22, 0xc0); // cr0 |= PG
    bytes(0x0f, 0x01, 0x15).putInt(GDT + 32); // lgdt
    int longMode = BASE + image.position() + 7;
    bytes(0xea).putInt(longMode).putShort((short) 0x10); // ljmp __BOOT_CS
    bytes(0x66, 0xb8, 0x18, 0x00, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0); // ds, es, ss = __BOOT_DS
    bytes(0xbe).putInt(BOOT_PARAMS); // mov esi
    bytes(0xb8).putInt(entry); // mov eax
    bytes(0xff, 0xe0); // jmp rax
  }

  private ByteBuffer bytes(int... values) {
    for (int value : values) {
      image.put((byte) value);
    }
    return image;
  }
}
