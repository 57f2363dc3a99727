package org.vmcore.gdbstub.inspect.types;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Place;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * What is shown of each entry of a list or tree.
 *
 * @param type of the entries
 * @param members of it; none shows the whole
 */
record MemberValues(Compound type, List<String> members) {

  /** Such as {@code task_struct.pid,comm}. */
  static MemberValues parse(TypedMemory memory, String text) throws NoAnswerException {
    String[] parts = text.split("\\.", 2);
    Compound type = compound(memory, parts[0]);
    List<String> members = parts.length == 1 ? List.of() : List.of(parts[1].split(","));
    for (String member : members) {
      if (!type.has(member)) {
        throw NoAnswerException.notThere(type + " has no member '" + member + "'");
      }
    }
    return new MemberValues(type, members);
  }

  static Compound compound(TypedMemory memory, String name) throws NoAnswerException {
    return memory
        .types()
        .compound("struct " + name)
        .or(() -> memory.types().compound("union " + name))
        .or(() -> memory.types().compound(name))
        .orElseThrow(() -> NoAnswerException.notThere("the kernel has no type '" + name + "'"));
  }

  /** Where a member is in its struct, such as {@code task_struct.tasks}, or a number of bytes. */
  static long offset(TypedMemory memory, String text) throws NoAnswerException {
    if (text.matches("\\d+|0[xX][0-9a-fA-F]+")) {
      return Place.number(text);
    }
    String[] parts = text.split("\\.", 2);
    if (parts.length == 1) {
      throw NoAnswerException.usage("'" + text + "' is neither STRUCT.MEMBER nor a number");
    }
    Compound type = compound(memory, parts[0]);
    return type.offsetOf(parts[1])
        .orElseThrow(() -> NoAnswerException.notThere(type + " has no member '" + parts[1] + "'"));
  }

  /** Of the entry at an address. */
  Value of(Call call, TypedMemory memory, long address)
      throws KernelReadException, MissingFactException {
    ValueReader reader = new ValueReader(call.symbols());
    KernelObject object = memory.object(type, address);
    if (members.isEmpty()) {
      return reader.of(object);
    }
    List<Value.Member> values = new ArrayList<>();
    for (String member : members) {
      values.add(new Value.Member(member, reader.of(object.member(member))));
    }
    return new Value.Struct(values);
  }
}
