package org.vmcore.gdbstub.inspect.memory;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Stack;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.CpuList;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.mm.HugePages;
import org.vmcore.gdbstub.linux.mm.MemoryUsage;
import org.vmcore.gdbstub.linux.mm.SlabCaches;
import org.vmcore.gdbstub.linux.mm.SlabContents;
import org.vmcore.gdbstub.linux.mm.VmCounters;
import org.vmcore.gdbstub.linux.mm.VmallocAreas;
import org.vmcore.gdbstub.linux.mm.Zones;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kmem}, laid out after the command of that name in crash. */
@Command(
    name = "kmem",
    description = "Show what memory was used for.",
    footer =
        """
        CACHE is the address of the struct kmem_cache, OBJSIZE the size of an object, ALLOCATED the
        objects in use, TOTAL those and the free ones, SSIZE the size of a slab. '-' is what this
        kernel does not count. Zones and their counters are in pages.
        """)
public final class Kmem extends Query<Kmem.Answer> {
  @Parameters(
      arity = "0..*",
      paramLabel = "[ADDRESS|NAME...]",
      hideParamSyntax = true,
      description =
          "What an address is in, or the page of a physical one. With -s and -S a cache: of this"
              + " name, or those whose names contain it; or 'list' for the names alone.")
  private List<String> words = List.of();

  @Option(
      names = "-i",
      description =
          "The kernel's counters, as /proc/meminfo has them, which is the default; those that this"
              + " kernel does not have are left out.")
  private boolean usage;

  @Option(names = "-s", description = "The caches of kernel objects.")
  private boolean slabs;

  @Option(
      names = "-S",
      arity = "0..1",
      fallbackValue = "all",
      preprocessor = Attached.class,
      paramLabel = "CPU,...",
      description =
          "The caches with every object of their slabs; with '=', of what CPUs keep for themselves"
              + " only that of these.")
  private @Nullable String contentsOf;

  @Option(
      names = "-I",
      paramLabel = "NAME,...",
      split = ",",
      description = "With -s and -S, leave out these caches.")
  private List<String> without = List.of();

  @Option(names = "-f", description = "What was free, by zone and size of the piece.")
  private boolean free;

  @Option(names = "-F", description = "The same with each piece.")
  private boolean freePieces;

  @Option(names = "-p", description = "Every struct page.")
  private boolean pages;

  @Option(
      names = "-m",
      paramLabel = "MEMBER,...",
      split = ",",
      description = "These members of every struct page, which are numbers.")
  private List<String> pageMembers = List.of();

  @Option(names = "-P", description = "The address is physical, whatever else it may be.")
  private boolean physical;

  @Option(names = "-g", description = "The flags of pages, or those that a number has.")
  private boolean flags;

  @Option(names = "-n", description = "The nodes of memory, with their zones.")
  private boolean nodes;

  @Option(
      names = {"-c", "-C", "-r"},
      hidden = true,
      description = "What crash counts on kernels before 2.6 and, -r, by 5.0 to 5.8's own lists.")
  private boolean gone;

  @Option(names = "-v", description = "What vmalloc, ioremap and the loading of modules mapped.")
  private boolean vmalloc;

  @Option(names = "-z", description = "The zones of memory with their counters.")
  private boolean zones;

  @Option(
      names = "-V",
      description = "The counters of the whole machine, as /proc/vmstat has them.")
  private boolean counters;

  @Option(names = "-o", description = "What is added to a per-CPU variable's address on each CPU.")
  private boolean offsets;

  @Option(names = "-h", description = "The sizes of huge pages.")
  private boolean huge;

  /** Has an option take a value behind '=' alone: what stands behind it is another word. */
  static final class Attached implements IParameterPreprocessor {
    @Override
    public boolean preprocess(
        Stack<String> words, CommandSpec command, ArgSpec option, Map<String, Object> info) {
      if (!"=".equals(info.get("separator"))) {
        words.push(((OptionSpec) option).fallbackValue());
      }
      return false;
    }
  }

  /** One table or another. */
  sealed interface Answer
      permits Usage,
          Caches,
          Areas,
          ZoneList,
          Counters,
          Offsets,
          HugeSizes,
          KmemSlabs.Contents,
          KmemPages.Pages,
          KmemPages.Members,
          KmemPages.Flags,
          KmemFree.FreeLists,
          KmemFree.Nodes,
          KmemPlaces.Places {}

  /**
   * What memory was used for, in pages; what cannot be told is left out.
   *
   * @param pageSize in bytes
   */
  record Usage(
      long pageSize,
      OptionalLong totalPages,
      OptionalLong freePages,
      OptionalLong usedPages,
      OptionalLong bufferPages,
      OptionalLong cachedPages,
      OptionalLong slabPages,
      OptionalLong hugePages,
      OptionalLong hugeFreePages,
      OptionalLong swapPages,
      OptionalLong swapUsedPages,
      OptionalLong commitLimitPages,
      OptionalLong committedPages)
      implements Answer {}

