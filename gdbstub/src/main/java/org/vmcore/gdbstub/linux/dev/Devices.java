package org.vmcore.gdbstub.linux.dev;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Walk;

/** Who has the major numbers of devices (Linux fs/char_dev.c, block/genhd.c). */
public final class Devices {
  /** CHRDEV_MAJOR_HASH_SIZE and BLKDEV_MAJOR_HASH_SIZE. */
  private static final int BUCKETS = 255;

  /** Longer chains are circles. */
  private static final int MAX_CHAIN = 4096;

  /** MINORBITS (Linux include/linux/kdev_t.h). */
  private static final int MINOR_BITS = 20;

  private static final String DISK = "struct gendisk";
  private static final String DEVICE = "struct device";

  private final TypedMemory memory;
  private final List<Device> devices = new ArrayList<>();
  private Optional<String> problem = Optional.empty();

  private Devices(TypedMemory memory) {
    this.memory = memory;
  }

  /**
   * A driver's devices.
   *
   * @param major number
   * @param name of the driver
   * @param structure address of the {@code struct cdev}, or of the first {@code struct gendisk}; 0
   *     where there is none
   * @param operations address of the table of its functions; 0 where there is none
   */
  public record Device(long major, String name, long structure, long operations) {}

  @FunctionalInterface
  private interface Reader {
    Device read(KernelObject entry) throws KernelReadException;
  }

  /**
   * Character devices.
   *
   * @throws KernelReadException when the kernel's types do not tell how they are kept
   */
  public static Listing<Device> characters(TypedMemory memory) throws KernelReadException {
    Devices reader = new Devices(memory);
    return reader.table("chrdevs", "struct char_device_struct", reader::character);
  }

  private Device character(KernelObject entry) throws KernelReadException {
    long cdev = entry.value("cdev");
    if (cdev == 0) {
      cdev = mapped(entry.value("major"), entry.value("baseminor"));
    }
    long operations = cdev == 0 ? 0 : memory.object("struct cdev", cdev).value("ops");
    return new Device(entry.value("major"), entry.string("name"), cdev, operations);
  }

  /** Drivers with a {@code struct cdev} of their own have it in {@code cdev_map} alone. */
  private long mapped(long major, long minor) throws KernelReadException {
    if (memory.address("cdev_map").isEmpty() || !memory.types().has("struct kobj_map", "probes")) {
      return 0;
    }
    KernelObject probe =
        memory
            .object("struct kobj_map", memory.variable("cdev_map", "unsigned long").value())
            .member("probes")
            .element(major % BUCKETS);
    Set<Long> seen = new HashSet<>();
    while (probe.value() != 0 && seen.size() < MAX_CHAIN && seen.add(probe.value())) {
      KernelObject found = probe.dereference();
      if (found.value("dev") == (major << MINOR_BITS | minor)) {
        return found.value("data");
      }
      probe = found.member("next");
    }
    return 0;
  }

  /**
   * Block devices, each with the first disk of its number.
   *
   * @throws KernelReadException when the kernel's types do not tell how they are kept
   */
  public static Listing<Device> blocks(TypedMemory memory) throws KernelReadException {
    Devices reader = new Devices(memory);
    Map<Long, KernelObject> disks = reader.disks();
    return reader.table("major_names", "struct blk_major_name", entry -> block(entry, disks));
  }

  private static Device block(KernelObject entry, Map<Long, KernelObject> disks)
      throws KernelReadException {
    long major = entry.value("major");
    KernelObject disk = disks.get(major);
    return new Device(
        major,
        entry.string("name"),
        disk == null ? 0 : disk.address(),
        disk == null ? 0 : disk.value("fops"));
  }

  private Listing<Device> table(String symbol, String type, Reader reader)
      throws KernelReadException {
    KernelObject model = memory.object(type, 0);
    KernelObject first = memory.variable(symbol, "unsigned long");
    for (int i = 0; i < BUCKETS; i++) {
      Set<Long> seen = new HashSet<>();
      try {
        long next = first.moved((long) i * memory.memory().wordBytes()).value();
        while (next != 0 && seen.size() < MAX_CHAIN && seen.add(next)) {
          KernelObject entry = model.moved(next);
          devices.add(reader.read(entry));
          next = entry.value("next");
        }
      } catch (KernelReadException e) {
        if (e.reason() == KernelReadException.Reason.ABSENT) {
          throw e;
        }
        problem = problem.or(() -> Optional.ofNullable(e.getMessage()));
      }
    }
    return new Listing<>(devices, problem);
  }

