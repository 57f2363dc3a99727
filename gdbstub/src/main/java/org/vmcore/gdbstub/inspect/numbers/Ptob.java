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

/** {@code ptob}, laid out after the command of that name in crash. */
@Command(
    name = "ptob",
    description = "Tell the physical addresses of page frames.",
    footer = "'btop' goes the other way.")
public final class Ptob extends Query<Ptob.Answer> {
  @Parameters(
      arity = "1..*",
      paramLabel = "FRAME...",
      hideParamSyntax = true,
      description = "Numbers of page frames, hexadecimal.")
  private List<String> words = List.of();

  /** In the order of the frames. */
  record Answer(List<Address> addresses) {}

  /** A page frame's number and the address of its first byte. */
  record Address(@Hex long frame, @Hex long address) {}

  @Override
  public Answer answer(Call call) throws NoAnswerException {
    List<Address> addresses = new ArrayList<>();
    for (String word : words) {
      long frame = HexAddress.parse(word);
      addresses.add(new Address(frame, frame * call.machine().pageBytes()));
    }
    return new Answer(addresses);
  }

  @Override
  public void print(Answer answer, Text out) {
    answer.addresses().forEach(one -> out.print("%x: %x\n", one.frame(), one.address()));
  }
}
