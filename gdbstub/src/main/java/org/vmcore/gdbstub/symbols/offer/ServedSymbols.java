package org.vmcore.gdbstub.symbols.offer;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.dumpreader.input.FileInput;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.stack.Interruption;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.port.api.LinuxPort;
import org.vmcore.gdbstub.symbols.find.ModuleFile;
import org.vmcore.gdbstub.symbols.find.ModuleFiles;
import org.vmcore.gdbstub.symbols.find.VmlinuxSearch;
import org.vmcore.gdbstub.symbols.read.Vmlinux;
import org.vmcore.gdbstub.symbols.read.elf.ObjectFile;
import org.vmcore.gdbstub.symbols.write.SymbolCache;
import org.vmcore.gdbstub.symbols.write.SymbolFile;
import org.vmcore.gdbstub.symbols.write.frames.AddressRanges;
import org.vmcore.gdbstub.symbols.write.frames.FrameLibrary;
import org.vmcore.gdbstub.symbols.write.frames.FrameTable;
import org.vmcore.gdbstub.symbols.write.frames.KernelFrames;

/**
 * The files that a debugger is given, and which libraries it is told of. With a vmlinux: that, the
 * modules whose files were found, and a library with the call-frame information that vmlinux lacks.
 * Without: one file, made of the dump's own symbols and types, that has it all.
 *
 * <p>Shared by all sessions. What is made is made when it is first read, and kept.
 */
