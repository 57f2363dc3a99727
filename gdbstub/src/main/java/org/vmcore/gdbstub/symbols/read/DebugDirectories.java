package org.vmcore.gdbstub.symbols.read;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.vmcore.dumpreader.api.RemoteName;

/**
 * Where debugging information lies that is kept apart from what it is of (gdb manual, "Debugging
 * Information in Separate Files"): the directories that the user names, then the system's.
 */
public final class DebugDirectories {
  /** Where distributions put it. */
  public static final Path SYSTEM = Path.of("/usr/lib/debug");

  private static final String BUILD_ID = "[0-9a-f]{4,128}";

  private final List<Path> all;

  /**
   * @param named by the user; URIs, which are not searched so, are left out
   */
  public DebugDirectories(List<Path> named) {
    Set<Path> ordered = new LinkedHashSet<>();
    named.stream().filter(place -> RemoteName.of(place).isEmpty()).forEach(ordered::add);
    ordered.add(SYSTEM);
    this.all = List.copyOf(ordered);
  }

  /** All of them, in the order in which they are searched. */
  public List<Path> all() {
    return all;
  }

  /** Whether a text may be a build id: it goes into names of files, and comes from files. */
  public static boolean isBuildId(String text) {
    return text.matches(BUILD_ID);
  }

  /** Where the file of a build id would be: {@code .build-id/12/34....debug} in each directory. */
  public List<Path> byBuildId(String buildId) {
    return isBuildId(buildId)
        ? all.stream().map(directory -> byBuildId(directory, buildId)).toList()
        : List.of();
  }

  /** The same in one directory, of what is a build id. */
  public static Path byBuildId(Path directory, String buildId) {
    return directory
        .resolve(".build-id")
        .resolve(buildId.substring(0, 2))
        .resolve(buildId.substring(2) + ".debug");
  }

  /**
   * Where a file would be that another one names, in {@code .gnu_debuglink} or {@code
   * .gnu_debugaltlink}: beside that one, in its directory {@code .debug}, and below each directory
   * where that one is below the root.
   *
   * @param of the other file
   * @param name as it stands there, which may be any text
   */
  public List<Path> byLink(Path of, String name) {
    List<Path> places = new ArrayList<>();
    Path beside = of.toAbsolutePath().normalize().getParent();
    if (beside != null && !name.isEmpty()) {
      try {
        places.add(beside.resolve(name));
        places.add(beside.resolve(".debug").resolve(name));
        for (Path directory : all) {
          places.add(directory.resolve("." + beside).resolve(name));
        }
      } catch (InvalidPathException e) {
        return List.of();
      }
    }
    return places;
  }
}
