package org.vmcore.gdbstub.inspect.types;

import java.util.List;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Member;
import org.vmcore.gdbstub.linux.types.Type;

/** What may come next, for people who are typing. */
public final class MemberNames {
  private MemberNames() {}

  /**
   * The members that an expression may go on with: of {@code init_task.mm->pg} all that {@code
   * init_task.mm} leads to, each behind what stands before its name. None of what is no structure.
   */
  public static List<String> behind(Call call, String begun) throws MissingFactException {
    int name = Math.max(begun.lastIndexOf('.') + 1, begun.lastIndexOf("->") + 2);
    String before = begun.substring(0, Math.min(name, begun.length()));
    String expression = before.replaceFirst("(\\.|->)$", "");
    if (expression.isEmpty() || expression.equals(before)) {
      return List.of();
    }
    try {
      KernelObject object = Expression.of(call, expression).object();
      if (object != null && object.type().resolved() instanceof Type.Pointer) {
        object = object.dereference();
      }
      return object != null && object.type().resolved() instanceof Compound compound
          ? compound.members().stream().map(Member::name).map(before::concat).toList()
          : List.of();
    } catch (NoAnswerException | KernelReadException e) {
      // What cannot be found out is not offered; whoever asks for it is told why.
      return List.of();
    }
  }
}
