package org.vmcore.gdbstub.inspect.types;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
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
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code list}, laid out after the command of that name in crash. */
@Command(
    name = "list",
    description = "Follow a linked list.",
    footer =
        """
        START is the address of an entry, or with -H of a list_head that is in none, or with -h of
        the structure that an entry is in. OFFSET is STRUCT.MEMBER or a number of bytes: where in the
        structure the pointer to the next is. The list ends where it began, at NULL or at END; one
        that runs in a circle elsewhere ends there, and says so. For example:
          list task_struct.tasks -s task_struct.pid,comm -h ffff888003a10000
          list -H modules module.list -s module.name
        """)
public final class ListCommand extends Query<ListCommand.Answer> {
  private static final int MAX_ENTRIES = 1 << 23;

  @Parameters(
      arity = "0..2",
      paramLabel = "[OFFSET] [START]",
      hideParamSyntax = true,
      description = "In any order.")
  private List<String> words = List.of();

  @Mixin private EntryOptions entries = new EntryOptions();

  @Option(names = "-H", paramLabel = "HEAD", description = "START is a list_head outside of it.")
  private @Nullable String head;

  @Option(names = "-h", paramLabel = "START", description = "START is a structure in the list.")
  private @Nullable String structure;

  @Option(names = "-o", paramLabel = "OFFSET", description = "The pointer's offset.")
  private @Nullable String offset;

  @Option(
      names = "-l",
      paramLabel = "OFFSET",
      description = "START has the pointer at this offset.")
  private @Nullable String link;

  @Option(
      names = "-O",
      paramLabel = "OFFSET",
      description = "HEAD or START has the head at this offset.")
  private @Nullable String headOffset;

  @Option(names = "-e", paramLabel = "END", description = "The list ends at this address.")
  private @Nullable String end;

  @Option(names = "-r", description = "Go backwards: the pointer is the second of a list_head.")
  private boolean reverse;

  /** In the list's order. */
  record Answer(Rows<Entry> entries) {}

  /**
   * An entry.
   *
   * @param address of its structure, where an offset was given
   * @param values what was asked for of it
   */
  record Entry(@Hex long address, List<Value> values) {}

  @Override
  public List<String> takesForNothing() {
    return List.of("-B");
  }

  @Override
  public Answer answer(Call call) throws NoAnswerException, MissingFactException {
    TypedMemory memory = call.typed();
    List<MemberValues> members = entries.members(memory);
    String[] named = named();
    String offsetText = offset != null ? offset : link != null ? link : named[0];
    long at = offsetText.isEmpty() ? 0 : MemberValues.offset(memory, offsetText);
    long start = Place.parse(call.symbols(), named[1]);
    // With -O the head is in a structure of its own, in another member than entries are in theirs.
    boolean outside = head != null || headOffset != null;
    long first = outside ? start : structure != null ? start + at : start + (link == null ? at : 0);
    if (headOffset != null) {
      first += MemberValues.offset(memory, headOffset);
    }
    OptionalLong last =
        end == null ? OptionalLong.empty() : OptionalLong.of(Place.parse(call.symbols(), end));
    long from = first;
    long subtracted = at;
    return new Answer(
        Rows.of(call, out -> walk(call, memory, from, subtracted, outside, last, members, out)));
  }

  /** The offset, empty without one, and the start. */
  private String[] named() throws NoAnswerException {
    List<String> rest = new ArrayList<>(words);
    String start = head != null ? head : structure != null ? structure : null;
    if (start == null) {
      for (String word : words) {
        boolean isStart = !word.contains(".") && (words.size() == 1 || !isOffset(word));
        if (isStart && start == null) {
          start = word;
          rest.remove(word);
        }
      }
    }
    if (start == null && rest.isEmpty()) {
      throw NoAnswerException.usage("lacks START");
    } else if (start == null) {
      start = rest.remove(rest.size() - 1);
    }
    if (rest.size() > 1) {
      throw NoAnswerException.usage("takes one start and one offset");
    }
    return new String[] {rest.isEmpty() ? "" : rest.get(0), start};
  }

  /** A small number, in front of an address. */
  private static boolean isOffset(String word) {
    return word.matches("\\d{1,5}|0[xX][0-9a-fA-F]{1,4}");
  }

  private void walk(
      Call call,
      TypedMemory memory,
      long first,
      long at,
      boolean outside,
      OptionalLong last,
      List<MemberValues> members,
      Consumer<Entry> out)
      throws NoAnswerException, MissingFactException, KernelReadException {
    Set<Long> seen = new HashSet<>();
    long pointer = reverse ? memory.memory().wordBytes() : 0;
    long node = first;
    boolean shows = !outside;
    for (int i = 0; i < MAX_ENTRIES; i++) {
      if (!seen.add(node)) {
        if (node != first) {
          call.notes()
              .incomplete("the list runs in a circle: it leads back to %#x".formatted(node));
        }
        return;
      }
      if (shows) {
        List<Value> values = EntryOptions.values(call, memory, node - at, members);
        long shown = memory.memory().truncate(link == null ? node - at : node);
        out.accept(new Entry(shown, values));
      }
      boolean isLast =
          last.isPresent() && (node == last.getAsLong() || node - at == last.getAsLong());
      if (isLast && i > 0) {
        return;
      }
      shows = true;
      OptionalLong next = memory.memory().word(node + pointer);
      if (next.isEmpty()) {
        throw NoAnswerException.notThere(
            "the pointer at %#x cannot be read".formatted(node + pointer));
      } else if (next.getAsLong() == 0) {
        return;
      }
      node = next.getAsLong();
      if (i % 256 == 0) {
        call.stillBusy();
      }
    }
    call.notes().incomplete("the list is longer than %d entries".formatted(MAX_ENTRIES));
  }

  @Override
  public void print(Answer answer, Text out) {
    int unused =
        answer
            .entries()
            .forEach(
                entry -> {
                  out.print("%x\n", entry.address());
                  entries.print(entry.values(), out);
                });
  }
}