  /**
   * The disk with the lowest minor of each major number. Each has an inode in the file system of
   * block devices, with it the whole of its {@code struct block_device}, since 5.11; before, those
   * that were in use are in a list.
   */
  private Map<Long, KernelObject> disks() {
    Map<Long, KernelObject> disks = new HashMap<>();
    try {
      if (memory.types().has("struct bdev_inode", "vfs_inode")
          && memory.address("blockdev_superblock").isPresent()) {
        KernelObject inodes =
            memory
                .object(
                    "struct super_block",
                    memory.variable("blockdev_superblock", "unsigned long").value())
                .member("s_inodes");
        for (KernelObject inode : told(inodes.list("struct inode", "i_sb_list"))) {
          addDisk(disks, inode.containerOf("struct bdev_inode", "vfs_inode").member("bdev"));
        }
      } else {
        KernelObject all = memory.variable("all_bdevs", "struct list_head");
        for (KernelObject device : told(all.list("struct block_device", "bd_list"))) {
          addDisk(disks, device);
        }
      }
    } catch (KernelReadException e) {
      problem = problem.or(() -> Optional.of("disks cannot be told: " + e.getMessage()));
    }
    addClosed(disks);
    return disks;
  }

  /**
   * Those that nobody has open are among the devices of the class of block devices alone, before
   * 5.11: {@code block_class.p->klist_devices} (Linux drivers/base/base.h).
   */
  private void addClosed(Map<Long, KernelObject> disks) {
    try {
      if (memory.address("block_class").isEmpty()
          || !DeviceMembers.CLASS_DEVICE.isIn(memory.object(DISK, 0))) {
        return;
      }
      KernelObject devices =
          DeviceMembers.DEVICES_OF_CLASS.in(memory.variable("block_class", "struct class"));
      // In the structure of the driver core's own since 5.1 (570d0200123f, "driver core: move
      // device->knode_class to device_private").
      boolean isApart = memory.types().has("struct device_private", "knode_class");
      for (KernelObject entry :
          told(
              devices
                  .member("k_list")
                  .list(isApart ? "struct device_private" : DEVICE, "knode_class.n_node"))) {
        KernelObject device = isApart ? entry.member("device").dereference() : entry;
        // Partitions are devices of the same class, and no disks.
        if (isDisk(device)) {
          addDisk(disks, device.containerOf(DISK, "part0.__dev"), false);
        }
      }
    } catch (KernelReadException e) {
      problem =
          problem.or(
              () -> Optional.of("disks that are not open cannot be told: " + e.getMessage()));
    }
  }

  /** A walk whose end is told of where it is not the list's. */
  private Walk told(Walk walk) {
    problem = problem.or(() -> walk.problem().map(why -> "disks: " + why));
    return walk;
  }

  private boolean isDisk(KernelObject device) throws KernelReadException {
    Optional<Long> type = memory.address("disk_type");
    return type.isPresent() && device.value("type") == type.get();
  }

  /**
   * @param isOpen what is open comes before what is not
   */
  private static void addDisk(Map<Long, KernelObject> disks, KernelObject disk, boolean isOpen)
      throws KernelReadException {
    KernelObject known = disks.get(disk.value("major"));
    if (known == null || (isOpen && disk.value("first_minor") < known.value("first_minor"))) {
      disks.put(disk.value("major"), disk);
    }
  }

  private void addDisk(Map<Long, KernelObject> disks, KernelObject device) {
    try {
      if (device.value("bd_disk") != 0) {
        addDisk(disks, device.member("bd_disk").dereference(), true);
      }
    } catch (KernelReadException e) {
      problem = problem.or(() -> Optional.of("a disk cannot be told: " + e.getMessage()));
    }
  }
}
