package org.vmcore.gdbstub.inspect.address;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.Translation;
import org.vmcore.gdbstub.inspect.address.Identification.InPage;
import org.vmcore.gdbstub.inspect.address.Identification.InSlab;
import org.vmcore.gdbstub.inspect.address.Identification.MappedBy;
import org.vmcore.gdbstub.inspect.address.Identification.OfFile;
import org.vmcore.gdbstub.inspect.address.Identification.SlabEvent;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.Notes;
import org.vmcore.gdbstub.linux.mm.DirectMap;
import org.vmcore.gdbstub.linux.mm.PageFrames;
import org.vmcore.gdbstub.linux.mm.PageOwners;
import org.vmcore.gdbstub.linux.mm.PageStates;
import org.vmcore.gdbstub.linux.mm.PageStates.Page;
import org.vmcore.gdbstub.linux.mm.SlabHistory;
import org.vmcore.gdbstub.linux.mm.SlabObjects;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.MemberAt;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** What the pages that addresses lead to were used for, and the objects in slabs. */
final class PagePlaces {
  /** What of a stack is only on it to keep it. */
  private static final Pattern WRITES_IT_DOWN =
      Pattern.compile("^(?:_*kasan_|stack_trace_save|stack_depot_|set_track)");

  /** Pages that are kept. */
  private static final int MAX_PAGES = 1 << 14;

  private final CrashedMachine machine;
  private final Notes notes;
  private final Reasons reasons = new Reasons();
  private final PageStates states;
  private final PageOwners owners;
  private final Optional<DirectMap> map;
  private Optional<SlabObjects> objects;
  private final CacheTypes cacheTypes;
  private final SlabHistory history;
  private final SymbolNames symbols;
  private final long pageBytes;
  private @Nullable Map<Long, Task> byMemory;
  private final Map<Long, Optional<Page>> known =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Optional<Page>> eldest) {
          return size() > MAX_PAGES;
        }
      };

  PagePlaces(Call call, TypedMemory memory, PageFrames frames, @Nullable DirectMap map)
      throws MissingFactException {
    this.machine = call.machine();
    this.notes = call.notes();
    this.pageBytes = frames.pageBytes();
    this.states = new PageStates(memory, frames, machine.vmcoreinfo());
    this.owners = new PageOwners(memory, pageBytes);
    this.map = Optional.ofNullable(map);
    List<Integer> cpus = call.cpus();
    this.objects =
        this.map.map(direct -> new SlabObjects(memory, cpus, direct, pageBytes, reasons));
    this.cacheTypes = new CacheTypes(memory.types());
    this.history = new SlabHistory(memory, reasons);
    this.symbols = call.symbols();
  }

  private Optional<Page> at(long physical) {
    long frame = Long.divideUnsigned(physical, pageBytes);
    Optional<Page> page = known.get(frame);
    if (page == null) {
      try {
        page = states.of(frame);
      } catch (KernelReadException e) {
        notes.incomplete(e);
        page = Optional.empty();
      }
      known.put(frame, page);
    }
    return page;
  }

  /** The object that an address of the direct map is in. */
  Optional<InSlab> object(long address) {
    OptionalLong physical =
        map.map(direct -> direct.physicalAddress(address)).orElse(OptionalLong.empty());
    Optional<Page> page = physical.isPresent() ? at(physical.getAsLong()) : Optional.empty();
    if (page.isEmpty() || page.get().use() != PageStates.Use.SLAB) {
      return Optional.empty();
    }
    if (objects.isEmpty()) {
      return Optional.empty();
    }
    try {
      Optional<InSlab> found = objects.get().at(address, page.get()).map(this::inSlab);
      notes.incomplete(reasons);
      return found;
    } catch (KernelReadException e) {
      if (e.reason() == KernelReadException.Reason.ABSENT) {
        // It is the same with all others.
        objects = Optional.empty();
      }
      notes.incomplete(e);
      return Optional.empty();
    }
  }

  private InSlab inSlab(SlabObjects.Found found) {
    Optional<Compound> type = cacheTypes.of(found.cacheName(), found.objectBytes());
    return new InSlab(
        found.cacheName(),
        found.cache(),
        found.object(),
        found.objectBytes(),
        found.offset(),
        found.allocated(),
        type.map(Compound::toString),
        type.flatMap(of -> MemberAt.of(of, found.offset())),
        history.of(found.cache(), found.object()).stream().map(this::event).toList());
  }

  private SlabEvent event(SlabHistory.Event event) {
    return new SlabEvent(
        event.freed(),
        event.by(),
        event.pid(),
        event.cpu(),
        event.stack().stream()
            .map(this::function)
            .dropWhile(name -> WRITES_IT_DOWN.matcher(name).find())
            .toList());
  }

  /** These are return addresses. */
  private String function(long address) {
    return symbols
        .at(address - 1)
        .map(Located::nameAndModule)
        .orElse("%#x".formatted(address));
  }

  /** The page at a physical address. */
  Optional<InPage> page(long physical) {
    return at(physical).map(page -> inPage(page, physical));
  }

  private InPage inPage(Page page, long physical) {
    Optional<OfFile> file = Optional.empty();
    List<MappedBy> mappedBy = List.of();
    try {
      if (page.use() == PageStates.Use.FILE) {
        file = Optional.of(ofFile(owners.file(page, reasons)));
        notes.incomplete(reasons);
      } else if (page.use() == PageStates.Use.ANONYMOUS) {
        mappedBy = mappedBy(page);
        notes.incomplete(reasons);
      }
    } catch (KernelReadException | MissingFactException e) {
      notes.incomplete(String.valueOf(e.getMessage()));
    }
    long offset = page.index() * pageBytes + physical % pageBytes;
    return new InPage(
        page.frame(),
        page.descriptor(),
        page.head(),
        page.use(),
        page.flags(),
        page.references(),
        page.order(),
        file,
        file.isPresent() ? OptionalLong.of(offset) : OptionalLong.empty(),
        mappedBy);
  }

  private static OfFile ofFile(PageOwners.File file) {
    return new OfFile(file.address(), file.inode(), file.fileSystem(), file.device(), file.path());
  }

  /** Those whose page tables have the page, of those whose regions may have it. */
  private List<MappedBy> mappedBy(Page page) throws KernelReadException, MissingFactException {
    List<MappedBy> all = new ArrayList<>();
    for (PageOwners.Place place : owners.places(page, reasons)) {
      Task task = byMemory().get(place.mm());
      if (task != null
          && machine.tasks().memoryOf(task).translate(place.address())
              instanceof Translation.Mapped mapped
          && Long.divideUnsigned(mapped.physicalAddress(), pageBytes) == page.frame()) {
        all.add(new MappedBy(task.pid(), task.comm(), place.address()));
      }
    }
    return all;
  }

  private Map<Long, Task> byMemory() throws MissingFactException {
    if (byMemory == null) {
      Map<Long, Task> found = new HashMap<>();
      for (Task task : machine.tasks().list().all()) {
        found.putIfAbsent(task.mm(), task);
      }
      byMemory = found;
    }
    return byMemory;
  }
}
