package org.vmcore.gdbstub.symbols.write;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.Version;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.PerCpuSection;
import org.vmcore.gdbstub.linux.symbols.Kallsyms;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.types.KernelTypes;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.symbols.write.Part.Memory;
import org.vmcore.gdbstub.symbols.write.Regions.Kind;
import org.vmcore.gdbstub.symbols.write.Regions.Region;
import org.vmcore.gdbstub.symbols.write.elf.Anchor;
import org.vmcore.gdbstub.symbols.write.elf.Anchored;
import org.vmcore.gdbstub.symbols.write.elf.ElfBuilder;
import org.vmcore.gdbstub.symbols.write.elf.ElfFile;

/**
 * An ELF file of what a dump itself tells of its kernel and modules: their symbols, and DWARF for
 * their types, for functions with what they take, and for variables whose type is known. Addresses
 * are those of the run; the file is not to be relocated.
 *
 * <p>It is put together of what is of the kernel, which is the same in all its dumps, and of what
 * is of the modules, which is the same whenever a dump is opened. Both are kept in a {@link
 * SymbolCache}.
 */
public final class SymbolFile {
  private static final Logger LOG = LoggerFactory.getLogger(SymbolFile.class);

  static final String PRODUCER =
      "vmcore-gdbserver " + Version.get() + " (kallsyms and BTF of a crash dump)";

  /** What is in a cache of one machine's modules. */
  private static final String MODULES = "modules";

  /** As many as ELF can number without extensions; thousands of modules have fewer. */
  private static final int MAX_SECTIONS = 0xf000;

  private final LinuxKernel kernel;
  private final SymbolTarget target;
  private final ByteOrder order;
  private final int word;
  private final Frames frames;
  private final Optional<PerCpuSection> perCpu;

  /** Call-frame information, as bytes of {@code .debug_frame} with run-time addresses. */
  public interface Frames {
    /** Of the kernel and its modules; empty where none is known. */
    Optional<byte[]> all();

    /** Of one module. */
    Optional<byte[]> of(KernelModule module);

    /** Whether that of the kernel is the same in all its dumps, and {@link #of} knows the rest. */
    boolean isOfKernel();
  }

  public SymbolFile(LinuxKernel kernel, SymbolTarget target, Frames frames) {
    this.kernel = kernel;
    this.target = target;
    this.order = kernel.memory().byteOrder();
    this.word = kernel.memory().wordBytes();
    this.frames = frames;
    this.perCpu = PerCpuSection.of(kernel);
  }

  /**
   * Makes the file.
   *
   * @param cache where what is made is kept
   * @param perCpuAddress where per-CPU variables are to be, if not where the kernel has them
   * @return empty where the dump does not have the kernel's symbols
   */
  public Optional<ElfFile> make(SymbolCache cache, OptionalLong perCpuAddress) {
    return kernel.kallsyms().map(kallsyms -> make(kallsyms, cache, perCpuAddress));
  }

  private ElfFile make(Kallsyms kallsyms, SymbolCache cache, OptionalLong perCpuAddress) {
    KernelTypes types =
        kernel
            .types()
            .map(TypedMemory::types)
            .orElseGet(() -> KernelTypes.of(TypeTable.ofNumbers(word)));
    long imageStart = Symbols.imageStart(kallsyms, perCpu);
    Optional<String> key =
        KernelKey.of(kallsyms, types.kernel(), imageStart, perCpu, target.machine());
    Optional<Part> kept = key.flatMap(cache::get);
    boolean needsAllFrames = kept.isEmpty() || !frames.isOfKernel();
    // A debugger waits: what does not need each other is made at once.
    Lazy<Optional<byte[]>, RuntimeException> all = Lazy.of(frames::all);
    if (needsAllFrames) {
      inBackground(all::get);
    }
    Part found = kept.orElseGet(() -> kernelPart(kallsyms, types));
    Optional<byte[]> allFrames = needsAllFrames ? all.get() : Optional.empty();
    Part ofKernel =
        allFrames.isPresent()
            ? found.withFrames(kernelFrames(allFrames.get(), found, imageStart))
            : found;
    if (kept.isEmpty() && key.isPresent()) {
      cache.put(
          key.get(),
          frames.isOfKernel() ? ofKernel : ofKernel.withFrames(Anchored.Piece.of(new byte[0])));
    }
    Part ofModules = ofModules(types, ofKernel, allFrames, imageStart, modulesCache(cache, key));
    return compose(ofKernel, ofModules, imageStart, perCpuAddress);
  }

