package org.vmcore.gdbstub.inspect.address;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.HexAddress;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.tasks.TaskFinder;
import org.vmcore.gdbstub.inspect.types.Declaration;
import org.vmcore.gdbstub.inspect.types.SizedTypes;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.tasks.Task;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code whatis}. */
@Command(
    name = "whatis",
    description = "Tell what addresses are, or a type or variable.",
    footer =
        """
        Of an address it tells the symbol, the per-CPU variable and its CPU, the task whose stack it
        is on and the frame, the slab object and whether it was in use (with slub_debug=U or KASAN
        who asked for it and who gave it back, with their stacks), the page and whose it was,
        the area of vmalloc and who asked for it, the region of a process' memory; and why it
        cannot be read, where that is so. The nearest comes first. What is a name is taken for one,
        and its declaration is shown. '-' reads addresses from standard input. For example:
          whatis ffff888003a10040 ffffffff81000010
          whatis -t 1 7f2fe6b3a1d0
          whatis struct list_head
        """)
public final class Whatis extends Query<Whatis.Answer> {
  private static final Pattern ADDRESS = Pattern.compile("(0[xX])?[0-9a-fA-F]{1,16}");

  @Parameters(
      arity = "0..*",
      paramLabel = "ADDRESS...|NAME|-",
      hideParamSyntax = true,
      description = "Virtual addresses, hexadecimal; or a type or variable.")
  private List<String> words = List.of();

  @Option(
      names = "-t",
      paramLabel = "PID|TASK",
      description = "Whose user addresses are meant; by default the selected thread's.")
  private @Nullable String task;

  @Option(names = "-o", description = "With each member of a structure where in it it is.")
  private boolean offsets;

  @Option(
      names = "-r",
      paramLabel = "SIZE[-SIZE]",
      description = "List the kernel's types of so many bytes.")
  private @Nullable String sizes;

  @Option(
      names = "-m",
      paramLabel = "TYPE",
      description = "List those with a member that is of this type or points at one.")
  private @Nullable String member;

  /** Addresses, a declaration, or types. */
  sealed interface Answer permits Addresses, Declared, Types {}

  /** The smallest first. */
  record Types(List<SizedTypes.Sized> types) implements Answer {}

  /** In the order of what was asked for. */
  record Addresses(Rows<Identification> addresses) implements Answer {}

  /** What a name is. */
  record Declared(Declaration declaration) implements Answer {}

  @Override
  public int version() {
    return 3;
  }

  @Override
  public Answer answer(Call call) throws NoAnswerException, MissingFactException {
    if (sizes != null || member != null) {
      return new Types(
          SizedTypes.of(
              call.typed().types().kernel(),
              Optional.ofNullable(sizes),
              Optional.ofNullable(member)));
    } else if (words.isEmpty()) {
      throw NoAnswerException.usage("lacks ADDRESS...|NAME|-");
    }
    if (words.equals(List.of("-"))) {
      BufferedReader input =
          call.input()
              .orElseThrow(() -> NoAnswerException.usage("'-' is for the command line only"));
      return addresses(call, out -> read(input, out));
    }
    if (!ADDRESS.matcher(words.get(0)).matches() || isName(call)) {
      String name = String.join(" ", words);
      return new Declared(
          Declaration.of(call, name, offsets)
              .orElseThrow(
                  () -> NoAnswerException.notThere("no address, type or symbol: " + name)));
    }
    List<Long> all = new ArrayList<>();
    for (String word : words) {
      all.add(HexAddress.parse(word));
    }
    return addresses(call, all::forEach);
  }

  /** A word such as 'bad' may be either; with 0x it is an address. */
  private boolean isName(Call call) throws MissingFactException {
    String word = words.get(0);
    return words.size() == 1
        && !word.matches("(0[xX]|\\d).*")
        && word.length() < call.digits()
        && call.machine().linux().types().isPresent()
        && Declaration.of(call, word).isPresent();
  }

  private Addresses addresses(Call call, Rows.Source<Long> all)
      throws NoAnswerException, MissingFactException {
    Identifier identifier = new Identifier(call, task(call));
    return new Addresses(
        Rows.of(call, out -> all.forEach(address -> out.accept(identifier.of(address)))));
  }

  private Optional<Task> task(Call call) throws NoAnswerException, MissingFactException {
    if (task != null) {
      return Optional.of(new TaskFinder(call).byNumber(Optional.of(task)));
    }
    if (call.machine().linux().taskTypes().isEmpty()) {
      return Optional.empty();
    }
    Optional<Task> selected = call.view().selectedTask();
    return selected.isPresent()
        ? selected
        : call.machine().tasks().list().current(call.cpu().number());
  }

  private static void read(BufferedReader input, Consumer<Long> out) throws NoAnswerException {
    try {
      for (String line = input.readLine(); line != null; line = input.readLine()) {
        for (String word : line.trim().split("\\s+", -1)) {
          if (!word.isEmpty()) {
            out.accept(HexAddress.parse(word));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("standard input", e);
    }
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer instanceof Declared declared) {
      declared.declaration().print(out);
    } else if (answer instanceof Types all) {
      out.print(" SIZE  TYPE\n");
      all.types().forEach(one -> out.line("%5d  %s", one.bytes(), one.name()));
    } else if (answer instanceof Addresses all) {
      int unused = all.addresses().forEach(one -> print(one, out));
    }
  }

  private static void print(Identification one, Text out) {
    List<String> lines = IdentificationText.lines(one);
    String first = lines.isEmpty() ? "nothing that is known" : lines.get(0);
    out.print("%s: %s\n", out.pointer(one.address()), first);
    lines.stream().skip(1).forEach(line -> out.print("  %s\n", line));
    one.unreadable().ifPresent(why -> out.print("  unreadable: %s\n", why));
  }
}
