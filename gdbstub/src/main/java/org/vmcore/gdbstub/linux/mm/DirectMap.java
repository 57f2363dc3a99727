package org.vmcore.gdbstub.linux.mm;

import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.gdbstub.linux.LinuxKernel;

/**
 * The memory that the kernel has mapped one to one, each address at the same distance from its
 * physical one. What kmalloc gave is there, the caches' own structures too, and the page tables
 * tell where such a one is in physical memory: that is the distance, on every architecture.
 *
 * @param offset virtual address of physical address 0
 */
public record DirectMap(VirtualMemory kernel, long offset) {
  /** Empty where the kernel has no symbol that leads there. */
  public static Optional<DirectMap> of(LinuxKernel linux) {
    VirtualMemory kernel = linux.memory().memory();
    OptionalLong object =
        linux.address("slab_caches").map(linux.memory()::word).orElse(OptionalLong.empty());
    if (object.isEmpty()) {
      object = secondTask(linux);
    }
    return object.isPresent()
            && kernel.translate(object.getAsLong()) instanceof Translation.Mapped mapped
        ? Optional.of(new DirectMap(kernel, object.getAsLong() - mapped.physicalAddress()))
        : Optional.empty();
  }

  /** In a kernel whose data have no names: the first task is in the image, all others are not. */
  private static OptionalLong secondTask(LinuxKernel linux) {
    OptionalLong list =
        linux
            .taskTypes()
            .flatMap(known -> known.types().compound("struct task_struct"))
            .map(type -> type.offsetOf("tasks"))
            .orElse(OptionalLong.empty());
    Optional<Long> first = linux.address("init_task");
    return list.isPresent() && first.isPresent()
        ? linux.memory().word(first.get() + list.getAsLong())
        : OptionalLong.empty();
  }

  /** Where an address leads; empty where it is not in this map. */
  public OptionalLong physicalAddress(long virtualAddress) {
    return kernel.translate(virtualAddress) instanceof Translation.Mapped found
            && found.physicalAddress() == virtualAddress - offset
        ? OptionalLong.of(found.physicalAddress())
        : OptionalLong.empty();
  }

  /** Where the map has a physical address, if it has it at all. */
  public long virtualAddress(long physicalAddress) {
    return physicalAddress + offset;
  }
}
