package org.vmcore.gdbstub;

import java.io.File;
import java.security.CodeSource;
import org.jspecify.annotations.Nullable;

/** The version of this program, which the build writes into the jar's manifest. */
public final class Version {
  private Version() {}

  public static String get() {
    return orDevelopment(Version.class.getPackage().getSpecificationVersion());
  }

  /** The same with the commit that it was built of, where the build knew that. */
  public static String withCommit() {
    return orDevelopment(Version.class.getPackage().getImplementationVersion());
  }

  private static String orDevelopment(@Nullable String version) {
    return version == null ? "(development build)" : version;
  }

  /** The same with what tells one build of a version from another, for what depends on its code. */
  public static String build() {
    CodeSource source = Version.class.getProtectionDomain().getCodeSource();
    if (source == null || !"file".equals(source.getLocation().getProtocol())) {
      return get();
    }
    return "%s of %d"
        .formatted(withCommit(), new File(source.getLocation().getPath()).lastModified());
  }
}
