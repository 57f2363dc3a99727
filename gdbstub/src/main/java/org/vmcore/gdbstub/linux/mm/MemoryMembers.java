package org.vmcore.gdbstub.linux.mm;

import org.vmcore.gdbstub.linux.types.MemberHistory;

/**
 * What the structures of memory management have called what is read of them: {@code struct zone}
 * (Linux include/linux/mmzone.h), {@code struct vmap_area} (include/linux/vmalloc.h), and those of
 * the allocators of objects (mm/slab.h, mm/slab.c, mm/slub.c).
 */
final class MemoryMembers {
  /** Of a zone; 5.0 added a boost to it. */
  static final MemberHistory WATERMARKS =
      MemberHistory.named("watermark")
          .since(
              "5.0",
              "_watermark",
              "a921444382b4, \"mm: move zone watermark accesses behind an accessor\"");

  /** The {@code vm_struct} of a {@code vmap_area}. */
  static final MemberHistory VM_STRUCT = MemberHistory.named("private").since("3.4", "vm", "");

  /** Of a SLUB cache. */
  static final MemberHistory OBJECT_SIZE =
      MemberHistory.named("objsize")
          .since(
              "3.6",
              "object_size",
              "3b0efdfa1e71, \"mm, sl[aou]b: Extract common fields from struct kmem_cache\"");

  /** The same of SLAB, whose /proc/slabinfo tells it with what is around an object. */
  static final MemberHistory SLAB_OBJECT_SIZE =
      MemberHistory.named("buffer_size")
          .since(
              "3.6",
              "size",
              "3b0efdfa1e71, \"mm, sl[aou]b: Extract common fields from struct kmem_cache\"");

  /** How caches hang together: on {@code cache_chain} until 3.5, then on {@code slab_caches}. */
  static final MemberHistory NEXT_SLAB_CACHE =
      MemberHistory.named("next")
          .since(
              "3.6",
              "list",
              "3b0efdfa1e71, \"mm, sl[aou]b: Extract common fields from struct kmem_cache\"");

  /** Pointers to what SLUB has of a cache on each node, or structures that have such pointers. */
  static final MemberHistory NODES =
      MemberHistory.named("node")
          .since(
              "7.1",
              "per_node",
              "5ba6bc27b1f9, \"slab: decouple pointer to barn from kmem_cache_node\"");

  /** By which a slab is on a node's list. */
  static final MemberHistory SLAB_LIST =
      MemberHistory.named("lru")
          .since("5.2", "slab_list", "916ac0527837, \"slub: use slab_list instead of lru\"");

  /** The slab that a CPU takes objects from; its structure is gone since 7.0 (32c894c7274b). */
  static final MemberHistory CPU_SLAB =
      MemberHistory.named("page")
          .since(
              "5.17",
              "slab",
              "bb192ed9aa71, \"mm/slub: Convert most struct page to struct slab by spatch\"");

  /** The free pages that each CPU keeps of a zone. */
  static final MemberHistory CPU_PAGES =
      MemberHistory.named("pageset")
          .since(
              "5.14",
              "per_cpu_pageset",
              "28f836b6777b, \"mm/page_alloc: split per cpu page lists and zone stats\"");

  private MemoryMembers() {}
}
