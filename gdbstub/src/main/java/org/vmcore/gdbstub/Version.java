package org.vmcore.gdbstub;

/** The version of this program, which the build writes into the jar's manifest. */
public final class Version {
  private Version() {}

  public static String get() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "(development build)" : version;
  }
}
