package org.vmcore.gdbstub.inspect.types;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.view.Json;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/** Some members of a structure with what they hold, for answers about something else. */
public final class StructMembers implements Json.Streamed {
  private final List<Value.Member> members;

  private StructMembers(List<Value.Member> members) {
    this.members = members;
  }

  /**
   * Reads them.
   *
   * @param objects those of one that are in none before are in the next; in several, all are shown
   * @param names paths as in C, between commas
   */
  public static StructMembers of(Call call, List<KernelObject> objects, String names)
      throws NoAnswerException, MissingFactException, KernelReadException {
    ValueReader reader = new ValueReader(call.symbols());
    List<Value.Member> found = new ArrayList<>();
    for (String name : names.split(",", -1)) {
      List<KernelObject> having = objects.stream().filter(object -> object.has(name)).toList();
      if (having.isEmpty()) {
        throw NoAnswerException.notThere("%s has no member '%s'".formatted(objects.get(0), name));
      }
      for (KernelObject object : having) {
        found.add(new Value.Member(name, reader.of(object.member(name))));
      }
    }
    return new StructMembers(found);
  }

  @Override
  public void writeTo(Json json) {
    json.value(new Value.Struct(members));
  }

  /**
   * As {@code struct} shows them.
   *
   * @param radix of integers, 10 or 16
   */
  public void print(Text out, int radix) {
    for (Value.Member member : members) {
      String value = ValueText.of(member.value(), radix, 2);
      out.lay("  " + member.name() + " = " + value + ",\n");
    }
  }
}
