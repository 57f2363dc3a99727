package org.vmcore.triage;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.vmcore.gdbstub.app.Triage;

/** Collects, and tells. */
public final class TriageTool implements Triage {
  /** For the service loader. */
  public TriageTool() {}

  @Override
  public int collect(Collection collection, PrintStream err)
      throws IOException, InterruptedException {
    List<Source> all = Examinations.find(collection);
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
      new Examinations(collection.options(), collection.jobs(), collection.limit())
          .examine(
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

  @Override
  public int summarize(Summary summary, Appendable out) throws IOException {
    List<Entry> entries = entries(summary.database());
    List<Group> groups = Groups.of(entries);
    if (summary.site().isPresent()) {
      new Site(entries, groups, summary.since()).write(summary.site().get());
    }
    if (summary.site().isEmpty() || summary.form() != Form.TEXT) {
      new Listing(groups, summary.since()).write(summary.form(), out);
    }
    return (int) groups.stream().filter(group -> group.isNew(summary.since())).count();
  }

  /** Of a database of this, or of the directory that a Spark job wrote. */
  private static List<Entry> entries(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      return ParquetRecords.all(file);
    }
    try (Database database = Database.existing(file)) {
      return database.all();
    }
  }
}
