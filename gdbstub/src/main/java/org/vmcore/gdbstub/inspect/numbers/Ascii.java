package org.vmcore.gdbstub.inspect.numbers;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.HexAddress;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code ascii}, laid out after the command of that name in crash. */
@Command(
    name = "ascii",
    description = "Show the characters in a number, or the table of all.",
    footer =
        """
        The lowest byte comes first, as on a little-endian machine. What is no printable character
        is shown by its name.
        """)
public final class Ascii extends Query<Ascii.Answer> {
  private static final int COLUMNS = 8;
  private static final int ROWS = 16;
  private static final int DELETE = 0x7f;

  private static final List<String> CONTROLS =
      List.of(
          "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF",
          "CR", "SO", "SI", "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM",
          "SUB", "ESC", "FS", "GS", "RS", "US", "SP");

  @Parameters(
      arity = "0..*",
      paramLabel = "[VALUE...]",
      hideParamSyntax = true,
      description = "Hexadecimal numbers.")
  private List<String> words = List.of();

  /** In the order of what was asked for. */
  record Answer(List<Characters> values) {}

  /** A number and the characters in it. */
  record Characters(@Hex long value, String text) {}

  @Override
  public Answer answer(Call call) throws NoAnswerException {
    List<Characters> values = new ArrayList<>();
    for (String word : words) {
      long value = HexAddress.parse(word);
      StringBuilder text = new StringBuilder();
      int bytes = (word.replaceFirst("^0[xX]", "").length() + 1) / 2;
      for (int i = 0; i < bytes; i++) {
        text.append(name((int) (value >>> (i * Byte.SIZE)) & 0xff));
      }
      values.add(new Characters(value, text.toString()));
    }
    return new Answer(values);
  }

  private static String name(int c) {
    if (c > ' ' && c < DELETE) {
      return String.valueOf((char) c);
    }
    return c == ' ' ? " " : "<" + label(c) + ">";
  }

  private static String label(int c) {
    if (c < CONTROLS.size()) {
      return CONTROLS.get(c);
    }
    return c == DELETE ? "DEL" : "%02x".formatted(c);
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer.values().isEmpty()) {
      table(out);
    }
    answer.values().forEach(one -> out.print("%016x: %s\n", one.value(), one.text()));
  }

  private static void table(Text out) {
    out.print("\n      0    1   2   3   4   5   6   7\n    +-------------------------------\n");
    for (int row = 0; row < ROWS; row++) {
      StringBuilder line = new StringBuilder("  %x |".formatted(row));
      for (int column = 0; column < COLUMNS; column++) {
        int c = column * ROWS + row;
        boolean printable = c > ' ' && c < DELETE;
        String shown = printable ? String.valueOf((char) c) : label(c);
        line.append(Text.format(column < 2 || c == DELETE ? " %-3s" : "  %-2s", shown));
      }
      out.line("%s", line);
    }
    out.print("\n");
  }
}
