package org.vmcore.gdbstub.linux.mm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeMemory;
import org.vmcore.gdbstub.linux.mm.SlabCaches.Cache;
import org.vmcore.gdbstub.linux.mm.SlabCaches.Counts;
import org.vmcore.gdbstub.linux.types.KernelTypes;
import org.vmcore.gdbstub.linux.types.Listing;
import org.vmcore.gdbstub.linux.types.MadeTypes;
import org.vmcore.gdbstub.linux.types.MadeTypes.Placed;
import org.vmcore.gdbstub.linux.types.TypeRef;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** SLAB as a machine of Linux 2.6.32 had it on x86-64, whose caches crash had told. */
class SlabCachesTest {
  private static final long BASE = 0xffff880006891000L;
  private static final long HEAD = BASE;
  private static final long CACHE = BASE + 0x80;
  private static final long OWN_0 = BASE + 0x200;
  private static final long OWN_1 = BASE + 0x240;
  private static final long NODE = BASE + 0x280;
  private static final long SLAB = BASE + 0x300;
  private static final long NAME = BASE + 0x340;
  private static final long NODES = BASE + 0x380;

  private final MadeMemory memory = MadeMemory.at(BASE, 0x1000, 8);

  /**
   * @param isApart whether the list of what is on nodes is no part of the cache, as in 3.16
   */
  private TypedMemory typed(boolean isApart) {
    MadeTypes types = new MadeTypes(8);
    TypeRef list = types.list();
    TypeRef own = types.declare("array_cache");
    types.define("array_cache", 24, List.of(new Placed("avail", types.unsignedInteger(), 0)));
    types.declare("slab");
    types.define(
        "slab",
        48,
        List.of(new Placed("list", list, 0), new Placed("inuse", types.unsignedInteger(), 32)));
    TypeRef node = types.declare("kmem_list3");
    types.define(
        "kmem_list3",
        104,
        List.of(
            new Placed("slabs_partial", list, 0),
            new Placed("slabs_full", list, 16),
            new Placed("slabs_free", list, 32),
            new Placed("shared", types.pointerTo(own), 72)));
    types.declare("kmem_cache");
    types.define(
        "kmem_cache",
        176,
        List.of(
            new Placed("array", types.array(types.pointerTo(own), 8), 0),
            new Placed("buffer_size", types.unsignedInteger(), 76),
            new Placed("num", types.unsignedInteger(), 88),
            new Placed("gfporder", types.unsignedInteger(), 92),
            new Placed("name", types.pointerTo(types.text(0)), 144),
            new Placed("next", list, 152),
            new Placed(
                "nodelists",
                isApart
                    ? types.pointerTo(types.pointerTo(node))
                    : types.array(types.pointerTo(node), 1),
                168)));
    return new TypedMemory(
        memory.memory(), KernelTypes.of(types), names -> Map.of("cache_chain", HEAD));
  }

  private void list(long head, long... entries) {
    long before = head;
    for (long entry : entries) {
      memory.word(before, entry).word(entry + 8, before);
      before = entry;
    }
    memory.word(before, head).word(head + 8, before);
  }

  /** All 16 of its slab were handed out, of which CPUs kept 9. */
  @Test
  void objectsThatCpusKeepAreFree() throws Exception {
    list(HEAD, CACHE + 152);
    list(NODE);
    list(NODE + 16, SLAB);
    list(NODE + 32);
    memory
        .word(CACHE, OWN_0)
        .word(CACHE + 8, OWN_1)
        .int32(CACHE + 76, 248)
        .int32(CACHE + 88, 16)
        .word(CACHE + 144, NAME)
        .word(CACHE + 168, NODE)
        .text(NAME, "oldlab_cache")
        .int32(OWN_0, 9)
        .int32(OWN_1, 0)
        .int32(SLAB + 32, 16);

    assertFound(typed(false));
    memory.word(CACHE + 168, NODES).word(NODES, NODE);
    assertFound(typed(true));
  }

  private static void assertFound(TypedMemory typed) throws Exception {
    Listing<SlabCaches.Cache> found = SlabCaches.read(typed, List.of(0, 1), 4096);

    assertThat(found.problem()).isEmpty();
    assertThat(found.all())
        .containsExactly(
            new Cache(
                CACHE,
                "oldlab_cache",
                248,
                OptionalLong.of(4096),
                Optional.of(new Counts(7, 16, 1))));
  }
}
