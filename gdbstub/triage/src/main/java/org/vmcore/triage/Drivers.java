package org.vmcore.triage;

import java.io.File;
import java.net.URL;
import java.nio.file.Path;
import java.security.CodeSource;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Properties;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * JDBC by the drivers beside this; {@code DriverManager} knows only those that it found when it was
 * asked first.
 */
final class Drivers {
  private Drivers() {}

  /** Empty where no driver knows such a URL. */
  static Optional<Connection> connect(String url, Properties settings) throws SQLException {
    for (Driver driver : ServiceLoader.load(Driver.class, Drivers.class.getClassLoader())) {
      @Nullable Connection connection = driver.connect(url, settings);
      if (connection != null) {
        return Optional.of(connection);
      }
    }
    return Optional.empty();
  }

  /** Where a driver is to be put, to be beside this. */
  static Path directory() {
    CodeSource source = Drivers.class.getProtectionDomain().getCodeSource();
    URL location = source == null ? null : source.getLocation();
    File own = new File(location == null ? "." : location.getPath());
    return own.getAbsoluteFile().toPath().resolveSibling("").normalize();
  }
}
