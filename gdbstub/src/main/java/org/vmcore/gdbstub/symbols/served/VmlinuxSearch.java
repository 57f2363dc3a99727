package org.vmcore.gdbstub.symbols.served;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.dumpreader.Progress;
import org.vmcore.gdbstub.symbols.Vmlinux;

/**
 * Finds the vmlinux of a kernel by its build id: in the directories that the user names, where
 * distributions put it, in the cache of debuginfod's client, and at debuginfod servers. A file of
 * another build is never taken.
 */
public final class VmlinuxSearch {
  private static final Logger LOG = LoggerFactory.getLogger(VmlinuxSearch.class);

  private static final Path SYSTEM = Path.of("/usr/lib/debug");
  private static final Path MODULES = Path.of("/lib/modules");

  private final List<Path> directories;
  private final Debuginfod debuginfod;

  /**
   * @param directories searched before the system's own
   */
  public VmlinuxSearch(List<Path> directories, Debuginfod debuginfod) {
    this.directories = List.copyOf(directories);
    this.debuginfod = debuginfod;
  }

  /**
   * The vmlinux with a build id.
   *
   * @param release the kernel's, as {@code uname -r} shows it
   * @param buildId in lower-case hexadecimal
   */
  public Optional<Vmlinux> find(Optional<String> release, String buildId, Progress progress) {
    if (!buildId.matches("[0-9a-f]{4,128}")) {
      return Optional.empty();
    }
    for (Path candidate : candidates(release, buildId)) {
      Optional<Vmlinux> found = matching(candidate, buildId);
      if (found.isPresent()) {
        return found;
      }
    }
    return debuginfod.debugInfo(buildId, progress).flatMap(file -> matching(file, buildId));
  }

  private List<Path> candidates(Optional<String> release, String buildId) {
    List<Path> all = new ArrayList<>();
    String byId = ".build-id/%s/%s.debug".formatted(buildId.substring(0, 2), buildId.substring(2));
    Optional<String> safe = release.filter(text -> text.matches("[\\w.+~-]+"));
    for (Path directory : directories) {
      all.add(directory.resolve(byId));
      all.add(directory.resolve("vmlinux"));
      safe.ifPresent(text -> addLayouts(all, directory, text));
    }
    all.add(SYSTEM.resolve(byId));
    safe.ifPresent(
        text -> {
          addLayouts(all, SYSTEM, text);
          all.add(MODULES.resolve(text).resolve("build/vmlinux"));
          all.add(MODULES.resolve(text).resolve("vmlinux"));
        });
    return all;
  }

  /** As Debian and Ubuntu, Fedora and SUSE lay it out below /usr/lib/debug. */
  private static void addLayouts(List<Path> all, Path directory, String release) {
    all.add(directory.resolve("vmlinux-" + release));
    all.add(directory.resolve("boot/vmlinux-" + release));
    all.add(directory.resolve("boot/vmlinux-" + release + ".debug"));
    all.add(directory.resolve("lib/modules/" + release + "/vmlinux"));
    all.add(directory.resolve("lib/modules/" + release + "/vmlinux.debug"));
    all.add(directory.resolve("usr/lib/modules/" + release + "/vmlinux"));
  }

  /** Where the files of a kernel's modules may be. */
  public List<Path> moduleDirectories(Optional<String> release) {
    List<Path> all = new ArrayList<>(directories);
    release
        .filter(text -> text.matches("[\\w.+~-]+"))
        .ifPresent(
            text -> {
              all.add(SYSTEM.resolve("lib/modules").resolve(text));
              all.add(SYSTEM.resolve("usr/lib/modules").resolve(text));
              all.add(MODULES.resolve(text).resolve("kernel"));
            });
    return all;
  }

  private static Optional<Vmlinux> matching(Path file, String buildId) {
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      Vmlinux vmlinux = Vmlinux.open(file);
      if (vmlinux.buildId().equals(Optional.of(buildId))) {
        return Optional.of(vmlinux);
      }
      LOG.info(
          "{}: not the dump's kernel: its build id is {}, the dump's is {}",
          file,
          vmlinux.buildId().orElse("missing"),
          buildId);
    } catch (IOException e) {
      LOG.warn("{}: {}", file, e.getMessage());
    }
    return Optional.empty();
  }
}
