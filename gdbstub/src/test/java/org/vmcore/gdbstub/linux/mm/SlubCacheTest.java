package org.vmcore.gdbstub.linux.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/** A cache of two CPUs, each of which keeps one free object. */
class SlubCacheTest {
  private static final long FAR = 1L << 30;

  private final MadeKernel kernel =
      new MadeKernel(
          """
          struct kmem_cache_cpu {
            void *freelist;
            struct slab *slab;
          };
          struct slab {
            unsigned long flags;
          };
          struct kmem_cache {
            struct kmem_cache_cpu *cpu_slab;
            unsigned long flags;
            unsigned int size;
            unsigned int object_size;
            unsigned int offset;
            char *name;
          };
          """);
  private final Made[] own = kernel.objects("kmem_cache_cpu", 2);
  private final Made cache =
      kernel
          .object("kmem_cache")
          .set("cpu_slab", own[0])
          .set("size", 64)
          .set("object_size", 56)
          .point("name", "dentry");

  private SlubCache read() throws KernelReadException {
    return SlubCache.of(kernel.memory(), List.of(0, 1), cache.address());
  }

  @Test
  void objectsThatCpusKeepAreKnown() throws Exception {
    long[] free = {kernel.words(0), kernel.words(0)};
    own[0].set("freelist", free[0]);
    own[1].set("freelist", free[1]);
    kernel.words("__per_cpu_offset", 0, own[1].address() - own[0].address());

    SlubCache found = read();

    assertThat(found.name()).isEqualTo("dentry");
    assertThat(found.stride()).isEqualTo(64);
    assertThat(found.ofCpus()).isEqualTo(Map.of(free[0], 0, free[1], 1));
    assertThat(found.reasons().all()).isEmpty();
  }

  /** What the other keeps may be any object that seems to be in use. */
  @Test
  void aCpuThatCannotBeReadIsTold() throws Exception {
    long free = kernel.words(0);
    own[0].set("freelist", free);
    kernel.words("__per_cpu_offset", 0, FAR);

    SlubCache found = read();

    assertThat(found.ofCpus()).isEqualTo(Map.of(free, 0));
    assertThat(found.reasons().all())
        .singleElement()
        .asString()
        .contains(Long.toHexString(own[0].address() + FAR));
  }

  @Test
  void whatIsNoCacheIsRefusedWithItsAddress() {
    cache.set("size", 0);

    assertThatThrownBy(this::read)
        .isInstanceOf(KernelReadException.class)
        .hasMessage("there is no cache at %#x: its objects would have 0 bytes", cache.address());
  }
}
