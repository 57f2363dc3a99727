package org.vmcore.gdbstub.rsp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Plays what debuggers have said against a session over {@link TestTarget}.
 *
 * <p>In a transcript {@code > } is from the debugger and {@code < } from us: payloads, without
 * frame, runs and escapes. {@code \n} and {@code \xNN} stand for bytes that do not show, and {@code
 * ...} at the end for more. Everything else is a remark.
 */
class TranscriptTest {

  static Stream<Path> transcripts() throws IOException, URISyntaxException {
    URL folder = Objects.requireNonNull(TranscriptTest.class.getResource("transcripts"));
    try (Stream<Path> files = Files.list(Path.of(folder.toURI()))) {
      return files.sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("transcripts")
  void isAnsweredAsWritten(Path transcript) throws IOException {
    TestTarget target = new TestTarget();
    boolean extended = transcript.getFileName().toString().contains("extended");
    Conversation conversation = new Conversation(extended ? target.withProcesses() : target);
    boolean acknowledges = true;
    List<String> answers = new ArrayList<>();
    int line = 0;
    for (String text : Files.readAllLines(transcript, StandardCharsets.UTF_8)) {
      line++;
      String where = transcript.getFileName() + ":" + line;
      if (text.startsWith("> ")) {
        assertThat(answers).as("before %s, not in the transcript", where).isEmpty();
        String packet = decode(text.substring(2));
        answers.addAll(conversation.askAll(packet));
        if (acknowledges) {
          assertThat(answers.remove(0)).as(where).isEqualTo("+");
        }
        acknowledges &= !packet.equals("QStartNoAckMode");
      } else if (text.startsWith("<")) {
        assertThat(answers).as("at %s", where).isNotEmpty();
        String expected = text.length() < 2 ? "" : decode(text.substring(2));
        String answer = answers.remove(0);
        if (expected.endsWith("...")) {
          assertThat(answer).as(where).startsWith(expected.substring(0, expected.length() - 3));
        } else {
          assertThat(answer).as(where).isEqualTo(expected);
        }
      }
    }
    assertThat(answers).as("at the end of %s", transcript.getFileName()).isEmpty();
  }

  private static String decode(String text) {
    StringBuilder decoded = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      if (text.startsWith("\\n", i)) {
        decoded.append('\n');
        i++;
      } else if (text.startsWith("\\x", i)) {
        decoded.append((char) Integer.parseInt(text.substring(i + 2, i + 4), 16));
        i += 3;
      } else {
        decoded.append(text.charAt(i));
      }
    }
    return decoded.toString();
  }
}
