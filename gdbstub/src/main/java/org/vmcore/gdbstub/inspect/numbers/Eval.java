package org.vmcore.gdbstub.inspect.numbers;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code eval}, laid out after the command of that name in crash. */
@Command(
    name = "eval",
    description = "Work out an expression, and show it in all bases.",
    footer =
        """
        Numbers are decimal, hexadecimal with 0x or letters, octal with a leading 0; k, m and g
        multiply; a symbol is its address. Operators are those of C. For example:
          eval ffffffff81000000 - 0x1000
          eval (1 << 20) / 4k
        """)
public final class Eval extends Query<Eval.Answer> {
  private static final List<String> UNITS = List.of("GB", "MB", "KB");

  @Parameters(
      arity = "1..*",
      paramLabel = "EXPRESSION",
      hideParamSyntax = true,
      description = "What to work out.")
  private List<String> words = List.of();

  @Option(names = "-b", description = "List the bits that are set.")
  private boolean listsBits;

  /**
   * @param bits that are set, the highest first
   */
  record Answer(@Hex long value, long decimal, List<Integer> bits) {}

  @Override
  public List<String> takesForNothing() {
    return List.of("-l");
  }

  @Override
  public boolean takesDashes() {
    return true;
  }

  @Override
  public Answer answer(Call call) throws NoAnswerException, MissingFactException {
    long value = Arithmetic.value(call.symbols(), String.join(" ", words));
    List<Integer> bits = new ArrayList<>();
    for (int bit = Long.SIZE - 1; bit >= 0; bit--) {
      if ((value >>> bit & 1) != 0) {
        bits.add(bit);
      }
    }
    return new Answer(value, value, bits);
  }

  @Override
  public void print(Answer answer, Text out) {
    long value = answer.value();
    out.print("hexadecimal: %x  %s\n", value, unit(value));
    out.print(
        "    decimal: %s  %s\n", Long.toUnsignedString(value), value < 0 ? "(" + value + ")" : "");
    out.print("      octal: %o\n", value);
    String bits = Long.toBinaryString(value);
    out.print("     binary: %s%s\n", "0".repeat(Long.SIZE - bits.length()), bits);
    if (listsBits) {
      StringBuilder set = new StringBuilder();
      answer.bits().forEach(bit -> set.append(bit).append(' '));
      out.print("   bits set: %s\n", set);
    }
  }

  /** Of a whole number of some unit. */
  private static String unit(long value) {
    for (int i = 0; i < UNITS.size(); i++) {
      int shift = 10 * (UNITS.size() - i);
      boolean whole = value != 0 && value > 0 && (value & ((1L << shift) - 1)) == 0;
      if (whole) {
        return "(" + (value >> shift) + UNITS.get(i) + ")";
      }
    }
    return "";
  }
}
