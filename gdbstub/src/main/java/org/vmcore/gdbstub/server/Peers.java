package org.vmcore.gdbstub.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.gdbstub.rsp.Peer;

/**
 * Finds the debugger at the other end of a connection among the processes of this machine, by
 * Linux's /proc (proc(5)). A loopback address does not tell: ssh may have brought the connection
 * from elsewhere, and a container may have this network but other files. So the process itself is
 * looked at: it must be a gdb, of the same user, with the same mounts and the same root directory.
 * Where anything cannot be told it is taken to be on another machine, which always works.
 */
final class Peers {
  private static final Logger log = LoggerFactory.getLogger(Peers.class);

  private static final Path PROC = Path.of("/proc");
  private static final Path SELF = PROC.resolve("self");

  /**
   * gdb, gdb-multiarch, x86_64-linux-gnu-gdb; not our own program, which has it in its name too.
   */
  private static final String GDB = "(?:.*-)?gdb(?:-multiarch|\\d+)?";

  /** A program that was started through a dynamic loader of its own has that as executable. */
  private static final String LOADER = "ld(?:64)?[-.].*";

  /** Options of a dynamic loader and the program's name come before anything else. */
  private static final int FIRST_WORDS = 8;

  /** A gdb has tens of open files. */
  private static final int MOST_FILES = 4096;

  private static final int MOST_PARENTS = 8;

  /** Behind the program's name. */
  private static final int START_TIME = 19;

  private Peers() {}

  /** The process that has the other end of a TCP connection. */
  static Peer ofTcp(InetSocketAddress here, InetSocketAddress there) {
    return find(
        () -> {
          Optional<String> inode = inode(here.getPort(), there.getPort());
          return inode.isEmpty()
              ? Optional.empty()
              : processes()
                  .filter(Peers::isGdb)
                  .filter(process -> hasOpen(process, "socket:[" + inode.get() + "]"))
                  .findFirst();
        });
  }

  /**
   * Nothing tells which process has the other end of a Unix socket. Who can connect to the socket's
   * file sees that file; if a gdb of this user runs here, it will be that.
   */
  static Peer ofUnixSocket() {
    try {
      List<Path> all = processes().filter(Peers::isGdb).filter(Peers::sharesFiles).toList();
      return new Peer(!all.isEmpty(), all.size() == 1 ? identity(all.get(0)) : "");
    } catch (IOException | UncheckedIOException | SecurityException e) {
      log.debug("The debugger's process", e);
      return Peer.UNKNOWN;
    }
  }

  /** The gdb that started this program, by a shell perhaps. */
  static Peer ofParent() {
    return find(
        () ->
            Stream.iterate(
                    ProcessHandle.current().parent(),
                    Optional::isPresent,
                    parent -> parent.flatMap(ProcessHandle::parent))
                .limit(MOST_PARENTS)
                .map(parent -> PROC.resolve(Long.toString(parent.orElseThrow().pid())))
                .filter(Peers::isGdb)
                .findFirst());
  }

  @FunctionalInterface
  private interface Search {
    Optional<Path> find() throws IOException;
  }

  private static Peer find(Search search) {
    try {
      Optional<Path> process = search.find();
      if (process.isEmpty()) {
        return Peer.UNKNOWN;
      }
      return new Peer(sharesFiles(process.get()), identity(process.get()));
    } catch (IOException | UncheckedIOException | SecurityException e) {
      log.debug("The debugger's process", e);
      return Peer.UNKNOWN;
    }
  }

  /** Its number, which another may get later, and when it started (proc_pid_stat(5), starttime). */
  private static String identity(Path process) throws IOException {
    String stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
    // The name of the program is in parentheses and may hold anything.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return process + " since " + fields[START_TIME];
  }

  private static Stream<Path> processes() throws IOException {
    try (Stream<Path> all = Files.list(PROC)) {
      List<Path> processes =
          all.filter(path -> path.getFileName().toString().matches("\\d+")).toList();
      return processes.stream();
    }
  }

  /**
   * The inode of the socket at the other end: of those of this machine it is the one whose ports
   * are ours the other way round (proc_pid_net(5), tcp).
   */
  private static Optional<String> inode(int here, int there) throws IOException {
    String ports = String.format(Locale.ROOT, ".*:%04X .*:%04X 01", there, here);
    for (String table : List.of("net/tcp", "net/tcp6")) {
      Path file = SELF.resolve(table);
      if (Files.isReadable(file)) {
        for (String line : Files.readAllLines(file)) {
          // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
          String[] words = line.strip().split("\\s+", -1);
          if (words.length > 9
              && String.join(" ", Arrays.asList(words).subList(1, 4)).matches(ports)) {
            return Optional.of(words[9]);
          }
        }
      }
    }
    return Optional.empty();
  }

  private static boolean hasOpen(Path process, String what) {
    try (Stream<Path> files = Files.list(process.resolve("fd"))) {
      return files.limit(MOST_FILES).anyMatch(file -> link(file).filter(what::equals).isPresent());
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  private static boolean isGdb(Path process) {
    String program = link(process.resolve("exe")).map(Peers::lastName).orElse("");
    return program.matches(GDB)
        || (program.matches(LOADER)
            && firstWords(process).stream().map(Peers::lastName).anyMatch(w -> w.matches(GDB)));
  }

  private static List<String> firstWords(Path process) {
    try {
      String line =
          new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8);
      return Arrays.stream(line.split("\0", -1)).limit(FIRST_WORDS).toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private static String lastName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static boolean sharesFiles(Path process) {
    Predicate<String> isSame =
        name -> {
          Optional<String> ours = link(SELF.resolve(name));
          return ours.isPresent() && ours.equals(link(process.resolve(name)));
        };
    return isSame.test("ns/mnt") && isSame.test("root") && owner(process).equals(owner(SELF));
  }

  private static String owner(Path process) {
    try {
      return Objects.toString(
          Files.getAttribute(process.toRealPath(), "unix:uid", LinkOption.NOFOLLOW_LINKS));
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return process.toString();
    }
  }

  private static Optional<String> link(Path file) {
    try {
      return Optional.of(Files.readSymbolicLink(file).toString());
    } catch (IOException | UnsupportedOperationException | SecurityException e) {
      return Optional.empty();
    }
  }
}
