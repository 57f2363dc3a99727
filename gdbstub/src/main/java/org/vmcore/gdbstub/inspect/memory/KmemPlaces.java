package org.vmcore.gdbstub.inspect.memory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Place;
import org.vmcore.gdbstub.inspect.symbols.SymbolRow;
import org.vmcore.gdbstub.inspect.tasks.TaskContext;
import org.vmcore.gdbstub.inspect.tasks.TaskFinder;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.mm.PageStates;
import org.vmcore.gdbstub.linux.mm.SlabCaches;
import org.vmcore.gdbstub.linux.mm.SlabContents;
import org.vmcore.gdbstub.linux.mm.VmallocAreas;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;

/** {@code kmem ADDRESS}: which part of the kernel's memory an address is in, table by table. */
final class KmemPlaces {
  /** What symbols behind the kernel's image are not. */
  private static final List<String> IMAGE_ENDS = List.of("_end", "__bss_stop");

  private final Call call;
  private final PageKnowledge known;

  KmemPlaces(Call call) throws MissingFactException {
    this.call = call;
    this.known = PageKnowledge.of(call);
  }

  /** */
  record Places(long pageSize, List<Found> places) implements Kmem.Answer {}

  /**
   * An address by what it is in.
   *
   * @param symbol of the kernel or a module
   * @param slab with the object alone, or with all
   * @param task whose structure or stack it is in
   * @param vmalloc area
   * @param free piece of memory
   */
  record Found(
      Optional<SymbolRow> symbol,
      Optional<OfSlab> slab,
      Optional<TaskContext> task,
      Optional<Kmem.Area> vmalloc,
      Optional<KmemFree.Piece> free,
      Optional<PageRow> page) {}

  /** A slab and the cache that it is of. */
  record OfSlab(Kmem.Cache cache, SlabRow slab) {}

  /**
   * What an address is in: a virtual address, that of a {@code struct page}, or a physical one.
   *
   * @param slabsOnly whether nothing but a slab is asked for
   * @param whole whether all objects of the slab are
   */
  Found at(String word, boolean slabsOnly, boolean whole)
      throws NoAnswerException, MissingFactException, KernelReadException {
    long address = Place.parse(call.symbols(), word);
    OptionalLong ofDescriptor = known.frames().frameOf(address);
    OptionalLong physical = known.physical(address);
    OptionalLong frame =
        ofDescriptor.isPresent()
            ? ofDescriptor
            : known.described(physical.isPresent() ? physical.getAsLong() : address);
    Optional<PageStates.Page> page = Optional.empty();
    if (frame.isPresent()) {
      page = known.states().of(frame.getAsLong());
    }
    Optional<OfSlab> slab = Optional.empty();
    if (page.isPresent() && page.get().use() == PageStates.Use.SLAB) {
      slab = slab(page.get(), ofDescriptor.isPresent() ? OptionalLong.empty() : at(address), whole);
    }
    if (slabsOnly) {
      if (slab.isEmpty()) {
        throw NoAnswerException.notThere(word + " is in no slab");
      }
      return new Found(
          Optional.empty(),
          slab,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());
    }
    Optional<SymbolRow> symbol = symbol(address);
    if (symbol.isEmpty() && frame.isEmpty()) {
      throw NoAnswerException.notThere(
          word + " is no address of the kernel's, and no physical one that it knows a page of");
    }
    Optional<KmemFree.Piece> free = Optional.empty();
    if (page.isPresent() && page.get().order().isPresent()) {
      free = KmemFree.piece(known, page.get().frame(), page.get().order().getAsInt());
    }
    return new Found(
        symbol,
        slab,
        ofDescriptor.isPresent() ? Optional.empty() : task(address),
        vmalloc(address),
        free,
        frame.isPresent() ? Optional.of(PageRow.of(known, frame.getAsLong())) : Optional.empty());
  }

  private static OptionalLong at(long address) {
    return OptionalLong.of(address);
  }

