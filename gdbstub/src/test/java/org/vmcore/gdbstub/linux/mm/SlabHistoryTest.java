package org.vmcore.gdbstub.linux.mm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.mm.SlabHistory.Event;
import org.vmcore.gdbstub.linux.types.Reasons;

/** An object of 64 bytes in a cache, with what 6.1 writes down behind it. */
class SlabHistoryTest {
  private static final long STORE_USER = 0x1_0000;
  private static final int OBJECT = 64;

  /** Where in the pool the two stacks are, in units of 16 bytes. */
  private static final int FIRST = 2;

  private static final int SECOND = 12;

  private final MadeKernel kernel =
      new MadeKernel(
          """
          struct parts {
            unsigned int slabindex : 16;
            unsigned int offset : 10;
            unsigned int valid : 1;
          };
          union handle_parts {
            unsigned int handle;
            struct parts ;
          };
          struct stack_record {
            struct stack_record *next;
            unsigned int hash;
            unsigned int size;
            union handle_parts handle;
            unsigned long entries[4];
          };
          struct track {
            unsigned long addr;
            unsigned int handle;
            int cpu;
            int pid;
            unsigned long when;
          };
          struct kasan_track {
            unsigned int pid;
            unsigned int stack;
          };
          struct kasan_alloc_meta {
            struct kasan_track alloc_track;
          };
          struct kasan_free_meta {
            unsigned long quarantine_link;
            struct kasan_track free_track;
          };
          struct kasan_cache {
            int alloc_meta_offset;
            int free_meta_offset;
          };
          struct kmem_cache {
            unsigned int flags;
            unsigned int inuse;
            unsigned int offset;
            struct kasan_cache kasan_info;
          };
          """);

  private final Made cache = kernel.object("kmem_cache").set("inuse", OBJECT).set("offset", OBJECT);
  private final long object = kernel.words(new long[32]);
  private final long pool = kernel.words(new long[64]);
  private final Reasons reasons = new Reasons();

  private List<Event> events() {
    return new SlabHistory(kernel.memory(), reasons).of(cache.address(), object);
  }

  /** A handle of the second piece of memory: 16 bits, 10, and one that is always set. */
  private static long handle(int offset) {
    return 1 | (long) offset << 16 | 1L << 26;
  }

  private void depot() {
    kernel.words("stack_slabs", 0, pool);
    record(FIRST, 0x111, 0x112);
    record(SECOND, 0x221, 0x222);
  }

  private void record(int offset, long inner, long outer) {
    long at = pool + offset * 16L;
    kernel.word(at + 8, 2L << 32).word(at + 16, handle(offset));
    kernel.word(at + 24, inner).word(at + 32, outer);
  }

  /** Behind the object lies the pointer to the next free one, and then two tracks. */
  private void track(int number, long caller, long handle, long cpu, long pid) {
    long at = object + OBJECT + 8 + number * 32L;
    kernel.word(at, caller).word(at + 8, handle | cpu << 32).word(at + 16, pid);
  }

  @Test
  void slubTellsWhoAskedForItAndWhoGaveItBack() {
    depot();
    cache.set("flags", STORE_USER);
    track(0, 0x111, handle(FIRST), 1, 77);
    track(1, 0x221, handle(SECOND), 0, 78);

    assertThat(events())
        .containsExactly(
            new Event(false, "SLUB", 77, OptionalInt.of(1), List.of(0x111L, 0x112L)),
            new Event(true, "SLUB", 78, OptionalInt.of(0), List.of(0x221L, 0x222L)));
    assertThat(reasons.all()).isEmpty();
  }

  @Test
  void withoutAStackTheCallerIsTold() {
    depot();
    cache.set("flags", STORE_USER);
    track(0, 0x111, 0, 1, 77);

    assertThat(events())
        .containsExactly(new Event(false, "SLUB", 77, OptionalInt.of(1), List.of(0x111L)));
  }

  /** What lies there when none is kept is no track. */
  @Test
  void aCacheThatKeepsNoneHasNone() {
    depot();
    track(0, 0x111, handle(FIRST), 1, 77);

    assertThat(events()).isEmpty();
  }

  /** The record of a free lies in the object: its handle, which the stack has too, proves it. */
  @Test
  void kasanTellsToo() {
    depot();
    cache.set("kasan_info.alloc_meta_offset", 128).set("kasan_info.free_meta_offset", 0);
    kernel.word(object + 128, 77 | handle(FIRST) << 32);
    kernel.word(object + 8, 78 | handle(SECOND) << 32);

    assertThat(events())
        .containsExactly(
            new Event(false, "KASAN", 77, OptionalInt.empty(), List.of(0x111L, 0x112L)),
            new Event(true, "KASAN", 78, OptionalInt.empty(), List.of(0x221L, 0x222L)));
    kernel.word(object + 8, 0x1234_5678_9abc_def0L);
    assertThat(events()).hasSize(1);
  }

  /** Counted from 1 in later kernels, and in a table that is allocated. */
  @Test
  void theHandleInTheRecordTellsHowPoolsAreCounted() {
    long table = kernel.words(pool, 0);
    kernel.words("stack_pools", table, 0);
    record(FIRST, 0x111, 0x112);
    cache.set("flags", STORE_USER);
    track(0, 0x111, handle(FIRST), 1, 77);

    assertThat(events())
        .containsExactly(new Event(false, "SLUB", 77, OptionalInt.of(1), List.of(0x111L, 0x112L)));
  }

  @Test
  void itIsToldThatTheDepotIsNotFound() {
    cache.set("flags", STORE_USER);
    track(0, 0x111, handle(FIRST), 1, 77);

    assertThat(events()).isEmpty();
    assertThat(reasons.all()).singleElement().asString().contains("stack_slabs");
  }
}
