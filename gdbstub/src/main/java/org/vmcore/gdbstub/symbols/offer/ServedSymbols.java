package org.vmcore.gdbstub.symbols.offer;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.gdbstub.OutOfMemory;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.stack.Interruption;
import org.vmcore.gdbstub.port.api.LinuxPort;
import org.vmcore.gdbstub.symbols.find.ModuleFiles;
import org.vmcore.gdbstub.symbols.find.VmlinuxSearch;
import org.vmcore.gdbstub.symbols.read.Vmlinux;
import org.vmcore.gdbstub.symbols.write.ModuleTypes;
import org.vmcore.gdbstub.symbols.write.SymbolCache;
import org.vmcore.gdbstub.symbols.write.SymbolFile;
import org.vmcore.gdbstub.symbols.write.SymbolTarget;
import org.vmcore.gdbstub.symbols.write.elf.ElfFile;
import org.vmcore.gdbstub.symbols.write.frames.AddressRanges;
import org.vmcore.gdbstub.symbols.write.frames.FrameLibrary;
import org.vmcore.gdbstub.symbols.write.frames.KernelFrames;

/**
 * The files that a debugger is given, and which libraries it is told of.
 *
 * <pre>
 *   there is      the debugger           program          libraries
 *   vmlinux       reads it from here     vmlinux, shown   unwind, modules, types
 *   vmlinux       opens files itself     unwind           vmlinux as it is, modules, types
 *   vmlinux       has a vmlinux                           unwind, modules, types
 *   no vmlinux    has none               what is made
 *   no vmlinux    has a vmlinux                           unwind for all, modules, types
 * </pre>
 *
 * Unwind is call-frame information that vmlinux lacks, or has wrong; gdb asks files for it in the
 * order program, libraries. Types are of modules without a file. What is made is one file of the
 * dump's own symbols and types, those of modules among them.
 *
 * <p>Shared by all sessions. What is made is made once, and kept.
 */
