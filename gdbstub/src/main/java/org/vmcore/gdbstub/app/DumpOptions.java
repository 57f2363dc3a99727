package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.Architecture;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.api.RemoteFile;
import org.vmcore.dumpreader.api.RemoteFiles;
import org.vmcore.dumpreader.api.RemoteName;
import org.vmcore.dumpreader.api.RemoteOpener;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.gdbstub.symbols.find.SymbolOptions;
import picocli.CommandLine.Option;

/** The options of every command that opens a dump. */
final class DumpOptions {
  /** Describes the parameter of the dump. */
  static final String VMCORE =
      "The dump file, which may be compressed, or its URI (https, s3, gs, az, sftp); of a split"
          + " dump all parts, in any order; of raw memory FILE@PHYSICAL_ADDRESS (hexadecimal), once"
          + " or more often.";

  /** Loaded when the first URI is named. */
  private static final Lazy<RemoteFiles, IOException> REMOTE =
      Lazy.of(() -> new Extension("remote").load(RemoteFiles.class));

  @Option(
      names = "--vmlinux",
      paramLabel = "FILE",
      description = "The kernel's vmlinux. One whose build id is not the dump's is not used.")
  private @Nullable Path vmlinux;

  @Option(
      names = "--system-map",
      paramLabel = "FILE",
      description =
          "The kernel's System.map, for names that the dump lacks where there is no vmlinux.")
  private @Nullable Path systemMap;

  @Option(
      names = "--any-build-id",
      description = "Use --vmlinux all the same: its symbols may be wrong then.")
  private boolean anyBuild;

  @Option(
      names = "--debug-dir",
      paramLabel = "DIRECTORY",
      description = {
        "Look for vmlinux and modules here first, by build id and name; then for vmlinux beside the"
            + " dump, and in /usr/lib/debug, /lib/modules and debuginfod's cache; 'serve' and 'gdb'"
            + " also ask debuginfod servers (DEBUGINFOD_URLS).",
        "It may be a URI, below which vmlinux is looked for by build id.",
        "May be repeated."
      })
  private List<Path> debugDirectories = List.of();

  @Option(
      names = "--no-serve-symbols",
      description = "Give debuggers no symbol files: they have their own.")
  private boolean serveNoSymbols;

  @Option(
      names = "--types",
      paramLabel = "FILE",
      description = {
        "Take the kernel's types from this file: any module of that kernel with debug info will"
            + " do.",
        "Not needed where the kernel has BTF or vmlinux has debug info."
      })
  private @Nullable Path types;

  @Option(
      names = "--vmcoreinfo",
      paramLabel = "FILE",
      description = {
        "VMCOREINFO text to believe instead of the dump's own.",
        "Without either, physical memory is searched for it."
      })
  private @Nullable Path vmcoreinfo;

  @Option(
      names = "--arch",
      paramLabel = "NAME",
      converter = ArchitectureConverter.class,
      completionCandidates = ArchitectureConverter.Names.class,
      description = {
        "The machine's architecture, where the dump does not tell it: ${COMPLETION-CANDIDATES}.",
        "Raw memory (FILE@PHYSICAL_ADDRESS) of a big-endian or 32-bit machine needs it."
      })
  private @Nullable Architecture architecture;

  @Option(
      names = "--arch-option",
      paramLabel = "NAME=VALUE",
      description = {
        "A fact of the machine that the dump does not tell, such as phys_base=0x1000000. May be"
            + " repeated. ${bundle:"
            + HelpTexts.ARCH_OPTIONS
            + "}"
      })
  private Map<String, String> archOptions = new LinkedHashMap<>();

  @Option(
      names = "--cache-size",
      paramLabel = "SIZE",
      converter = SizeConverter.class,
      description =
          "Memory for decompressed pages, shared by all debuggers, such as 64M or 2G (default:"
              + " 256M; 0 keeps none).")
  private long cacheBytes = OpenOptions.DEFAULT_CACHE_BYTES;

