package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.testing.RealDump;

/** A batch that somebody stops: one dump is done, gdb is at two more, and one has yet to wait. */
class InterruptedBatchTest {
  @TempDir private Path directory;

  @Test
  void byCtrlC() throws IOException {
    assertThat(stoppedBy(program -> program.signalGroup("INT"))).isEqualTo(130);
  }

  @Test
  void byInterruptOfTheProgramAlone() throws IOException {
    assertThat(stoppedBy(program -> program.signal("INT"))).isEqualTo(130);
  }

  @Test
  void byTermination() throws IOException {
    assertThat(stoppedBy(program -> program.signal("TERM"))).isEqualTo(143);
  }

  private int stoppedBy(Consumer<Program> signal) throws IOException {
    Gdb.assumeInstalled();
    Path running = Files.createDirectory(directory.resolve("running"));
    Path temporary = Files.createDirectory(directory.resolve("temporary"));
    try (Program program = Program.command(commandLine(script(running), temporary))) {
      await().atMost(Duration.ofSeconds(60)).until(() -> names(running).size() == 2);
      List<String> gdbs = names(running);
      signal.accept(program);
      int exit = program.awaitEnd();

      String name = RealDump.typed().file().getFileName().toString();
      // Of the first two, either may be the one that is done.
      String summary = program.output().replaceAll("(?s).*RESULT +TIME  DUMP\n", "");
      assertThat(summary.lines().map(line -> line.replaceAll(" +[\\d.]+ s +\\S*/", " ")))
          .containsExactlyInAnyOrder(
              "ok " + name,
              "stopped " + name + ": interrupted",
              "stopped " + name + ": interrupted",
              "not run " + name + ": interrupted before its turn",
              "1 of 4 dumps succeeded");
      assertThat(gdbs)
          .noneMatch(
              pid -> ProcessHandle.of(Long.parseLong(pid)).filter(it -> isGdb(it)).isPresent());
      assertThat(names(temporary)).isEmpty();
      return exit;
    }
  }

  /** One that has ended may be listed until whoever inherited it has asked for its exit status. */
  private static boolean isGdb(ProcessHandle process) {
    return process.info().command().orElse("").endsWith("gdb");
  }

  /** The first gdb ends at once; the others say that they run, and go on for minutes. */
  private Path script(Path running) throws IOException {
    return Files.writeString(
        directory.resolve("script.gdb"),
        """
        python
        import os, time
        try:
          os.mkdir('%s')
        except FileExistsError:
          os.mkdir('%s/' + str(os.getpid()))
          time.sleep(300)
        end
        """
            .formatted(directory.resolve("first"), running));
  }

  private static List<String> commandLine(Path script, Path temporary) {
    String dump = RealDump.typed().file().toString();
    List<String> words = new ArrayList<>(List.of("setsid"));
    words.addAll(Program.INTERRUPTIBLE);
    words.add("VMCORE_GDBSERVER_JAVA_OPTS=-Djava.io.tmpdir=" + temporary);
    words.addAll(
        Program.words(
            "gdb", "--batch", "-x", script, "--jobs", 2, "--no-serve-symbols", dump, dump, dump));
    words.addAll(List.of(dump, "--", "-nx"));
    return words;
  }

  private static List<String> names(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
