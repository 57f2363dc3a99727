package org.vmcore.gdbstub.linux.dev;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.locks.WaitQueues;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.KernelReadException.Reason;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * Numbers that are given out, such as the tags of a block device's requests: {@code struct
 * sbitmap_queue} (Linux include/linux/sbitmap.h, since 4.9).
 *
 * @param bits that are set and not cleared: numbers in use
 * @param cleared bits that are set and were given back (since 5.0; 0 before)
 * @param hints of each CPU, where it looks first
 * @param waits by which those wait who get none
 * @param roundRobin whether numbers go around; in {@code struct sbitmap} on newer kernels, in the
 *     queue before
 */
public record SbitmapQueue(
    long depth,
    BitSet bits,
    int cleared,
    int bitsPerWord,
    long words,
    List<Integer> hints,
    long wakeBatch,
    long wakeIndex,
    long active,
    List<Wait> waits,
    long roundRobin,
    OptionalLong minShallowDepth) {
  /** More numbers than any queue has. */
  private static final long MAX_DEPTH = 1 << 24;

  /** SBQ_WAIT_QUEUES (include/linux/sbitmap.h). */
  private static final int WAITS = 8;

  /**
   * One of the queues of those who wait.
   *
   * @param count until it is woken, of kernels before 6.2
   */
  public record Wait(OptionalLong count, boolean active) {}

  /**
   * Reads one.
   *
   * @param queue a {@code struct sbitmap_queue}
   */
  public static SbitmapQueue read(TypedMemory memory, KernelObject queue, List<Integer> cpus)
      throws KernelReadException {
    KernelObject map = queue.member("sb");
    long depth = map.value("depth") & 0xffff_ffffL;
    long words = map.value("map_nr") & 0xffff_ffffL;
    int shift = (int) map.value("shift");
    if (depth > MAX_DEPTH || words > MAX_DEPTH || shift < 0 || shift > 6) {
      throw new KernelReadException(
          Reason.IMPLAUSIBLE,
          "%s is none: it has %d bits, in %d words of 2^%d".formatted(queue, depth, words, shift));
    }
    BitSet bits = new BitSet();
    int cleared = 0;
    KernelObject first = map.member("map").dereference();
    long stride = first.type().size().orElse(0);
    for (long i = 0; i < words; i++) {
      KernelObject word = first.moved(i * stride);
      long set = word.value("word");
      long back = word.has("cleared") ? word.value("cleared") : 0;
      cleared += Long.bitCount(back);
      long used = set & ~back;
      for (int bit = 0; bit < 1 << shift; bit++) {
        if ((used >>> bit & 1) != 0) {
          bits.set((int) ((i << shift) + bit));
        }
      }
    }
    return new SbitmapQueue(
        depth,
        bits,
        cleared,
        1 << shift,
        words,
        hints(memory, map.has("alloc_hint") ? map : queue, cpus),
        queue.value("wake_batch"),
        queue.value("wake_index.counter"),
        queue.has("ws_active") ? queue.value("ws_active.counter") : 0,
        waits(queue),
        (map.has("round_robin") ? map : queue).value("round_robin"),
        queue.has("min_shallow_depth")
            ? OptionalLong.of(queue.value("min_shallow_depth"))
            : OptionalLong.empty());
  }

  private static List<Integer> hints(TypedMemory memory, KernelObject owner, List<Integer> cpus)
      throws KernelReadException {
    List<Integer> hints = new ArrayList<>();
    long base = owner.value("alloc_hint");
    PerCpu perCpu = new PerCpu(memory);
    for (int cpu : base == 0 ? List.<Integer>of() : cpus) {
      OptionalInt hint =
          memory.memory().int32(memory.memory().truncate(base + perCpu.offset(cpu).orElse(0)));
      hints.add(hint.orElse(-1));
    }
    return hints;
  }

  private static List<Wait> waits(KernelObject queue) throws KernelReadException {
    List<Wait> waits = new ArrayList<>();
    if (queue.value("ws") == 0) {
      return waits;
    }
    KernelObject first = queue.member("ws").dereference();
    for (int i = 0; i < WAITS; i++) {
      KernelObject one = first.moved(i * first.type().size().orElse(0));
      KernelObject list = WaitQueues.ENTRIES.in(one.member("wait"));
      waits.add(
          new Wait(
              one.has("wait_cnt")
                  ? OptionalLong.of(one.value("wait_cnt.counter"))
                  : OptionalLong.empty(),
              list.value("next") != list.address()));
    }
    return waits;
  }
}