  /** The caches, newest first. */
  record Caches(Rows<Cache> caches) implements Answer {}

  /**
   * A cache.
   *
   * @param cache address of its {@code struct kmem_cache}
   * @param objectSize in bytes
   * @param slabSize size of the pieces of memory that objects are made of; none for SLAB
   * @param allocated objects in use
   * @param total objects, in use or free
   */
  record Cache(
      @Hex long cache,
      String name,
      long objectSize,
      OptionalLong slabSize,
      OptionalLong allocated,
      OptionalLong total,
      OptionalLong slabs) {
    static Cache of(SlabCaches.Cache cache) {
      Optional<SlabCaches.Counts> counts = cache.counts();
      return new Cache(
          cache.address(),
          cache.name(),
          cache.objectBytes(),
          cache.slabBytes(),
          number(counts.map(SlabCaches.Counts::allocated)),
          number(counts.map(SlabCaches.Counts::total)),
          number(counts.map(SlabCaches.Counts::slabs)));
    }

    private static OptionalLong number(Optional<Long> value) {
      return value.isPresent() ? OptionalLong.of(value.get()) : OptionalLong.empty();
    }
  }

  /** By address. */
  record Areas(List<Area> areas) implements Answer {}

  /**
   * What was mapped apart.
   *
   * @param vmapArea address of its {@code struct vmap_area}; none before there were such
   * @param vmStruct address of its {@code struct vm_struct}
   * @param end the address after its last, with the guard page behind it
   */
  record Area(
      @Hex OptionalLong vmapArea, @Hex long vmStruct, @Hex long start, @Hex long end, long size) {
    static Area of(VmallocAreas.Area area) {
      return new Area(
          area.area() == 0 ? OptionalLong.empty() : OptionalLong.of(area.area()),
          area.structure(),
          area.start(),
          area.end(),
          area.end() - area.start());
    }
  }

  /**
   * Counters by the kernel's names.
   *
   * @param tables by the names of the kernel's arrays
   */
  record Counters(Map<String, Map<String, Long>> tables) implements Answer {}

  /** By CPU. */
  record Offsets(List<Offset> offsets) implements Answer {}

  /** */
  record Offset(int cpu, @Hex long offset) {}

  /** */
  record HugeSizes(List<HugeSize> sizes) implements Answer {}

  /**
   * Huge pages of a size.
   *
   * @param hstate address of its {@code struct hstate}
   */
  record HugeSize(@Hex long hstate, long bytes, long free, long total, String name) {}

  /** By node. */
  record ZoneList(List<Zone> zones) implements Answer {}

  /**
   * A zone.
   *
   * @param zone its number in the node
   * @param address of its {@code struct zone}
   * @param spannedPages with the holes in it
   * @param watermarks below which memory is reclaimed: min, low, high
   * @param counters by their names in {@code enum zone_stat_item}
   */
  record Zone(
      int node,
      int zone,
      @Hex long address,
      String name,
      long spannedPages,
      long presentPages,
      List<Long> watermarks,
      Map<String, Long> counters) {
    static Zone of(Zones.Zone zone) {
      return new Zone(
          zone.node(),
          zone.number(),
          zone.address(),
          zone.name(),
          zone.spanned(),
          zone.present(),
          zone.watermarks(),
          zone.counters());
    }
  }

