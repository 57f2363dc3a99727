package org.vmcore.gdbstub.inspect.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.inspect.view.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A question that is made up here, in the words of people. */
class FormTest {
  /** Counts something. */
  @Command(
      name = "count",
      description = "Count the sheep.",
      footer =
          """
          A sheep is
          counted once.
            count -a wolf
          """)
  static final class Count extends Query<Count.Answer> {
    @Parameters(index = "0", paramLabel = "FLOCK")
    private String flock = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "ADDRESS", converter = HexAddress.class)
    private long address;

    @Option(names = "-a", description = "All of them.")
    private boolean all;

    @Option(names = "--level", paramLabel = "LEVEL")
    private String level = "";

    record Answer(String flock) {}

    @Override
    public Answer answer(Call call) {
      return new Answer(flock);
    }

    @Override
    public void print(Answer answer, Text out) {
      out.print("%s\n", answer.flock());
    }
  }

  private final Count count = new Count();
  private final Form form = new Form(count);

  @Test
  void optionsMayBeAnywhere() throws Exception {
    assertThat(form.take(List.of("x", "-a", "1f", "--json", "--level", "err")))
        .isEqualTo(new Form.Wish(true, false));
    assertThat(count.flock).isEqualTo("x");
    assertThat(count.address).isEqualTo(0x1f);
    assertThat(count.all).isTrue();
    assertThat(count.level).isEqualTo("err");
  }

  @Test
  void theUsageIsThatOfTheAnnotations() {
    assertThat(form.synopsis()).isEqualTo("count FLOCK [ADDRESS] [-a] [--level LEVEL]");
    assertThat(form.synopsis("VMCORE")).startsWith("count VMCORE FLOCK ");
    assertThat(form.summary()).isEqualTo("Count the sheep");
    assertThat(form.usage())
        .startsWith("usage: monitor count FLOCK [ADDRESS] [-a] [--level LEVEL]\n")
        .contains(
            "Count the sheep.", "All of them.", "A sheep is counted once.\n  count -a wolf\n");
  }

  @Test
  void wrongWordsAreNamedWithWhatIsNear() {
    assertProblem(List.of(), "lacks FLOCK");
    assertProblem(List.of("x", "zz"), "'zz' is not a hexadecimal address");
    assertProblem(List.of("x", "1", "y"), "what is 'y'? It takes no more");
    assertProblem(List.of("x", "-b"), "unknown option -b");
    assertProblem(List.of("x", "--levle"), "unknown option --levle; did you mean --level?");
  }

  private void assertProblem(List<String> words, String message) {
    assertThatThrownBy(() -> form.take(words))
        .isInstanceOfSatisfying(
            NoAnswerException.class,
            e -> assertThat(e.reason()).isEqualTo(NoAnswerException.Reason.USAGE))
        .hasMessage(message);
  }

  @Test
  void filesOfWordsAreNotRead() throws Exception {
    Form.Wish unused = form.take(List.of("@/etc/passwd"));
    assertThat(count.flock).isEqualTo("@/etc/passwd");
  }

  @Test
  void aLineIsSplitAtBlanksOutsideOfQuotationMarks() {
    assertThat(Words.of("  search -c \"Kernel panic\" 'a \"b\"' don't "))
        .containsExactly("search", "-c", "Kernel panic", "a \"b\"", "don't");
    assertThat(Words.of("x \"to the end")).containsExactly("x", "to the end");
    assertThat(Words.of(" \t")).isEmpty();
  }

  @Test
  void theNearestNameIsOneSlipAway() {
    List<String> names = List.of("serve", "search", "sys", "sym", "struct");
    assertThat(Nearest.of("serv", names)).contains("serve");
    assertThat(Nearest.of("esrve", names)).contains("serve");
    assertThat(Nearest.of("strcut", names)).contains("struct");
    assertThat(Nearest.of("vmcore", names)).isEmpty();
    assertThat(Nearest.of("x", names)).isEmpty();
  }
}