  private Part ofModules(
      KernelTypes types,
      Part ofKernel,
      Optional<byte[]> allFrames,
      long imageStart,
      SymbolCache cache) {
    Optional<Part> kept = cache.get(MODULES);
    if (kept.isPresent()) {
      return kept.get();
    }
    Lazy<Anchored.Piece, RuntimeException> moduleFrames =
        Lazy.of(() -> moduleFrames(ofKernel, allFrames, imageStart));
    inBackground(moduleFrames::get);
    Part made = modulesPart(types, ofKernel).withFrames(moduleFrames.get());
    cache.put(MODULES, made);
    return made;
  }

  /** That of the modules as they are, for a dump is opened more than once. */
  private SymbolCache modulesCache(SymbolCache cache, Optional<String> kernelKey) {
    // Other frames are of what CPUs were doing, too.
    return frames.isOfKernel() && kernelKey.isPresent()
        ? cache.ofModules(ModulesKey.of(kernel, kernelKey.get()))
        : SymbolCache.none();
  }

  private static void inBackground(Runnable work) {
    Thread thread = new Thread(work, "frames");
    thread.setDaemon(true);
    // Who asks for the result meets the failure again.
    thread.setUncaughtExceptionHandler((failed, e) -> LOG.debug("{}", failed.getName(), e));
    thread.start();
  }

  private Part kernelPart(Kallsyms kallsyms, KernelTypes types) {
    Symbols symbols = Symbols.of(kallsyms, perCpu);
    List<Region> regions = Regions.ofKernel(symbols, perCpu);
    PartBuilder part = newPart(Optional.empty());
    part.add("", symbols, regions);
    KnownVariables known = new KnownVariables(types, word);
    part.describe("vmlinux", symbols, regions, types.kernel(), new int[0], Optional.of(known));
    return part.toPart();
  }

  private PartBuilder newPart(Optional<Part> behind) {
    return new PartBuilder(order, word, target.codeBits(), PRODUCER, behind);
  }

  private Part modulesPart(KernelTypes types, Part ofKernel) {
    PartBuilder part = newPart(Optional.of(ofKernel));
    if (ofKernel.types().length > 0) {
      part.namesAreAtStart(types.kernel());
    }
    Map<String, TypeTable> moduleTypes = types.modules();
    for (KernelModule module : kernel.modules()) {
      Symbols symbols = Symbols.of(module, perCpu);
      List<Region> regions = Regions.ofModule(symbols);
      boolean fits = part.sections() + regions.size() <= MAX_SECTIONS;
      part.add(module.name() + ":", symbols, fits ? regions : List.of());
      TypeTable own = moduleTypes.get(module.name());
      part.describe(
          // Not the module's own name: gdb would take struct zram for that of a source file.
          module.name() + ".ko",
          symbols,
          regions,
          own == null ? TypeTable.after(types.kernel()) : own,
          ofKernel.types(),
          Optional.empty());
    }
    return part.toPart();
  }

  /**
   * Makes a file of the symbols alone that a module has, for a debugger that has the kernel's types
   * from elsewhere.
   *
   * @param debugFrame the bytes of {@code .debug_frame}, where the file is to have one
   * @return empty where the dump does not have them
   */
  public static Optional<ElfFile> ofModule(
      LinuxKernel kernel, KernelModule module, SymbolTarget target, Optional<byte[]> debugFrame) {
    int word = kernel.memory().wordBytes();
    ByteOrder order = kernel.memory().byteOrder();
    Symbols symbols = Symbols.of(module, Optional.empty());
    PartBuilder builder =
        new PartBuilder(order, word, target.codeBits(), PRODUCER, Optional.empty());
    builder.addEmptyName();
    builder.add("", symbols, Regions.ofModule(symbols));
    Part part = builder.toPart();
    ElfBuilder elf = new ElfBuilder(target.machine(), order, word);
    for (Memory memory : part.memory()) {
      Region region = memory.region();
      elf.memory(
          memory.name(), flags(region.kind()), region.start(), region.end() - region.start());
    }
    debugFrame.ifPresent(bytes -> elf.contents(".debug_frame", bytes));
    elf.symbols(
        List.of(part.locals().bytes()), List.of(part.globals().bytes()), List.of(part.names()));
    return part.memory().isEmpty() ? Optional.empty() : Optional.of(elf.toFile());
  }

