package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.testing.Command;
import org.vmcore.testing.RealDump;

/** The packages that are not Debian's: what runs where no Java is, the image, the jar, the rpm. */
@Tag("slow")
class PortablePackagesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final RealDump DUMP = RealDump.typed();
  private static final long MEBI = 1 << 20;

  @TempDir private Path directory;

  @Test
  void runsWhereNoJavaIs() throws IOException {
    Path packed = Packages.portable();
    assertThat(Files.size(packed)).isLessThan(60 * MEBI);
    try (BareDebian system = BareDebian.make("bookworm", directory.resolve("root"))) {
      system.give(packed, "packed.tar.gz");
      system.give(DUMP.file(), "vmcore");
      assertThat(system.run("command -v java").exit()).isNotZero();

      system.must(
          "mkdir /anywhere && tar -xzf /root/packed.tar.gz -C /anywhere --strip-components=1");

      assertThat(system.must("/anywhere/bin/vmcore-gdbserver info /root/vmcore"))
          .contains("x86-64");
      // A JVM that may not run without an archive: the one that came with it, moved.
      system.must("VMCORE_GDBSERVER_JAVA_OPTS=-Xshare:on /anywhere/bin/vmcore-gdbserver --version");
      system.must("/anywhere/bin/vmcore-gdbserver mcp /root/vmcore </dev/null");
      assertThat(system.must("ls /anywhere")).contains("LICENSE", "NOTICE");
      assertThat(system.root().resolve("root/.cache")).doesNotExist();
    }
  }

  /** As an engine would run it, short of one: its root, its user, its command. */
  @Test
  void theImageServesADump() throws IOException {
    Path image = directory.resolve("image");
    Files.createDirectories(image);
    Command.mustRun("tar", "-xf", Packages.image(), "-C", image);
    JsonNode index = JSON.readTree(image.resolve("index.json").toFile());
    JsonNode manifest = blob(image, index.at("/manifests/0"));
    JsonNode config = blob(image, manifest.get("config")).get("config");
    Path root = Files.createDirectories(directory.resolve("root"));
    for (JsonNode layer : manifest.get("layers")) {
      Command.mustRun("tar", "-xzpf", path(image, layer), "-C", root);
    }
    Files.copy(DUMP.file(), root.resolve("dump"));
    assertThat(config.get("User").asText()).isEqualTo("65532:65532");
    assertThat(config.get("Cmd")).extracting(JsonNode::asText).endsWith("0.0.0.0:1234", "/dump");

    Files.createDirectories(root.resolve("proc"));
    List<String> words =
        new ArrayList<>(List.of("unshare", "--mount", "--pid", "--fork", "--kill-child"));
    words.addAll(List.of("--mount-proc=" + root.resolve("proc"), "env", "-i"));
    config.get("Env").forEach(variable -> words.add(variable.asText()));
    words.addAll(
        List.of("/usr/sbin/chroot", "--userspec=" + config.get("User").asText(), "" + root));
    config.get("Entrypoint").forEach(word -> words.add(word.asText()));
    words.addAll(List.of("serve", "--listen", "127.0.0.1:0", "/dump"));
    try (Program server = Program.command(words)) {
      String out = Gdb.batch().connect(server).ex("p/x $rip").run().out();
      assertThat(out).contains("= 0x" + DUMP.register(DUMP.crashedCpu(), "rip"));
    }
  }

  private static Path path(Path image, JsonNode descriptor) {
    return image.resolve("blobs").resolve(descriptor.get("digest").asText().replace(':', '/'));
  }

  private static JsonNode blob(Path image, JsonNode descriptor) throws IOException {
    return JSON.readTree(path(image, descriptor).toFile());
  }

  @Test
  void theSingleJarIsTheWholeProgram() {
    assertThat(jar("info", "" + DUMP.file()).out())
        .isEqualTo(Program.run("info", DUMP.file()).out());
    assertThat(jar("mcp", "" + DUMP.file()).exit()).isZero();
    assertThat(jar("--version").out())
        .matches("(?s)vmcore-gdbserver \\S+( \\([0-9a-f]+.*\\))?\n.*");
  }

  private static Command.Result jar(String... arguments) {
    List<String> words = new ArrayList<>(List.of("java", "-jar", "" + Packages.jar()));
    words.addAll(List.of(arguments));
    Command.Result result = Command.of(words).environment(Program.ENVIRONMENT).run();
    assertThat(result.exit()).as(result.toString()).isZero();
    return result;
  }

  @Test
  void theRpmHasWhatTheOthersHave() {
    Path rpm = Packages.rpm();
    assertThat(Command.mustRun("rpm", "-qpl", rpm).lines())
        .contains(
            "/usr/bin/vmcore-gdbserver",
            "/usr/share/vmcore-gdbserver/lib/mcp",
            "/usr/share/man/man1/vmcore-gdbserver-bt.1.gz",
            "/usr/share/bash-completion/completions/vmcore-gdbserver",
            "/usr/share/doc/vmcore-gdbserver/copyright");
    assertThat(Command.mustRun("rpm", "-qp", "--requires", rpm)).contains("java-headless >= 1:17");
    assertThat(Command.mustRun("rpm", "-qp", "--recommends", rpm)).contains("gdb");
    Command.assumeInstalled("rpmlint");
    Command.Result lint = Command.of("rpmlint", "" + rpm).run();
    // What is left is said of every rpm that is signed by nobody and that no spec file was written
    // for.
    assertThat(lint.out().lines().filter(line -> line.contains(" E: ")))
        .allMatch(
            line -> line.matches(".* E: (no-signature|no-changelogname-tag|uncompressed-zip .*)"));
  }

  @Test
  void everyLibraryIsNamedWithItsLicence() throws IOException {
    Path home = Packages.home();
    TreeSet<String> known = new TreeSet<>();
    for (JsonNode component : JSON.readTree(Packages.bom().toFile()).get("components")) {
      if (!component.at("/licenses/0").isMissingNode()) {
        known.add("%s-%s".formatted(text(component, "name"), text(component, "version")));
      }
    }
    List<String> notice = Files.readAllLines(home.resolve("NOTICE"));
    try (Stream<Path> jars = Files.walk(home.resolve("lib"))) {
      for (Path jar : jars.filter(Files::isRegularFile).toList()) {
        String name = jar.getFileName().toString().replaceFirst("[.]jar$", "");
        assertThat(known).contains(name);
        String library = name.replaceFirst("-[0-9].*", "");
        boolean ours = List.of("dumpreader", "arch", "vmcore-mcp").contains(library);
        assertThat(ours || notice.stream().anyMatch(line -> names(line, library)))
            .as(library)
            .isTrue();
      }
    }
  }

  private static String text(JsonNode node, String name) {
    return node.get(name).asText();
  }

  /** {@code netty-*} stands for all that begins so. */
  private static boolean names(String line, String library) {
    return line.startsWith("Files:")
        && Stream.of(line.substring("Files:".length()).strip().split(" "))
            .map(glob -> glob.replaceFirst("^[*]/", "").replaceFirst("-[*][.]jar$", ""))
            .anyMatch(name -> library.equals(name) || library.startsWith(name + "-"));
  }
}
