package org.vmcore.gdbstub.symbols.find;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.dumpreader.unwrap.UnpackedFile;
import org.vmcore.gdbstub.linux.symbols.KernelModule;

/**
 * The files of modules: where files are kept by build id, then in directories of them: {@code
 * NAME.ko}, and {@code NAME.ko.debug} as distributions call those with debug info, compressed or
 * not. Which of several is a module's is told by its build id.
 */
public final class ModuleFiles {
  private static final Logger LOG = LoggerFactory.getLogger(ModuleFiles.class);

  private static final Pattern NAME =
      Pattern.compile("([\\w-]+)\\.ko(\\.debug)?(\\.xz|\\.gz|\\.zst)?");

  /** Deeper than a kernel's tree of modules. */
  private static final int DEPTH = 12;

  /** More files than any directory of modules has; somebody may have named the root. */
  private static final int MOST = 1 << 20;

  /** Links in {@code /lib/modules/RELEASE} to trees that have no modules that were loaded. */
  private static final Set<String> SOURCES = Set.of("build", "source");

  /** A module is no larger than this, decompressed. */
  private static final int LARGEST = 512 << 20;

  private final VmlinuxSearch search;

  /** Files by the name that the kernel has for the module, with underscores. */
  private final Map<String, List<Path>> files = new HashMap<>();

  /**
   * @param search knows where to look
   * @param release the kernel's, as {@code uname -r} shows it
   */
  public ModuleFiles(VmlinuxSearch search, Optional<String> release) {
    this.search = search;
    List<Path> directories = search.moduleDirectories(release);
    for (Path directory : directories) {
      if (Files.isDirectory(directory)) {
        index(directory);
      }
    }
  }

  private void index(Path directory) {
    Map<Path, String> found = new TreeMap<>();
    try {
      Files.walkFileTree(
          directory, Set.of(FileVisitOption.FOLLOW_LINKS), DEPTH, new Collector(found));
    } catch (IOException e) {
      LOG.warn("{}: {}", directory, e.getMessage());
    }
    found.forEach(
        (path, module) -> files.computeIfAbsent(module, m -> new ArrayList<>()).add(path));
  }

  /** Finds files that are called as modules are. Links to directories are followed, once each. */
  private static final class Collector extends SimpleFileVisitor<Path> {
    private final Map<Path, String> found;
    private int seen;

    Collector(Map<Path, String> found) {
      this.found = found;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
      return SOURCES.contains(String.valueOf(directory.getFileName()))
              && Files.isSymbolicLink(directory)
          ? FileVisitResult.SKIP_SUBTREE
          : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
      if (name.matches() && attributes.isRegularFile()) {
        found.put(file, name.group(1).replace('-', '_'));
      }
      return ++seen < MOST ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
    }

    /** What cannot be read, and links that lead back to where they are. */
    @Override
    public FileVisitResult visitFileFailed(Path file, IOException problem) {
      LOG.debug("{}: {}", file, problem.getMessage());
      return FileVisitResult.CONTINUE;
    }
  }

  /** A module's file, decompressed; with debug info where there is such a one. */
  public Optional<ModuleFile> open(KernelModule module) {
    Optional<ModuleFile> plain = Optional.empty();
    for (Path path : candidates(module)) {
      Optional<ModuleFile> file = open(path, module);
      if (file.isPresent() && file.get().hasDebugInfo()) {
        plain.ifPresent(ModuleFiles::close);
        return file;
      }
      if (plain.isEmpty()) {
        plain = file;
      } else {
        file.ifPresent(ModuleFiles::close);
      }
    }
    return plain;
  }

  private List<Path> candidates(KernelModule module) {
    List<Path> candidates = new ArrayList<>();
    module.buildId().map(search::places).stream()
        .flatMap(List::stream)
        .filter(Files::isRegularFile)
        .forEach(candidates::add);
    candidates.addAll(files.getOrDefault(module.name(), List.of()));
    return candidates;
  }

  private static Optional<ModuleFile> open(Path path, KernelModule module) {
    try {
      ModuleFile file = ModuleFile.parse(UnpackedFile.open(path, LARGEST));
      if (module.buildId().isEmpty() || module.buildId().equals(file.buildId())) {
        return Optional.of(file);
      }
      LOG.info(
          "{}: not that of module {}, whose build id is {}",
          path,
          module.name(),
          module.buildId().get());
      close(file);
    } catch (IOException e) {
      LOG.warn("{}: {}", path, e.getMessage());
    }
    return Optional.empty();
  }

  private static void close(ModuleFile file) {
    try {
      file.file().close();
    } catch (IOException e) {
      LOG.debug("{}: {}", file.file().name(), e.getMessage());
    }
  }
}
