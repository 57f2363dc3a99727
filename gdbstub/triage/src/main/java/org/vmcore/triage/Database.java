package org.vmcore.triage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
import org.vmcore.dumpreader.api.RemoteName;

/**
 * The records, in SQLite's own file: table {@code dumps} with a row for each source, {@code
 * passed_over} with the files of directories that are none, in {@code PRAGMA user_version} the
 * version of this form. Each row is a transaction, in a write-ahead log: a program that is killed
 * loses what it was about to write and nothing else (SQLite documentation, "Write-Ahead Logging").
 */
final class Database implements Closeable {
  private static final int FORM = 1;
  private static final int WAIT_MILLIS = 30_000;

  /** All, separated by commas. */
  static final String COLUMNS =
      Arrays.stream(Column.values()).map(Column::column).collect(Collectors.joining(", "));

  private final Path file;
  private final Connection connection;

  private Database(Path file, Connection connection) {
    this.file = file;
    this.connection = connection;
  }

  /**
   * Opens one, or makes it, for its owner alone.
   *
   * @throws IOException when it is none of ours or cannot be written
   */
  static Database open(Path file) throws IOException {
    if (!Files.exists(file)) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    return connect(file);
  }

  /**
   * Opens one that is there.
   *
   * @throws IOException when it is not, or none of ours
   */
  static Database existing(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + ": there is no such database; 'triage SOURCE --db' makes it");
    }
    return connect(file);
  }

  @SuppressWarnings("resource") // The database owns its connection.
  private static Database connect(Path file) throws IOException {
    try {
      Connection connection =
          Drivers.connect("jdbc:sqlite:" + file.toAbsolutePath(), new Properties())
              .orElseThrow(() -> new SQLException("no driver for it; install the whole package"));
      Database database = new Database(file, connection);
      try {
        database.prepare();
        return database;
      } catch (SQLException | IOException e) {
        connection.close();
        throw e;
      }
    } catch (SQLException e) {
      throw failure(file, e);
    }
  }

  private static IOException failure(Path file, SQLException e) {
    return new IOException(file + ": " + e.getMessage(), e);
  }

  private void prepare() throws SQLException, IOException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA busy_timeout = " + WAIT_MILLIS);
      statement.execute("PRAGMA journal_mode = WAL");
      statement.execute("PRAGMA synchronous = NORMAL");
      int form = number(statement, "PRAGMA user_version");
      if (form == 0 && number(statement, "SELECT count(*) FROM sqlite_master") == 0) {
        statement.execute(
            Arrays.stream(Column.values())
                .map(Column::declaration)
                .collect(
                    Collectors.joining(
                        ",\n  ", "CREATE TABLE dumps (\n  ", ",\n  PRIMARY KEY (source)\n)")));
        statement.execute(
            "CREATE TABLE passed_over (source TEXT NOT NULL PRIMARY KEY, version TEXT)");
        statement.execute("CREATE INDEX dumps_by_group ON dumps (group_id)");
        statement.execute("PRAGMA user_version = " + FORM);
      } else if (form != FORM) {
        throw new IOException(file + ": a database, but not one of this version of 'triage'");
      }
    }
  }

  private static int number(Statement statement, String query) throws SQLException {
    try (ResultSet rows = statement.executeQuery(query)) {
      return rows.next() ? rows.getInt(1) : 0;
    }
  }

  /**
   * Whether a source is there as it is now; what is remote and was named is not looked at again.
   */
  boolean has(Source source) throws IOException {
    String query = "SELECT size, version, status FROM dumps WHERE source = ?";
    try (PreparedStatement select = connection.prepareStatement(query)) {
      select.setString(1, source.name());
      try (ResultSet rows = select.executeQuery()) {
        if (!rows.next()) {
          return false;
        }
        Optional<Source.State> state = source.state();
        if (state.isEmpty() && RemoteName.of(source.path()).isPresent()) {
          return !Entry.FAILED.equals(rows.getString(3));
        }
        // The size in the record is the dump's; that of its file is part of the version.
        return state.isPresent() && state.get().version().equals(rows.getString(2));
      }
    } catch (SQLException e) {
      throw failure(file, e);
    }
  }

  /** Whether a file was passed over as it is now. */
  boolean passedOver(Source source) throws IOException {
    String query = "SELECT 1 FROM passed_over WHERE source = ? AND version = ?";
    try (PreparedStatement select = connection.prepareStatement(query)) {
      select.setString(1, source.name());
      select.setString(2, source.state().map(Source.State::version).orElse(""));
      try (ResultSet rows = select.executeQuery()) {
        return rows.next();
      }
    } catch (SQLException e) {
      throw failure(file, e);
    }
  }

  /** Remembers that a file is neither a dump nor a log. */
  void passOver(Source source) throws IOException {
    String statement = "INSERT OR REPLACE INTO passed_over VALUES (?, ?)";
    try (PreparedStatement insert = connection.prepareStatement(statement)) {
      insert.setString(1, source.name());
      insert.setString(2, source.state().map(Source.State::version).orElse(""));
      insert.executeUpdate();
    } catch (SQLException e) {
      throw failure(file, e);
    }
  }

  /** Puts a record, in place of an older one of the same source. */
  void put(Entry entry) throws IOException {
    String marks = ", ?".repeat(Column.values().length).substring(2);
    String statement = "INSERT OR REPLACE INTO dumps (" + COLUMNS + ") VALUES (" + marks + ")";
    try (PreparedStatement insert = connection.prepareStatement(statement)) {
      int index = 1;
      for (Column column : Column.values()) {
        insert.setObject(index++, entry.get(column));
      }
      insert.executeUpdate();
    } catch (SQLException e) {
      throw failure(file, e);
    }
  }

  /** All records. */
  List<Entry> all() throws IOException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("SELECT " + COLUMNS + " FROM dumps ORDER BY source")) {
      return entries(rows);
    } catch (SQLException e) {
      throw failure(file, e);
    }
  }

  /** The records of a query's rows. */
  static List<Entry> entries(ResultSet rows) throws SQLException {
    List<Entry> entries = new ArrayList<>();
    while (rows.next()) {
      Entry entry = new Entry();
      for (Column column : Column.values()) {
        entry.put(column, rows.getObject(column.column()));
      }
      entries.add(entry);
    }
    return entries;
  }

  @Override
  public void close() throws IOException {
    try {
      connection.close();
    } catch (SQLException e) {
      throw failure(file, e);
    }
  }
}
