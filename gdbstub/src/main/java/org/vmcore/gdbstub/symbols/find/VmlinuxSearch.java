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
import org.vmcore.dumpreader.api.RemoteName;
import org.vmcore.gdbstub.symbols.read.DebugDirectories;
import org.vmcore.gdbstub.symbols.read.Vmlinux;
import org.vmcore.gdbstub.symbols.read.elf.ElfFormatException;

/**
 * Finds the vmlinux of a kernel by its build id: in the directories that the user names, beside the
 * dump, where distributions put it, in the cache of debuginfod's client, and at debuginfod servers.
 * A file of another build is never taken.
 */
public final class VmlinuxSearch {
  private static final Logger LOG = LoggerFactory.getLogger(VmlinuxSearch.class);

  private static final Path SYSTEM = DebugDirectories.SYSTEM;
  private static final Path MODULES = Path.of("/lib/modules");

  /** A release goes into file names, and comes from the dump. */
  private static final String RELEASE = "\\w[\\w.+~-]*";

  private final List<Path> directories;
  private final List<String> remote;
  private final Fetcher fetcher;
  private final List<Path> beside;
  private final Debuginfod debuginfod;

  /**
   * What came of a search.
   *
   * @param without the places where it is not, for people
   */
  public record Result(Optional<Vmlinux> vmlinux, List<String> without) {}

  /** Brings a remote file here, which may not be there. */
  @FunctionalInterface
  public interface Fetcher {
    /** The whole of it as a file. */
    Path fetch(String uri) throws IOException;
  }

  /**
   * @param directories searched before the system's own, those that are URIs last
   * @param beside directories in which a vmlinux may lie by itself
   */
  public VmlinuxSearch(
      List<Path> directories, List<Path> beside, Debuginfod debuginfod, Fetcher fetcher) {
    this.directories =
        directories.stream().filter(place -> RemoteName.of(place).isEmpty()).toList();
    this.remote =
        directories.stream()
            .map(RemoteName::of)
            .flatMap(Optional::stream)
            .map(uri -> uri.replaceFirst("/*$", ""))
            .toList();
    this.fetcher = fetcher;
    this.beside = List.copyOf(beside);
    this.debuginfod = debuginfod;
  }

  /**
   * The vmlinux with a build id.
   *
   * @param release the kernel's, as {@code uname -r} shows it
   * @param buildId in lower-case hexadecimal
   */
  public Result find(Optional<String> release, String buildId, Progress progress) {
    if (!DebugDirectories.isBuildId(buildId)) {
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
    for (String directory : remote) {
      Optional<Vmlinux> found = fetched(directory, buildId, others);
      if (found.isPresent()) {
        return new Result(found, List.of());
      }
    }
    Debuginfod.Lookup lookup =
        debuginfod.find(
            buildId, file -> matching(file, buildId, new ArrayList<>()).isPresent(), progress);
    Optional<Vmlinux> found = lookup.file().flatMap(file -> matching(file, buildId, others));
    List<String> without = new ArrayList<>();
    Set<Path> places = new LinkedHashSet<>(directories);
    places.addAll(beside);
    places.add(SYSTEM);
    safe.ifPresent(text -> places.add(MODULES.resolve(text)));
    places.forEach(place -> without.add(place.toString().isEmpty() ? "." : place.toString()));
    without.addAll(others);
    without.addAll(lookup.without());
    return new Result(found, List.copyOf(without));
  }

  private Optional<Vmlinux> fetched(String directory, String buildId, List<String> others) {
    String uri =
        directory + "/.build-id/" + buildId.substring(0, 2) + "/" + buildId.substring(2) + ".debug";
    try {
      return matching(fetcher.fetch(uri), buildId, others);
    } catch (IOException e) {
      others.add(String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private List<Path> candidates(Optional<String> release, String buildId) {
    List<Path> all = new ArrayList<>();
    for (Path directory : directories) {
      all.add(DebugDirectories.byBuildId(directory, buildId));
      all.add(directory.resolve("vmlinux"));
      release.ifPresent(text -> addLayouts(all, directory, text));
    }
    for (Path directory : beside) {
      all.add(directory.resolve("vmlinux"));
      all.add(directory.resolve("vmlinux.debug"));
      release.ifPresent(text -> all.add(directory.resolve("vmlinux-" + text)));
      release.ifPresent(text -> all.add(directory.resolve("vmlinux-" + text + ".debug")));
    }
    all.add(DebugDirectories.byBuildId(SYSTEM, buildId));
    release.ifPresent(
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
    for (String modules : List.of("lib/modules/", "usr/lib/modules/")) {
      all.add(directory.resolve(modules + release + "/vmlinux"));
      all.add(directory.resolve(modules + release + "/vmlinux.debug"));
    }
  }

  /** Where a file with debugging information is, if it is, by the build id of what it is of. */
  List<Path> places(String buildId) {
    return DebugDirectories.isBuildId(buildId)
        ? Stream.concat(
                new DebugDirectories(directories).byBuildId(buildId).stream(),
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
    } catch (ElfFormatException e) {
      LOG.warn("passed over: {}", e.getMessage());
      others.add(file + " (no vmlinux, or a damaged one)");
    } catch (IOException e) {
      LOG.debug("{}: {}", file, e.getMessage());
      others.add(file + " (no vmlinux)");
    }
    return Optional.empty();
  }
}
