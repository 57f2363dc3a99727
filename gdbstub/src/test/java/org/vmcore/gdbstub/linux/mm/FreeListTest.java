package org.vmcore.gdbstub.linux.mm;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;

/** Three free objects of 0x40 bytes, each with a pointer to the next one at 0x20. */
class FreeListTest {
  private static final int SIZE = 0x40;
  private static final int AT = 0x20;
  private static final long SECRET = 0x1122_3344_5566_7788L;

  private static final String PLAIN = "struct kmem_cache {\n  unsigned int offset;\n};";
  private static final String HARDENED =
      "struct kmem_cache {\n  unsigned int offset;\n  unsigned long random;\n};";

  /** What is to be written for a pointer that is kept at a place. */
  private interface Form {
    long of(long pointer, long place);
  }

  private static int length(String declarations, Form form, boolean circle) throws Exception {
    MadeKernel kernel = new MadeKernel(declarations);
    Made cache = kernel.object("kmem_cache").set("offset", AT);
    if (declarations.equals(HARDENED)) {
      cache.set("random", SECRET);
    }
    long first = kernel.words(new long[3 * SIZE / Long.BYTES]);
    for (int i = 0; i < 3; i++) {
      long object = first + (long) i * SIZE;
      long next = i < 2 ? object + SIZE : circle ? first : 0;
      kernel.word(object + AT, form.of(next, object + AT));
    }
    return new FreeList(
            kernel.memory(), kernel.memory().object("struct kmem_cache", cache.address()))
        .length(first);
  }

  @Test
  void pointersArePlainWhereThereIsNoSecret() throws Exception {
    assertThat(length(PLAIN, (pointer, place) -> pointer, false)).isEqualTo(3);
  }

  /** Linux 4.14 to 5.6. */
  @Test
  void pointersWereMixedWithTheSecretAndTheirPlace() throws Exception {
    assertThat(length(HARDENED, (pointer, place) -> pointer ^ SECRET ^ place, false)).isEqualTo(3);
  }

  /** Since 5.7: of a place 0xffff888000000120 what is mixed in is 0x200100008088ffff. */
  @Test
  void pointersAreMixedWithTheSecretAndTheirPlaceReversed() throws Exception {
    assertThat(length(HARDENED, (pointer, place) -> pointer ^ SECRET ^ reversed(place), false))
        .isEqualTo(3);
    assertThat(reversed(0xffff_8880_0000_0120L)).isEqualTo(0x2001_0000_8088_ffffL);
  }

  /** The bytes in the other order. */
  private static long reversed(long place) {
    return ByteBuffer.allocate(Long.BYTES).putLong(place).order(LITTLE_ENDIAN).getLong(0);
  }

  @Test
  void whatLeadsBackIsCountedOnce() throws Exception {
    assertThat(length(PLAIN, (pointer, place) -> pointer, true)).isEqualTo(3);
  }

  @Test
  void whatLeadsToNoMemoryEndsThere() throws Exception {
    assertThat(length(PLAIN, (pointer, place) -> 0x10, false)).as("and 0x10 itself").isEqualTo(2);
  }
}
