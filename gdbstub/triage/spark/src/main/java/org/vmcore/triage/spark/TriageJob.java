package org.vmcore.triage.spark;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.vmcore.dumpreader.api.RemoteName;
import org.vmcore.gdbstub.app.TriageWork;
import org.vmcore.triage.Column;
import org.vmcore.triage.Entry;
import org.vmcore.triage.Examinations;
import org.vmcore.triage.Source;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code spark-submit vmcore-triage-spark.jar --out DIRECTORY SOURCE...}: names and sizes go
 * through the driver, the content of dumps only to where it is examined.
 */
@Command(
    name = "vmcore-triage-spark",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Sort many dumps by what went wrong, on a cluster: the records of 'vmcore-gdbserver triage'"
          + " as Parquet in DIRECTORY/dumps, and in DIRECTORY/groups which of them are the same.",
      "",
      "What is in DIRECTORY and has not changed is not done again. Files have to have the same name"
          + " on all machines; URIs are read by each itself, with the credentials that it has."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  spark-submit --master 'local[*]' vmcore-triage-spark.jar --out crashes /var/crash",
      "  spark-submit --master spark://HOST:7077 vmcore-triage-spark.jar --out s3a://bucket/triage"
          + " \\",
      "    s3://bucket/crashes/",
      "  vmcore-gdbserver triage report --db crashes -o site"
    })
public final class TriageJob implements Callable<Integer> {
  private static final int SHOWN = 20;

  @Mixin private TriageWork work = new TriageWork();

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIRECTORY",
      description = "Where the records are, in any file system that Spark knows.")
  private String output = "";

  private TriageJob() {}

  /** Ends the driver with an exit code only where the job went wrong, which has it tried again. */
  public static void main(String[] arguments) {
    int code =
        new CommandLine(new TriageJob())
            .registerConverter(Path.class, RemoteName::path)
            .setExecutionExceptionHandler(
                (e, command, parsed) -> {
                  if (e instanceof IOException) {
                    command.getErr().println("vmcore-triage-spark: " + e.getMessage());
                    return 1;
                  }
                  throw e;
                })
            .execute(arguments);
    if (code != 0) {
      System.exit(code);
    }
  }

  @Override
  public Integer call() throws IOException {
    work.check();
    SparkConf settings = new SparkConf();
    settings.setIfMissing("spark.app.name", "vmcore-triage");
    try (SparkSession spark = SparkSession.builder().config(settings).getOrCreate()) {
      run(spark);
    }
    return 0;
  }

  private void run(SparkSession spark) throws IOException {
    String records = output + "/dumps";
    List<Item> all =
        Examinations.find(work.collection(Path.of(""), 1, Records.options())).stream()
            .map(Item::of)
            .toList();
    List<Item> items = work.again() ? all : without(known(spark, records), all);
    makePrivate(spark);
    examine(spark, items, records);
    if (!exists(spark, records)) {
      throw new IOException(output + ": nothing to record");
    }
    Dataset<Row> latest = GroupTable.latest(spark, read(spark, records));
    String groups = output + "/groups";
    GroupTable.of(spark, latest).coalesce(1).write().mode(SaveMode.Overwrite).parquet(groups);
    tell(latest, spark.read().parquet(groups), items.size(), all.size() - items.size());
  }

  private void examine(SparkSession spark, List<Item> items, String records) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    List<List<Item>> shares = Shares.of(items, context.defaultParallelism());
    if (shares.isEmpty()) {
      return;
    }
    Duration limit = work.limit();
    int processors = context.getConf().getInt("spark.task.cpus", 1);
    spark
        .createDataFrame(
            context
                .parallelize(shares, shares.size())
                .flatMap(share -> Records.of(share, processors, limit)),
            Records.schema())
        .write()
        .mode(SaveMode.Append)
        .parquet(records);
  }

  /**
   * A record has what a dump's log says: it is for its owner alone where the user has made no
   * place.
   */
  private void makePrivate(SparkSession spark) throws IOException {
    if (!exists(spark, output)) {
      org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(output);
      FileSystem files = path.getFileSystem(spark.sparkContext().hadoopConfiguration());
      files.mkdirs(path);
      files.setPermission(path, new FsPermission((short) 0700));
    }
  }

  private static boolean exists(SparkSession spark, String directory) throws IOException {
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(directory);
    return path.getFileSystem(spark.sparkContext().hadoopConfiguration()).exists(path);
  }

  /** What a job that was stopped has begun has no file of which Spark could learn the columns. */
  private static Dataset<Row> read(SparkSession spark, String records) {
    return spark.read().schema(Records.schema()).parquet(records);
  }

  /** Versions by the name of their source; of what has none, whether it was read at all. */
  private static Map<String, String> known(SparkSession spark, String records) throws IOException {
    Map<String, String> versions = new HashMap<>();
    if (exists(spark, records)) {
      Dataset<Row> latest = GroupTable.latest(spark, read(spark, records));
      for (Row row :
          latest
              .select(column(Column.SOURCE), column(Column.VERSION), column(Column.STATUS))
              .collectAsList()) {
        if (!row.isNullAt(1)) {
          versions.put(row.getString(0), row.getString(1));
        } else if (!row.getString(2).equals(Entry.FAILED)) {
          versions.put(row.getString(0), "");
        }
      }
    }
    return versions;
  }

  private static org.apache.spark.sql.Column column(Column column) {
    return org.apache.spark.sql.functions.col(column.column());
  }

  private static List<Item> without(Map<String, String> known, List<Item> items) {
    return items.stream()
        .filter(
            item -> {
              Source source = item.source();
              String version = source.state().map(Source.State::version).orElse("");
              return !version.equals(known.get(source.name()));
            })
        .toList();
  }

  private void tell(Dataset<Row> latest, Dataset<Row> groups, int done, int before) {
    Map<String, Long> counts = new HashMap<>();
    for (Row row : latest.groupBy(column(Column.STATUS)).count().collectAsList()) {
      counts.put(row.getString(0), row.getLong(1));
    }
    System.out.printf(
        "%s: %d crashes, %d without one, %d could not be read; %d examined now, %d were there"
            + " before%n",
        output,
        counts.getOrDefault(Entry.CRASH, 0L),
        counts.getOrDefault(Entry.NONE, 0L),
        counts.getOrDefault(Entry.FAILED, 0L),
        done,
        before);
    for (Row row : groups.takeAsList(SHOWN)) {
      System.out.printf(
          "%6d  %s%n",
          (long) row.<Long>getAs("count"),
          row.<String>getAs("title").replaceAll("\\p{Cntrl}", "?"));
    }
  }
}
