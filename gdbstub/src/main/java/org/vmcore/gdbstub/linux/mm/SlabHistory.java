package org.vmcore.gdbstub.linux.mm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * Who asked for an object of a cache, and who gave it back last, of kernels that write it down
 * beside the object: SLUB with {@code slub_debug=U} ({@code struct track}, Linux mm/slub.c) and
 * KASAN ({@code struct kasan_track}, mm/kasan/kasan.h).
 */
public final class SlabHistory {
  /** KASAN_NO_FREE_META. */
  private static final long NO_FREE_META = Integer.MAX_VALUE;

  private static final String TRACK = "struct track";
  private static final String ALLOC_META = "struct kasan_alloc_meta";
  private static final String FREE_META = "struct kasan_free_meta";

  private final TypedMemory memory;
  private final StackDepot depot;
  private final SlabFlags flags;
  private final Reasons reasons;

  /**
   * What happened to an object.
   *
   * @param freed whether it was given back; else it was asked for
   * @param by {@code SLUB} or {@code KASAN}, who wrote it down
   * @param pid of the task that did it
   * @param stack return addresses, the innermost first
   */
  public record Event(boolean freed, String by, int pid, OptionalInt cpu, List<Long> stack) {
    public Event {
      stack = List.copyOf(stack);
    }
  }

  /**
   * @param reasons told what could not be read
   */
  public SlabHistory(TypedMemory memory, Reasons reasons) {
    this.memory = memory;
    this.depot = new StackDepot(memory);
    this.flags = SlabFlags.of(memory.types());
    this.reasons = reasons;
  }

  /**
   * What is known of an object.
   *
   * @param cache address of its {@code struct kmem_cache}
   * @param object its first byte
   */
  public List<Event> of(long cache, long object) {
    List<Event> events = new ArrayList<>();
    try {
      KernelObject its = memory.object("struct kmem_cache", cache);
      addSlub(events, its, object);
      addKasan(events, its, object);
    } catch (KernelReadException e) {
      reasons.add(e);
    }
    return events;
  }

  /** Two of them lie behind the object, and behind the pointer to the next free one if that does. */
  private void addSlub(List<Event> events, KernelObject cache, long object)
      throws KernelReadException {
    boolean kept = flags.storesUsers(cache.value("flags"));
    if (!kept || !cache.has("inuse") || memory.types().compound(TRACK).isEmpty()) {
      return;
    }
    long inUse = cache.value("inuse");
    boolean outside = cache.value("offset") >= inUse;
    KernelObject first =
        memory.object(
            TRACK, object + inUse + (outside ? memory.memory().wordBytes() : 0));
    long bytes = first.type().size().orElse(0);
    for (int i = 0; i < 2; i++) {
      KernelObject track = first.moved(i * bytes);
      long caller = track.value("addr");
      if (caller != 0) {
        List<Long> stack = stack(track).orElse(List.of(caller));
        int cpu = (int) track.value("cpu");
        events.add(
            new Event(i == 1, "SLUB", (int) track.value("pid"), OptionalInt.of(cpu), stack));
      }
    }
  }

  /** In the depot since 5.19, before that beside the track (CONFIG_STACKTRACE). */
  private Optional<List<Long>> stack(KernelObject track) throws KernelReadException {
    if (track.has("handle")) {
      return depot.stack(track.member("handle"));
    }
    List<Long> stack = new ArrayList<>();
    if (track.has("addrs")) {
      for (KernelObject entry : track.member("addrs").elements()) {
        if (entry.value() == 0) {
          break;
        }
        stack.add(entry.value());
      }
    }
    return stack.isEmpty() ? Optional.empty() : Optional.of(stack);
  }

  private void addKasan(List<Event> events, KernelObject cache, long object)
      throws KernelReadException {
    long allocation = offset(cache, "kasan_info.alloc_meta_offset");
    if (allocation == 0 || memory.types().compound(ALLOC_META).isEmpty()) {
      return;
    }
    KernelObject allocated = memory.object(ALLOC_META, object + allocation);
    addKasan(events, allocated.member("alloc_track"), false);
    if (allocated.has("free_track")) {
      // Until 5.8 it was beside the former; in some kernels there are several.
      KernelObject freed = allocated.member("free_track");
      addKasan(events, allocated.has("free_track.stack") ? freed : freed.element(0), true);
      return;
    }
    long free = offset(cache, "kasan_info.free_meta_offset");
    if (free != NO_FREE_META && memory.types().has(FREE_META, "free_track")) {
      addKasan(
          events, memory.object(FREE_META, object + free).member("free_track"), true);
    }
  }

  private static long offset(KernelObject cache, String path) throws KernelReadException {
    return cache.has(path) ? cache.value(path) : 0;
  }

  /** The record of a free may be of before the object was given out again, or never written. */
  private void addKasan(List<Event> events, KernelObject track, boolean freed)
      throws KernelReadException {
    Optional<List<Long>> stack = depot.stack(track.member("stack"));
    if (stack.isPresent()) {
      events.add(
          new Event(
              freed, "KASAN", (int) track.value("pid"), OptionalInt.empty(), stack.get()));
    }
  }
}
