package org.vmcore.gdbstub.linux.oops;

import java.nio.ByteOrder;
import java.util.Optional;

/**
 * What a value is that was taken for a pointer and is none.
 *
 * @param failure that it is a sign of
 * @param meaning in words
 */
public record PointerPattern(FailureClass failure, String meaning) {
  /** The highest address that an access by a NULL pointer is taken for. */
  private static final long NULL_AREA = 0x1000;

  /** POISON_POINTER_DELTA on 64 bits (Linux mm/Kconfig, ILLEGAL_POINTER_VALUE). */
  private static final long ILLEGAL = 0xdead000000000000L;

  /** How far into an object members are. */
  private static final long MEMBERS = 0x1000;

  /** KASAN's shadow of address 0 on x86-64 (Linux arch/x86/Kconfig, KASAN_SHADOW_OFFSET). */
  private static final long X86_SHADOW = 0xdffffc0000000000L;

  /** What a value is told by, in memory that is little-endian. */
  public static Optional<PointerPattern> of(long value, int wordBytes) {
    return of(value, wordBytes, ByteOrder.LITTLE_ENDIAN);
  }

  /** What a value is told by; empty where it might be a pointer. */
  public static Optional<PointerPattern> of(long value, int wordBytes, ByteOrder order) {
    long mask = wordBytes == 8 ? -1L : 0xffffffffL;
    long word = value & mask;
    if (Long.compareUnsigned(word, NULL_AREA) < 0) {
      return told(FailureClass.NULL_DEREFERENCE, "NULL" + offset(word));
    }
    if (Long.compareUnsigned(word, mask & -NULL_AREA) >= 0) {
      return told(
          FailureClass.WILD_POINTER,
          "%d, which as a pointer is an error number (ERR_PTR) or a small negative offset"
              .formatted(wordBytes == 8 ? word : (long) (int) word));
    }
    Optional<PointerPattern> list = wordBytes == 8 ? poison64(word) : poison32(word);
    return list.or(() -> filled(word, wordBytes))
        .or(() -> text(word, wordBytes, order))
        .or(() -> wordBytes == Long.BYTES ? flipped(word) : Optional.empty());
  }

  /**
   * An address that no 64-bit kernel has, since its highest bits differ, but for one of them:
   * memory or a bus may have lost it. x86-64's and arm64's addresses have 47 and more bits that
   * count.
   */
  private static Optional<PointerPattern> flipped(long word) {
    for (int bit = 57; bit < 64; bit++) {
      long other = word ^ (1L << bit);
      if (other >>> 47 == 0x1ffff) {
        return told(
            FailureClass.WILD_POINTER,
            "0x%x with bit %d turned over: memory may be bad".formatted(other, bit));
      }
    }
    return Optional.empty();
  }

  private static Optional<PointerPattern> told(FailureClass failure, String meaning) {
    return Optional.of(new PointerPattern(failure, meaning));
  }

  private static String offset(long bytes) {
    return bytes == 0 ? "" : " + 0x" + Long.toHexString(bytes);
  }

  /** Values of Linux include/linux/poison.h. */
  private static Optional<PointerPattern> poison64(long word) {
    long off = word - ILLEGAL;
    if (off >= 0x100 && off < 0x122) {
      return told(
          FailureClass.LIST_CORRUPTION,
          "LIST_POISON1" + offset(off - 0x100) + ": the entry was deleted from its list before");
    } else if (off >= 0x122 && off < 0x122 + MEMBERS) {
      return told(
          FailureClass.LIST_CORRUPTION,
          "LIST_POISON2" + offset(off - 0x122) + ": the entry was deleted from its list before");
    } else if (off >= 0 && off < 0x100) {
      return told(FailureClass.POISONED_POINTER, "a poisoned pointer" + offset(off));
    } else if ((word >>> 32) == 0xdead4eadL || (word & 0xffffffffL) == 0xdead4eadL) {
      return told(FailureClass.WILD_POINTER, "a spinlock's magic number (SPINLOCK_MAGIC)");
    }
    long shadowed = word - X86_SHADOW;
    if (shadowed >= 0 && shadowed < NULL_AREA) {
      return told(
          FailureClass.NULL_DEREFERENCE,
          "KASAN's shadow of the address 0x" + Long.toHexString(shadowed << 3));
    }
    return Optional.empty();
  }

  private static Optional<PointerPattern> poison32(long word) {
    if (word >= 0x100 && word < 0x100 + MEMBERS) {
      return told(FailureClass.LIST_CORRUPTION, "LIST_POISON1 or LIST_POISON2");
    }
    return word == 0xdead4eadL
        ? told(FailureClass.WILD_POINTER, "a spinlock's magic number (SPINLOCK_MAGIC)")
        : Optional.empty();
  }

  /** A pattern that memory is filled with; members lie a little behind. */
  private static Optional<PointerPattern> filled(long word, int wordBytes) {
    int top = (int) (word >>> (wordBytes * 8 - 8)) & 0xff;
    for (int i = 2; i < wordBytes; i++) {
      if (((word >>> (8 * i)) & 0xff) != top) {
        return Optional.empty();
      }
    }
    return switch (top) {
      case 0x6b ->
          told(FailureClass.USE_AFTER_FREE, "read from a freed object (POISON_FREE, 0x6b)");
      case 0x5a ->
          told(
              FailureClass.UNINITIALISED, "read from an object never written (POISON_INUSE, 0x5a)");
      case 0xa5 -> told(FailureClass.OUT_OF_BOUNDS, "read from an object's end (POISON_END, 0xa5)");
      case 0xaa -> told(FailureClass.USE_AFTER_FREE, "read from a freed page (PAGE_POISON, 0xaa)");
      case 0xcc -> told(FailureClass.USE_AFTER_FREE, "read from init memory given free (0xcc)");
      case 0xbb, 0xcb ->
          told(FailureClass.OUT_OF_BOUNDS, "read from a slab's red zone (0xbb, 0xcc)");
      default -> Optional.empty();
    };
  }

  private static Optional<PointerPattern> text(long word, int wordBytes, ByteOrder order) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < wordBytes; i++) {
      int at = order == ByteOrder.LITTLE_ENDIAN ? i : wordBytes - 1 - i;
      char c = (char) ((word >>> (8 * at)) & 0xff);
      if (c < ' ' || c > '~') {
        return Optional.empty();
      }
      text.append(c);
    }
    return told(FailureClass.WILD_POINTER, "text: '" + text + "'");
  }
}
