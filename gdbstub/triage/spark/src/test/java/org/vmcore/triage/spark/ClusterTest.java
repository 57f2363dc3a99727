package org.vmcore.triage.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.gdbstub.app.Triage;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.testing.RealDump;
import org.vmcore.triage.Column;
import org.vmcore.triage.TriageTool;

/**
 * The job's jar on a cluster that this starts, against the program's own run over the same dumps.
 * {@code -Dvmcore.triage.collection=DIRECTORY} takes one of {@code lab/crash-collection}.
 */
@Tag("slow")
class ClusterTest {
  private static final int DUMPS = 48;
  private static final int LOGS = 200;
  private static final long LIMIT_MINUTES = 60;

  /** What is of the run and not of the dump. */
  private static final List<Column> OF_THE_RUN =
      List.of(Column.EXAMINED, Column.TOOK_MS, Column.PROGRAM);

  @TempDir Path directory;

  private Path crashes;

  @BeforeEach
  void makeCollection() throws IOException {
    String made = System.getProperty("vmcore.triage.collection");
    crashes = made == null ? Files.createDirectory(directory.resolve("crashes")) : Path.of(made);
    if (made != null) {
      return;
    }
    Path dump = Files.copy(RealDump.typed().file(), directory.resolve("vmcore"));
    byte[] start = Arrays.copyOf(Files.readAllBytes(dump), 1 << 20);
    for (int i = 0; i < DUMPS; i++) {
      Path folder = Files.createDirectory(crashes.resolve("dump" + i));
      if (i % 12 == 7) {
        Files.write(folder.resolve("vmcore"), start);
      } else {
        Files.createLink(folder.resolve("vmcore"), dump);
      }
    }
    for (int i = 0; i < LOGS; i++) {
      Path folder = Files.createDirectory(crashes.resolve("log" + i));
      Files.writeString(folder.resolve("dmesg.txt"), log("disk_submit" + i % 10, i));
    }
    Files.writeString(crashes.resolve("notes.txt"), "no dump\n");
  }

  /** As Linux prints it (Documentation/admin-guide/bug-hunting.rst). */
  private static String log(String function, int seed) {
    String line = "[  %d.000000] ".formatted(10 + seed);
    return Stream.of(
            "BUG: kernel NULL pointer dereference, address: 0000000000000008",
            "Oops: 0000 [#1] SMP NOPTI",
            "CPU: 0 PID: %d Comm: worker Not tainted 6.1.0-made #1".formatted(100 + seed),
            "RIP: 0010:" + function + "+0x12/0x80",
            "Call Trace:",
            " <TASK>",
            " do_syscall_64+0x3b/0x90",
            " entry_SYSCALL_64_after_hwframe+0x6e/0xd8",
            " </TASK>",
            "Kernel panic - not syncing: Fatal exception")
        .map(text -> line + text + "\n")
        .collect(Collectors.joining());
  }

  @Test
  void aClusterRecordsTheSameThoughItLosesAWorker() throws Exception {
    Path database = directory.resolve("crashes.db");
    Triage.Collection wanted =
        new Triage.Collection(
            List.of(crashes),
            List.of(),
            database,
            Optional.empty(),
            2,
            Duration.ofMinutes(5),
            false,
            MachineOptions.defaults());
    TriageTool tool = new TriageTool();
    tool.collect(wanted, System.err);
    List<String> records = records("jdbc:sqlite:" + database, "dumps");

    Path output = directory.resolve("out");
    List<String> arguments = List.of("--out", output.toString(), crashes.toString());
    try (Cluster cluster = new Cluster(Files.createDirectory(directory.resolve("cluster")))) {
      Process job = cluster.submit("job", arguments);
      awaitSome(output, job);
      cluster.killWorker();
      end(cluster, "job", job);
      assertThat(cluster.log("job")).as("a lost worker").containsPattern("Lost executor|lost");
      assertThat(records("jdbc:duckdb:", "read_parquet('" + output + "/dumps/*.parquet')"))
          .isEqualTo(records);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(output)))
          .isEqualTo("rwx------");
      assertThat(summary(tool, output)).isEqualTo(summary(tool, database));
      assertThat(groups(output)).isEqualTo(groupsOf(summary(tool, database)));

      end(cluster, "again", cluster.submitLocally("again", arguments));
      assertThat(cluster.log("again"))
          .as("what is there is not done again")
          .containsPattern(Pattern.compile("[01] examined now, " + records.size() + " were there"));
      assertThat(summary(tool, output)).isEqualTo(summary(tool, database));
    }
  }

  /** Until the first task has ended: its files lie apart until the whole job has. */
  private static void awaitSome(Path output, Process job) throws Exception {
    Path unfinished = output.resolve("dumps/_temporary/0");
    boolean some = false;
    while (!some && job.isAlive()) {
      TimeUnit.MILLISECONDS.sleep(50);
      if (Files.isDirectory(unfinished)) {
        try (Stream<Path> tasks = Files.list(unfinished)) {
          some = tasks.anyMatch(task -> task.getFileName().toString().startsWith("task_"));
        }
      }
    }
    assertThat(some && job.isAlive()).as("the job is still at work").isTrue();
  }

  private static void end(Cluster cluster, String name, Process job) throws Exception {
    boolean ended = job.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES);
    job.destroyForcibly();
    assertThat(ended && job.exitValue() == 0).as(cluster.log(name)).isTrue();
  }

  /** All that is of the dumps, a line for each. */
  private static List<String> records(String url, String table) throws Exception {
    String columns =
        Arrays.stream(Column.values())
            .filter(column -> !OF_THE_RUN.contains(column))
            .map(Column::column)
            .collect(Collectors.joining(", "));
    List<String> lines = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("SELECT " + columns + " FROM " + table + " ORDER BY source")) {
      while (rows.next()) {
        StringBuilder line = new StringBuilder();
        for (int i = 1; i <= Column.values().length - OF_THE_RUN.size(); i++) {
          line.append(rows.getString(i)).append('|');
        }
        lines.add(line.toString());
      }
    }
    return lines;
  }

  private static String summary(TriageTool tool, Path records) throws IOException {
    StringBuilder text = new StringBuilder();
    tool.summarize(
        new Triage.Summary(records, Optional.empty(), Optional.empty(), Triage.Form.CSV), text);
    return text.toString();
  }

  /** Group and count, of what Spark's SQL has found. */
  private static List<String> groups(Path output) throws Exception {
    List<String> groups = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT \"group\", count, example FROM read_parquet('"
                    + output
                    + "/groups/*.parquet') ORDER BY count DESC, \"group\"")) {
      while (rows.next()) {
        groups.add(rows.getString(1) + "," + rows.getLong(2) + "," + rows.getString(3));
      }
    }
    return groups;
  }

  private static List<String> groupsOf(String csv) {
    return csv.lines()
        .skip(1)
        .map(line -> line.replaceFirst("^([^,]*,[^,]*),.*,([^,]*)$", "$1,$2"))
        .toList();
  }
}
