package org.vmcore.gdbstub.linux.dev;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongFunction;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.XArray;

/**
 * The requests that disks have been given and have not answered (Linux block/blk-mq.c, since 4.17):
 * what the tags of their hardware's queues are given to.
 */
public final class DiskRequests {
  private static final String DISK = "struct gendisk";

  /** MQ_RQ_IN_FLIGHT of {@code enum mq_rq_state}. */
  private static final long IN_FLIGHT = 1;

  /** BLK_MQ_MAX_DEPTH. */
  private static final int MAX_TAGS = 10_240;

  private static final int MAX_QUEUES = 1 << 13;

  /** Of what a request was merged of. */
  private static final int MAX_BIOS = 256;

  /** REQ_OP_MASK (include/linux/blk_types.h). */
  private static final long OPERATION = 0xff;

  private final TypedMemory memory;
  private final BioLayers layers;
  private final Reasons reasons;
  private final List<Request> requests = new ArrayList<>();

  /**
   * A request.
   *
   * @param address of its {@code struct request}
   * @param disk its name
   * @param operation {@code enum req_op}: 0 is a read, 1 a write
   * @param sector of 512 bytes, and {@code bytes} from there
   * @param started ns by the monotonic clock when it was made; 0 where the kernel did not note it
   * @param given ns when the disk got it, the same
   * @param through names of the disks that it went through, as those of the device mapper and of
   *     md, from the one that was asked first; none where nothing is above the disk
   * @param awaited what whoever waits for it may wait on: addresses of pages, of completions, of
   *     buffers, of tasks
   */
  public record Request(
      long address,
      String disk,
      long operation,
      long sector,
      long bytes,
      long started,
      long given,
      List<String> through,
      Set<Long> awaited) {
    public Request {
      through = List.copyOf(through);
      awaited = Set.copyOf(awaited);
    }
  }

  private DiskRequests(TypedMemory memory, LongFunction<String> functions, Reasons reasons) {
    this.memory = memory;
    this.layers = new BioLayers(memory, functions);
    this.reasons = reasons;
  }

  /**
   * All of them, those that are the longest under way first.
   *
   * @param functions the function that an address is in, empty where it is in none
   * @param reasons told what could not be read
   * @throws KernelReadException when the kernel's types do not tell how they are kept
   */
  public static List<Request> inFlight(
      TypedMemory memory, LongFunction<String> functions, Reasons reasons)
      throws KernelReadException {
    DiskRequests reader = new DiskRequests(memory, functions, reasons);
    for (KernelObject disk : reader.disks()) {
      try {
        reader.addAll(disk);
      } catch (KernelReadException e) {
        reasons.add(e);
      }
    }
    reader.requests.sort((a, b) -> Long.compare(a.started(), b.started()));
    return reader.requests;
  }

  /** Each has an inode in the file system of block devices, at least while it is open. */
  private List<KernelObject> disks() throws KernelReadException {
    List<KernelObject> disks = new ArrayList<>();
    Set<Long> seen = new HashSet<>();
    KernelObject inodes =
        memory
            .object(
                "struct super_block",
                memory.variable("blockdev_superblock", "unsigned long").value())
            .member("s_inodes");
    for (KernelObject inode : inodes.list("struct inode", "i_sb_list").whole()) {
      KernelObject device = inode.containerOf("struct bdev_inode", "vfs_inode").member("bdev");
      long disk = device.value("bd_disk");
      if (disk != 0 && seen.add(disk)) {
        disks.add(memory.object(DISK, disk));
      }
    }
    return disks;
  }

  private void addAll(KernelObject disk) throws KernelReadException {
    KernelObject queue = disk.member("queue").dereference();
    Set<Long> done = new HashSet<>();
    for (KernelObject hardware : hardwareQueues(queue)) {
      long tags = hardware.value("tags");
      if (tags != 0 && done.add(tags)) {
        addTags(disk.string("disk_name"), queue, hardware.member("tags").dereference());
      }
    }
  }

  private List<KernelObject> hardwareQueues(KernelObject queue) throws KernelReadException {
    List<KernelObject> all = new ArrayList<>();
    KernelObject table = BlockMembers.QUEUES.in(queue);
    if (queue.has("hctx_table")) {
      for (XArray.Entry entry : XArray.entries(memory, table)) {
        all.add(memory.object("struct blk_mq_hw_ctx", entry.address()));
      }
      return all;
    }
    long count = Math.min(queue.value("nr_hw_queues"), MAX_QUEUES);
    for (long i = 0; i < count && table.value() != 0; i++) {
      OptionalLong pointer = memory.memory().word(table.value() + i * memory.memory().wordBytes());
      if (pointer.orElse(0) != 0) {
        all.add(memory.object("struct blk_mq_hw_ctx", pointer.getAsLong()));
      }
    }
    return all;
  }

  /** Queues may share tags; what was given to another queue is told with that. */
  private void addTags(String disk, KernelObject queue, KernelObject tags)
      throws KernelReadException {
    long count = Math.min(tags.value("nr_tags"), MAX_TAGS);
    KernelObject model = memory.object("struct request", 0);
    for (long tag = 0; tag < count && tags.value("rqs") != 0; tag++) {
      OptionalLong pointer =
          memory.memory().word(tags.value("rqs") + tag * memory.memory().wordBytes());
      if (pointer.orElse(0) == 0) {
        continue;
      }
      KernelObject request = model.moved(pointer.getAsLong());
      if (request.value("q") == queue.address()
          && request.value("state") == IN_FLIGHT
          && request.value("tag") == tag) {
        requests.add(request(disk, request));
      }
    }
  }

  private Request request(String disk, KernelObject request) throws KernelReadException {
    Set<Long> awaited = new LinkedHashSet<>();
    List<String> through = new ArrayList<>();
    long next = request.value("bio");
    for (int i = 0; i < MAX_BIOS && next != 0; i++) {
      KernelObject bio = memory.object("struct bio", next);
      try {
        List<String> names = layers.follow(bio, awaited);
        if (through.isEmpty()) {
          through.addAll(names);
        }
        next = bio.value("bi_next");
      } catch (KernelReadException e) {
        reasons.add(e);
        break;
      }
    }
    return new Request(
        request.address(),
        disk,
        request.value("cmd_flags") & OPERATION,
        request.value("__sector"),
        request.value("__data_len"),
        request.has("start_time_ns") ? request.value("start_time_ns") : 0,
        request.has("io_start_time_ns") ? request.value("io_start_time_ns") : 0,
        through,
        awaited);
  }
}