  private static int flags(Kind kind) {
    return switch (kind) {
      case CODE -> ElfBuilder.SHF_EXECINSTR;
      case READ_ONLY -> 0;
      case DATA, BSS, PER_CPU -> ElfBuilder.SHF_WRITE;
    };
  }

  /** The end of the kernel's image as its symbols tell it. */
  private static long imageBytes(Part ofKernel) {
    return ofKernel.memory().stream()
        .map(Memory::region)
        .filter(region -> region.anchor() == Anchor.IMAGE)
        .mapToLong(Region::end)
        .max()
        .orElse(0);
  }

  private boolean isInModule(long address) {
    for (KernelModule module : kernel.modules()) {
      if (Long.compareUnsigned(address - module.base(), module.size()) < 0) {
        return true;
      }
    }
    return false;
  }

  private Anchored.Piece kernelFrames(byte[] all, Part ofKernel, long imageStart) {
    return new FrameSection(order, word)
        .select(
            all, 0, address -> !isInModule(address), imageStart, imageStart + imageBytes(ofKernel));
  }

  private Anchored.Piece moduleFrames(Part ofKernel, Optional<byte[]> allFrames, long imageStart) {
    FrameSection sections = new FrameSection(order, word);
    int start = ofKernel.frames().bytes().length;
    if (allFrames.isPresent()) {
      long imageBytes = imageBytes(ofKernel);
      return sections.select(
          allFrames.get(),
          start,
          address ->
              Long.compareUnsigned(address - imageStart, imageBytes) >= 0 && isInModule(address),
          0,
          0);
    }
    Anchored joined = new Anchored(order, word);
    if (start > 0) {
      for (KernelModule module : kernel.modules()) {
        frames
            .of(module)
            .map(section -> sections.select(section, start + joined.size(), this::isInModule, 0, 0))
            .ifPresent(piece -> joined.bytes().bytes(piece.bytes()));
      }
    }
    return joined.toPiece();
  }

  private ElfFile compose(
      Part ofKernel, Part ofModules, long imageStart, OptionalLong perCpuAddress) {
    long perCpuStart = perCpuAddress.orElse(perCpu.map(PerCpuSection::start).orElse(0L));
    ElfBuilder elf = new ElfBuilder(target.machine(), order, word);
    for (Part part : List.of(ofKernel, ofModules)) {
      part.place(order, word, imageStart, perCpuStart);
      for (Memory memory : part.memory()) {
        Region region = memory.region();
        long bytes = region.end() - region.start();
        switch (region.anchor()) {
          case NONE -> section(elf, memory, region.start(), bytes);
          case IMAGE -> section(elf, memory, imageStart + region.start(), bytes);
          case PER_CPU -> {
            boolean isApart =
                perCpuAddress.isPresent() || perCpu.map(PerCpuSection::isApart).orElse(false);
            long all = perCpu.map(PerCpuSection::bytesWithModules).orElse(bytes);
            section(elf, memory, perCpuStart, isApart ? all : bytes);
          }
        }
      }
    }
    elf.contents(".debug_info", ofKernel.info().bytes(), ofModules.info().bytes());
    elf.contents(".debug_abbrev", ofKernel.abbreviations(), ofModules.abbreviations());
    elf.contents(".debug_ranges", ofKernel.ranges().bytes(), ofModules.ranges().bytes());
    elf.contents(".debug_str", ofKernel.strings(), ofModules.strings());
    if (ofKernel.frames().bytes().length > 0) {
      elf.contents(".debug_frame", ofKernel.frames().bytes(), ofModules.frames().bytes());
    }
    elf.symbols(
        List.of(ofKernel.locals().bytes(), ofModules.locals().bytes()),
        List.of(ofKernel.globals().bytes(), ofModules.globals().bytes()),
        List.of(ofKernel.names(), ofModules.names()));
    return elf.toFile();
  }

  private static void section(ElfBuilder elf, Memory memory, long address, long bytes) {
    elf.memory(memory.name(), flags(memory.region().kind()), address, bytes);
  }
}
