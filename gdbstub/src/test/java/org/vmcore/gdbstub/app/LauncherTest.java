package org.vmcore.gdbstub.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher in a checkout of its own, whose JDKs and Maven are scripts that tell how they were
 * called. JDKs of the machine that runs the test are older than the versions used here.
 */
@Timeout(180)
class LauncherTest {
  private static final String SHORT = "-XX:TieredStopAtLevel=1";
  private static final Path BIN = Path.of("bin").toAbsolutePath();

  @TempDir Path directory;
  private Path checkout;
  private Path home;
  private Path tools;
  private final Map<String, String> environment = new HashMap<>();

  private record Run(int exitCode, String out, String err) {}

  @BeforeEach
  void setUp() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "no /bin/sh");
    checkout = directory.resolve("a checkout");
    home = directory.resolve("my home");
    tools = Files.createDirectories(directory.resolve("tools"));
    Path bin = Files.createDirectories(checkout.resolve("gdbstub/bin"));
    for (String file : List.of("vmcore-gdbserver", "jdk.sh", "archive.sh", "checkout.sh")) {
      Files.copy(BIN.resolve(file), bin.resolve(file));
    }
    Files.createDirectories(home);
    for (String file :
        List.of("pom.xml", "arch/src/main/A.java", "gdbstub/src/main/B.java", "gdbstub/pom.xml")) {
      Files.createDirectories(checkout.resolve(file).getParent());
      Files.writeString(checkout.resolve(file), "");
      setAge(checkout.resolve(file), Duration.ofHours(2));
    }
    environment.put("HOME", home.toString());
    environment.put("PATH", tools + ":/usr/bin:/bin");
    // Where nobody can write, so that no archive is made in the background.
    environment.put("XDG_CACHE_HOME", "/dev/null");
  }

  @Test
  void runsTheNewestJdkWithItsArgumentsAndExitCode() throws Exception {
    jarsBuilt();
    jdk("9.0", "900");
    jdk("new", "998.0.1");
    jdk("newer", "999-ea");

    Run run = run(launcher(), "serve", "a dump", "");

    assertThat(run.exitCode()).isEqualTo(42);
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .startsWith("newer\n")
        .contains("\n--sun-misc-unsafe-memory-access=allow\n")
        .endsWith("-jar\n" + jar() + "\nserve\na dump\n\n");
  }

  @Test
  void takesTheJavaAndTheOptionsThatTheEnvironmentNames() throws Exception {
    jarsBuilt();
    jdk("newest", "999");
    Path older = jdk("older", "17.0.1");
    environment.put("VMCORE_GDBSERVER_JAVA", older.resolve("bin/java").toString());
    environment.put("VMCORE_GDBSERVER_JAVA_OPTS", "-Xmx1g -ea");

    Run run = run(launcher());

    assertThat(run.out())
        .startsWith("older\n")
        .containsSubsequence("\n-Xmx1g\n-ea\n", "\n-jar\n")
        .doesNotContain("unsafe");
  }

  @Test
  void leavesTheCollectorToTheUserWhoNamesOne() throws Exception {
    jarsBuilt();
    jdk("only", "999");
    assertThat(run(launcher()).out()).contains("-XX:+UseSerialGC", "-Xms");

    environment.put("VMCORE_GDBSERVER_JAVA_OPTS", "-ea -XX:+UseZGC");

    assertThat(run(launcher()).out()).contains("-XX:+UseZGC").doesNotContain("UseSerialGC");
  }

  @Test
  void compilesForLongOnlyWhatGoesOnForLong() throws Exception {
    jarsBuilt();
    jdk("only", "999");

    for (String word : List.of("gdb", "bt", "info", "--version")) {
      assertThat(run(launcher(), word, "vmcore").out()).as(word).contains(SHORT);
    }
    for (String word : List.of("serve", "vmcore", "search", "--vmlinux")) {
      assertThat(run(launcher(), word, "vmcore").out()).as(word).doesNotContain(SHORT);
    }
    assertThat(run(launcher(), "gdb", "--batch").out()).doesNotContain(SHORT);
  }

  @Test
  void isFoundThroughSymbolicLinks() throws Exception {
    jarsBuilt();
    jdk("only", "999");
    Path first = Files.createSymbolicLink(directory.resolve("first"), launcher());
    Path second = Files.createSymbolicLink(tools.resolve("vm"), Path.of("../first"));

    assertThat(run(first).out()).contains(jar().toString());
    assertThat(run(second).out()).contains(jar().toString());
    assertThat(run(Path.of("vm")).out()).contains(jar().toString());
  }

  @Test
  void usesAnArchiveThatNoJarIsNewerThan() throws Exception {
    jarsBuilt();
    Path jdk = jdk("only", "999");
    Path archive =
        home.resolve("cache/vmcore-gdbserver")
            .resolve((checkout.toRealPath() + "/" + jdk + "-999+1.jsa").replace('/', ','));
    Files.createDirectories(archive.getParent());
    Files.writeString(archive, "");
    environment.put("XDG_CACHE_HOME", home.resolve("cache").toString());

    assertThat(run(launcher()).out()).contains("-XX:SharedArchiveFile=" + archive + "\n");

    setAge(archive, Duration.ofHours(3));
    Files.writeString(archive.resolveSibling(archive.getFileName() + ".failed"), "");
    assertThat(run(launcher()).out()).doesNotContain("SharedArchiveFile");
  }

  /** As root may find one in the home of who calls sudo: it holds the code that would run. */
  @Test
  void usesNoArchiveOfAnotherUser() throws Exception {
    jarsBuilt();
    Path jdk = jdk("only", "999");
    Path cache = Files.createDirectories(home.resolve("cache/vmcore-gdbserver"));
    Path archive =
        Files.writeString(
            cache.resolve((checkout.toRealPath() + "/" + jdk + "-999+1.jsa").replace('/', ',')),
            "");
    environment.put("XDG_CACHE_HOME", home.resolve("cache").toString());
    assertThat(run(launcher()).out()).contains("SharedArchiveFile");

    assumeTrue(isRoot(), "only root can give files away");
    for (Path owned : List.of(archive, cache, cache.getParent())) {
      Files.setAttribute(owned, "unix:uid", 65534);
      assertThat(run(launcher()).out())
          .as(owned.toString())
          .contains("-Xshare:off\n")
          .doesNotContain("SharedArchiveFile");
      Files.setAttribute(owned, "unix:uid", 0);
    }
    assertThat(run(launcher()).out()).contains("SharedArchiveFile").doesNotContain("-Xshare");
  }

  /** That of who calls su, which keeps HOME. */
  @Test
  void runsNoJavaOutOfTheHomeOfAnotherUser() throws Exception {
    assumeTrue(isRoot(), "only root can give files away");
    jarsBuilt();
    jdk("newest", "999");
    Files.setAttribute(home, "unix:uid", 65534);
    script(tools.resolve("java"), "exit 1");

    assertThat(run(launcher()).out()).doesNotContain("newest");
  }

  @Test
  void makesNothingAmongTheFilesOfAnotherUser() throws Exception {
    assumeTrue(isRoot(), "only root can give files away");
    jarsBuilt();
    jdk("only", "999");
    Path caches = Files.createDirectory(home.resolve("cache"));
    Files.setAttribute(caches, "unix:uid", 65534);
    environment.put("XDG_CACHE_HOME", caches.toString());

    assertThat(run(launcher()).out()).startsWith("only\n");
    assertThat(caches).isEmptyDirectory();
  }

  private boolean isRoot() throws IOException {
    return Files.getAttribute(directory, "unix:uid").equals(0);
  }

  @Test
  void makesItsCacheForItsOwnerAlone() throws Exception {
    jarsBuilt();
    jdk("only", "999");
    Path caches = home.resolve("cache");
    environment.put("XDG_CACHE_HOME", caches.toString());

    run(launcher());

    Path cache = caches.resolve("vmcore-gdbserver");
    await().until(() -> Files.exists(cache) && contains(cache, ".jsa.failed"));
    for (Path made : List.of(caches, cache)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
          .isEqualTo("rwx------");
    }
  }

  /** Java would know no file whose name is not ASCII. */
  @Test
  void namesAreUtf8InTheLocaleOfScriptsToo() throws Exception {
    jarsBuilt();
    Path jdk = jdk("only", "999");
    script(jdk.resolve("bin/java"), "echo \"$LC_ALL\"");

    assertThat(run(launcher()).out()).isEqualTo("C.UTF-8\n");
    environment.put("LC_ALL", "C");
    assertThat(run(launcher()).out()).isEqualTo("C.UTF-8\n");
    environment.put("LC_ALL", "de_DE.ISO-8859-1");
    assertThat(run(launcher()).out()).isEqualTo("de_DE.ISO-8859-1\n");
  }

  @Test
  void clearsItsCacheOfOldArchivesAndOfNothingElse() throws Exception {
    jarsBuilt();
    jdk("only", "999");
    Path cache = home.resolve("cache/vmcore-gdbserver");
    Files.createDirectories(cache.resolve("lab"));
    Path old = cache.resolve(",gone-17.jsa");
    Path others = cache.resolve("lab/library");
    for (Path file : List.of(old, others)) {
      Files.writeString(file, "");
      setAge(file, Duration.ofDays(40));
    }
    environment.put("XDG_CACHE_HOME", home.resolve("cache").toString());

    run(launcher());

    await().until(() -> Files.notExists(old));
    await().until(() -> contains(cache, ".jsa.failed"));
    assertThat(others).exists();
  }

  private static boolean contains(Path directory, String ending) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.anyMatch(file -> file.toString().endsWith(ending));
    }
  }

  @Test
  void startsWithoutAnArchiveWhereItsDirectoryCannotBeMade() throws Exception {
    jarsBuilt();
    jdk("only", "999");

    Run run = run(launcher());

    assertThat(run.err()).isEmpty();
    assertThat(run.out()).startsWith("only\n");
  }

  @Test
  void buildsOnFirstUseAndWhenASourceIsNewer() throws Exception {
    jdk("only", "999");
    script(tools.resolve("mvn"), ": >gdbstub/target/.built");

    assertThat(run(launcher()).err()).contains("building").contains("(first use)");
    assertThat(run(launcher()).err()).isEmpty();
    setAge(checkout.resolve("arch/src/main/A.java"), Duration.ofMinutes(-1));
    assertThat(run(launcher()).err()).contains("building").contains("(sources have changed)");
  }

  /** Of a build before a commit, which changed no source, the build itself could not tell it. */
  @Test
  void tellsTheCommitOfTheCheckout() throws Exception {
    jarsBuilt();
    jdk("only", "999");
    script(tools.resolve("git"), "case \"$*\" in *describe*) echo 0123456789ab-dirty ;; esac");

    assertThat(run(launcher(), "--version").out())
        .contains("\n-Dvmcore.commit=0123456789ab-dirty\n");
    assertThat(run(launcher(), "info").out()).doesNotContain("vmcore.commit");
    script(tools.resolve("git"), "exit 128");
    assertThat(run(launcher(), "--version").out()).doesNotContain("vmcore.commit");
  }

  @Test
  void saysWhatFailedInTheBuild() throws Exception {
    jdk("only", "999");
    script(tools.resolve("mvn"), "echo '[ERROR] disk full'; exit 1");

    Run run = run(launcher());

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("[ERROR] disk full").contains("the build failed");
  }

  @Test
  void namesThePackagesWhenMavenIsMissing() throws Exception {
    jdk("only", "999");
    environment.put("PATH", tools.toString());

    Run run = run(launcher());

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .isEqualTo(
            "vmcore-gdbserver: not built yet, and Maven is missing; install it with: "
                + "apt-get install -y default-jdk-headless maven\n");
  }

  /** Without what a checkout has: the jars are beside the launcher's directory. */
  private Path packaged() throws IOException {
    Path home = directory.resolve("usr/share/vm");
    Files.createDirectories(home.resolve("bin"));
    for (String file : List.of("vmcore-gdbserver", "jdk.sh", "archive.sh")) {
      Files.copy(BIN.resolve(file), home.resolve("bin").resolve(file));
    }
    Files.writeString(home.resolve("vmcore-gdbserver.jar"), "");
    setAge(home.resolve("vmcore-gdbserver.jar"), Duration.ofHours(1));
    return home.toRealPath();
  }

  @Test
  void runsWhatAPackageHasWithoutBuilding() throws Exception {
    Path home = packaged();
    jdk("only", "999");
    Path link = Files.createSymbolicLink(tools.resolve("vm"), home.resolve("bin/vmcore-gdbserver"));

    Run run = run(link, "mcp", "dump");

    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .endsWith("-jar\n" + home.resolve("vmcore-gdbserver.jar") + "\nmcp\ndump\n")
        .contains("-Dvmcore.extensions=" + home.resolve("lib") + "\n");
  }

  @Test
  void prefersTheRuntimeThatCameWithIt() throws Exception {
    Path home = packaged();
    Path jdk = jdk("own", "21");
    jdk("newer", "999");
    Files.move(jdk, home.resolve("runtime"));

    assertThat(run(home.resolve("bin/vmcore-gdbserver")).out()).startsWith("own\n");
  }

  @Test
  void usesTheArchiveOfThePackageUnlessAJarIsNewer() throws Exception {
    Path home = packaged();
    jdk("only", "999");
    Path archive = Files.createDirectories(home.resolve("archives")).resolve("999+1.jsa");
    Files.writeString(archive, "");
    Path launcher = home.resolve("bin/vmcore-gdbserver");

    assertThat(run(launcher).out()).contains("-XX:SharedArchiveFile=" + archive + "\n");

    setAge(archive, Duration.ofHours(3));
    assertThat(run(launcher).out()).doesNotContain("SharedArchiveFile");
  }

  @Test
  void makesThePackagesArchiveAnewOrSaysThatItCannot() throws Exception {
    Path home = packaged();
    Path jdk = jdk("only", "999");
    Path old = Files.createDirectories(home.resolve("archives")).resolve("998.jsa");
    Files.writeString(old, "");
    Path launcher = home.resolve("bin/vmcore-gdbserver");

    Run failed = run(launcher, "warm-up");
    assertThat(failed.exitCode()).isEqualTo(1);
    assertThat(failed.err()).contains("cannot make", "999+1.jsa");
    assertThat(home.resolve("archives")).isEmptyDirectory();

    script(
        jdk.resolve("bin/java"),
        "for word; do case $word in"
            + " -XX:SharedArchiveFile=* | -XX:DumpLoadedClassList=*) echo A >\"${word#*=}\" ;;"
            + " esac; done");
    assertThat(run(launcher, "warm-up").exitCode()).isZero();
    assertThat(home.resolve("archives/999+1.jsa")).exists();
  }

  private Path launcher() {
    return checkout.resolve("gdbstub/bin/vmcore-gdbserver");
  }

  private Path jar() throws IOException {
    return checkout.toRealPath().resolve("gdbstub/target/vmcore-gdbserver.jar");
  }

  private void jarsBuilt() throws IOException {
    Path lib = Files.createDirectories(checkout.resolve("gdbstub/target/lib"));
    for (String file : List.of("lib/arch-1.jar", "vmcore-gdbserver.jar", ".built")) {
      Files.writeString(lib.resolveSibling(file), "");
      setAge(lib.resolveSibling(file), Duration.ofHours(1));
    }
  }

  /** A JDK whose java prints its name and its arguments, a line each, and ends with 42. */
  private Path jdk(String name, String version) throws IOException {
    Path jdk = home.resolve(".jdks").resolve(name);
    script(jdk.resolve("bin/java"), "echo '" + name + "'; printf '%s\\n' \"$@\"; exit 42");
    script(jdk.resolve("bin/javac"), "exit 1");
    Files.writeString(
        jdk.resolve("release"),
        "IMPLEMENTOR=\"Nobody\"\nJAVA_RUNTIME_VERSION=\"%s+1\"\nJAVA_VERSION=\"%s\"\n"
            .formatted(version, version));
    return jdk;
  }

  private static void script(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + text + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static void setAge(Path file, Duration age) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
  }

  private Run run(Path program, String... arguments) throws Exception {
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", "\"$@\"", "sh");
    builder.command().add(program.toString());
    builder.command().addAll(List.of(arguments));
    builder.directory(directory.toFile()).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return new Run(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }
}
