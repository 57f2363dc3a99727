package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.machine.MachineOptions;

/** Sorts many dumps by what went wrong. An implementation is an {@link Extension}. */
public interface Triage {
  /**
   * What to collect, and how.
   *
   * @param sources dumps, logs and directories, URIs too
   * @param lists files with a source in each line
   * @param match glob of the names of files in directories; without, what is a dump or a log is
   *     told by its content
   * @param jobs dumps at a time
   * @param limit how long one may take
   * @param again also what the database has already
   */
  record Collection(
      List<Path> sources,
      List<Path> lists,
      Path database,
      Optional<String> match,
      int jobs,
      Duration limit,
      boolean again,
      MachineOptions options) {
    public Collection {
      sources = List.copyOf(sources);
      lists = List.copyOf(lists);
    }
  }

  /** How a summary is written. */
  enum Form {
    TEXT,
    JSON,
    CSV
  }

  /**
   * What to tell of it.
   *
   * @param site directory of the pages to write
   * @param since what was first seen then or later is new
   */
  record Summary(Path database, Optional<Path> site, Optional<Instant> since, Form form) {}

  /**
   * Puts a record of each dump into the database.
   *
   * @param err told of what comes of each, and at the end of all
   * @return how many could not be read
   * @throws IOException when the sources or the database cannot be read or written
   */
  int collect(Collection collection, PrintStream err) throws IOException, InterruptedException;

  /**
   * Tells what is in the database.
   *
   * @return how many groups are new
   * @throws IOException when the database cannot be read, or the pages not be written
   */
  int summarize(Summary summary, Appendable out) throws IOException;
}