  @Option(
      names = "--temp-dir",
      paramLabel = "DIRECTORY",
      description =
          "Where a compressed dump is unpacked to while it is open (default: the system's, "
              + "${sys:java.io.tmpdir}).")
  private @Nullable Path temporaryDirectory;

  @Option(
      names = "--no-remote-cache",
      description =
          "Keep nothing on disk of dumps named by a URI; else what was read of them is in"
              + " $XDG_CACHE_HOME/vmcore-gdbserver/remote.")
  private boolean keepsNoRemote;

  @Option(names = "--debug", description = "Log every packet and show stack traces of errors.")
  void setDebug(boolean debug) {
    if (debug) {
      Logging.debug();
    }
  }

  /** Whether the user has said which vmlinux, and wants to know when it is the wrong one. */
  boolean namesVmlinux() {
    return vmlinux != null;
  }

  CrashedMachine open(List<Path> files) throws IOException, DumpException {
    return CrashedMachine.open(files, options());
  }

  /** The same for a debugger, for whom symbols are worth being downloaded. */
  CrashedMachine openForDebugger(List<Path> files) throws IOException, DumpException {
    MachineOptions options = options();
    SymbolOptions symbols = options.symbols();
    return CrashedMachine.open(
        files, options.withSymbols(symbols.serve() ? symbols.withDownload() : symbols));
  }

  MachineOptions options() throws IOException {
    return options(new TerminalProgress());
  }

  /** The same for a caller that shows progress of its own. */
  MachineOptions options(Progress progress) throws IOException {
    for (Path directory : debugDirectories) {
      if (RemoteName.of(directory).isEmpty() && !Files.isDirectory(directory)) {
        System.err.printf("warning: --debug-dir %s: there is no such directory%n", directory);
      }
    }
    OpenOptions open = openOptions(progress);
    return new MachineOptions(
        here(vmcoreinfo, open),
        here(vmlinux, open),
        here(systemMap, open),
        here(types, open),
        new SymbolOptions(debugDirectories, List.of(), false, anyBuild, !serveNoSymbols),
        Optional.ofNullable(architecture),
        archOptions,
        open);
  }

  /** A file that is needed as one: a remote one is fetched. */
  private Optional<Path> here(@Nullable Path file, OpenOptions open) throws IOException {
    Optional<String> uri = Optional.ofNullable(file).flatMap(RemoteName::of);
    return uri.isPresent()
        ? Optional.of(REMOTE.get().fetch(uri.get(), !keepsNoRemote, open))
        : Optional.ofNullable(file);
  }

  /** The same for many dumps at once, each of which has a small cache unless the user says more. */
  MachineOptions optionsOfMany(Progress progress, long eachCacheBytes) throws IOException {
    if (cacheBytes == OpenOptions.DEFAULT_CACHE_BYTES) {
      cacheBytes = eachCacheBytes;
    }
    return options(progress);
  }

  private OpenOptions openOptions(Progress progress) {
    OpenOptions open = new OpenOptions(cacheBytes, progress).withRemote(new LoadedWhenNamed());
    if (architecture != null) {
      open = open.withMachine(architecture.usualByteOrder(), architecture.wordBits());
    }
    return temporaryDirectory == null ? open : open.withTemporaryDirectory(temporaryDirectory);
  }

  /** Remote files, through what is loaded for the first of them. */
  private final class LoadedWhenNamed implements RemoteOpener {
    @Override
    public DumpInput open(String uri, OpenOptions options) throws IOException {
      return REMOTE.get().open(uri, !keepsNoRemote, options);
    }

    @Override
    public Path fetch(String uri, OpenOptions options) throws IOException {
      return REMOTE.get().fetch(uri, !keepsNoRemote, options);
    }

    @Override
    public List<RemoteFile> list(String uri, OpenOptions options) throws IOException {
      return REMOTE.get().list(uri, options);
    }
  }
}