public final class ServedSymbols implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(ServedSymbols.class);

  private final LinuxKernel kernel;
  private final Optional<Vmlinux> vmlinux;
  private final long slide;
  private final LinuxPort port;
  private final int machine;
  private final VmlinuxSearch search;
  private final Optional<String> release;
  private final Supplier<List<Interruption>> interruptions;
  private final SymbolCache cache;
  private final OptionalLong perCpuAddress;
  private final List<Closeable> opened = new CopyOnWriteArrayList<>();
  private final List<File> files = new CopyOnWriteArrayList<>();
  private final FilesOnDisk onDisk;
  private final Map<String, String> moduleFiles = new ConcurrentHashMap<>();
  private final Map<String, DumpInput> modulesWithLines = new ConcurrentHashMap<>();
  private final Object librariesLock = new Object();
  private @Nullable List<Library> libraries;
  private @Nullable FutureTask<?> preparation;

  /**
   * A file under the name that debuggers know it by.
   *
   * @param name absolute, of no disk
   */
  public record File(String name, Content content) {}

  /** What is in a file. */
  public static final class Content {
    private final Maker maker;
    private @Nullable DumpInput made;

    Content(Maker maker) {
      this.maker = maker;
    }

    /** The same each time. */
    public synchronized DumpInput open() throws IOException {
      if (made == null) {
        made = maker.make();
      }
      return made;
    }
  }

  @FunctionalInterface
  private interface Maker {
    DumpInput make() throws IOException;
  }

  /**
   * A library as debuggers are told of it.
   *
   * @param name of one of the files, or of one that was not found
   * @param sections run-time addresses of the loaded sections in the order of the file; 0 for those
   *     that were freed
   */
  public record Library(String name, List<Long> sections) {}

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
    this.machine = port.architecture().elf(kernel.memory().byteOrder()).machine();
    this.search = search;
    this.release = release;
    this.interruptions = interruptions;
    this.cache = cache;
    this.perCpuAddress = perCpuAddress;
    this.onDisk = opened(new FilesOnDisk(this, kernel, vmlinux, port));
    if (vmlinux.isPresent()) {
      add(new File("/vmlinux", new Content(this::openVmlinux)));
    } else if (kernel.kallsyms().isPresent()) {
      add(new File("/vmlinux", new Content(this::makeSymbols)));
    }
  }

  private void add(File file) {
    files.add(file);
  }

  /** The name of the kernel's own file; empty where there is nothing to give. */
  public Optional<String> executable() {
    return files.isEmpty() ? Optional.empty() : Optional.of(files.get(0).name());
  }

  /** Whether per-CPU variables are where the kernel does not have them, in the executable. */
  public boolean usesPerCpuWindow() {
    return perCpuAddress.isPresent() && vmlinux.isEmpty();
  }

  /** The same for a debugger that reads no files from the server. */
  public FilesOnDisk onDisk() {
    return onDisk;
  }

  /** All files. */
  public List<File> files() {
    return List.copyOf(files);
  }

  private <T extends Closeable> T opened(T file) {
    opened.add(file);
    return file;
  }

  /** Another file may have taken its place since its build id was compared. */
  private static FileInput open(Vmlinux vmlinux) throws IOException {
    FileInput file = FileInput.open(vmlinux.path());
    try {
      if (!ObjectFile.read(file).buildId().equals(vmlinux.buildId())) {
        throw new IOException("it has been replaced by another build");
      }
      return file;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw new IOException(vmlinux.path() + ": " + e.getMessage(), e);
    }
  }

  private DumpInput openVmlinux() throws IOException {
    FileInput file = opened(open(vmlinux.orElseThrow()));
    Optional<VmlinuxView> view = VmlinuxView.open(file);
    if (view.isEmpty()) {
      return file;
    }
    if (port.replacesDebugInfo()) {
      return view.get().withoutFrames();
    }
    Optional<FrameTable> frames = view.get().frames();
    boolean replaces = frames.isPresent() && !kernel.orc().isEmpty();
    int[] misled = replaces ? frames.get().misled(slide, kernel.orc().get(0)) : new int[0];
    return view.get().shown(misled);
  }

  private DumpInput makeSymbols() throws IOException {
    return new BytesInput("symbols of the dump", makeSymbols(perCpuAddress));
  }

  /** See {@link SymbolFile#make}. */
  byte[] makeSymbols(OptionalLong perCpuAddress) throws IOException {
    return new SymbolFile(kernel, machine, new MadeFrames(kernel, port, interruptions))
        .make(cache, perCpuAddress)
        .orElseThrow(() -> new IOException("the dump does not have its kernel's symbols"));
  }

  /** The modules, and what else there is beside a vmlinux; none where the kernel's file has all. */
  public List<Library> libraries() {
    synchronized (librariesLock) {
      if (libraries == null) {
        libraries = vmlinux.isPresent() ? findLibraries() : List.of();
      }
      return libraries;
    }
  }

  /** The file of a module that debuggers are given, by its path here; empty where it is made. */
  public Optional<String> moduleFile(String module) {
    libraries();
    return Optional.ofNullable(moduleFiles.get(module));
  }

  /** The file of a module that has debugging information; empty where it has none or is made. */
  Optional<DumpInput> moduleWithLines(String module) {
    libraries();
    return Optional.ofNullable(modulesWithLines.get(module));
  }

  private List<Library> findLibraries() {
    List<Library> found = new ArrayList<>();
    List<AddressRanges.Range> haveFiles = new ArrayList<>();
    ModuleFiles directory = new ModuleFiles(search, release);
    for (KernelModule module : kernel.modules()) {
      Optional<ModuleFile> file = directory.open(module);
      if (file.isPresent()) {
        DumpInput input = opened(file.get().file());
        moduleFiles.put(module.name(), input.name());
        if (file.get().hasDebugInfo()) {
          modulesWithLines.put(module.name(), input);
        }
        String name = "/modules/" + module.name() + ".ko";
        add(new File(name, new Content(() -> input)));
        found.add(
            new Library(
                name,
                file.get().allocated().stream()
                    .map(section -> module.sections().getOrDefault(section, 0L))
                    .toList()));
        module
            .code()
            .forEach(code -> haveFiles.add(new AddressRanges.Range(code.base(), code.size())));
      } else {
        found.add(madeLibrary(module));
      }
    }
    frameLibrary(haveFiles)
        .ifPresent(
            bytes -> {
              add(new File("/unwind", new Content(() -> new BytesInput("unwind", bytes))));
              // Before the files of modules, where it knows better than these.
              found.add(0, new Library("/unwind", List.of(0L)));
            });
    return List.copyOf(found);
  }

  /** A module without a file has at least the symbols that the kernel kept of it. */
  private Library madeLibrary(KernelModule module) {
    String name = "/modules/" + module.name() + ".ko (no file)";
    try {
      Optional<byte[]> made = SymbolFile.ofModule(kernel, module, machine, Optional.empty());
      if (made.isPresent()) {
        ModuleFile file = ModuleFile.parse(new BytesInput(name, made.get()));
        add(new File(name, new Content(file::file)));
        // Its addresses are those of the run.
        return new Library(name, Collections.nCopies(file.allocated().size(), 0L));
      }
    } catch (IOException e) {
      LOG.warn("module {}: {}", module.name(), e.getMessage());
    }
    return new Library(name, List.of(module.base()));
  }

  private Optional<byte[]> frameLibrary(List<AddressRanges.Range> haveFiles) {
    KernelMemory memory = kernel.memory();
    return missingFrames(haveFiles)
        .map(bytes -> FrameLibrary.of(machine, memory.byteOrder(), memory.wordBytes(), bytes));
  }

  /**
   * A {@code .debug_frame} of the code that vmlinux describes not at all or wrongly.
   *
   * @param elsewhere code that other files describe
   */
  Optional<byte[]> missingFrames(List<AddressRanges.Range> elsewhere) {
    try (FileInput file = open(vmlinux.orElseThrow())) {
      Optional<VmlinuxView> view = VmlinuxView.open(file);
      if (view.isEmpty() || port.replacesDebugInfo()) {
        return frames(AddressRanges.none());
      }
      Optional<FrameTable> frames = view.get().frames();
      AddressRanges covered = AddressRanges.none();
      if (frames.isPresent()) {
        covered =
            kernel.orc().isEmpty()
                ? frames.get().covered(slide)
                : frames.get().covered(slide, kernel.orc().get(0));
      }
      return frames(covered.and(elsewhere));
    } catch (IOException e) {
      LOG.warn("no call-frame information for the kernel's assembly: {}", e.getMessage());
      return Optional.empty();
    }
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
            .map(module -> new AddressRanges.Range(module.base(), module.size()))
            .toList();
    try (FileInput file = open(vmlinux.orElseThrow())) {
      Optional<VmlinuxView> view = VmlinuxView.open(file);
      if (view.isEmpty() || port.replacesDebugInfo()) {
        return false;
      }
      Optional<byte[]> frames = missingFrames(modules);
      if (frames.isEmpty()) {
        return false;
      }
      StrippedVmlinux.write(
          view.get(), vmlinux.orElseThrow().path(), frames.get(), slide, link, to);
      return true;
    }
  }

  private Optional<byte[]> frames(AddressRanges covered) {
    return KernelFrames.of(kernel, port, covered, interruptions.get());
  }

  /**
   * Makes all that debuggers are about to read, and waits for it. It is made once, by a thread of
   * its own, and goes on when the wait is over.
   */
  public void prepare(Duration atMost) {
    FutureTask<?> task;
    synchronized (this) {
      if (preparation == null) {
        preparation = new FutureTask<>(Executors.callable(this::makeAll));
        Thread thread = new Thread(preparation, "symbols");
        thread.setDaemon(true);
        thread.start();
      }
      task = preparation;
    }
    try {
      task.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.info("Symbols are still being made");
    } catch (ExecutionException e) {
      LOG.error("Symbols cannot be made", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void makeAll() {
    try {
      if (!files.isEmpty()) {
        files.get(0).content().open();
      }
      libraries();
    } catch (IOException e) {
      LOG.warn("No symbols: {}", e.getMessage());
    }
  }

  @Override
  public void close() throws IOException {
    for (Closeable file : opened) {
      file.close();
    }
  }
}
