package org.vmcore.gdbstub.linux;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** What x86's firmware said of physical memory (Linux arch/x86/include/asm/e820/types.h). */
public final class FirmwareMap {
  private static final int MAX_ENTRIES = 4096;

  private FirmwareMap() {}

  /**
   * A piece of memory.
   *
   * @param end the address after its last
   * @param type by the kernel's name
   */
  public record Range(long start, long end, String type) {}

  /**
   * All pieces, by address.
   *
   * @throws KernelReadException also on machines without such a table
   */
  public static List<Range> read(TypedMemory memory) throws KernelReadException {
    // Of one name and type since 4.12 (Linux arch/x86/kernel/e820.c).
    long at = memory.variable("e820_table", "unsigned long").value();
    KernelObject table = memory.object("struct e820_table", at);
    long count = Math.min(table.value("nr_entries"), MAX_ENTRIES);
    List<Range> ranges = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      KernelObject entry = table.member("entries").element(i);
      long start = entry.value("addr");
      ranges.add(new Range(start, start + entry.value("size"), type((int) entry.value("type"))));
    }
    return ranges;
  }

  private static String type(int type) {
    return switch (type) {
      case 1 -> "E820_RAM";
      case 2 -> "E820_RESERVED";
      case 3 -> "E820_ACPI";
      case 4 -> "E820_NVS";
      case 5 -> "E820_UNUSABLE";
      case 7 -> "E820_PMEM";
      case 12 -> "E820_PRAM";
      case 128 -> "E820_RESERVED_KERN";
      case 0xefff_ffff -> "E820_SOFT_RESERVED";
      default -> "type " + Integer.toUnsignedString(type);
    };
  }
}
