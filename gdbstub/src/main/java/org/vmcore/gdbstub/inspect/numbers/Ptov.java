package org.vmcore.gdbstub.inspect.numbers;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.HexAddress;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code ptov}, laid out after the command of that name in crash. */
@Command(
    name = "ptov",
    description = "Tell where the kernel has physical addresses in its linear map.",
    footer = "'vtop' goes the other way.")
public final class Ptov extends Query<Ptov.Answer> {
  @Parameters(
      arity = "1..*",
      paramLabel = "ADDRESS...",
      hideParamSyntax = true,
      description = "Physical, hexadecimal.")
  private List<String> words = List.of();

  /** In the order of the addresses. */
  record Answer(List<Mapped> addresses) {}

  /** A physical address and where the kernel sees it. */
  record Mapped(@Hex long physical, @Hex long virtual) {}

  @Override
  public Answer answer(Call call) throws NoAnswerException, MissingFactException {
    long offset = call.machine().linearOffset();
    List<Mapped> found = new ArrayList<>();
    for (String word : words) {
      long physical = HexAddress.parse(word);
      long virtual = physical + offset;
      found.add(new Mapped(physical, call.machine().kernelMemory().truncate(virtual)));
    }
    return new Answer(found);
  }

  @Override
  public void print(Answer answer, Text out) {
    for (Mapped one : answer.addresses()) {
      String row = "%-" + out.digits() + "s  %s\n";
      out.row(row, "VIRTUAL", "PHYSICAL");
      out.row(row, Long.toHexString(one.virtual()), Long.toHexString(one.physical()));
    }
  }
}
