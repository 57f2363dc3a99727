package org.vmcore.gdbstub.inspect.memory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.mm.CachedFiles;
import org.vmcore.gdbstub.linux.mm.MemoryBreakdown;
import org.vmcore.gdbstub.linux.mm.MemoryGroups;
import org.vmcore.gdbstub.linux.mm.MemoryUsage;
import org.vmcore.gdbstub.linux.mm.PageOwners;
import org.vmcore.gdbstub.linux.mm.SlabCaches;
import org.vmcore.gdbstub.linux.mm.VmallocAreas;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.tasks.AddressSpace;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code memory}. */
@Command(
    name = "memory",
    description = "Show who had all the memory: one table that adds up, and the largest users.",
    footer =
        """
        The parts do not overlap and add up to what the kernel managed; unaccounted is what it
        does not count, such as pages that drivers took. What was reserved when the machine booted
        is not of that. Then the processes, files, slab caches, callers of vmalloc and control
        groups that have the most. The counters alone, as crash shows them: kmem -i
        """)
public final class Memory extends Query<Memory.Answer> {
  /**
   * Of {@code mm_struct.rss_stat}: MM_ANONPAGES and MM_SWAPENTS (include/linux/mm_types_task.h).
   */
  private static final int ANONYMOUS = 1;

  private static final int SWAPPED = 2;

  private static final int MOST = 10_000;

  @Option(
      names = "-n",
      paramLabel = "COUNT",
      defaultValue = "10",
      description = "How many of each kind of users (10).")
  private int count = 10;

  /**
   * All in pages.
   *
   * @param pageSize in bytes
   * @param totalPages that the kernel managed
   * @param parts of those
   * @param unaccountedPages the rest
   * @param reservedPages beside those, since the boot
   * @param swapPages in all, and {@code swapUsedPages}
   * @param processes those with the most anonymous memory
   * @param files with the most in the page cache
   * @param caches of slabs, the largest
   * @param vmalloc who called it, those with the most
   * @param groups control groups with the most
   */
  record Answer(
      long pageSize,
      long totalPages,
      List<Part> parts,
      long unaccountedPages,
      long reservedPages,
      OptionalLong swapPages,
      OptionalLong swapUsedPages,
      List<ProcessUse> processes,
      List<File> files,
      List<Cache> caches,
      List<Caller> vmalloc,
      List<Group> groups) {}

  /** What one use takes. */
  record Part(MemoryBreakdown.Use use, String text, long pages) {}

  /**
   * A process.
   *
   * @param residentPages with those of files and shared memory
   */
  record ProcessUse(
      int pid, String comm, long anonymousPages, long residentPages, long swappedPages) {}

  /**
   * A file.
   *
   * @param path in its file system, where one of its names is in the cache
   * @param device its file system's, or the device whose contents it is
   */
  record File(
      @Hex long inode, Optional<String> path, String fileSystem, String device, long pages) {}

  /**
   * A cache of slabs.
   *
   * @param allocated objects in use, of {@code total}
   */
  record Cache(@Hex long cache, String name, long pages, long allocated, long total) {}

  /** What one function asked vmalloc for, in so many areas. */
  record Caller(String function, long pages, int areas) {}

