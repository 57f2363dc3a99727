package org.vmcore.gdbstub.inspect.types;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Place;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import org.vmcore.gdbstub.linux.types.MapleTree;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.XArray;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tree}, laid out after the command of that name in crash. */
@Command(
    name = "tree",
    description = "List the entries of a red-black, radix or maple tree, or an xarray.",
    footer =
        """
        ROOT is the address or the name of the rb_root, radix_tree_root, xarray or maple_tree, or
        with -N of the first node. Red-black trees are listed with each parent before its children,
        or with -l in their order. For example:
          tree -t rbtree -o vmap_area.rb_node -s vmap_area.va_start vmap_area_root
          tree -t maple -p ffff888003a10040
        """)
public final class Tree extends Query<Tree.Answer> {
  private static final int MAX_NODES = 1 << 23;

  @Parameters(paramLabel = "ROOT", description = "Where the tree is.")
  private String root = "";

  @Option(
      names = "-t",
      paramLabel = "TYPE",
      description = "rbtree, the default; radix, xarray or maple.")
  private String type = "rbtree";

  @Option(names = "-r", paramLabel = "OFFSET", description = "ROOT is this far inside it.")
  private @Nullable String rootOffset;

  @Option(
      names = "-o",
      paramLabel = "OFFSET",
      description = "Where in its structure an rb_node is: STRUCT.MEMBER or bytes.")
  private @Nullable String offset;

  @Mixin private EntryOptions entries = new EntryOptions();

  @Option(names = "-p", description = "Show where in the tree each is.")
  private boolean positions;

  @Option(names = "-l", description = "List a red-black tree in its order.")
  private boolean inOrder;

  @Option(names = "-N", description = "ROOT is the first node.")
  private boolean node;

  @Option(names = "-v", description = "Show the ranges of a maple tree.")
  private boolean ranges;

  /** */
  record Answer(Rows<Entry> entries) {}

  /**
   * An entry.
   *
   * @param position the way from the root, of a red-black tree
   * @param index of an xarray or a radix tree, and the first of a maple tree's range
   * @param last index of that range
   * @param values what was asked for of it
   */
  record Entry(
      @Hex long address,
      Optional<String> position,
      @Hex OptionalLong index,
      @Hex OptionalLong last,
      List<Value> values) {}

  @Override
  public Answer answer(Call call) throws NoAnswerException, MissingFactException {
    TypedMemory memory = call.typed();
    List<MemberValues> members = entries.members(memory);
    long start = Place.parse(call.symbols(), root);
    if (rootOffset != null) {
      start += MemberValues.offset(memory, rootOffset);
    }
    long at = offset == null ? 0 : MemberValues.offset(memory, offset);
    long first = start;
    return switch (type) {
      case "rbtree", "rb" ->
          new Answer(Rows.of(call, out -> redBlack(call, memory, first, at, members, out)));
      case "radix", "ra", "xarray", "xa", "x" ->
          new Answer(Rows.of(call, out -> array(call, memory, first, members, out)));
      case "maple", "ma", "m" ->
          new Answer(Rows.of(call, out -> maple(call, memory, first, members, out)));
      default -> throw NoAnswerException.usage("-t is rbtree, radix, xarray or maple");
    };
  }

  private record Pending(long node, String position, boolean visited) {}

  private void redBlack(
      Call call,
      TypedMemory memory,
      long start,
      long at,
      List<MemberValues> members,
      Consumer<Entry> out)
      throws MissingFactException, KernelReadException {
    Set<Long> seen = new HashSet<>();
    Deque<Pending> left = new ArrayDeque<>();
    long top = node ? start : memory.object("struct rb_root", start).value("rb_node");
    left.push(new Pending(top, "root", false));
    while (!left.isEmpty()) {
      Pending next = left.pop();
      if (next.node() == 0) {
        continue;
      }
      if (!next.visited() && (!seen.add(next.node()) || seen.size() > MAX_NODES)) {
        call.notes().incomplete("the tree leads twice to %#x".formatted(next.node()));
        return;
      }
      KernelObject rb = memory.object("struct rb_node", next.node());
      Pending here = new Pending(next.node(), next.position(), true);
      if (inOrder && !next.visited()) {
        left.push(new Pending(rb.value("rb_right"), next.position() + "/r", false));
        left.push(here);
        left.push(new Pending(rb.value("rb_left"), next.position() + "/l", false));
        continue;
      }
      long address = memory.memory().truncate(next.node() - at);
      out.accept(
          new Entry(
              address,
              Optional.of(next.position()),
              OptionalLong.empty(),
              OptionalLong.empty(),
              EntryOptions.values(call, memory, address, members)));
      if (!inOrder) {
        left.push(new Pending(rb.value("rb_right"), next.position() + "/r", false));
        left.push(new Pending(rb.value("rb_left"), next.position() + "/l", false));
      }
      call.stillBusy();
    }
  }

  private static void array(
      Call call, TypedMemory memory, long start, List<MemberValues> members, Consumer<Entry> out)
      throws MissingFactException, KernelReadException {
    boolean xarray = memory.types().has("struct xarray", "xa_head");
    KernelObject tree = memory.object(xarray ? "struct xarray" : "struct radix_tree_root", start);
    for (XArray.Entry entry : XArray.entries(memory, tree)) {
      out.accept(
          new Entry(
              entry.address(),
              Optional.empty(),
              OptionalLong.of(entry.index()),
              OptionalLong.empty(),
              EntryOptions.values(call, memory, entry.address(), members)));
    }
  }

  private static void maple(
      Call call, TypedMemory memory, long start, List<MemberValues> members, Consumer<Entry> out)
      throws MissingFactException, KernelReadException {
    Listing<MapleTree.Entry> found =
        MapleTree.entries(memory, memory.object("struct maple_tree", start));
    call.notes().incomplete(found.problem());
    for (MapleTree.Entry entry : found.all()) {
      out.accept(
          new Entry(
              entry.address(),
              Optional.empty(),
              OptionalLong.of(entry.first()),
              OptionalLong.of(entry.last()),
              EntryOptions.values(call, memory, entry.address(), members)));
    }
  }

  @Override
  public void print(Answer answer, Text out) {
    int unused =
        answer
            .entries()
            .forEach(
                entry -> {
                  out.print("%x\n", entry.address());
                  if (positions && entry.position().isPresent()) {
                    out.print("  position: %s\n", entry.position().get());
                  } else if (positions && entry.last().isEmpty() && entry.index().isPresent()) {
                    out.print("  index: %d\n", entry.index().getAsLong());
                  } else if ((positions || ranges) && entry.last().isPresent()) {
                    long first = entry.index().orElse(0);
                    out.print("  range: [%x-%x]\n", first, entry.last().getAsLong());
                  }
                  entries.print(entry.values(), out);
                });
  }
}
