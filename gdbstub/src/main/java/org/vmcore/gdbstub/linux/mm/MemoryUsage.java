package org.vmcore.gdbstub.linux.mm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * What memory was used for, in pages, as the kernel's own counters say; what CPUs had counted but
 * not yet added is not in them, as it is not in /proc/meminfo. What cannot be told is empty.
 *
 * @param total that the kernel manages
 * @param buffers contents of block devices
 * @param cached contents of files
 * @param slab objects of the kernel
 * @param huge in the pool of huge pages, and {@code hugeFree} of them not in use
 * @param commitLimit how much may be promised to processes, and {@code committed} of it was
 * @param problems why some are empty that this kernel should have, one sentence each
 */
public record MemoryUsage(
    OptionalLong total,
    OptionalLong free,
    OptionalLong buffers,
    OptionalLong cached,
    OptionalLong slab,
    OptionalLong huge,
    OptionalLong hugeFree,
    OptionalLong swap,
    OptionalLong swapUsed,
    OptionalLong commitLimit,
    OptionalLong committed,
    List<String> problems) {

  /** HUGE_MAX_HSTATE is at most 4 on every architecture. */
  private static final int MAX_HUGE_SIZES = 16;

  /**
   * Reads the counters.
   *
   * @param cpus whose shares of what is committed are added, as the kernel does
   * @param pageBytes a power of 2
   */
  public static MemoryUsage read(TypedMemory memory, List<Integer> cpus, long pageBytes) {
    Reader reader = new Reader(memory, new ArrayList<>());
    OptionalLong total = reader.variable("_totalram_pages", "totalram_pages");
    OptionalLong buffers = reader.buffers();
    OptionalLong swap = reader.variable("total_swap_pages");
    OptionalLong huge = reader.huge("nr_huge_pages");
    return new MemoryUsage(
        total,
        reader.counter("NR_FREE_PAGES"),
        buffers,
        minus(
            minus(reader.counter("NR_FILE_PAGES"), buffers), or(reader.counter("NR_SWAPCACHE"), 0)),
        plus(
            or(reader.counter("NR_SLAB_RECLAIMABLE_B"), reader.counter("NR_SLAB_RECLAIMABLE")),
            or(reader.counter("NR_SLAB_UNRECLAIMABLE_B"), reader.counter("NR_SLAB_UNRECLAIMABLE"))),
        huge,
        reader.huge("free_huge_pages"),
        swap,
        minus(swap, reader.variable("nr_swap_pages")),
        reader.commitLimit(total, huge, swap, pageBytes),
        reader.committed(cpus),
        List.copyOf(reader.problems()));
  }

  private static OptionalLong or(OptionalLong value, OptionalLong other) {
    return value.isPresent() ? value : other;
  }

  private static OptionalLong or(OptionalLong value, long other) {
    return OptionalLong.of(value.orElse(other));
  }

  private static OptionalLong plus(OptionalLong value, OptionalLong other) {
    return value.isPresent() && other.isPresent()
        ? OptionalLong.of(value.getAsLong() + other.getAsLong())
        : OptionalLong.empty();
  }

  private static OptionalLong minus(OptionalLong value, OptionalLong other) {
    return value.isPresent() && other.isPresent()
        ? OptionalLong.of(Math.max(value.getAsLong() - other.getAsLong(), 0))
        : OptionalLong.empty();
  }

  /** Reads one number after the other; what the kernel does not have is empty. */
  private record Reader(TypedMemory memory, List<String> problems) {
    private OptionalLong untold(String what, KernelReadException e) {
      problems.add(what + ": " + e.getMessage());
      return OptionalLong.empty();
    }

    /** An {@code unsigned long}, or the {@code atomic_long_t} that it became. */
    OptionalLong variable(String... names) {
      for (String name : names) {
        Optional<Long> address = memory.address(name);
        if (address.isPresent()) {
          return memory.memory().word(address.get());
        }
      }
      return OptionalLong.empty();
    }

    /**
     * A counter by its name: of the nodes or of the zones since 4.8 (commit 75ef71840539, "mm,
     * vmstat: add infrastructure for per-node vmstats"), and of the zones before.
     */
    OptionalLong counter(String name) {
      OptionalLong zone = counter("enum zone_stat_item", name, "vm_zone_stat", "vm_stat");
      return zone.isPresent() ? zone : counter("enum node_stat_item", name, "vm_node_stat");
    }

    private OptionalLong counter(String type, String name, String... arrays) {
      Optional<Type> items = memory.types().find(type).map(found -> found.get().resolved());
      if (items.isEmpty() || !(items.get() instanceof Type.Enumeration enumeration)) {
        return OptionalLong.empty();
      }
      for (Type.Enumerator item : enumeration.enumerators()) {
        if (item.name().equals(name)) {
          return element(item.value(), arrays);
        }
      }
      return OptionalLong.empty();
    }

    private OptionalLong element(long index, String... arrays) {
      for (String array : arrays) {
        Optional<Long> address = memory.address(array);
        if (address.isPresent()) {
          return memory.memory().word(address.get() + index * memory.memory().wordBytes());
        }
      }
      return OptionalLong.empty();
    }

    /** As nr_blockdev_pages() sums them (block/bdev.c; fs/block_dev.c before 5.16). */
    OptionalLong buffers() {
      try {
        long pages = 0;
        if (memory.address("blockdev_superblock").isPresent()) {
          KernelObject superBlock =
              memory.object("struct super_block", variable("blockdev_superblock").orElse(0));
          for (KernelObject inode :
              superBlock.member("s_inodes").list("struct inode", "i_sb_list").whole()) {
            pages += inode.value("i_mapping->nrpages");
          }
        } else {
          for (KernelObject device :
              memory
                  .variable("all_bdevs", "struct list_head")
                  .list("struct block_device", "bd_list")
                  .whole()) {
            pages += device.value("bd_inode->i_mapping->nrpages");
          }
        }
        return OptionalLong.of(pages);
      } catch (KernelReadException e) {
        return untold("buffers", e);
      }
    }

    /** Sum of a member over the sizes of huge pages (include/linux/hugetlb.h). */
    OptionalLong huge(String member) {
      if (memory.address("hugetlb_max_hstate").isEmpty()) {
        // Without CONFIG_HUGETLB_PAGE.
        return OptionalLong.empty();
      }
      try {
        long sizes = memory.variable("hugetlb_max_hstate", "int").value();
        KernelObject state = memory.variable("hstates", "struct hstate");
        long pages = 0;
        for (int i = 0; i < Math.min(sizes, MAX_HUGE_SIZES); i++) {
          pages += state.value(member) << (state.value("order") & 0x3f);
          state = state.moved(state.type().size().orElse(0));
        }
        return OptionalLong.of(pages);
      } catch (KernelReadException e) {
        return untold("huge pages", e);
      }
    }

    /** As vm_commit_limit() has it (mm/util.c). */
    OptionalLong commitLimit(
        OptionalLong total, OptionalLong huge, OptionalLong swap, long pageBytes) {
      try {
        long kilobytes = variable("sysctl_overcommit_kbytes").orElse(0);
        long percent = memory.variable("sysctl_overcommit_ratio", "int").value();
        if (total.isEmpty()) {
          return total;
        }
        long allowed =
            kilobytes != 0
                ? kilobytes / (pageBytes >>> 10)
                : (total.getAsLong() - huge.orElse(0)) * percent / 100;
        return OptionalLong.of(allowed + swap.orElse(0));
      } catch (KernelReadException e) {
        return untold("the commit limit", e);
      }
    }

    /** As percpu_counter_sum() has it (lib/percpu_counter.c). */
    OptionalLong committed(List<Integer> cpus) {
      try {
        KernelObject counter = memory.variable("vm_committed_as", "struct percpu_counter");
        long sum = counter.value("count");
        long shares = counter.has("counters") ? counter.value("counters") : 0;
        PerCpu perCpu = new PerCpu(memory);
        for (int cpu : cpus) {
          OptionalLong offset = perCpu.offset(cpu);
          if (shares != 0 && offset.isPresent()) {
            sum += memory.memory().int32(shares + offset.getAsLong()).orElse(0);
          }
        }
        return OptionalLong.of(Math.max(sum, 0));
      } catch (KernelReadException e) {
        return untold("what is committed", e);
      }
    }
  }
}
