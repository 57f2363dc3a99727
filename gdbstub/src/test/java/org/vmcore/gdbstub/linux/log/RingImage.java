package org.vmcore.gdbstub.linux.log;

import java.nio.ByteOrder;

/** A log as since 5.10: 4 descriptors and 64 bytes of text, laid out by hand. */
final class RingImage {
  static final int RING = 0x100;
  static final int DESCS = 0x1000;
  static final int INFOS = 0x2000;
  static final int DATA = 0x3000;
  private static final int INFO_SIZE = 88;

  private final int word;
  final LogImage image;

  RingImage(ByteOrder order, int word) {
    this.word = word;
    image =
        new LogImage(order, word)
            .symbol("prb", 0)
            .pointer(0, RING)
            .tells("SIZE(printk_ringbuffer)=%d".formatted(11 * word))
            .tells("OFFSET(printk_ringbuffer.desc_ring)=0")
            .tells("OFFSET(printk_ringbuffer.text_data_ring)=%d".formatted(6 * word))
            .tells("SIZE(prb_desc_ring)=%d".formatted(6 * word))
            .tells("OFFSET(prb_desc_ring.count_bits)=0")
            .tells("OFFSET(prb_desc_ring.descs)=%d".formatted(word))
            .tells("OFFSET(prb_desc_ring.infos)=%d".formatted(2 * word))
            .tells("OFFSET(prb_desc_ring.head_id)=%d".formatted(3 * word))
            .tells("OFFSET(prb_desc_ring.tail_id)=%d".formatted(4 * word))
            .tells("SIZE(prb_desc)=%d".formatted(3 * word))
            .tells("OFFSET(prb_desc.state_var)=0")
            .tells("OFFSET(prb_desc.text_blk_lpos)=%d".formatted(word))
            .tells("SIZE(prb_data_blk_lpos)=%d".formatted(2 * word))
            .tells("OFFSET(prb_data_blk_lpos.begin)=0")
            .tells("OFFSET(prb_data_blk_lpos.next)=%d".formatted(word))
            .tells("SIZE(printk_info)=%d".formatted(INFO_SIZE))
            .tells("OFFSET(printk_info.seq)=0")
            .tells("OFFSET(printk_info.ts_nsec)=8")
            .tells("OFFSET(printk_info.text_len)=16")
            .tells("OFFSET(printk_info.caller_id)=20")
            .tells("SIZE(prb_data_ring)=%d".formatted(4 * word))
            .tells("OFFSET(prb_data_ring.size_bits)=0")
            .tells("OFFSET(prb_data_ring.data)=%d".formatted(word))
            .int32(RING, 2)
            .pointer(RING + word, DESCS)
            .pointer(RING + 2 * word, INFOS)
            .int32(RING + 6 * word, 6)
            .pointer(RING + 7 * word, DATA);
  }

  void ids(long tail, long head) {
    image.word(RING + 3 * word, head).word(RING + 4 * word, tail);
  }

  /** A descriptor, and what it tells: the number, as time too, and the level. */
  void message(long id, int state, long begin, long next, int length, int level) {
    int index = (int) (id & 3);
    int info = INFOS + index * INFO_SIZE;
    image
        .word(DESCS + 3 * word * index, (long) state << (word * 8 - 2) | id)
        .word(DESCS + 3 * word * index + word, begin)
        .word(DESCS + 3 * word * index + 2 * word, next)
        .int64(info, id + 1000)
        .int64(info + 8, id)
        .int16(info + 16, length)
        .int8(info + 18, 1)
        .level(info + 19, 6, level)
        .int32(info + 20, 42);
  }
}
