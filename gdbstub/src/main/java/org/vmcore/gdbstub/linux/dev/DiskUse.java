package org.vmcore.gdbstub.linux.dev;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** The disks and their requests in flight (Linux include/linux/blkdev.h). */
public final class DiskUse {
  private DiskUse() {}

  /**
   * A disk.
   *
   * @param address of its {@code struct gendisk}
   * @param queue address of its {@code struct request_queue}
   * @param reads requests in flight, and {@code writes}; empty where the kernel does not count them
   */
  public record Disk(
      long major, long address, String name, long queue, OptionalLong reads, OptionalLong writes) {}

  /**
   * The first disk of each major number, the latest driver first.
   *
   * @param cpus whose counters are summed up
   * @param reasons told why requests are not counted, and disks are missing
   */
  public static List<Disk> read(TypedMemory memory, List<Integer> cpus, Reasons reasons)
      throws KernelReadException {
    List<Disk> disks = new ArrayList<>();
    Listing<Devices.Device> devices = Devices.blocks(memory);
    devices.problem().ifPresent(reasons::add);
    for (Devices.Device device : devices.all()) {
      if (device.structure() != 0) {
        KernelObject disk = memory.object("struct gendisk", device.structure());
        long queue = disk.value("queue");
        disks.add(
            new Disk(
                disk.value("major"),
                disk.address(),
                disk.string("disk_name"),
                queue,
                inFlight(memory, disk, 0, cpus, reasons),
                inFlight(memory, disk, 1, cpus, reasons)));
      }
    }
    return disks;
  }

  /**
   * The per-CPU counters of the whole disk, {@code in_flight}, since 5.0 (commit 5b18b5a73760,
   * "block: delete part_round_stats and switch to less precise counting").
   *
   * @param kind 0 reads, 1 writes
   */
  private static OptionalLong inFlight(
      TypedMemory memory, KernelObject disk, int kind, List<Integer> cpus, Reasons reasons) {
    try {
      KernelObject stats = DeviceMembers.COUNTERS.in(disk);
      if (stats.type().resolved() instanceof Compound) {
        return OptionalLong.of(Math.max(inFlight(stats, kind), 0));
      }
      PerCpu perCpu = new PerCpu(memory);
      long sum = 0;
      for (int cpu : cpus) {
        long at = stats.value() + perCpu.offset(cpu).orElse(0);
        sum += inFlight(memory.object("struct disk_stats", at), kind);
      }
      return OptionalLong.of(Math.max(sum, 0));
    } catch (KernelReadException e) {
      reasons.add(e);
      return OptionalLong.empty();
    }
  }

  private static long inFlight(KernelObject counters, int kind) throws KernelReadException {
    return counters.member("in_flight").element(kind).value("a.counter");
  }
}
