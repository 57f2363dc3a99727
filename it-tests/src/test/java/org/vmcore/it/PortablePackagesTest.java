package org.vmcore.it;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
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
  private static final Set<String> OURS =
      Set.of("dumpreader", "arch", "vmcore-mcp", "vmcore-remote", "vmcore-triage");

  /** Exit statuses of podman itself, not of what it runs (podman-run(1)). */
  private static final Set<Integer> PODMANS_OWN = Set.of(125, 126, 127);

  @TempDir private Path directory;

  @Test
  void runsWhereNoJavaIs() throws IOException {
    Path packed = Packages.portable();
    Path triage = Packages.triage();
    assertThat(Files.size(packed)).isLessThan(60 * MEBI);
    try (BareDebian system = BareDebian.make("bookworm", directory.resolve("root"))) {
      system.give(packed, "packed.tar.gz");
      system.give(triage, "triage.tar.gz");
      system.give(DUMP.file(), "vmcore");
      assertThat(system.run("command -v java").exit()).isNotZero();

      system.must(
          "mkdir /anywhere && tar -xzf /root/packed.tar.gz -C /anywhere --strip-components=1");

      assertThat(system.must("/anywhere/bin/vmcore-gdbserver info /root/vmcore"))
          .contains("x86-64");
      // A JVM that may not run without an archive: the one that came with it, moved.
      system.must("VMCORE_GDBSERVER_JAVA_OPTS=-Xshare:on /anywhere/bin/vmcore-gdbserver --version");
      system.must("/anywhere/bin/vmcore-gdbserver mcp /root/vmcore </dev/null");
      assertThat(system.must("/anywhere/bin/vmcore-gdbserver crash /root/vmcore -c sys"))
          .contains("RELEASE: ");
      system.must("tar -xzf /root/triage.tar.gz -C /anywhere");
      assertThat(system.must("/anywhere/bin/vmcore-gdbserver triage /root/vmcore --db /root/db"))
          .contains("1 crash");
      readsFromAServer(system);
      // Whom to trust is a file of its own there, not a link to this system's.
      Path trusted = system.root().resolve("anywhere/runtime/lib/security/cacerts");
      assertThat(Files.isRegularFile(trusted, LinkOption.NOFOLLOW_LINKS)).isTrue();
      system.must("rm -rf /root/.cache");
      assertThat(system.must("/anywhere/bin/vmcore-gdbserver --version")).contains("Java");
      assertThat(system.must("ls /anywhere")).contains("LICENSE", "NOTICE");
      assertThat(system.root().resolve("root/.cache")).doesNotExist();
    }
  }

  /** The root has the network of this system. */
  private static void readsFromAServer(BareDebian system) throws IOException {
    try (DumpOverHttp server = new DumpOverHttp(DUMP.file())) {
      assertThat(system.must("/anywhere/bin/vmcore-gdbserver info " + server.root() + "/vmcore"))
          .contains("x86-64");
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

  /** By an engine, where this system lets one start containers. */
  @Test
  void anEngineRunsTheImage() {
    Path image = Packages.image();
    Command.assumeInstalled("podman");
    Command.assumeInstalled("runc");
    Command.Result loaded = podman("load", "--quiet", "--input", "" + image);
    assumeTrue(loaded.exit() == 0, "podman cannot load: " + loaded.err());
    String name = loaded.out().replaceFirst("(?s).*: ", "").strip();
    assertThat(name).startsWith("localhost/vmcore-gdbserver:");
    String mount = "--volume=" + DUMP.file() + ":/dump:ro";
    // Limits that need no more than this system has.
    List<String> container =
        List.of("run", "--rm", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024", mount);
    List<String> info = new ArrayList<>(container);
    info.addAll(List.of("--network=none", name, "info", "/dump"));
    Command.Result told = podman(info.toArray(String[]::new));
    assumeTrue(!PODMANS_OWN.contains(told.exit()), "podman cannot run it: " + told.err());
    assertThat(told.out()).as(told.toString()).contains("x86-64");

    List<String> serve = new ArrayList<>(podmanWords());
    serve.addAll(container);
    serve.addAll(List.of("--network=host", name, "serve", "--once", "--listen", "127.0.0.1:0"));
    serve.add("/dump");
    try (Program server = Program.command(serve)) {
      String out = Gdb.batch().connect(server).ex("p/x $rip").run().out();
      assertThat(out).contains("= 0x" + DUMP.register(DUMP.crashedCpu(), "rip"));
      // When it has unmounted all.
      assertThat(server.awaitEnd()).isZero();
    } finally {
      podman("rm", "--all", "--force", "--time=0");
      // Here, since JUnit would tell of each link that leads out of it.
      Command.mustRun("rm", "-rf", "--one-file-system", directory.resolve("storage"));
    }
  }

  private Command.Result podman(String... arguments) {
    List<String> words = new ArrayList<>(podmanWords());
    words.addAll(List.of(arguments));
    return Command.of(words).limit(Duration.ofMinutes(3)).run();
  }

  /** With storage of its own, and none that needs more of the kernel than files. */
  private List<String> podmanWords() {
    return List.of(
        "podman",
        "--root=" + directory.resolve("storage"),
        "--runroot=" + directory.resolve("running"),
        "--storage-driver=vfs",
        "--cgroup-manager=cgroupfs",
        "--runtime=runc");
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
    Command.Result without = run("triage", "" + DUMP.file(), "--db", "" + directory.resolve("db"));
    assertThat(without.exit()).isOne();
    assertThat(without.err()).contains("-triage.tar.gz, unpacked in " + Packages.jar().getParent());
    assertThat(jar("--version").out())
        .matches("(?s)vmcore-gdbserver \\S+( \\([0-9a-f]+.*\\))?\n.*");
  }

  /** As the launcher of everything else: with an archive, which the first start makes. */
  @Test
  void theSingleJarIsAProgram() throws IOException {
    Path jar = directory.resolve("vm.jar");
    Files.copy(Packages.jar(), jar, StandardCopyOption.COPY_ATTRIBUTES);
    Path cache = directory.resolve("cache");
    Map<String, String> environment = Map.of("XDG_CACHE_HOME", "" + cache);
    String expected = Program.run("bt", DUMP.file()).out();
    for (List<String> words : List.of(List.of("" + jar), List.of("sh", "" + jar))) {
      Command.Result result = run(words, environment, "bt", "" + DUMP.file());
      assertThat(result.out()).as(result.toString()).isEqualTo(expected);
    }

    await().atMost(5, MINUTES).until(() -> hasArchive(cache));

    String log = "VMCORE_GDBSERVER_JAVA_OPTS";
    Map<String, String> shared = Map.of("XDG_CACHE_HOME", "" + cache, log, "-Xshare:on");
    assertThat(run(List.of("" + jar), shared, "--version").exit()).isZero();
    Command.Result nowhere =
        run(List.of("" + jar), Map.of("XDG_CACHE_HOME", "/dev/null"), "--version");
    assertThat(nowhere.exit()).isZero();
    assertThat(nowhere.err()).isEmpty();
  }

  private static boolean hasArchive(Path cache) throws IOException {
    try (Stream<Path> files = Files.walk(cache)) {
      return files.anyMatch(file -> file.toString().endsWith(".jsa"));
    }
  }

  private static Command.Result jar(String... arguments) {
    Command.Result result = run(arguments);
    assertThat(result.exit()).as(result.toString()).isZero();
    return result;
  }

  private static Command.Result run(String... arguments) {
    List<String> words = List.of("java", "-jar", "" + Packages.jar());
    return run(words, Program.ENVIRONMENT, arguments);
  }

  private static Command.Result run(
      List<String> words, Map<String, String> environment, String... arguments) {
    List<String> all = new ArrayList<>(words);
    all.addAll(List.of(arguments));
    return Command.of(all).environment(environment).run();
  }

  @Test
  void theRpmHasWhatTheOthersHave() {
    Path rpm = Packages.rpm();
    assertThat(Command.mustRun("rpm", "-qpl", rpm).lines())
        .contains(
            "/usr/bin/vmcore-gdbserver",
            "/usr/share/vmcore-gdbserver/lib/mcp",
            "/usr/share/vmcore-gdbserver/lib/remote",
            "/usr/share/man/man1/vmcore-gdbserver-bt.1.gz",
            "/usr/share/bash-completion/completions/vmcore-gdbserver",
            "/usr/share/doc/vmcore-gdbserver/copyright");
    assertThat(Command.mustRun("rpm", "-qp", "--requires", rpm))
        .contains("(java-headless >= 1:17 or java-17-headless or ");
    assertThat(Command.mustRun("rpm", "-qp", "--recommends", rpm)).contains("gdb");
    Path triage = Packages.triageRpm();
    assertThat(Command.mustRun("rpm", "-qpl", triage))
        .contains("/usr/share/vmcore-gdbserver/lib/triage/vmcore-triage-");
    String name =
        Command.mustRun("rpm", "-qp", "--queryformat", "%{NAME} = %{VERSION}-%{RELEASE}", rpm);
    assertThat(Command.mustRun("rpm", "-qp", "--requires", triage).lines()).contains(name);
    Command.assumeInstalled("rpmlint");
    Command.Result lint = Command.of("rpmlint", "" + rpm, "" + triage).run();
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
    String text = Files.readString(home.resolve("NOTICE")).replaceAll("\n (?=[*]/)", " ");
    List<String> notice = text.lines().toList();
    for (Path jar : jars(home, Packages.triageHome())) {
      String name = jar.getFileName().toString().replaceFirst("[.]jar$", "");
      assertThat(known).contains(name);
      String library = library(jar);
      assertThat(OURS.contains(library) || notice.stream().anyMatch(line -> names(line, library)))
          .as(library)
          .isTrue();
    }
  }

  /** By which modules of others may require it. */
  @Test
  void everyJarOfOursNamesItsModule() throws IOException {
    List<Path> jars = jars(Packages.home(), Packages.triageHome());
    jars.removeIf(jar -> !OURS.contains(library(jar)));
    assertThat(jars).hasSize(OURS.size());
    jars.add(Packages.home().resolve("vmcore-gdbserver.jar"));
    for (Path jar : jars) {
      try (JarFile file = new JarFile(jar.toFile())) {
        assertThat(file.getManifest().getMainAttributes().getValue("Automatic-Module-Name"))
            .as(jar.toString())
            .startsWith("org.vmcore.");
      }
    }
  }

  /** The name of a jar without its version. */
  private static String library(Path jar) {
    return jar.getFileName().toString().replaceFirst("[.]jar$", "").replaceFirst("-[0-9].*", "");
  }

  private static List<Path> jars(Path... homes) throws IOException {
    List<Path> all = new ArrayList<>();
    for (Path home : homes) {
      try (Stream<Path> files = Files.walk(home.resolve("lib"))) {
        files.filter(Files::isRegularFile).forEach(all::add);
      }
    }
    return all;
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
