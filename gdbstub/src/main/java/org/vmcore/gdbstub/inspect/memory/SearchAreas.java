package org.vmcore.gdbstub.inspect.memory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.gdbstub.inspect.memory.MemorySearch.Source;
import org.vmcore.gdbstub.inspect.query.Notes;
import org.vmcore.gdbstub.inspect.tasks.TaskFinder;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.mm.DirectMap;
import org.vmcore.gdbstub.linux.mm.VmallocAreas;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.tasks.AddressSpace;
import org.vmcore.gdbstub.linux.tasks.MemoryRegion;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** What there is to search when nobody says from where to where. */
final class SearchAreas {
  private final CrashedMachine machine;
  private final Notes notes;
  private final VirtualMemory kernel;
  private final PhysicalMemory physical;

  /**
   * An area.
   *
   * @param last its last address
   * @param stackOf the task whose stack it is, where it is one
   */
  record Area(Source source, long first, long last, Optional<Task> stackOf) {
    Area(Source source, long first, long last) {
      this(source, first, last, Optional.empty());
    }

    /** The part from one address to another, both included; empty where there is none. */
    Optional<Area> within(long from, long to) {
      long start = Long.compareUnsigned(from, first) > 0 ? from : first;
      long end = Long.compareUnsigned(to, last) < 0 ? to : last;
      return Long.compareUnsigned(start, end) > 0
          ? Optional.empty()
          : Optional.of(new Area(source, start, end, stackOf));
    }
  }

  /**
   * @param notes told of what cannot be searched
   */
  SearchAreas(CrashedMachine machine, Notes notes) throws MissingFactException {
    this.machine = machine;
    this.notes = notes;
    this.kernel = machine.kernelSpace().virtual();
    this.physical = machine.kernelSpace().physical();
  }

  /**
   * The kernel's memory, ascending.
   *
   * @param fixed whether with its image and the memory that is mapped one to one
   * @param mapped whether with modules and what else has page tables of its own
   */
  List<Area> kernel(boolean fixed, boolean mapped) throws MissingFactException {
    List<Area> areas = new ArrayList<>();
    LinuxKernel linux = machine.linux();
    Optional<Area> linear = fixed ? linear(linux) : Optional.empty();
    linear.ifPresent(areas::add);
    if (fixed) {
      image(linux.symbolNames()).filter(image -> !isIn(image, linear)).ifPresent(areas::add);
    }
    if (mapped) {
      areas.addAll(mapped(linux));
    }
    if (areas.isEmpty()) {
      throw new MissingFactException(
          "it cannot be told where the kernel's memory is; say where to search with -s and -e");
    }
    areas.sort(Comparator.comparing(Area::first, Long::compareUnsigned));
    return areas;
  }

  /** On some architectures the image is mapped nowhere else. */
  private static boolean isIn(Area image, Optional<Area> linear) {
    return linear.isPresent()
        && Long.compareUnsigned(image.first(), linear.get().first()) >= 0
        && Long.compareUnsigned(image.last(), linear.get().last()) <= 0;
  }

  private Optional<Area> image(SymbolNames symbols) {
    OptionalLong first = address(symbols, "_text", "_stext");
    OptionalLong end = address(symbols, "_end", "__bss_stop");
    return first.isEmpty() || end.isEmpty()
        ? Optional.empty()
        : Optional.of(new Area(virtual(kernel), first.getAsLong(), end.getAsLong() - 1));
  }

  private static OptionalLong address(SymbolNames symbols, String... names) {
    for (String name : names) {
      for (SymbolNames.Named symbol : symbols.named(name)) {
        return OptionalLong.of(symbol.address());
      }
    }
    return OptionalLong.empty();
  }

  /** All memory as far as it is mapped one to one. */
  private Optional<Area> linear(LinuxKernel linux) {
    Optional<DirectMap> map = DirectMap.of(linux);
    if (map.isEmpty()) {
      return Optional.empty();
    }
    long offset = map.get().offset();
    long[] end = new long[1];
    physical.forEachRange((start, length, presence) -> end[0] = start + length);
    long last = linux.memory().truncate(end[0] - 1 + offset);
    return Optional.of(
        new Area(
            new Source() {
              @Override
              public int read(long at, byte[] destination, int start, int length) {
                return map.get().physicalAddress(at).isPresent()
                    ? kernel.read(at, destination, start, length).length()
                    : 0;
              }

              @Override
              public long next(long at) {
                long present = physical.nextPresent(at - offset);
                return present == PhysicalMemory.NONE ? -1 : present + offset;
              }
            },
            offset,
            Long.compareUnsigned(last, offset) < 0 ? linux.memory().truncate(-1) : last));
  }

  /** Modules alone where the kernel's types do not tell of the rest. */
  private List<Area> mapped(LinuxKernel linux) {
    List<Area> areas = new ArrayList<>();
    Source source = virtual(kernel);
    Optional<TypedMemory> types = linux.types();
    if (types.isPresent()) {
      try {
        Listing<VmallocAreas.Area> found = VmallocAreas.read(types.get());
        notes.incomplete(found.problem());
        for (VmallocAreas.Area area : found.all()) {
          areas.add(new Area(source, area.start(), area.end() - 1));
        }
        return areas;
      } catch (KernelReadException e) {
        notes.incomplete("of what vmalloc mapped only modules: " + e.getMessage());
      }
    }
    for (KernelModule module : linux.modules()) {
      areas.add(new Area(source, module.base(), module.base() + module.size() - 1));
    }
    return areas;
  }

  /** The user memory of what a CPU ran. */
  List<Area> user(VirtualMemory memory, CrashedCpu cpu)
      throws MissingFactException, KernelReadException {
    Optional<Task> task = machine.tasks().list().current(cpu.number());
    Optional<AddressSpace> space =
        task.isPresent() ? machine.tasks().list().addressSpace(task.get()) : Optional.empty();
    if (space.isEmpty()) {
      throw new MissingFactException("what the CPU ran has no user memory");
    }
    List<Area> areas = new ArrayList<>();
    for (MemoryRegion region : space.get().regions()) {
      areas.add(new Area(virtual(memory), region.start(), region.end() - 1));
    }
    return areas;
  }

  /**
   * The kernel's stacks of tasks.
   *
   * @param active whether only of those that CPUs ran
   */
  List<Area> stacks(boolean active) throws MissingFactException {
    List<Task> tasks = new ArrayList<>();
    if (active) {
      for (CrashedCpu cpu : machine.cpus()) {
        machine.tasks().list().current(cpu.number()).ifPresent(tasks::add);
      }
    } else {
      tasks.addAll(TaskFinder.every(machine));
    }
    List<Area> areas = new ArrayList<>();
    for (Task task : tasks) {
      if (task.stack() != 0) {
        long last = task.stack() + machine.stacks().stackBytes() - 1;
        areas.add(new Area(virtual(kernel), task.stack(), last, Optional.of(task)));
      }
    }
    return areas;
  }

  /** Memory by virtual addresses. */
  static Source virtual(VirtualMemory memory) {
    return new Source() {
      @Override
      public int read(long at, byte[] destination, int offset, int length) {
        return memory.read(at, destination, offset, length).length();
      }

      @Override
      public long next(long at) {
        return memory.next(at);
      }
    };
  }

  /** All memory by physical addresses. */
  Area physical() {
    return new Area(
        new Source() {
          @Override
          public int read(long at, byte[] destination, int offset, int length) {
            return physical.read(at, destination, offset, length).length();
          }

          @Override
          public long next(long at) {
            return physical.nextPresent(at);
          }
        },
        0,
        -1);
  }
}
