package org.vmcore.triage;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmcore.dumpreader.api.RemoteName;
import org.vmcore.gdbstub.app.Triage;

/** Collects, and tells. */
public final class TriageTool implements Triage {
  private static final List<String> CREDENTIALS = List.of("VMCORE_HTTP_TOKEN", "VMCORE_HTTP_USER");
  private static final String HOSTS = "VMCORE_HTTP_HOSTS";

  /** For the service loader. */
  public TriageTool() {}

  @Override
  public int collect(Collection collection, PrintStream err)
      throws IOException, InterruptedException {
    List<Source> all = Sources.of(collection);
    requireNamedHosts(collection, all);
    try (Database database = Database.open(collection.database())) {
      List<Source> wanted = new ArrayList<>();
      int before = 0;
      for (Source source : all) {
        if (collection.again()) {
          wanted.add(source);
        } else if (database.has(source)) {
          before++;
        } else if (!source.found() || !database.passedOver(source)) {
          wanted.add(source);
        }
      }
      Tally tally = new Tally(err, wanted.size(), before);
      Examination examination = new Examination(collection.options());
      Crew crew = new Crew(collection.jobs(), collection.limit(), examination::of);
      crew.run(
          wanted,
          (source, entry) -> {
            if (entry.isPresent()) {
              database.put(entry.get());
            } else {
              database.passOver(source);
            }
            tally.done(source, entry);
          });
      tally.finish(collection.database());
      return tally.failed();
    }
  }

  /** Whoever writes a list must not learn what opens the servers of others. */
  private static void requireNamedHosts(Collection collection, List<Source> sources)
      throws IOException {
    boolean has = CREDENTIALS.stream().anyMatch(name -> System.getenv(name) != null);
    boolean remote =
        sources.stream()
            .map(Source::path)
            .map(RemoteName::of)
            .flatMap(Optional::stream)
            .anyMatch(uri -> uri.startsWith("http"));
    if (has && remote && !collection.lists().isEmpty() && System.getenv(HOSTS) == null) {
      Path list = collection.lists().get(0);
      throw new IOException(
          list + " names servers; say in " + HOSTS + " which of them may learn " + CREDENTIALS);
    }
  }

  @Override
  public int summarize(Summary summary, Appendable out) throws IOException {
    List<Entry> entries;
    try (Database database = Database.existing(summary.database())) {
      entries = database.all();
    }
    List<Group> groups = Groups.of(entries);
    if (summary.site().isPresent()) {
      new Site(entries, groups, summary.since()).write(summary.site().get());
    }
    if (summary.site().isEmpty() || summary.form() != Form.TEXT) {
      new Listing(groups, summary.since()).write(summary.form(), out);
    }
    return (int) groups.stream().filter(group -> group.isNew(summary.since())).count();
  }
}
