package org.vmcore.gdbstub.linux.dev;

import org.vmcore.gdbstub.linux.types.MemberHistory;

/**
 * What the structures of requests to disks (Linux include/linux/blk-mq.h,
 * include/linux/blk_types.h) have called what is read of them.
 */
final class BlockMembers {
  /** The hardware's queues, in an array or, for a time, an xarray. */
  static final MemberHistory QUEUES =
      MemberHistory.added("3.13", "queue_hw_ctx", "")
          .since("5.18", "hctx_table", "4e5cc99e1e48, \"blk-mq: manage hctx map via xarray\"");

  /** The disk that a bio is for. */
  static final MemberHistory DISK =
      MemberHistory.added("4.14", "bi_disk", "")
          .since(
              "5.12",
              "bi_bdev->bd_disk",
              "309dca309fc3, \"block: store a block_device pointer in struct bio\"");

  private BlockMembers() {}
}
