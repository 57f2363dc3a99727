package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmcore.testing.Command;
import org.vmcore.testing.RealDump;

/**
 * The rpm, installed by dnf, which Debian has, too. Its Java is a package that says of itself what
 * those of the distributions with rpm do, by their spec files.
 */
@Tag("slow")
class RpmPackageTest {
  private static final String PROGRAM = "vmcore-gdbserver";

  /** java-25-openjdk.spec of Fedora, as the Java of the system. */
  private static final Java FEDORA =
      new Java("Fedora", true, "java-headless = 1:25.0.1.0.8-1", "java-25-headless = 1:25.0.1.0.8");

  @TempDir private Path directory;

  /** A package with a Java, and whether the program runs on it. */
  record Java(String distribution, boolean fits, List<String> provides) {
    Java(String distribution, boolean fits, String... provides) {
      this(distribution, fits, List.of(provides));
    }
  }

  static Stream<Java> javas() {
    return Stream.of(
        FEDORA,
        // As `rpm -q --provides` tells of AlmaLinux 8's: it is not the Java of the system.
        new Java("RHEL 8", true, "java-17-headless = 1:17.0.16.0.8-2.el8"),
        // java-21-openjdk.spec of SUSE: no epochs.
        new Java("SUSE", true, "java-headless = 21", "java-21-headless = 21.0.9.0-1"),
        new Java("Leap 15", true, "java-17-openjdk-headless = 17.0.16.0-1"),
        new Java("SUSE", false, "java-headless = 11", "java-11-headless = 11.0.29.0-1"),
        new Java("RHEL 9", false, "java-headless = 1:11.0.25.0.9-7"),
        new Java("Fedora", false, "java-headless = 1:1.8.0", "java-1.8.0-headless = 1:1.8.0"));
  }

  @ParameterizedTest
  @MethodSource("javas")
  void findsTheJavaOfADistribution(Java java) throws IOException {
    Path rpm = Packages.rpm();
    Path provider = rpm(java);

    Command.Result result =
        Command.of(
                "rpm",
                "--dbpath=" + Files.createDirectory(directory.resolve("db")),
                "--force-debian",
                "--test",
                "--install",
                "" + provider,
                "" + rpm)
            .run();

    assertThat(result.exit() == 0).as(result.toString()).isEqualTo(java.fits());
    if (!java.fits()) {
      assertThat(result.err()).contains("java-headless >= 1:17");
    }
  }

  /** A package that provides what others would need a real system for, and has no files. */
  private Path rpm(Java java) throws IOException {
    Command.assumeInstalled("rpmbuild");
    StringBuilder spec =
        new StringBuilder(
            """
            Name: java
            Version: 1
            Release: 1
            Summary: Java
            License: none
            BuildArch: noarch
            Provides: /bin/sh
            """);
    java.provides().forEach(name -> spec.append("Provides: ").append(name).append('\n'));
    spec.append("%description\nJava.\n%files\n");
    Path file = Files.writeString(directory.resolve("java.spec"), spec);
    Command.mustRun("rpmbuild", "-bb", "--define=_topdir " + directory, file);
    return directory.resolve("RPMS/noarch/java-1-1.noarch.rpm");
  }

  @Test
  void installsAndLeavesNothing() throws IOException {
    Path rpm = Packages.rpm();
    Path triage = Packages.triageRpm();
    try (BareDebian system = BareDebian.make("bookworm", directory.resolve("root"))) {
      system.give(rpm, "package.rpm");
      system.give(triage, "triage.rpm");
      system.give(rpm(FEDORA), "java.rpm");
      system.give(RealDump.typed().file(), "vmcore");
      system.must(
          "apt-get install -y -qq --no-install-recommends default-jre-headless dnf man-db gdb");
      String dnf = "dnf -y --setopt=reposdir=/none ";

      assertThat(system.run(dnf + "install /root/package.rpm").all())
          .contains("nothing provides (java-headless >= 1:17 or");
      system.must(dnf + "install /root/java.rpm /root/package.rpm");

      assertThat(system.must(PROGRAM + " demo")).contains("demo_crash", "vfs_write");
      assertThat(system.must(PROGRAM + " info /root/vmcore")).contains("x86-64");
      assertThat(system.must("man vmcore-gdbserver-bt")).contains("SYNOPSIS", "--json");
      // A JVM that may not run without an archive: that which installing has made.
      system.must(
          "XDG_CACHE_HOME=/dev/null VMCORE_GDBSERVER_JAVA_OPTS=-Xshare:on "
              + PROGRAM
              + " --version");
      system.must(dnf + "install /root/triage.rpm");
      system.must(PROGRAM + " triage /root/vmcore --db /root/db");

      system.must(dnf + "remove vmcore-gdbserver");
      system.must("rm -rf /root/*");
      assertThat(system.must(DebianPackageTest.OURS)).isEmpty();
    }
  }
}
