package org.vmcore.triage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The records that a Spark job wrote: Parquet files in a directory, or in {@code dumps} below it.
 * DuckDB reads them, whose driver is six times as large as all of this and so has to be put beside
 * it by those who have such files.
 */
final class ParquetRecords {
  private static final String DRIVER = "org.duckdb:duckdb_jdbc";

  private ParquetRecords() {}

  /**
   * All, of each source the last.
   *
   * @throws IOException when they cannot be read, also where DuckDB is missing
   */
  static List<Entry> all(Path directory) throws IOException {
    Path records = directory.resolve("dumps");
    List<Path> files = files(Files.isDirectory(records) ? records : directory);
    if (files.isEmpty()) {
      throw new IOException(directory + ": a directory without Parquet files");
    }
    Properties settings = new Properties();
    // It would else fetch what it does not have from the network.
    settings.setProperty("autoinstall_known_extensions", "false");
    try (Connection connection =
            Drivers.connect("jdbc:duckdb:", settings)
                .orElseThrow(() -> new IOException(missing(directory)));
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query(files))) {
      return Database.entries(rows);
    } catch (SQLException e) {
      throw new IOException(directory + ": " + e.getMessage(), e);
    }
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".parquet")).sorted().toList();
    }
  }

  private static String missing(Path directory) {
    return "%s: to read Parquet, put DuckDB's driver (duckdb_jdbc-VERSION.jar, in Maven Central %s) in %s"
        .formatted(directory, DRIVER, Drivers.directory());
  }

  private static String query(List<Path> files) {
    String names =
        files.stream()
            .map(file -> "'" + file.toString().replace("'", "''") + "'")
            .collect(Collectors.joining(", "));
    return """
    SELECT %s FROM read_parquet([%s], union_by_name = true)
    QUALIFY row_number() OVER (PARTITION BY source ORDER BY examined DESC) = 1
    ORDER BY source\
    """
        .formatted(Database.COLUMNS, names);
  }
}
