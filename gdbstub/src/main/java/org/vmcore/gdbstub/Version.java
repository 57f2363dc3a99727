package org.vmcore.gdbstub;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.security.CodeSource;

/** The version of this program, which the build writes into its jar. */
public final class Version {
  /** What the launcher of a checkout knows better than a build that may be older than a commit. */
  private static final String COMMIT = "vmcore.commit";

  private Version() {}

  public static String get() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "(development build)" : version;
  }

  /** The same with the commit that it was built of, where the build knew that. */
  public static String withCommit() {
    String checkout = System.getProperty(COMMIT);
    if (checkout != null) {
      return "%s (%s)".formatted(get(), checkout);
    }
    try (InputStream in = Version.class.getResourceAsStream("commit")) {
      return in == null ? get() : get() + " (" + new String(in.readAllBytes(), US_ASCII) + ")";
    } catch (IOException e) {
      return get();
    }
  }

  /**
   * The same with what tells one build of a version from another, for what depends on its code. A
   * class that comes from an archive that was moved does not know where it is.
   */
  public static String build() {
    CodeSource source = Version.class.getProtectionDomain().getCodeSource();
    URL location = source == null ? null : source.getLocation();
    if (location == null || !"file".equals(location.getProtocol())) {
      return withCommit();
    }
    return "%s of %d".formatted(withCommit(), new File(location.getPath()).lastModified());
  }
}