  /**
   * A control group.
   *
   * @param pages that it and those below it have
   */
  record Group(@Hex long memCgroup, String path, long pages, OptionalLong limitPages) {}

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (count < 0 || count > MOST) {
      throw NoAnswerException.usage("-n takes a count of 0 to " + MOST);
    }
    TypedMemory memory = call.typed();
    long pageBytes = call.machine().pageBytes();
    Reasons reasons = new Reasons();
    MemoryBreakdown all = MemoryBreakdown.read(memory, call.cpus(), pageBytes, reasons);
    MemoryUsage usage = MemoryUsage.read(memory, call.cpus(), pageBytes);
    Answer answer =
        new Answer(
            pageBytes,
            all.total(),
            all.parts().stream()
                .map(part -> new Part(part.use(), part.use().text(), part.pages()))
                .toList(),
            all.unaccounted(),
            all.present() - all.total(),
            usage.swap(),
            usage.swapUsed(),
            largest(processes(call, reasons), ProcessUse::anonymousPages),
            files(call, pageBytes, reasons),
            largest(caches(call, pageBytes, reasons), Cache::pages),
            largest(callers(call, reasons), Caller::pages),
            largest(groups(memory, pageBytes, reasons), Group::pages));
    call.notes().incomplete(reasons);
    return answer;
  }

  private <T> List<T> largest(List<T> all, ToLongFunction<T> pages) {
    List<T> sorted = new ArrayList<>(all);
    sorted.removeIf(one -> pages.applyAsLong(one) == 0);
    sorted.sort(Comparator.comparingLong(pages).reversed());
    return List.copyOf(sorted.subList(0, Math.min(sorted.size(), count)));
  }

  private static List<ProcessUse> processes(Call call, Reasons reasons)
      throws MissingFactException {
    List<ProcessUse> processes = new ArrayList<>();
    Set<Long> seen = new HashSet<>();
    for (Task task : call.machine().tasks().list().all()) {
      try {
        Optional<AddressSpace> space = call.machine().tasks().list().addressSpace(task);
        if (space.isPresent() && seen.add(task.mm())) {
          processes.add(
              new ProcessUse(
                  task.tgid(),
                  task.comm(),
                  space.get().pages(ANONYMOUS),
                  space.get().residentPages(),
                  space.get().pages(SWAPPED)));
        }
      } catch (KernelReadException e) {
        reasons.add(e);
      }
    }
    return processes;
  }

  private List<File> files(Call call, long pageBytes, Reasons reasons) throws MissingFactException {
    TypedMemory memory = call.typed();
    List<File> files = new ArrayList<>();
    for (CachedFiles.Cached one :
        reasons
            .optional(() -> CachedFiles.largest(memory, pageBytes, count, reasons, call::stillBusy))
            .orElse(List.of())) {
      PageOwners.File file = one.file();
      files.add(
          new File(file.address(), file.path(), file.fileSystem(), file.device(), one.pages()));
    }
    return files;
  }

  private static List<Cache> caches(Call call, long pageBytes, Reasons reasons)
      throws MissingFactException {
    TypedMemory memory = call.typed();
    List<Integer> cpus = call.cpus();
    Optional<Listing<SlabCaches.Cache>> found =
        reasons.optional(() -> SlabCaches.read(memory, cpus, pageBytes));
    List<Cache> caches = new ArrayList<>();
    found.flatMap(Listing::problem).ifPresent(reasons::add);
    for (SlabCaches.Cache one : found.map(Listing::all).orElse(List.of())) {
      if (one.counts().isPresent() && one.slabBytes().isPresent()) {
        SlabCaches.Counts counts = one.counts().get();
        caches.add(
            new Cache(
                one.address(),
                one.name(),
                counts.slabs() * one.slabBytes().getAsLong() / pageBytes,
                counts.allocated(),
                counts.total()));
      }
    }
    return caches;
  }

  private static List<Caller> callers(Call call, Reasons reasons) throws MissingFactException {
    TypedMemory memory = call.typed();
    SymbolNames symbols = call.symbols();
    Map<String, Caller> callers = new HashMap<>();
    Optional<Listing<VmallocAreas.Area>> areas = reasons.optional(() -> VmallocAreas.read(memory));
    areas.flatMap(Listing::problem).ifPresent(reasons::add);
    for (VmallocAreas.Area area : areas.map(Listing::all).orElse(List.of())) {
      try {
        long caller = VmallocAreas.purpose(memory, area).caller();
        String function = symbols.at(caller).map(found -> found.symbol().name()).orElse("unknown");
        callers.merge(
            function,
            new Caller(function, VmallocAreas.pages(memory, area), 1),
            (a, b) -> new Caller(function, a.pages() + b.pages(), a.areas() + b.areas()));
      } catch (KernelReadException e) {
        reasons.add(e);
      }
    }
    return List.copyOf(callers.values());
  }

  private static List<Group> groups(TypedMemory memory, long pageBytes, Reasons reasons) {
    return reasons
        .optional(() -> MemoryGroups.read(memory, pageBytes, reasons))
        .orElse(List.of())
        .stream()
        .map(group -> new Group(group.address(), group.path(), group.pages(), group.limit()))
        .toList();
  }

  @Override
  public void print(Answer answer, Text out) {
    new MemoryText(answer, out).print();
  }
}
