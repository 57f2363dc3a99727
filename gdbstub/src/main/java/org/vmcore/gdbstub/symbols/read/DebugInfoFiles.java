package org.vmcore.gdbstub.symbols.read;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.unwrap.UnpackedFile;
import org.vmcore.gdbstub.symbols.read.elf.DebugLink;

/**
 * Finds the debugging information of a file: in itself, in the file that it was moved to, and in
 * the one that it shares with others. What is found and is another's is passed over.
 */
final class DebugInfoFiles {
  private static final Logger LOG = LoggerFactory.getLogger(DebugInfoFiles.class);

  /** A file that is compressed as a whole, as modules are, is no larger than this unpacked. */
  private static final int LARGEST = 512 << 20;

  private final DebugDirectories directories;

  DebugInfoFiles(DebugDirectories directories) {
    this.directories = directories;
  }

  /** A file that has the debugging information of another, or of itself; empty without any. */
  Optional<DebugSections> find(Path path) throws IOException {
    DebugSections file = open(path);
    Optional<String> buildId;
    Optional<DebugLink> link;
    try {
      if (file.has("info")) {
        return Optional.of(file);
      }
      buildId = file.file().buildId();
      link = DebugLink.toSeparate(file.file());
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
    file.close();
    List<Path> places = new ArrayList<>();
    buildId.map(directories::byBuildId).ifPresent(places::addAll);
    link.map(found -> directories.byLink(path, found.name())).ifPresent(places::addAll);
    return firstRight(places, candidate -> candidate.has("info") && isOf(candidate, buildId, link));
  }

  private static boolean isOf(
      DebugSections candidate, Optional<String> buildId, Optional<DebugLink> link)
      throws IOException {
    return buildId.isPresent()
        ? candidate.file().buildId().equals(buildId)
        : link.flatMap(DebugLink::checksum).equals(Optional.of(checksum(candidate.input())));
  }

  private static DebugSections open(Path path) throws IOException {
    DumpInput input = UnpackedFile.open(path, LARGEST);
    try {
      return new DebugSections(path, input);
    } catch (IOException | RuntimeException e) {
      input.close();
      throw e;
    }
  }

  /** The file with what another has in common with others; empty where it has none. */
  Optional<DebugSections> shared(DebugSections of) throws IOException {
    Optional<DebugLink> link = DebugLink.toShared(of.file());
    if (link.isEmpty()) {
      return Optional.empty();
    }
    String buildId = link.get().buildId().orElse("");
    List<Path> places = new ArrayList<>(directories.byLink(of.path(), link.get().name()));
    // A link to the file stands elsewhere than where the other one's name counts from.
    places.addAll(directories.byLink(of.path().toRealPath(), link.get().name()));
    places.addAll(directories.byBuildId(buildId));
    Optional<DebugSections> found =
        firstRight(
            places,
            candidate -> DebugLink.idOfShared(candidate.file()).equals(Optional.of(buildId)));
    if (found.isPresent()) {
      return found;
    }
    LOG.warn(
        "{}: types are missing that it shares with other files: these have them in the file with"
            + " build id {}, which is not beside it and in no --debug-dir",
        of.path(),
        buildId);
    return Optional.empty();
  }

  @FunctionalInterface
  private interface Test {
    boolean isRight(DebugSections candidate) throws IOException;
  }

  private static Optional<DebugSections> firstRight(List<Path> places, Test test) {
    for (Path place : places) {
      Optional<DebugSections> found = openIfRight(place, test);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Optional<DebugSections> openIfRight(Path place, Test test) {
    if (!Files.isRegularFile(place)) {
      return Optional.empty();
    }
    try {
      DebugSections candidate = open(place);
      boolean right = false;
      try {
        right = test.isRight(candidate);
      } finally {
        if (!right) {
          candidate.close();
        }
      }
      return right ? Optional.of(candidate) : Optional.empty();
    } catch (IOException e) {
      LOG.info("passed over: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private static int checksum(DumpInput input) throws IOException {
    CRC32 sum = new CRC32();
    byte[] buffer = new byte[1 << 16];
    long at = 0;
    int got;
    while ((got = input.read(at, buffer, 0, buffer.length)) > 0) {
      sum.update(buffer, 0, got);
      at += got;
    }
    return (int) sum.getValue();
  }
}
