package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.testing.Command;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.NeedsCorpus;
import org.vmcore.testing.Truth.Place;

/** A dump on a server that takes its time for each request, against the same as a file. */
@Tag("slow")
@NeedsCorpus
@SuppressWarnings("NullAway.Init") // JUnit calls the method that starts the server
class RemoteDumpTest {
  private static final CorpusDump DUMP = CorpusDump.ZLIB;
  private static final int MOST_REQUESTS = 8;
  private static final String TOKEN = "a-secret-of-the-user";

  /** What the program says at its end: requests, and how much of how much. */
  static final Pattern COST = Pattern.compile("(\\d+) requests?, ([0-9.]+) of ([0-9.]+) MiB");

  /** What somebody looks at, all of the memory that is known, and what has no answer. */
  private static final List<String> SESSION =
      List.of(
          "info threads",
          "thread apply all bt",
          "info registers",
          "x/64xg $sp",
          "p init_task.comm",
          "info symbol $pc",
          "monitor ps",
          "monitor log",
          "monitor mod",
          "x/2xg 0x10");

  @TempDir private Path directory;
  private SlowServer server;

  @BeforeEach
  void start() throws IOException {
    server = new SlowServer(DUMP.file());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"sys", "bt", "ps", "log", "analyze"})
  void tellsTheSameInFewRequests(String command) {
    Command.Result there = remotely(command);
    assertThat(there.out().replace(server.uri(), DUMP.file().toString()))
        .isEqualTo(Program.run(command, DUMP.file()).out());
  }

  /** Which tells of the file, too. */
  @Test
  void isDescribedInFewRequests() {
    assertThat(remotely("info").out()).contains("kdump-compressed", server.uri());
  }

  private Command.Result remotely(String command) {
    Command.Result there = Program.run(command, server.uri(), "--no-remote-cache");
    assertThat(there.exit()).as(there.toString()).isZero();
    Matcher cost = COST.matcher(there.err());
    assertThat(cost.find()).as(there.err()).isTrue();
    System.out.println(command + ": " + cost.group());
    assertThat(Integer.parseInt(cost.group(1))).isLessThanOrEqualTo(MOST_REQUESTS);
    return there;
  }

  /** Though each answer breaks off the first time. */
  @Test
  void aWholeSessionOfGdbSeesTheSame() throws IOException {
    String here = session(DUMP.file().toString(), "here");
    server.breakOffOnce();
    String there = session(server.uri(), "there");
    assertThat(there.replace(server.uri(), DUMP.file().toString())).isEqualTo(here);
    byte[] memory = Files.readAllBytes(directory.resolve("there"));
    assertThat(memory).hasSize(DUMP.buffer().length());
    assertThat(memory).isEqualTo(Files.readAllBytes(directory.resolve("here")));
  }

  private String session(String dump, String memory) {
    Place buffer = DUMP.buffer();
    try (Program served = Program.serve(dump, "--no-remote-cache", "--once")) {
      Command.Result shown =
          Gdb.batch()
              .ex("target remote " + served.address())
              .ex(SESSION.toArray(String[]::new))
              .ex(
                  "dump binary memory %s %#x %#x"
                      .formatted(
                          directory.resolve(memory),
                          buffer.virtual(),
                          buffer.virtual() + buffer.length()))
              .run();
      int unused = served.awaitEnd();
      if (!dump.equals(DUMP.file().toString())) {
        assertThat(served.output()).containsPattern("tried again [1-9]\\d* times");
      }
      return shown
          .all()
          .replace(served.address(), "ADDRESS")
          .replace(memory, "FILE")
          .replaceAll("\\S*/vmcore-gdbserver\\d+/", "DIRECTORY/");
    }
  }

  /** Not in what the program prints at its most talkative, nor its cache, nor its processes. */
  @Test
  void nobodyElseLearnsWhoAsks() throws IOException {
    Map<String, String> environment =
        Map.of("VMCORE_HTTP_TOKEN", TOKEN, "XDG_CACHE_HOME", directory.toString());
    String uri = server.uri() + "?signature=" + TOKEN;
    Command.Result listed =
        Command.of(
                Program.words(
                    "gdb",
                    server.uri(),
                    "--debug",
                    "--",
                    "-batch",
                    "-ex",
                    "shell ps -ww -eo args | grep -F /vmcore"))
            .environment(environment)
            .run();
    assertThat(listed.out()).as(listed.toString()).contains(server.uri());
    assertThat(listed.all()).doesNotContain(TOKEN);
    assertThat(server.authorizations()).isNotEmpty().containsOnly("Bearer " + TOKEN);

    Command.Result told =
        Command.of(Program.words("info", uri, "--debug")).environment(environment).run();
    assertThat(told.exit()).as(told.toString()).isZero();
    assertThat(told.all()).contains(server.uri() + "?...").doesNotContain(TOKEN);
    server.close();
    Command.Result failed =
        Command.of(Program.words("info", uri, "--debug")).environment(environment).run();
    assertThat(failed.exit()).isEqualTo(1);
    assertThat(failed.all()).contains("cannot be reached").doesNotContain(TOKEN);
    try (Stream<Path> files = Files.walk(directory.resolve("vmcore-gdbserver/remote"))) {
      assertThat(files.map(Path::toString))
          .hasSizeGreaterThan(1)
          .noneMatch(name -> name.contains(TOKEN) || name.contains("127.0.0.1"));
    }
  }
}
