package org.vmcore.gdbstub.symbols.find;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.gdbstub.symbols.read.Vmlinux;

/**
 * Finds the vmlinux of a kernel by its build id: in the directories that the user names, where
 * distributions put it, in the cache of debuginfod's client, and at debuginfod servers. A file of
 * another build is never taken.
 */
public final class VmlinuxSearch {
  private static final Logger LOG = LoggerFactory.getLogger(VmlinuxSearch.class);

  private static final Path SYSTEM = Path.of("/usr/lib/debug");
  private static final Path MODULES = Path.of("/lib/modules");

  /** A release goes into file names, and comes from the dump. */
  private static final String RELEASE = "\\w[\\w.+~-]*";

  private static final String BUILD_ID = "[0-9a-f]{4,128}";

  private final List<Path> directories;
  private final Debuginfod debuginfod;

  /**
   * What came of a search.
   *
   * @param without the places where it is not, for people
   */
  public record Result(Optional<Vmlinux> vmlinux, List<String> without) {}

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
  public Result find(Optional<String> release, String buildId, Progress progress) {
    if (!buildId.matches(BUILD_ID)) {
      return new Result(Optional.empty(), List.of());
    }
    Optional<String> safe = release.filter(text -> text.matches(RELEASE));
    List<String> others = new ArrayList<>();
    for (Path candidate : candidates(safe, buildId)) {
      if (Files.isRegularFile(candidate)) {
        Optional<Vmlinux> found = matching(candidate, buildId, others);
        if (found.isPresent()) {
          return new Result(found, List.of());
        }
      }
    }
    Debuginfod.Lookup lookup =
        debuginfod.find(
            buildId, file -> matching(file, buildId, new ArrayList<>()).isPresent(), progress);
    Optional<Vmlinux> found = lookup.file().flatMap(file -> matching(file, buildId, others));
    List<String> without = new ArrayList<>();
    Set<Path> places = new LinkedHashSet<>(directories);
    places.add(SYSTEM);
    safe.ifPresent(text -> places.add(MODULES.resolve(text)));
    places.forEach(place -> without.add(place.toString()));
    without.addAll(others);
    without.addAll(lookup.without());
    return new Result(found, List.copyOf(without));
  }

  private List<Path> candidates(Optional<String> release, String buildId) {
    List<Path> all = new ArrayList<>();
    for (Path directory : directories) {
      all.add(directory.resolve(byBuildId(buildId)));
      all.add(directory.resolve("vmlinux"));
      release.ifPresent(text -> addLayouts(all, directory, text));
    }
    all.add(SYSTEM.resolve(byBuildId(buildId)));
    release.ifPresent(
        text -> {
          addLayouts(all, SYSTEM, text);
          all.add(MODULES.resolve(text).resolve("build/vmlinux"));
          all.add(MODULES.resolve(text).resolve("vmlinux"));
        });
    return all;
  }

  private static String byBuildId(String buildId) {
    return ".build-id/%s/%s.debug".formatted(buildId.substring(0, 2), buildId.substring(2));
  }

  /** As Debian and Ubuntu, Fedora and SUSE lay it out below /usr/lib/debug. */
  private static void addLayouts(List<Path> all, Path directory, String release) {
    all.add(directory.resolve("vmlinux-" + release));
    all.add(directory.resolve("boot/vmlinux-" + release));
    all.add(directory.resolve("boot/vmlinux-" + release + ".debug"));
    for (String modules : List.of("lib/modules/", "usr/lib/modules/")) {
      all.add(directory.resolve(modules + release + "/vmlinux"));
      all.add(directory.resolve(modules + release + "/vmlinux.debug"));
    }
  }

  /** Where a file with debugging information is, if it is, by the build id of what it is of. */
  List<Path> places(String buildId) {
    return buildId.matches(BUILD_ID)
        ? Stream.concat(
                Stream.concat(directories.stream(), Stream.of(SYSTEM))
                    .map(directory -> directory.resolve(byBuildId(buildId))),
                Stream.of(debuginfod.cached(buildId)))
            .toList()
        : List.of();
  }

  /** Where the files of a kernel's modules may be. */
  List<Path> moduleDirectories(Optional<String> release) {
    List<Path> all = new ArrayList<>(directories);
    release
        .filter(text -> text.matches(RELEASE))
        .ifPresent(
            text -> {
              all.add(SYSTEM.resolve("lib/modules").resolve(text));
              all.add(SYSTEM.resolve("usr/lib/modules").resolve(text));
              all.add(MODULES.resolve(text));
            });
    return all;
  }

  /**
   * @param others told of a file that is there and another
   */
  private static Optional<Vmlinux> matching(Path file, String buildId, List<String> others) {
    try {
      Vmlinux vmlinux = Vmlinux.open(file);
      if (vmlinux.buildId().equals(Optional.of(buildId))) {
        return Optional.of(vmlinux);
      }
      others.add("%s (build id %s)".formatted(file, vmlinux.buildId().orElse("missing")));
    } catch (IOException e) {
      LOG.debug("{}: {}", file, e.getMessage());
      others.add(file + " (no vmlinux)");
    }
    return Optional.empty();
  }
}
