package org.vmcore.gdbstub.inspect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Member;
import org.vmcore.gdbstub.linux.types.MemberPath;
import org.vmcore.gdbstub.linux.types.TypeNames;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * {@code monitor struct NAME[.MEMBER,...] [ADDRESS [COUNT]]} and {@code monitor union}, laid out
 * after the commands of these names in crash.
 */
final class StructCommand extends KernelCommand {
  private static final int MAX_COUNT = 10_000;

  private final String keyword;

  /**
   * @param keyword {@code struct} or {@code union}
   */
  StructCommand(String keyword) {
    super(
        keyword,
        "NAME[.MEMBER,...] [ADDRESS|SYMBOL [COUNT]] [-o] [-x]",
        "Show the layout of a " + keyword + ", or one in memory",
        """
        Without an address it shows the declaration, with -o and each member's offset in bytes.
        With one it shows the values there, of the whole or of some members, and with -o the
        address of each member. A typedef will do for NAME. A member may be a path as in C, through
        pointers too. COUNT shows so many of an array. -x prints integers in hexadecimal. For
        example:
          %1$s task_struct.comm,pid,mm->pgd ffff888003a10000
          %1$s list_head -o
        """
            .formatted(keyword));
    this.keyword = keyword;
  }

  @Override
  Answer answer(Call call, List<String> arguments)
      throws UsageException, MissingFactException, KernelReadException {
    boolean offsets = arguments.contains("-o");
    int radix = arguments.contains("-x") ? 16 : 10;
    List<String> words = arguments.stream().filter(word -> !word.startsWith("-")).toList();
    for (String word : arguments) {
      if (word.startsWith("-") && !List.of("-o", "-x", "-d").contains(word)) {
        throw new UsageException("has no option " + word);
      }
    }
    if (words.isEmpty() || words.size() > 3) {
      throw new UsageException("takes a name, and an address");
    }
    TypedMemory memory = typed(call);
    String[] parts = words.get(0).split("\\.", 2);
    Compound type = type(memory, parts[0]);
    List<String> members = parts.length < 2 ? List.of() : List.of(parts[1].split(",", -1));
    if (words.size() == 1) {
      return layout(type, members, offsets);
    }
    SymbolNames symbols = machine(call).linux().symbolNames();
    long address = address(symbols, words.get(1));
    int count = words.size() == 3 ? count(words.get(2)) : 1;
    if (offsets && members.isEmpty()) {
      StructLayout layout = new StructLayout(type, true, OptionalLong.of(address));
      return new Answer(layout.text(), layout.tree());
    }
    ValueText values = new ValueText(symbols, memory.memory().byteOrder(), radix);
    ValueTree trees = new ValueTree(memory.memory().byteOrder());
    KernelObject object = memory.object(type, address);
    StringBuilder text = new StringBuilder();
    List<Object> tree = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      call.console().stillBusy();
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("address", hex(object.address()));
      if (members.isEmpty()) {
        text.append(type).append(' ').append(values.of(object, 0)).append('\n');
        one.put("value", trees.of(object));
      } else {
        Map<String, Object> shown = new LinkedHashMap<>();
        for (String member : members) {
          KernelObject value = member(object, member);
          text.append("  ").append(member).append(" = ");
          text.append(values.of(value, 2)).append(",\n");
          shown.put(member, trees.of(value));
        }
        one.put("value", shown);
      }
      tree.add(one);
      object = object.moved(type.size().orElse(0));
    }
    return new Answer(text.toString(), count == 1 ? tree.get(0) : tree);
  }

  private static KernelObject member(KernelObject object, String member)
      throws UsageException, KernelReadException {
    if (!object.has(member)) {
      throw new UsageException(TypeNames.of(object.type()) + " has no member '" + member + "'");
    }
    return object.member(member);
  }

  private Compound type(TypedMemory memory, String name) throws UsageException {
    Optional<Compound> found =
        memory
            .types()
            .compound(keyword + " " + name)
            .or(() -> memory.types().compound("struct " + name))
            .or(() -> memory.types().compound("union " + name))
            .or(() -> memory.types().compound(name));
    return found.orElseThrow(() -> new UsageException("the kernel has no type '" + name + "'"));
  }

  private static Answer layout(Compound type, List<String> members, boolean offsets)
      throws UsageException {
    if (members.isEmpty()) {
      StructLayout layout = new StructLayout(type, offsets, OptionalLong.empty());
      return new Answer(layout.text(), layout.tree());
    }
    StringBuilder text = new StringBuilder();
    List<Object> tree = new ArrayList<>();
    for (String path : members) {
      MemberPath way =
          type.path(path)
              .filter(found -> found.steps().size() == 1)
              .orElseThrow(() -> new UsageException(type + " has no member '" + path + "'"));
      MemberPath.Step step = way.steps().get(0);
      String name = path.substring(path.lastIndexOf('.') + 1);
      Member member = new Member(name, step.type(), step.bitOffset(), step.bitWidth());
      text.append(StructLayout.ofMember(type, member, step.bitOffset()));
      tree.add(StructLayout.memberTree(member, step.bitOffset()));
    }
    return new Answer(text.toString(), tree);
  }

  private static long address(SymbolNames symbols, String text) throws UsageException {
    List<SymbolNames.Named> named = symbols.named(text);
    return named.isEmpty() ? Addresses.parse(text) : named.get(0).address();
  }

  private static int count(String text) throws UsageException {
    if (!text.matches("[1-9]\\d{0,8}") || Integer.parseInt(text) > MAX_COUNT) {
      throw new UsageException("shows 1 to " + MAX_COUNT + " of them");
    }
    return Integer.parseInt(text);
  }
}
