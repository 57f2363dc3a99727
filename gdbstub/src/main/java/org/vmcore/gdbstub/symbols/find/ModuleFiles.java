package org.vmcore.gdbstub.symbols.find;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
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
    try (Stream<Path> all =
        Files.find(directory, DEPTH, (path, attributes) -> attributes.isRegularFile())) {
      List<Path> sorted = all.sorted().toList();
      for (Path file : sorted) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        if (name.matches()) {
          String module = name.group(1).replace('-', '_');
          files.computeIfAbsent(module, m -> new ArrayList<>()).add(file);
        }
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.warn("{}: {}", directory, e.getMessage());
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
