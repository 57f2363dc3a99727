package org.vmcore.gdbstub.linux.log;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/** The log's structures as the kernel's sources have them, for when nothing else tells. */
final class KnownLayouts {
  /** A text of 32 bytes for each descriptor: PRB_AVGBITS (Linux kernel/printk/printk.c). */
  private static final int AVERAGE_BITS = 5;

  private KnownLayouts() {}

  /**
   * With {@code struct log} of Linux 3.5, which told where the records are and not what they are
   * made of: {@code u64 ts_nsec; u16 len, text_len, dict_len, level}.
   */
  static LogFacts withRecords(LogFacts facts) {
    return LogFacts.with(
        facts,
        Map.of("log", 16),
        Map.of(
            "log.ts_nsec",
            0,
            "log.len",
            8,
            "log.text_len",
            10,
            "log.dict_len",
            12,
            "log.level",
            14));
  }

  /**
   * With the structures of kernel/printk/printk_ringbuffer.h since 5.10, if the ring in memory is
   * made of them. {@code prb_desc_ring} grew a word at its end in 6.8; where the texts' ring begins
   * is seen by its size, which is the descriptors' times 32.
   */
  static LogFacts withRing(KernelMemory memory, LogFacts facts) {
    int word = memory.wordBytes();
    OptionalLong prb = facts.symbol("prb");
    OptionalLong ring = prb.isPresent() ? memory.word(prb.getAsLong()) : OptionalLong.empty();
    for (int words = 5; ring.isPresent() && words <= 6; words++) {
      int descriptors = memory.int32(ring.getAsLong()).orElse(0);
      int texts = memory.int32(ring.getAsLong() + (long) words * word).orElse(0);
      if (descriptors > 0 && texts == descriptors + AVERAGE_BITS) {
        return LogFacts.with(facts, ringSizes(word, words), ringOffsets(word, words));
      }
    }
    return facts;
  }

  private static Map<String, Integer> ringSizes(int word, int words) {
    return Map.of(
        "printk_ringbuffer", (words + 5) * word,
        "prb_desc_ring", words * word,
        "prb_data_ring", 4 * word,
        "prb_desc", 3 * word,
        "prb_data_blk_lpos", 2 * word,
        "printk_info", 88,
        "dev_printk_info", 64);
  }

  private static Map<String, Integer> ringOffsets(int word, int words) {
    Map<String, Integer> offsets = new HashMap<>();
    offsets.put("printk_ringbuffer.desc_ring", 0);
    offsets.put("printk_ringbuffer.text_data_ring", words * word);
    offsets.put("prb_desc_ring.count_bits", 0);
    offsets.put("prb_desc_ring.descs", word);
    offsets.put("prb_desc_ring.infos", 2 * word);
    offsets.put("prb_desc_ring.head_id", 3 * word);
    offsets.put("prb_desc_ring.tail_id", 4 * word);
    offsets.put("prb_data_ring.size_bits", 0);
    offsets.put("prb_data_ring.data", word);
    offsets.put("prb_desc.state_var", 0);
    offsets.put("prb_desc.text_blk_lpos", word);
    offsets.put("prb_data_blk_lpos.begin", 0);
    offsets.put("prb_data_blk_lpos.next", word);
    offsets.put("printk_info.seq", 0);
    offsets.put("printk_info.ts_nsec", 8);
    offsets.put("printk_info.text_len", 16);
    offsets.put("printk_info.caller_id", 20);
    offsets.put("printk_info.dev_info", 24);
    offsets.put("dev_printk_info.subsystem", 0);
    offsets.put("dev_printk_info.device", 16);
    return offsets;
  }
}
