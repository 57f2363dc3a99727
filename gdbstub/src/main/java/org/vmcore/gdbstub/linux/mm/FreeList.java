package org.vmcore.gdbstub.linux.mm;

import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * The chain of a slab's free objects: each holds, at an offset, a pointer to the next. With
 * CONFIG_SLAB_FREELIST_HARDENED (Linux commit 2482ddec670f, "mm: add SLUB free list pointer
 * obfuscation") it is mixed with a secret and with the place that it is in, since 5.7 with the
 * bytes of that reversed (commit 1ad53d9fa3f6, "slub: improve bit diffusion for freelist ptr
 * obfuscation").
 */
final class FreeList {
  /** More objects than a slab has (OO_MASK of mm/slub.c). */
  private static final int MAX_OBJECTS = 0xffff;

  private final KernelMemory memory;
  private final long offset;
  private final OptionalLong secret;

  FreeList(TypedMemory typed, KernelObject cache) throws KernelReadException {
    this.memory = typed.memory();
    this.offset = cache.value("offset");
    this.secret =
        cache.has("random") ? OptionalLong.of(cache.value("random")) : OptionalLong.empty();
  }

  /**
   * How many free objects there are, as far as they can be followed.
   *
   * @param first address of the first, or 0
   */
  int length(long first) {
    return objects(first).size();
  }

  /** The free objects, as far as they can be followed. */
  Set<Long> objects(long first) {
    Set<Long> seen = new HashSet<>();
    long object = first;
    while (object != 0 && seen.size() < MAX_OBJECTS && seen.add(object)) {
      OptionalLong stored = memory.word(object + offset);
      if (stored.isEmpty()) {
        break;
      }
      object = next(stored.getAsLong(), object);
    }
    return seen;
  }

  private long next(long stored, long object) {
    if (secret.isEmpty()) {
      return stored;
    }
    long place = memory.truncate(object + offset);
    long reversed =
        memory.wordBytes() == Long.BYTES
            ? Long.reverseBytes(place)
            : Integer.toUnsignedLong(Integer.reverseBytes((int) place));
    long next = stored ^ secret.getAsLong() ^ reversed;
    // Objects of one slab are near each other: only the right way gives the end or such a one.
    return next == 0 || near(next, object) ? next : stored ^ secret.getAsLong() ^ place;
  }

  private static boolean near(long one, long other) {
    return Math.abs(one - other) < 16 << 20;
  }
}
