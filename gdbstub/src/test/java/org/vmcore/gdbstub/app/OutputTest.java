package org.vmcore.gdbstub.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.testing.RealDump;

class OutputTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private String out() {
    return out.toString(UTF_8);
  }

  @Test
  void whateverIsPrintedAnywhereIsMadeVisible() throws IOException {
    try (Output output = Output.open(out, err)) {
      System.out.print("\u20ac\t\u001b[2J\n");
      System.err.print("\u202e\u009b\n");
      new IllegalStateException("\u001b").printStackTrace();
      Output.raw().write(0x1b);
      output.finish();
    }
    assertThat(out()).isEqualTo("\u20ac\t\\x1b[2J\n\u001b");
    assertThat(err.toString(UTF_8))
        .startsWith("\\u202e\\x9b\njava.lang.IllegalStateException: \\x1b\n")
        .doesNotContain("\u001b");
  }

  @Test
  void aCharacterMayComeInPieces() {
    PrintStream pieces = new PrintStream(new VisibleStream(out), false, UTF_8);
    for (byte b : "a\u20ac\ud83d\ude00\u202e".getBytes(UTF_8)) {
      pieces.write(b);
    }
    pieces.write(0xff);
    pieces.flush();
    assertThat(out()).isEqualTo("a\u20ac\ud83d\ude00\\u202e\ufffd");
  }

  @Test
  void whatNobodyHasSeenCanBeTakenBack() {
    try (Output output = Output.open(out, err)) {
      System.out.print("a heading\n");
      Output.forget();
      System.out.print("a row\n");
      Output.shown();
      assertThat(out()).isEqualTo("a row\n");
      System.out.print("another\n");
      Output.forget();
      output.finish();
    }
    assertThat(out()).isEqualTo("a row\nanother\n");
  }

  private static OutputStream failing(String reason) {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        throw new IOException(reason);
      }
    };
  }

  @Test
  void outputThatCannotBeWrittenIsAnError() {
    try (Output output = Output.open(failing("No space left on device"), err)) {
      System.out.print("text");
      assertThatThrownBy(output::finish)
          .isInstanceOfSatisfying(
              CheckedStream.FailedException.class,
              e -> {
                assertThat(e.isBrokenPipe()).isFalse();
                assertThat(Errors.output(e)).isEqualTo(1);
              });
    }
    assertThat(err.toString(UTF_8))
        .isEqualTo("vmcore-gdbserver: standard output: No space left on device\n");
  }

  @Test
  void aReaderThatHasGoneIsNoNews() {
    try (Output output = Output.open(failing("Broken pipe"), err)) {
      System.out.print("x".repeat(100));
      assertThatThrownBy(output::finish)
          .isInstanceOfSatisfying(
              CheckedStream.FailedException.class,
              e -> assertThat(Errors.output(e)).isEqualTo(128 + 13));
    }
    assertThat(err.size()).isZero();
  }

  /** What the library for command lines prints, too. */
  @ParameterizedTest
  @ValueSource(strings = {"--help", "--version", "help info", "bt --help", "generate-completion"})
  void helpThatCannotBeWrittenIsAnError(String words) {
    assertThat(Main.run(failing("No space left on device"), err, words.split(" ", -1)))
        .isEqualTo(1);
    assertThat(err.toString(UTF_8))
        .isEqualTo("vmcore-gdbserver: standard output: No space left on device\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "info",
        "sys",
        "dmesg",
        "ps",
        "bt -a",
        "analyze",
        "waits",
        "mod",
        "kmem -s",
        "vmcoreinfo",
        "report --json",
        "struct task_struct",
        "sym -q crash",
        "irq --json",
        "search -c crash"
      })
  void noCommandLosesItsAnswerInSilence(String words) throws Exception {
    List<String> line = new ArrayList<>(List.of(words.split(" ", -1)));
    line.add(1, RealDump.typed().file().toString());

    assertThat(Main.run(failing("No space left on device"), err, line.toArray(String[]::new)))
        .isEqualTo(1);
    assertThat(err.toString(UTF_8)).contains("standard output: No space left on device\n");
    assertThat(err.toString(UTF_8)).doesNotContain("Exception");
  }
}