  @Override
  public int version() {
    return 4;
  }

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (gone) {
      throw NoAnswerException.notThere(
          "no kernel that dumps are of has the page hash of -c and -C; -r is -s");
    } else if (isMoreThanOne(
        usage,
        slabs,
        contentsOf != null,
        vmalloc,
        zones,
        counters,
        offsets,
        huge,
        free,
        freePieces,
        pages,
        !pageMembers.isEmpty(),
        flags,
        nodes)) {
      throw NoAnswerException.usage(
          "takes one of -i, -s, -S, -v, -V, -z, -o, -h, -f, -F, -p, -m, -g and -n");
    }
    boolean addresses = !words.isEmpty() && words.stream().allMatch(Kmem::isAddress);
    if (!pageMembers.isEmpty()) {
      return KmemPages.members(call, pageMembers, words);
    } else if (physical) {
      return KmemPages.at(call, words);
    }
    boolean others = usage || zones || counters || offsets || huge || nodes;
    if (!words.isEmpty() && others) {
      throw NoAnswerException.usage("takes no address with this option");
    } else if (flags) {
      return KmemPages.flags(call, words);
    } else if (slabs || contentsOf != null) {
      return addresses
          ? new KmemPlaces(call).of(words, true, contentsOf != null)
          : contentsOf != null
              ? contents(call, contentsOf)
              : new Caches(caches(call, cache -> cache));
    } else if (!words.isEmpty()) {
      return new KmemPlaces(call).of(words, false, false);
    } else if (free || freePieces) {
      return KmemFree.lists(PageKnowledge.of(call));
    } else if (nodes) {
      return KmemFree.nodes(PageKnowledge.of(call));
    } else if (pages) {
      return KmemPages.all(call);
    }
    return table(call);
  }

  /** Names of caches are no such numbers. */
  private static boolean isAddress(String word) {
    return word.matches("(0[xX])?[0-9a-fA-F]{8,16}");
  }

  /** Those that are meant, each counted when it is shown. */
  private <T> Rows<T> caches(Call call, OfCache<T> row)
      throws NoAnswerException, MissingFactException, KernelReadException {
    SlabCaches caches = new SlabCaches(call.typed(), call.cpus(), call.machine().pageBytes());
    List<SlabCaches.Uncounted> all = caches.all();
    List<SlabCaches.Uncounted> wanted =
        all.stream()
            .filter(cache -> isWanted(cache.name(), all) && !without.contains(cache.name()))
            .toList();
    if (wanted.isEmpty() && !words.isEmpty()) {
      throw NoAnswerException.notThere("no slab cache is called " + String.join(" or ", words));
    }
    return Rows.of(
        call,
        out -> {
          for (SlabCaches.Uncounted one : wanted) {
            Optional<Cache> cache = caches.counted(one).map(Cache::of);
            if (cache.isPresent()) {
              out.accept(row.of(cache.get()));
            }
          }
          call.notes().incomplete(caches.problem());
        });
  }

  /** What is shown of a cache. */
  @FunctionalInterface
  private interface OfCache<T> {
    T of(Cache cache) throws KernelReadException;
  }

  private boolean isWanted(String cache, List<SlabCaches.Uncounted> all) {
    return words.isEmpty()
        || isList()
        || words.stream()
            .anyMatch(
                word ->
                    all.stream().anyMatch(one -> one.name().equals(word))
                        ? cache.equals(word)
                        : cache.contains(word));
  }

  /** As in crash, where no cache has that name. */
  private boolean isList() {
    return words.equals(List.of("list"));
  }

  /**
   * @param cpus whose own slabs are shown
   */
  private KmemSlabs.Contents contents(Call call, String cpus)
      throws NoAnswerException, MissingFactException, KernelReadException {
    List<Integer> chosen = CpuList.parse(call, cpus);
    SlabContents slabs = PageKnowledge.of(call).slabs();
    return new KmemSlabs.Contents(
        caches(call, cache -> KmemSlabs.OfCache.of(cache, slabs.of(cache.cache()), chosen)));
  }

  private Answer table(Call call) throws MissingFactException, KernelReadException {
    long pageBytes = call.machine().pageBytes();
    if (counters) {
      return new Counters(VmCounters.read(call.typed(), call.cpus()));
    } else if (offsets) {
      PerCpu perCpu = new PerCpu(call.typed());
      return new Offsets(
          call.cpus().stream().map(cpu -> new Offset(cpu, perCpu.offset(cpu).orElse(0))).toList());
    } else if (huge) {
      return new HugeSizes(
          HugePages.read(call.typed(), pageBytes).stream()
              .map(h -> new HugeSize(h.address(), h.bytes(), h.free(), h.total(), h.name()))
              .toList());
    } else if (vmalloc) {
      Listing<VmallocAreas.Area> found = VmallocAreas.read(call.typed());
      call.notes().incomplete(found.problem());
      return new Areas(found.all().stream().map(Area::of).toList());
    } else if (zones) {
      return new ZoneList(Zones.read(call.typed()).stream().map(Zone::of).toList());
    }
    MemoryUsage counters = MemoryUsage.read(call.typed(), call.cpus(), pageBytes);
    counters.problems().forEach(call.notes()::incomplete);
    return usage(counters, pageBytes);
  }

  private static Usage usage(MemoryUsage usage, long pageBytes) {
    return new Usage(
        pageBytes,
        usage.total(),
        usage.free(),
        usage.total().isPresent() && usage.free().isPresent()
            ? OptionalLong.of(usage.total().getAsLong() - usage.free().getAsLong())
            : OptionalLong.empty(),
        usage.buffers(),
        usage.cached(),
        usage.slab(),
        usage.huge(),
        usage.hugeFree(),
        usage.swap(),
        usage.swapUsed(),
        usage.commitLimit(),
        usage.committed());
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer instanceof KmemFree.FreeLists lists) {
      KmemFree.print(lists, freePieces, out);
    } else if (answer instanceof Caches all && isList()) {
      int unused = all.caches().forEach(cache -> out.print("%x %s\n", cache.cache(), cache.name()));
    } else {
      KmemText.print(answer, out);
    }
  }
}
