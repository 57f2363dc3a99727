package org.vmcore.gdbstub.inspect.address;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.gdbstub.inspect.address.Identification.InPageStruct;
import org.vmcore.gdbstub.inspect.address.Identification.InSymbol;
import org.vmcore.gdbstub.inspect.address.Identification.InVmalloc;
import org.vmcore.gdbstub.inspect.address.Identification.OnStack;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.Notes;
import org.vmcore.gdbstub.inspect.view.Fields;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.mm.AddressArea;
import org.vmcore.gdbstub.linux.mm.DirectMap;
import org.vmcore.gdbstub.linux.mm.PageFrames;
import org.vmcore.gdbstub.linux.mm.VmallocAreas;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import org.vmcore.gdbstub.linux.types.MemberAt;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.port.LinuxPorts;

/**
 * Tells what addresses are. Lists and tables are read when an address first needs them and kept, so
 * one of it is for many addresses; what cannot be read is told in the call's notes. For one thread.
 */
public final class Identifier {
  /** Where the kernel's image begins and ends, by architecture and age. */
  private static final List<String> STARTS = List.of("_text", "_stext", "_start");

  private static final List<String> ENDS = List.of("_end", "__bss_stop", "_etext");

  /** The name of the module that was unloaded last; until 5.19 a text, since then a struct. */
  private static final String LAST_UNLOADED = "last_unloaded_module";

  /** MODULE_NAME_LEN (include/linux/moduleparam.h). */
  private static final int MAX_MODULE_NAME = 56;

  private static final String MODULES = "modules";

  private final Notes notes;
  private final CrashedMachine machine;
  private final LinuxKernel linux;
  private final VirtualMemory kernel;
  private final Part<AddressArea> image;
  private final Part<List<AddressArea>> areas;
  private final Part<DirectMap> directMap;
  private final Part<PageFrames> frames;
  private final Part<Listing<VmallocAreas.Area>> vmalloc;
  private final Part<StackPlaces> stacks;
  private final Part<PerCpuPlaces> perCpu;
  private final Part<PagePlaces> pages;
  private final Part<UserPlaces> user;

  /**
   * @param task whose user memory is meant
   */
  public Identifier(Call call, Optional<Task> task) throws MissingFactException {
    this.notes = call.notes();
    this.machine = call.machine();
    this.linux = machine.linux();
    this.kernel = machine.kernelSpace().virtual();
    this.image = new Part<>(call.notes(), this::findImage);
    this.areas =
        new Part<>(
            call.notes(),
            () -> Optional.of(LinuxPorts.of(machine.requireArchitecture()).areas(linux)));
    this.directMap = new Part<>(call.notes(), () -> DirectMap.of(linux));
    this.frames =
        new Part<>(
            call.notes(),
            () -> machine.vmcoreinfo().map(info -> new PageFrames(linux.memory(), info)));
    this.vmalloc =
        new Part<>(
            call.notes(),
            () -> {
              Listing<VmallocAreas.Area> found = VmallocAreas.read(call.typed());
              call.notes().incomplete(found.problem());
              return Optional.of(found);
            });
    this.stacks = new Part<>(call.notes(), () -> Optional.of(new StackPlaces(machine)));
    this.perCpu =
        new Part<>(
            call.notes(),
            () ->
                Optional.of(
                    new PerCpuPlaces(linux, call.typed(), call.cpus(), machine.pageBytes())));
    this.pages =
        new Part<>(
            call.notes(),
            () -> {
              TypedMemory memory = call.typed();
              Optional<PageFrames> known = frames.get().filter(f -> f.structSize() > 0);
              return known.isPresent()
                  ? Optional.of(
                      new PagePlaces(call, memory, known.get(), directMap.get().orElse(null)))
                  : Optional.empty();
            });
    this.user = new Part<>(call.notes(), () -> UserPlaces.of(machine, task));
  }

  private Optional<AddressArea> findImage() {
    OptionalLong first = linux.imageStart(STARTS);
    OptionalLong end =
        ENDS.stream()
            .flatMap(name -> linux.address(name).stream())
            .mapToLong(address -> address)
            .findFirst();
    return first.isEmpty() || end.isEmpty()
        ? Optional.empty()
        : Optional.of(new AddressArea("kernel image", first.getAsLong(), end.getAsLong() - 1));
  }

  /** What an address is. */
  public Identification of(long address) {
    Optional<UserPlaces.Found> inUser = user.get().flatMap(places -> places.at(address));
    VirtualMemory memory = inUser.map(UserPlaces.Found::memory).orElse(kernel);
    Fault fault = memory.read(address, new byte[1], 0, 1).fault();
    OptionalLong physical =
        memory.translate(address) instanceof Translation.Mapped mapped
            ? OptionalLong.of(mapped.physicalAddress())
            : OptionalLong.empty();
    Optional<PagePlaces> known = physical.isPresent() ? pages.get() : Optional.empty();
    boolean kernels = inUser.isEmpty();
    return new Identification(
        address,
        kernels ? symbol(address) : Optional.empty(),
        kernels ? perCpu.get().flatMap(places -> places.at(address)) : Optional.empty(),
        kernels ? stack(address) : Optional.empty(),
        kernels ? known.flatMap(places -> places.object(address)) : Optional.empty(),
        kernels ? pageStruct(address) : Optional.empty(),
        kernels ? vmalloc(address) : Optional.empty(),
        known.flatMap(places -> places.page(physical.getAsLong())),
        inUser.map(UserPlaces.Found::place),
        kernels ? area(address, fault) : Optional.empty(),
        physical,
        Optional.ofNullable(fault).map(Fault::message));
  }

