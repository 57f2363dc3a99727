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

/** {@code btop}, laid out after the command of that name in crash. */
@Command(
    name = "btop",
    description = "Tell which page frames physical addresses are in.",
    footer = "'ptob' goes the other way.")
public final class Btop extends Query<Btop.Answer> {
  @Parameters(
      arity = "1..*",
      paramLabel = "ADDRESS...",
      hideParamSyntax = true,
      description = "Physical, hexadecimal.")
  private List<String> words = List.of();

  /** In the order of the addresses. */
  record Answer(List<Frame> frames) {}

  /** An address and its page frame's number. */
  record Frame(@Hex long address, @Hex long frame) {}

  @Override
  public Answer answer(Call call) throws NoAnswerException {
    List<Frame> frames = new ArrayList<>();
    for (String word : words) {
      long address = HexAddress.parse(word);
      frames.add(new Frame(address, Long.divideUnsigned(address, call.machine().pageBytes())));
    }
    return new Answer(frames);
  }

  @Override
  public void print(Answer answer, Text out) {
    answer.frames().forEach(one -> out.print("%x: %x\n", one.address(), one.frame()));
  }
}
