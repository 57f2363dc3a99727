package org.vmcore.gdbstub.linux.dev;

import org.vmcore.gdbstub.linux.types.MemberHistory;

/**
 * What the structures of devices have called what is read of them (Linux include/linux/device.h,
 * drivers/base/base.h, include/linux/genhd.h). Needed for disks before 5.11; since then each has an
 * inode.
 */
final class DeviceMembers {
  /**
   * The {@code struct device} of a disk, gone with {@code struct hd_struct} in 5.11 (0d02129e76ed).
   */
  static final MemberHistory CLASS_DEVICE = MemberHistory.named("part0.__dev");

  /** The {@code struct klist} of a class' devices. */
  static final MemberHistory DEVICES_OF_CLASS =
      MemberHistory.named("p->class_devices").since("3.0", "p->klist_devices", "");

  /** Of a disk: {@code struct disk_stats} of each CPU, or one where there is no SMP before 5.11. */
  static final MemberHistory COUNTERS =
      MemberHistory.named("part0.dkstats").since("5.11", "part0->bd_stats", "");

  private DeviceMembers() {}
}