public final class ServedSymbols implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(ServedSymbols.class);

  private static final String IMAGE = "vmlinux";
  private static final String UNWIND = "unwind";
  private static final String TYPES = "types of modules";

  private final LinuxKernel kernel;
  private final Optional<Vmlinux> vmlinux;
  private final long slide;
  private final LinuxPort port;
  private final SymbolTarget target;
  private final VmlinuxSearch search;
  private final Optional<String> release;
  private final KernelFrames frames;
  private final SymbolCache cache;
  private final OptionalLong perCpuAddress;
  private final List<Closeable> opened = new CopyOnWriteArrayList<>();
  private final PrivateDirectory directory = opened(new PrivateDirectory());
  private final FilesOnDisk onDisk;
  private final ServedFile.Content image;
  private final UnusedAddresses unused;
  private final Object modulesLock = new Object();
  private @Nullable ModuleLibraries modules;
  private final Set<String> ledToKernel = ConcurrentHashMap.newKeySet();
  private @Nullable FutureTask<Offers> preparation;
  private @Nullable Offers forOwners;

  /**
   * What there is to offer.
   *
   * @param unwind empty where nothing is known that could be in it
   * @param kernel vmlinux as a library
   */
  private record Offers(
      List<ServedFile> files,
      Optional<Library> unwind,
      Optional<Library> kernel,
      List<Library> modules) {
    static final Offers NONE = new Offers(List.of(), Optional.empty(), Optional.empty(), List.of());

    /** In the order in which debuggers are to look into them. */
    static List<Library> list(Optional<Library> first, List<Library> others) {
      List<Library> all = new ArrayList<>(first.stream().toList());
      all.addAll(others);
      return all;
    }
  }

  /**
   * @param vmlinux that of the kernel
   * @param slide from its addresses to those of the run
   * @param port what kernels of its architecture do
   * @param search knows where the files of modules may be
   * @param release the kernel's, as {@code uname -r} shows it
   * @param interruptions what CPUs were doing that are stopped at exception vectors
   * @param cache of what is made of the kernel
   * @param perCpuAddress where debuggers see per-CPU variables, if not where the kernel has them
   */
  public ServedSymbols(
      LinuxKernel kernel,
      Optional<Vmlinux> vmlinux,
      long slide,
      LinuxPort port,
      VmlinuxSearch search,
      Optional<String> release,
      Supplier<List<Interruption>> interruptions,
      SymbolCache cache,
      OptionalLong perCpuAddress) {
    this.kernel = kernel;
    this.vmlinux = vmlinux;
    this.slide = slide;
    this.port = port;
    this.target = SymbolTarget.of(port, kernel);
    this.search = search;
    this.release = release;
    this.frames = new KernelFrames(kernel, port, interruptions);
    this.cache = cache;
    this.perCpuAddress = perCpuAddress;
    this.image = new ServedFile.Content(this::makeImage);
    this.unused = new UnusedAddresses(kernel.memory().wordBytes());
    this.onDisk = opened(new FilesOnDisk(this, kernel, vmlinux, target, frames));
  }

  private <T extends Closeable> T opened(T file) {
    opened.add(file);
    return file;
  }

  /** Whether there is a file of the kernel to give. */
  public boolean hasImage() {
    return vmlinux.isPresent() || kernel.kallsyms().isPresent();
  }

  /** The kernel's own file, for those who read it through the server. */
  DumpInput image() throws IOException {
    return image.open();
  }

  /** Files for a debugger that takes nothing but paths. */
  public FilesOnDisk onDisk() {
    return onDisk;
  }

  /** The name of the program; empty where there is nothing to give. */
  public Optional<String> executable(Taker taker) {
    if (!hasImage()) {
      return Optional.empty();
    }
    try {
      if (taker.opensFiles() && vmlinux.isPresent()) {
        // It would find what has taken its place.
        KernelImage.check(vmlinux.get());
      }
      return Optional.of(directory.path(opensKernel(taker) ? UNWIND : IMAGE).toString());
    } catch (IOException e) {
      LOG.warn("No symbols for debuggers: {}", e.getMessage());
      return Optional.empty();
    }
  }

  /** Whether a debugger can be sent to vmlinux as it is. */
  private boolean opensKernel(Taker taker) {
    return taker.opensFiles() && offers().kernel().isPresent();
  }

  /** The libraries, in the order in which a debugger is to look into them. */
  public List<Library> libraries(Taker taker) {
    Offers offers = offers();
    if (taker.hasProgram() && !ledToKernel.contains(taker.process())) {
      Offers owners = vmlinux.isPresent() ? offers : forOwners();
      return Offers.list(owners.unwind(), owners.modules());
    }
    if (!taker.process().isEmpty()) {
      // When it connects again, its program will be what it was led to here.
      ledToKernel.add(taker.process());
    }
    if (!opensKernel(taker)) {
      return Offers.list(offers.unwind(), offers.modules());
    }
    return Offers.list(offers.kernel(), offers.modules());
  }

  /** Whether a debugger has per-CPU variables where the kernel does not have them. */
  public boolean usesPerCpuWindow(Taker taker) {
    boolean isOurs = !taker.hasProgram() || ledToKernel.contains(taker.process());
    return perCpuAddress.isPresent()
        && isOurs
        && (vmlinux.isEmpty() || (opensKernel(taker) && vmlinux.get().hasZeroBasedPerCpu()));
  }

  /** All files that debuggers may read. */
  public Collection<ServedFile> files() {
    List<ServedFile> all = new ArrayList<>(offers().files());
    synchronized (this) {
      if (forOwners != null) {
        all.addAll(forOwners.files());
      }
    }
    return all;
  }

  /** The file of a module that debuggers are given, by its path here; empty where it is made. */
  public Optional<String> moduleFile(String module) {
    return vmlinux.isPresent() ? modules().path(module) : Optional.empty();
  }

  private ModuleLibraries modules() {
    synchronized (modulesLock) {
      if (modules == null) {
        modules = opened(new ModuleLibraries(kernel, target, directory, unused));
        modules.find(new ModuleFiles(search, release));
      }
      return modules;
    }
  }

  private DumpInput makeImage() throws IOException {
    if (vmlinux.isPresent()) {
      KernelImage file = opened(new KernelImage(kernel, vmlinux.get(), slide, port));
      return opened(CompressedDebugInfo.of(file.shown()));
    }
    return makeSymbols(perCpuAddress).toInput("symbols of the dump");
  }

  /** See {@link SymbolFile#make}. */
  ElfFile makeSymbols(OptionalLong perCpu) throws IOException {
    return new SymbolFile(kernel, target, new MadeFrames(frames))
        .make(cache, perCpu)
        .orElseThrow(() -> new IOException("the dump does not have its kernel's symbols"));
  }

  /** The file of a module that has debugging information; empty where it has none or is made. */
  Optional<DumpInput> moduleWithLines(String module) {
    return modules().withLines(module);
  }

  /**
   * Writes vmlinux as LLDB takes it, but for its debugging information.
   *
   * @param link the name of vmlinux in the directory of {@code to}
   * @return whether it was written; there is nothing to add to some
   */
  boolean writeStripped(Path to, String link) throws IOException {
    List<AddressRanges.Range> modules =
        kernel.modules().stream()
            .flatMap(module -> module.code().stream())
            .map(code -> new AddressRanges.Range(code.base(), code.size()))
            .toList();
    try (KernelImage file = new KernelImage(kernel, vmlinux.orElseThrow(), slide, port)) {
      Optional<byte[]> added =
          file.lacksFrames() ? frames.of(file.covered().and(modules)) : Optional.empty();
      if (added.isEmpty()) {
        return false;
      }
      file.writeStripped(added.get(), link, to);
      return true;
    }
  }

  private Offers makeOffers() {
    try {
      return vmlinux.isPresent() ? withVmlinux(vmlinux.get()) : ofDumpAlone();
    } catch (IOException e) {
      LOG.warn("No symbols for debuggers: {}", e.getMessage());
      return Offers.NONE;
    }
  }

  private Offers ofDumpAlone() throws IOException {
    if (!hasImage()) {
      return Offers.NONE;
    }
    String name = directory.write(IMAGE, image.open()).toString();
    return new Offers(
        List.of(new ServedFile(name, image)), Optional.empty(), Optional.empty(), List.of());
  }

  private Offers withVmlinux(Vmlinux found) throws IOException {
    List<ServedFile> files = new ArrayList<>();
    // It is opened for those only who read it from here.
    files.add(new ServedFile(directory.link(IMAGE, found.path()).toString(), image));
    ModuleLibraries made = modules();
    files.addAll(made.files());
    try (KernelImage file = new KernelImage(kernel, found, slide, port)) {
      Optional<Made> unwind = unwind(file.covered().and(made.covered()));
      unwind.ifPresent(frames -> files.add(frames.file()));
      return new Offers(
          files,
          unwind.map(Made::library),
          // Without the other there would be no program.
          unwind.isPresent() ? file.asLibrary(perCpuAddress) : Optional.empty(),
          withTypes(made, files));
    }
  }

  /** What those are offered, of a dump alone, who have a vmlinux of their own. */
  private synchronized Offers forOwners() {
    if (forOwners == null) {
      List<ServedFile> files = new ArrayList<>(modules().files());
      try {
        Optional<Made> unwind = unwind(AddressRanges.none().and(modules().covered()));
        unwind.ifPresent(frames -> files.add(frames.file()));
        forOwners =
            new Offers(
                files, unwind.map(Made::library), Optional.empty(), withTypes(modules(), files));
      } catch (IOException e) {
        LOG.warn("Less symbols for debuggers: {}", e.getMessage());
        forOwners = new Offers(files, Optional.empty(), Optional.empty(), modules().libraries());
      }
    }
    return forOwners;
  }

  /** A file that is offered, and the library that it is. */
  private record Made(ServedFile file, Library library) {}

  /**
   * @param covered code whose call-frame information is elsewhere
   */
  private Optional<Made> unwind(AddressRanges covered) throws IOException {
    Optional<byte[]> made = frames.of(covered);
    if (made.isEmpty()) {
      return Optional.empty();
    }
    Map<String, byte[]> sections = new HashMap<>(ModuleTypes.none(kernel.memory()));
    sections.put(".debug_frame", made.get());
    return Optional.of(make(UNWIND, sections));
  }

  /** Adds the types of modules without a file, last of all libraries. */
  private List<Library> withTypes(ModuleLibraries modules, List<ServedFile> files)
      throws IOException {
    List<Library> all = new ArrayList<>(modules.libraries());
    Optional<Map<String, byte[]>> types = ModuleTypes.of(kernel, modules.made());
    if (types.isPresent()) {
      Made made = make(TYPES, types.get());
      files.add(made.file());
      all.add(made.library());
    }
    return all;
  }

  private Made make(String name, Map<String, byte[]> sections) throws IOException {
    KernelMemory memory = kernel.memory();
    long place = unused.next();
    ElfFile elf =
        FrameLibrary.of(target.machine(), memory.byteOrder(), memory.wordBytes(), place, sections);
    DumpInput input = elf.toInput(name);
    String path = directory.write(name, input).toString();
    return new Made(
        new ServedFile(path, new ServedFile.Content(() -> input)),
        Library.ofSections(path, FrameLibrary.sections(place)));
  }

  /** Begins to make all that debuggers are about to read, in a thread of its own. */
  @SuppressWarnings("FutureReturnValueIgnored") // Who needs it asks for it again.
  public void prepare() {
    preparation();
  }

  private synchronized FutureTask<Offers> preparation() {
    if (preparation == null) {
      preparation = new FutureTask<>(this::makeOffers);
      Thread thread = new Thread(preparation, "symbols");
      thread.setDaemon(true);
      thread.start();
    }
    return preparation;
  }

  /** Waits until all is made. */
  public void await(Duration atMost) {
    try {
      preparation().get(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.info("Symbols are still being made");
    } catch (ExecutionException e) {
      LOG.debug("Told when they are needed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Offers offers() {
    try {
      return preparation().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof OutOfMemoryError) {
        LOG.error("Symbols cannot be made: {}", OutOfMemory.words());
      } else {
        LOG.error("Symbols cannot be made", e.getCause());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return Offers.NONE;
  }

  @Override
  public void close() throws IOException {
    for (Closeable file : opened) {
      file.close();
    }
  }
}