  private Optional<OfSlab> slab(PageStates.Page page, OptionalLong around, boolean whole)
      throws MissingFactException {
    try {
      SlabContents.Slab slab = known.slabs().slab(page);
      Kmem.Cache cache =
          Kmem.Cache.of(
              SlabCaches.read(
                  known.typed(), call.cpus(), known.frames().pageBytes(), slab.cache()));
      SlabRow row = SlabRow.of(slab);
      return Optional.of(
          new OfSlab(cache, whole || around.isEmpty() ? row : row.around(around.getAsLong())));
    } catch (KernelReadException e) {
      call.notes().incomplete(e);
      return Optional.empty();
    }
  }

  /** Behind the image's end, the last symbol of it is not what an address is in. */
  private Optional<SymbolRow> symbol(long address) throws MissingFactException {
    Optional<Located> found = call.symbols().at(address);
    Optional<Long> end =
        IMAGE_ENDS.stream().flatMap(name -> known.typed().address(name).stream()).findFirst();
    boolean behind = end.isPresent() && Long.compareUnsigned(address, end.get()) >= 0;
    boolean ofModule = found.isPresent() && found.get().symbol().module().isPresent();
    return behind && !ofModule
        ? Optional.empty()
        : found.map(one -> SymbolRow.of(call.machine(), one));
  }

  private Optional<TaskContext> task(long address) throws MissingFactException {
    long size =
        known.typed().types().compound("struct task_struct").isEmpty()
            ? 1
            : known.typed().types().compound("struct task_struct").get().size().orElse(1);
    long stack = call.machine().stacks().stackBytes();
    List<Task> all = TaskFinder.every(call.machine());
    Optional<Task> found =
        // The last of it may be left out: it is for the registers that the CPU does not have.
        all.stream()
            .filter(task -> isIn(address, task.address(), size))
            .max(Comparator.comparing(Task::address, Long::compareUnsigned));
    found = found.or(() -> all.stream().filter(t -> isIn(address, t.stack(), stack)).findFirst());
    return found.isPresent()
        ? Optional.of(TaskContext.of(call.machine(), found.get()))
        : Optional.empty();
  }

  private static boolean isIn(long address, long start, long size) {
    return start != 0 && Long.compareUnsigned(address - start, size) < 0;
  }

  private Optional<Kmem.Area> vmalloc(long address) throws KernelReadException {
    Listing<VmallocAreas.Area> areas = VmallocAreas.read(known.typed());
    call.notes().incomplete(areas.problem());
    return VmallocAreas.at(areas.all(), address).map(Kmem.Area::of);
  }

  /** What was found at each address. */
  Places of(List<String> words, boolean slabsOnly, boolean whole)
      throws NoAnswerException, MissingFactException, KernelReadException {
    List<Found> found = new ArrayList<>();
    for (String word : words) {
      found.add(at(word, slabsOnly, whole));
    }
    return new Places(known.frames().pageBytes(), found);
  }

  static void print(Places places, Text out) {
    for (Found one : places.places()) {
      one.symbol()
          .ifPresent(
              symbol -> {
                symbol.print(out, false);
                out.lay("\n");
              });
      one.slab()
          .ifPresent(
              slab -> {
                KmemText.headOfCaches(out);
                KmemText.cache(slab.cache(), out);
                slab.slab().print(out);
                out.lay("\n");
              });
      one.task()
          .ifPresent(
              task -> {
                task.print(out);
                out.lay("\n");
              });
      one.vmalloc()
          .ifPresent(
              area -> {
                KmemText.areas(List.of(area), out);
                out.lay("\n");
              });
      one.free()
          .ifPresent(
              piece -> {
                KmemFree.print(piece, places.pageSize(), out);
                out.lay("\n");
              });
      one.page()
          .ifPresent(
              page -> {
                PageRow.head(out);
                page.print(out);
                out.lay("\n");
              });
    }
  }
}
