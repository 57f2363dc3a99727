package org.vmcore.triage;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.vmcore.dumpreader.api.RemoteName;
import org.vmcore.gdbstub.LeftMemory;
import org.vmcore.gdbstub.app.Triage;
import org.vmcore.gdbstub.machine.MachineOptions;

/**
 * The two halves of a collection, for those who have a scheduler of their own: what there is to
 * examine, and the examination of some of it, wherever that is.
 */
public final class Examinations {
  private static final List<String> CREDENTIALS = List.of("VMCORE_HTTP_TOKEN", "VMCORE_HTTP_USER");
  private static final String HOSTS = "VMCORE_HTTP_HOSTS";

  private final Crew crew;

  /**
   * @param jobs at a time
   * @param limit of one
   */
  public Examinations(MachineOptions options, int jobs, Duration limit) {
    LeftMemory.watch();
    this.crew = new Crew(jobs, limit, new Examination(options)::of);
  }

  /**
   * All that is to be examined, each once, in a fixed order.
   *
   * @throws IOException when a list or a directory cannot be read, or what a list names is not to
   *     be asked for
   */
  public static List<Source> find(Triage.Collection wanted) throws IOException {
    List<Source> all = Sources.of(wanted);
    requireNamedHosts(wanted, all);
    return all;
  }

  /** Whoever writes a list must not learn what opens the servers of others. */
  private static void requireNamedHosts(Triage.Collection wanted, List<Source> sources)
      throws IOException {
    boolean has = CREDENTIALS.stream().anyMatch(name -> System.getenv(name) != null);
    boolean remote =
        sources.stream()
            .map(Source::path)
            .map(RemoteName::of)
            .flatMap(Optional::stream)
            .anyMatch(uri -> uri.startsWith("http"));
    if (has && remote && !wanted.lists().isEmpty() && System.getenv(HOSTS) == null) {
      Path list = wanted.lists().get(0);
      throw new IOException(
          list + " names servers; say in " + HOSTS + " which of them may learn " + CREDENTIALS);
    }
  }

  /**
   * Examines some, and tells of each that is to be recorded, in the order in which they end.
   *
   * @throws InterruptedException when it is to end early
   */
  public void examine(List<Source> sources, Consumer<Entry> records)
      throws IOException, InterruptedException {
    examine(sources, (source, entry) -> entry.ifPresent(records));
  }

  /** The same, telling also of those that were passed over. */
  void examine(List<Source> sources, Crew.Listener listener)
      throws IOException, InterruptedException {
    crew.run(sources, listener);
  }
}
