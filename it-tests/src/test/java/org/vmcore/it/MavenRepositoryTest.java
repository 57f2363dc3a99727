package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.testing.Checkout;
import org.vmcore.testing.Command;
import org.vmcore.testing.RealDump;

/** The repository of Maven's that a release has, as a project of others uses it. */
@Tag("slow")
class MavenRepositoryTest {
  private static final List<String> PUBLISHED =
      List.of("dumpreader", "arch", "gdbstub", "vmcore-remote", "vmcore-mcp", "vmcore-triage");

  /** What Maven Central demands of a pom, its parent's included. */
  private static final List<String> DEMANDED =
      List.of("name", "description", "url", "licenses", "scm", "developers");

  private static final String SETTINGS =
      """
      <settings>
        <mirrors>
          <mirror><id>known</id><mirrorOf>central</mirrorOf><url>%s</url></mirror>
        </mirrors>
      </settings>
      """;

  private static final String POM =
      """
      <project xmlns="http://maven.apache.org/POM/4.0.0">
        <modelVersion>4.0.0</modelVersion>
        <groupId>com.example</groupId>
        <artifactId>consumer</artifactId>
        <version>1</version>
        <properties>
          <maven.compiler.release>17</maven.compiler.release>
          <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
        </properties>
        <repositories>
          <repository><id>release</id><url>%s</url></repository>
        </repositories>
        <dependencies>
          <dependency>
            <groupId>org.vmcore</groupId>
            <artifactId>dumpreader</artifactId>
            <version>%s</version>
          </dependency>
        </dependencies>
      </project>
      """;

  private static final String CONSUMER =
      """
      import java.nio.file.Path;
      import java.util.List;
      import org.vmcore.dumpreader.DumpFormats;
      import org.vmcore.dumpreader.api.Dump;
      import org.vmcore.dumpreader.api.OpenOptions;

      class Consumer {
        public static void main(String[] arguments) throws Exception {
          List<Path> files = List.of(Path.of(arguments[0]));
          try (Dump dump = DumpFormats.openFiles(files, OpenOptions.defaults())) {
            System.out.println(dump.info().format());
          }
        }
      }
      """;

  @TempDir private Path directory;

  @Test
  void hasAllThatMavenCentralDemands() throws IOException {
    Path group = Packages.maven().resolve("org/vmcore");
    try (Stream<Path> artifacts = Files.list(group)) {
      assertThat(artifacts.map(path -> "" + path.getFileName()))
          .contains("vmcore-gdbserver")
          .containsAll(PUBLISHED)
          .hasSize(PUBLISHED.size() + 1);
    }
    String parent = Files.readString(only(group.resolve("vmcore-gdbserver"), ".pom"));
    for (String artifact : PUBLISHED) {
      String pom = Files.readString(only(group.resolve(artifact), ".pom"));
      for (String element : DEMANDED) {
        assertThat(pom + parent).as(artifact).containsPattern("(?m)^  <" + element + "\\b");
      }
      assertThat(pom).containsPattern("(?m)^  <name>").containsPattern("(?m)^  <description>");
      for (String ending : List.of("[0-9T].jar", "-sources.jar", "-javadoc.jar")) {
        Path jar = only(group.resolve(artifact), ending);
        String told = Files.readString(Path.of(jar + ".sha1"));
        assertThat(Command.mustRun("sha1sum", jar)).startsWith(told + " ");
      }
    }
  }

  /**
   * With a local repository that is empty, and in place of Maven Central what Maven has of it here:
   * nothing is found but by the published poms.
   */
  @Test
  void aProjectOfOthersCompilesAgainstIt() throws IOException {
    Path maven = Packages.maven();
    Path known = Path.of(System.getProperty("user.home"), ".m2/repository");
    assumeTrue(Files.isDirectory(known), "Maven keeps what it has elsewhere");
    Files.writeString(directory.resolve("settings.xml"), SETTINGS.formatted(known.toUri()));
    Path jar = only(maven.resolve("org/vmcore/dumpreader"), "[0-9T].jar");
    String version = "" + Objects.requireNonNull(jar.getParent()).getFileName();
    Files.writeString(directory.resolve("pom.xml"), POM.formatted(maven.toUri(), version));
    Path sources = Files.createDirectories(directory.resolve("src/main/java"));
    Files.writeString(sources.resolve("Consumer.java"), CONSUMER);

    Command.Result built =
        Command.of(
                "mvn",
                "-B",
                "-q",
                "--settings=settings.xml",
                "-Dmaven.repo.local=" + directory.resolve("repository"),
                "-Dmdep.outputFile=classpath",
                plugin("compiler", "compile"),
                plugin("dependency", "build-classpath"))
            .directory(directory)
            .limit(Duration.ofMinutes(5))
            .run();

    assertThat(built.exit()).as(built.toString()).isZero();
    String classes = "target/classes:" + Files.readString(directory.resolve("classpath"));
    Path dump = RealDump.typed().file();
    Command.Result run =
        Command.of("java", "-cp", classes, "Consumer", "" + dump).directory(directory).run();
    assertThat(run.exit()).as(run.toString()).isZero();
    assertThat(Program.run("info", dump).out()).contains(run.out().strip());
  }

  /** A goal of a plugin in the version that our own build uses, and which is therefore here. */
  private static String plugin(String name, String goal) throws IOException {
    String artifact = "maven-" + name + "-plugin";
    String version =
        Files.readString(Checkout.root().resolve("pom.xml"))
            .replaceFirst("(?s).*?<artifactId>" + artifact + "</artifactId>\\s*<version>", "")
            .replaceFirst("(?s)<.*", "");
    return "org.apache.maven.plugins:%s:%s:%s".formatted(artifact, version, goal);
  }

  /** The only file below a directory whose name ends so; {@code [0-9T]} is the end of a version. */
  private static Path only(Path directory, String ending) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      List<Path> found =
          files
              .filter(
                  file ->
                      file.toString()
                          .matches(".*" + ending.replace(".", "[.]").replace("-", "[-]")))
              .toList();
      assertThat(found).as(directory + " " + ending).hasSize(1);
      return found.get(0);
    }
  }
}