  /** The object of a cache that an address of the kernel's is in. */
  public Optional<Identification.InSlab> slab(long address) {
    return pages.get().flatMap(places -> places.object(address));
  }

  /** Behind the image's end, the last symbol of it is not what an address is in. */
  private Optional<InSymbol> symbol(long address) {
    boolean inImage = image.get().map(area -> area.contains(address)).orElse(false);
    Optional<Located> found =
        linux.symbolNames().at(address).filter(located -> inImage || isNamed(located, address));
    if (found.isPresent()) {
      return found.map(Identifier::inSymbol);
    }
    for (KernelModule module : linux.modules()) {
      if (module.hasCodeAt(address)) {
        return Optional.of(
            new InSymbol("module", address - module.base(), Optional.of(module.name())));
      }
    }
    return Optional.empty();
  }

  /**
   * Whether a module has a name for an address: where data have none, the last function's is not.
   */
  private boolean isNamed(Located found, long address) {
    Optional<String> module = found.symbol().module();
    boolean isCode = "tTwW".indexOf(found.symbol().type()) >= 0;
    return module.isPresent()
        && (!isCode
            || linux.modules().stream()
                .filter(known -> known.name().equals(module.get()))
                .flatMap(known -> known.text().stream())
                .anyMatch(area -> area.contains(address)));
  }

  private static InSymbol inSymbol(Located found) {
    return new InSymbol(found.symbol().name(), found.offset(), found.symbol().module());
  }

  private Optional<OnStack> stack(long address) {
    try {
      Optional<StackPlaces> places = stacks.get();
      return places.isPresent() ? places.get().at(address) : Optional.empty();
    } catch (MissingFactException e) {
      notes.incomplete(String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private Optional<InPageStruct> pageStruct(long address) {
    Optional<PageFrames> all = frames.get().filter(f -> f.structSize() > 0);
    OptionalLong frame = all.map(f -> f.frameOf(address)).orElse(OptionalLong.empty());
    if (frame.isEmpty()) {
      return Optional.empty();
    }
    long start = all.orElseThrow().descriptor(frame.getAsLong()).orElse(address);
    Optional<String> member =
        linux
            .types()
            .flatMap(types -> types.types().compound("struct page"))
            .flatMap(type -> MemberAt.of(type, address - start));
    return Optional.of(
        new InPageStruct(
            frame.getAsLong(), frame.getAsLong() * all.get().pageBytes(), address - start, member));
  }

  private Optional<InVmalloc> vmalloc(long address) {
    Optional<VmallocAreas.Area> area =
        vmalloc.get().flatMap(areas -> VmallocAreas.at(areas.all(), address));
    if (area.isEmpty()) {
      return Optional.empty();
    }
    VmallocAreas.@Nullable Purpose purpose = null;
    try {
      purpose = VmallocAreas.purpose(machine.requireTypes(), area.get());
    } catch (MissingFactException | KernelReadException e) {
      notes.incomplete(String.valueOf(e.getMessage()));
    }
    long caller = purpose == null ? 0 : purpose.caller();
    long registers = purpose == null ? 0 : purpose.physical();
    return Optional.of(
        new InVmalloc(
            area.get().start(),
            area.get().end(),
            caller == 0 ? Optional.empty() : Optional.of(code(caller)),
            purpose == null ? List.of() : purpose.flags(),
            registers == 0 ? OptionalLong.empty() : OptionalLong.of(registers)));
  }

  /** The init functions of modules are not there any more when others ask for whom they called. */
  private String code(long address) {
    return linux.symbolNames().at(address).map(Located::text).orElseGet(() -> Fields.hex(address));
  }

  /** Where modules are loaded and none is, one may have been. */
  private Optional<String> area(long address, @Nullable Fault fault) {
    Optional<String> variable = perCpu.get().flatMap(places -> places.variable(address));
    if (variable.isPresent()) {
      return variable.map(name -> "per-CPU variable " + name + ", without a CPU's offset");
    }
    if (directMap.get().map(m -> m.physicalAddress(address).isPresent()).orElse(false)) {
      return Optional.of("direct map");
    }
    Optional<String> name =
        areas
            .get()
            .flatMap(all -> all.stream().filter(a -> a.contains(address)).findFirst())
            .map(AddressArea::name);
    if (name.filter(MODULES::equals).isPresent() && fault != null) {
      return Optional.of("where modules are loaded; none is here now" + lastUnloaded());
    }
    return name;
  }

  private String lastUnloaded() {
    String last =
        linux.address(LAST_UNLOADED).map(at -> linux.memory().text(at, MAX_MODULE_NAME)).orElse("");
    return last.isEmpty() ? "" : ". Unloaded last: " + last;
  }
}
