package org.vmcore.gdbstub.inspect.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.machine.Demo;
import picocli.CommandLine.Command;

/** Long answers come as they are made, and say where they end early. */
class RowsTest {
  private final List<String> seen = new ArrayList<>();
  private Demo demo;
  private Call call;

  @BeforeEach
  void open() throws Exception {
    demo = Demo.open();
    call =
        new Call(
            demo.machine(),
            new Call.Listener() {
              @Override
              public void shown() {
                seen.add("shown");
              }
            });
  }

  @AfterEach
  void close() throws Exception {
    demo.close();
  }

  /** Numbers, of which one cannot be had. */
  @Command(name = "numbers", description = "Numbers.")
  private static final class Numbers extends Query<Numbers.Answer> {
    private final int bad;

    Numbers(int bad) {
      this.bad = bad;
    }

    record Answer(Rows<Row> numbers) {}

    record Row(int number) {}

    @Override
    public Answer answer(Call call) {
      return new Answer(
          Rows.of(
              call,
              out -> {
                for (int i = 0; i < 3; i++) {
                  if (i == bad) {
                    throw new KernelReadException(
                        KernelReadException.Reason.UNREADABLE, "no number " + i);
                  }
                  out.accept(new Row(i));
                }
              }));
    }

    @Override
    public void print(Answer answer, Text out) {
      int unused = answer.numbers().forEach(number -> out.print("%d\n", number.number()));
    }
  }

  private String text(int bad) throws Exception {
    StringBuilder text = new StringBuilder();
    Answering.asText(
        new Numbers(bad),
        call,
        new Text(
            piece -> {
              seen.add(piece.strip());
              text.append(piece);
            },
            16));
    return text.toString();
  }

  private String json(int bad) throws Exception {
    StringWriter json = new StringWriter();
    Answering.asJson(new Numbers(bad), call, json);
    return json.toString().replaceAll("\\s", "");
  }

  @Test
  void eachIsShownBeforeTheNextIsMade() throws Exception {
    assertThat(text(-1)).isEqualTo("0\n1\n2\n");
    assertThat(seen).containsExactly("0", "shown", "1", "shown", "2", "shown");
    assertThat(json(-1))
        .isEqualTo(
            "{\"query\":\"numbers\",\"version\":1,"
                + "\"numbers\":[{\"number\":0},{\"number\":1},{\"number\":2}],\"incomplete\":[]}");
  }

  @Test
  void aListThatEndsEarlySaysWhyInBothViews() throws Exception {
    assertThat(text(2)).isEqualTo("0\n1\n(not all: no number 2)\n");
    assertThat(json(1)).contains("\"numbers\":[{\"number\":0}],\"incomplete\":[\"no");
  }

  @Test
  void withoutAFirstThereIsNoAnswer() {
    assertThatThrownBy(() -> text(0)).isInstanceOf(KernelReadException.class);
    assertThatThrownBy(() -> json(0))
        .isInstanceOf(KernelReadException.class)
        .hasMessage("no number 0");
  }
}
