package org.vmcore.gdbstub.inspect.address;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.gdbstub.inspect.address.Identification.InUserMemory;
import org.vmcore.gdbstub.linux.tasks.AddressSpace;
import org.vmcore.gdbstub.linux.tasks.MemoryRegion;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** The regions of a process' memory. */
final class UserPlaces {
  private final Task task;
  private final VirtualMemory memory;
  private final long pageBytes;
  private final TreeMap<Long, MemoryRegion> regions = new TreeMap<>(Long::compareUnsigned);

  /**
   * @param memory in which the address is
   */
  record Found(InUserMemory place, VirtualMemory memory) {}

  private UserPlaces(Task task, VirtualMemory memory, long pageBytes, AddressSpace space)
      throws KernelReadException {
    this.task = task;
    this.memory = memory;
    this.pageBytes = pageBytes;
    space.regions().forEach(region -> regions.put(region.start(), region));
  }

  /** Empty of a thread of the kernel. */
  static Optional<UserPlaces> of(CrashedMachine machine, Optional<Task> task)
      throws MissingFactException, KernelReadException {
    Optional<AddressSpace> space =
        task.isPresent() ? machine.tasks().list().addressSpace(task.get()) : Optional.empty();
    if (space.isEmpty() || task.isEmpty()) {
      return Optional.empty();
    }
    VirtualMemory memory = machine.tasks().userMemoryOf(task.get());
    return Optional.of(new UserPlaces(task.get(), memory, machine.pageBytes(), space.get()));
  }

  Optional<Found> at(long address) {
    Map.Entry<Long, MemoryRegion> below = regions.floorEntry(address);
    if (below == null || Long.compareUnsigned(address, below.getValue().end()) >= 0) {
      return Optional.empty();
    }
    MemoryRegion region = below.getValue();
    boolean isFile = region.file().startsWith("/");
    long offset = address - region.start() + region.filePage() * pageBytes;
    return Optional.of(
        new Found(
            new InUserMemory(
                task.pid(),
                task.comm(),
                region.start(),
                region.end(),
                region.permissions(),
                region.file().isEmpty() ? Optional.empty() : Optional.of(region.file()),
                isFile ? OptionalLong.of(offset) : OptionalLong.empty()),
            memory));
  }
}
