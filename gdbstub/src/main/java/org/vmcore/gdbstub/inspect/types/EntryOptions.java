package org.vmcore.gdbstub.inspect.types;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What is shown of each entry of a list or a tree. */
final class EntryOptions {
  @Option(
      names = {"-s", "-S"},
      paramLabel = "STRUCT[.MEMBER,...]",
      description = "Show this of each. May be repeated.")
  private List<String> shown = List.of();

  @Mixin private Radix radix = new Radix();

  /** What was asked for, found in the kernel's types. */
  List<MemberValues> members(TypedMemory memory) throws NoAnswerException, MissingFactException {
    List<MemberValues> members = new ArrayList<>();
    for (String text : shown) {
      members.add(MemberValues.parse(memory, text));
    }
    return members;
  }

  /** The same of the entry at an address. */
  static List<Value> values(Call call, TypedMemory memory, long address, List<MemberValues> members)
      throws MissingFactException, KernelReadException {
    List<Value> values = new ArrayList<>();
    for (MemberValues some : members) {
      values.add(some.of(call, memory, address));
    }
    return values;
  }

  void print(List<Value> values, Text out) {
    for (int i = 0; i < values.size(); i++) {
      String asked = shown.get(i);
      ObjectText.print("struct " + asked, !asked.contains("."), values.get(i), radix.of(out), out);
    }
  }
}
