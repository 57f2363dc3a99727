package org.vmcore.gdbstub.symbols.served;

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
import org.vmcore.dumpreader.DumpInput;
import org.vmcore.dumpreader.UnpackedFile;
import org.vmcore.gdbstub.kernel.KernelModule;

/**
 * The files of modules in directories of them: {@code NAME.ko}, and {@code NAME.ko.debug} as
 * distributions call those with debug info, compressed or not. Which of several is a module's is
 * told by its build id.
 */
final class ModuleFiles {
  private static final Logger LOG = LoggerFactory.getLogger(ModuleFiles.class);

  private static final Pattern NAME =
      Pattern.compile("([\\w-]+)\\.ko(\\.debug)?(\\.xz|\\.gz|\\.zst)?");

  /** Deeper than a kernel's tree of modules. */
  private static final int DEPTH = 12;

  /** A module is no larger than this, decompressed. */
  private static final int LARGEST = 512 << 20;

  /** Files by the name that the kernel has for the module, with underscores. */
  private final Map<String, List<Path>> files = new HashMap<>();

  /**
   * @param directories searched in this order
   */
  ModuleFiles(List<Path> directories) {
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
  Optional<ModuleFile> open(KernelModule module) {
    ModuleFile best = null;
    for (Path path : files.getOrDefault(module.name(), List.of())) {
      try {
        DumpInput file = UnpackedFile.open(path, LARGEST);
        ModuleFile parsed = ModuleFile.parse(file);
        boolean same = module.buildId().isEmpty() || module.buildId().equals(parsed.buildId());
        if (same && parsed.hasDebugInfo()) {
          return Optional.of(parsed);
        }
        if (same && best == null) {
          best = parsed;
        } else {
          LOG.info(
              "{}: not that of module {}, whose build id is {}",
              path,
              module.name(),
              module.buildId().orElse("unknown"));
          file.close();
        }
      } catch (IOException e) {
        LOG.warn("{}: {}", path, e.getMessage());
      }
    }
    return Optional.ofNullable(best);
  }
}
