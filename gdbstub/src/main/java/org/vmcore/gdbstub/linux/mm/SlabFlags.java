package org.vmcore.gdbstub.linux.mm;

import java.util.Map;
import org.vmcore.gdbstub.linux.types.Enumerators;
import org.vmcore.gdbstub.linux.types.KernelTypes;

/**
 * What flags of a cache mean (Linux include/linux/slab.h): numbers of their own until 6.9, since
 * then bits that an enumeration counts.
 *
 * @param redZone whether objects have a margin on their left, since 4.6
 * @param storeUser whether who asks for and frees an object is written down
 */
record SlabFlags(long redZone, long storeUser) {
  private static final String BITS = "enum _slab_flag_bits";

  static SlabFlags of(KernelTypes types) {
    Map<String, Long> bits = Enumerators.of(types, BITS);
    return new SlabFlags(
        flag(bits, "_SLAB_RED_ZONE", 0x400), flag(bits, "_SLAB_STORE_USER", 0x1_0000));
  }

  private static long flag(Map<String, Long> bits, String name, long old) {
    Long bit = bits.get(name);
    return bit == null ? old : 1L << bit;
  }

  boolean hasMargin(long flags) {
    return (flags & redZone) != 0;
  }

  boolean storesUsers(long flags) {
    return (flags & storeUser) != 0;
  }
}
