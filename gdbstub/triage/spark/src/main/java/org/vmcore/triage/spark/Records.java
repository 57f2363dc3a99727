package org.vmcore.triage.spark;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.api.RemoteFile;
import org.vmcore.dumpreader.api.RemoteFiles;
import org.vmcore.dumpreader.api.RemoteOpener;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.triage.Column;
import org.vmcore.triage.Entry;
import org.vmcore.triage.Examinations;

/** Records as rows, made where a task runs. */
final class Records {
  private static final long CACHE = 32L << 20;

  private Records() {}

  /** The columns of {@code docs/triage.md}. */
  static StructType schema() {
    return new StructType(
        Arrays.stream(Column.values())
            .map(column -> DataTypes.createStructField(column.column(), type(column), true))
            .toArray(StructField[]::new));
  }

  private static DataType type(Column column) {
    return switch (column.kind()) {
      case TEXT -> DataTypes.StringType;
      case INTEGER -> DataTypes.LongType;
      case REAL -> DataTypes.DoubleType;
    };
  }

  /**
   * Examines a share, as many at a time as the task has processors.
   *
   * @param limit that one may take
   */
  static Iterator<Row> of(List<Item> share, int processors, Duration limit)
      throws IOException, InterruptedException {
    List<Row> rows = new ArrayList<>();
    new Examinations(options(), processors, limit)
        .examine(share.stream().map(Item::source).toList(), entry -> rows.add(row(entry)));
    return rows.iterator();
  }

  private static Row row(Entry entry) {
    return RowFactory.create(
        Arrays.stream(Column.values()).map(column -> value(entry, column)).toArray());
  }

  private static @Nullable Object value(Entry entry, Column column) {
    return entry.get(column) instanceof Number number
        ? column.kind() == Column.Kind.REAL ? (Object) number.doubleValue() : number.longValue()
        : entry.get(column);
  }

  /** What can be read of files, and of URIs of which nothing is kept: each is read once. */
  static MachineOptions options() {
    return new MachineOptions(
        Optional.empty(),
        Optional.empty(),
        Map.of(),
        new OpenOptions(CACHE, Progress.SILENT).withRemote(new NothingKept()));
  }

  /** Remote files, through the library that is part of the job's jar. */
  private static final class NothingKept implements RemoteOpener {
    private static RemoteFiles files() throws IOException {
      return ServiceLoader.load(RemoteFiles.class, RemoteFiles.class.getClassLoader())
          .findFirst()
          .orElseThrow(() -> new IOException("this jar cannot read URIs; make it anew"));
    }

    @Override
    public DumpInput open(String uri, OpenOptions options) throws IOException {
      return files().open(uri, false, options);
    }

    @Override
    public List<RemoteFile> list(String uri, OpenOptions options) throws IOException {
      return files().list(uri, options);
    }
  }
}
