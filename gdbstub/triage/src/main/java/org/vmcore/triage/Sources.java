package org.vmcore.triage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.RemoteFile;
import org.vmcore.dumpreader.api.RemoteName;
import org.vmcore.gdbstub.app.Triage;

/** Finds what is to be examined. */
final class Sources {
  private final Triage.Collection wanted;
  private final Optional<PathMatcher> match;
  private final Map<Path, Source> found = new LinkedHashMap<>();

  private Sources(Triage.Collection wanted) {
    this.wanted = wanted;
    this.match =
        wanted.match().map(glob -> FileSystems.getDefault().getPathMatcher("glob:" + glob));
  }

  /**
   * All of them, each once, in a fixed order.
   *
   * @throws IOException when a list or a directory cannot be read
   */
  static List<Source> of(Triage.Collection wanted) throws IOException {
    Sources sources = new Sources(wanted);
    for (Path source : wanted.sources()) {
      Optional<String> uri = RemoteName.of(source);
      if (uri.isEmpty() && Files.isDirectory(source)) {
        sources.addDirectory(source);
      } else if (uri.isPresent() && uri.get().endsWith("/")) {
        sources.addRemote(uri.get());
      } else {
        sources.add(Source.named(source));
      }
    }
    for (Path list : wanted.lists()) {
      sources.addList(list);
    }
    return List.copyOf(sources.found.values());
  }

  private void add(Source source) {
    found.putIfAbsent(source.path(), source);
  }

  private void addDirectory(Path directory) throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            // What a link leads to is found where it is, or was not meant.
            if (attributes.isRegularFile() && attributes.size() > 0 && isWanted(file)) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            add(new Source(file, false, Optional.of(Source.words(e))));
            return FileVisitResult.CONTINUE;
          }
        });
    files.sort(null);
    for (Path file : files) {
      add(new Source(file, match.isEmpty(), Optional.empty()));
    }
  }

  private void addRemote(String prefix) throws IOException {
    OpenOptions open = wanted.options().open();
    for (RemoteFile file : open.remote().list(prefix, open)) {
      Source.State state = new Source.State(file.size(), file.modified().toEpochMilli());
      try {
        Path path = RemoteName.path(file.uri());
        if (isWanted(path)) {
          add(new Source(path, match.isEmpty(), Optional.empty(), Optional.of(state)));
        }
      } catch (InvalidPathException e) {
        add(
            refused(
                RemoteName.path(file.uri().replace('\0', '?')), "no file here has such a name"));
      }
    }
  }

  private boolean isWanted(Path file) {
    return match.isEmpty() || match.get().matches(file.getFileName());
  }

  /**
   * A list may come from somebody else: it may name what lies on servers, and of the user's files
   * only those below its own directory and below directories that the user named.
   */
  private void addList(Path list) throws IOException {
    Path directory = list.toAbsolutePath().resolveSibling("");
    List<Path> allowed = new ArrayList<>(List.of(directory.toRealPath()));
    for (Path source : wanted.sources()) {
      if (RemoteName.of(source).isEmpty() && Files.isDirectory(source)) {
        allowed.add(source.toRealPath());
      }
    }
    for (String line : Files.readAllLines(list, UTF_8)) {
      String text = line.strip();
      if (text.isEmpty() || text.startsWith("#")) {
        continue;
      }
      add(listed(text, directory, allowed));
    }
  }

  private static Source listed(String text, Path directory, List<Path> allowed) {
    try {
      Path named = RemoteName.path(text);
      if (RemoteName.of(named).isPresent()) {
        return Source.named(named);
      }
      Path file = directory.resolve(Path.of(text.replaceFirst("^file:(//)?(?=/)", "")));
      Path real = file.toRealPath();
      return allowed.stream().anyMatch(real::startsWith)
          ? Source.named(file)
          : refused(
              file,
              "a list may name files below its own directory and directories that are named beside"
                  + " it, and no others");
    } catch (InvalidPathException | IOException e) {
      return refused(directory.resolve(text.replace('\0', '?')), Source.words(e));
    }
  }

  private static Source refused(Path file, String reason) {
    return new Source(file, false, Optional.of(reason));
  }
}
