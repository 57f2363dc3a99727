package org.vmcore.gdbstub.linux.dev;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.dev.DiskRequests.Request;
import org.vmcore.gdbstub.linux.types.Reasons;

/** A disk with two tags, one of which is given to a request that came through a RAID and dm. */
class DiskRequestsTest {
  private static final long DM_END = 0xffff_ffff_8100_1000L;
  private static final long RAID_END = 0xffff_ffff_8100_2000L;
  private static final long PAGE = 0xffff_ea00_0000_1000L;
  private static final long BUFFER = 0xffff_8880_0000_7000L;

  private static final Map<Long, String> FUNCTIONS =
      Map.of(DM_END, "clone_endio", RAID_END, "raid1_end_read_request");

  private static final String TYPES =
      """
      struct list_head {
        struct list_head *next;
        struct list_head *prev;
      };
      struct super_block {
        struct list_head s_inodes;
      };
      struct inode {
        struct list_head i_sb_list;
      };
      struct gendisk {
        char disk_name[32];
        struct request_queue *queue;
      };
      struct block_device {
        struct gendisk *bd_disk;
      };
      struct bdev_inode {
        struct block_device bdev;
        struct inode vfs_inode;
      };
      struct request_queue {
        struct blk_mq_hw_ctx **queue_hw_ctx;
        unsigned int nr_hw_queues;
      };
      struct blk_mq_tags {
        unsigned int nr_tags;
        struct request **rqs;
      };
      struct blk_mq_hw_ctx {
        struct blk_mq_tags *tags;
      };
      struct bio_vec {
        void *bv_page;
        unsigned long bv_len;
      };
      struct bio {
        struct bio *bi_next;
        struct block_device *bi_bdev;
        void *bi_end_io;
        void *bi_private;
        struct bio_vec *bi_io_vec;
        unsigned int bi_vcnt;
      };
      struct dm_io {
        struct bio *orig_bio;
      };
      struct dm_target_io {
        struct dm_io *io;
        struct bio clone;
      };
      struct r1bio {
        struct bio *master_bio;
      };
      struct request {
        struct request_queue *q;
        unsigned int cmd_flags;
        int tag;
        unsigned int state;
        unsigned int __data_len;
        unsigned long __sector;
        struct bio *bio;
        unsigned long start_time_ns;
        unsigned long io_start_time_ns;
      };
      """;

  private final MadeKernel kernel = new MadeKernel(TYPES);
  private final Reasons reasons = new Reasons();
  private final Made queue = kernel.object("request_queue").set("nr_hw_queues", 1);
  private final Made request = kernel.object("request");
  private final Made first = kernel.object("bio");

  private Made device(String name, Made itsQueue) {
    Made inode = kernel.object("bdev_inode");
    Made disk = kernel.object("gendisk").set("disk_name", name).set("queue", itsQueue);
    kernel.word(inode.at("bdev.bd_disk"), disk.address());
    return inode;
  }

  @BeforeEach
  void makeDisk() {
    Made system = kernel.object("super_block");
    kernel.words("blockdev_superblock", system.address());
    Made disk = device("sda", queue);
    kernel.list(system.at("s_inodes"), "vfs_inode.i_sb_list", disk);
    long rqs = kernel.words(0, request.address());
    Made tags = kernel.object("blk_mq_tags").set("nr_tags", 2).set("rqs", rqs);
    Made hardware = kernel.object("blk_mq_hw_ctx").set("tags", tags);
    queue.set("queue_hw_ctx", kernel.words(hardware.address()));
    // Bits above the operation are flags (Linux include/linux/blk_types.h).
    request.set("q", queue).set("cmd_flags", 1 << 11).set("tag", 1).set("state", 1);
    request.set("__data_len", 4096).set("__sector", 800);
    request.set("start_time_ns", 10).set("io_start_time_ns", 20);
    // What was asked of md0 it has asked of dm-0, and that of the disk.
    first.set("bi_bdev", device("md0", queue)).set("bi_private", BUFFER).set("bi_vcnt", 1);
    first.set("bi_io_vec", kernel.object("bio_vec").set("bv_page", PAGE));
    Made second = kernel.object("bio").set("bi_bdev", device("dm-0", queue));
    second.set("bi_end_io", RAID_END);
    second.set("bi_private", kernel.object("r1bio").set("master_bio", first));
    Made third = kernel.object("dm_target_io");
    third.set("io", kernel.object("dm_io").set("orig_bio", second));
    kernel.word(third.at("clone.bi_end_io"), DM_END);
    request.set("bio", third.at("clone"));
  }

  private List<Request> inFlight() throws Exception {
    return DiskRequests.inFlight(
        kernel.memory(), address -> FUNCTIONS.getOrDefault(address, ""), reasons);
  }

  @Test
  void aRequestIsFollowedToWhatWasAskedFirst() throws Exception {
    assertThat(inFlight())
        .containsExactly(
            new Request(
                request.address(),
                "sda",
                0,
                800,
                4096,
                10,
                20,
                List.of("md0", "dm-0"),
                Set.of(BUFFER, PAGE)));
    assertThat(reasons.all()).isEmpty();
  }

  /** A tag keeps what it was given to last; MQ_RQ_IDLE is 0 and MQ_RQ_COMPLETE 2. */
  @Test
  void whatHasEndedIsNotInFlight() throws Exception {
    for (int state : List.of(0, 2)) {
      request.set("state", state);
      assertThat(inFlight()).isEmpty();
    }
    request.set("state", 1).set("tag", 0);
    assertThat(inFlight()).isEmpty();
  }

  @Test
  void aBioThatCannotBeReadIsTold() throws Exception {
    request.set("bio", MadeKernel.BASE - 0x1000);

    assertThat(inFlight()).singleElement().extracting(Request::through).isEqualTo(List.of());
    assertThat(reasons.all()).isNotEmpty();
  }

  @Test
  void biosThatRunInACircleEnd() throws Exception {
    first.set("bi_next", first);
    request.set("bio", first);

    assertThat(inFlight())
        .singleElement()
        .extracting(Request::awaited)
        .isEqualTo(Set.of(BUFFER, PAGE));
  }
}
