package org.vmcore.gdbstub.inspect.memory;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.gdbstub.inspect.memory.MemorySearch.Match;
import org.vmcore.gdbstub.inspect.memory.MemorySearch.Pattern;
import org.vmcore.gdbstub.inspect.memory.SearchAreas.Area;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.HexAddress;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Place;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.tasks.NamedTask;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code search}, with the options and the output of the command of that name in crash. */
@Command(
    name = "search",
    description = "Search memory for values or a text.",
    footer =
        """
        VALUE is hexadecimal, or the name of a symbol; it is looked for as an aligned word. START,
        END and the others may be names, too. A text may hold spaces, and what follows it is shown.
        Searched is all the kernel's memory, or the part that is asked for, from START on, up to END
        or for so many bytes. Memory that is not in the dump is stepped over. For example:
          search -p -c "Kernel panic"
          search -s ffff888003a10000 -l 4000 init_task
        """)
public final class Search extends Query<Search.Answer> {
  private static final int MAX_MATCHES = 10_000;
  private static final int MAX_SURROUNDINGS = 1000;

  @Parameters(
      arity = "0..*",
      paramLabel = "[VALUE...]",
      hideParamSyntax = true,
      description = "What to look for; with -c, further words of the text.")
  private List<String> words = List.of();

  @Option(names = "-k", description = "All the kernel's memory, which is the default.")
  private boolean kernel;

  @Option(names = "-K", description = "Of it only the image and what is mapped one to one.")
  private boolean fixed;

  @Option(names = "-V", description = "Of it only modules and what else vmalloc mapped.")
  private boolean mapped;

  @Option(names = "-u", description = "The user memory of what the selected CPU ran.")
  private boolean user;

  @Option(names = "-p", description = "All physical memory.")
  private boolean physical;

  @Option(names = "-t", description = "The kernel's stacks of all tasks.")
  private boolean stacks;

  @Option(names = "-T", description = "Of them only those of tasks that CPUs ran.")
  private boolean active;

  @Option(names = "-s", paramLabel = "START", description = "From this address on.")
  private @Nullable String start;

  @Option(names = "-e", paramLabel = "END", description = "Up to this address.")
  private @Nullable String end;

  @Option(names = "-l", paramLabel = "LENGTH", description = "So many bytes, hexadecimal.")
  private @Nullable String length;

  @Option(names = "-m", paramLabel = "MASK", description = "Bits that do not matter.")
  private @Nullable String mask;

  @Option(names = "-w", description = "Values of 4 bytes.")
  private boolean word;

  @Option(names = "-h", description = "Values of 2 bytes.")
  private boolean half;

  @Option(
      names = "-x",
      paramLabel = "COUNT",
      description = "Show so many values before and behind each, too.")
  private int surroundings;

  @Option(names = "-c", paramLabel = "TEXT", description = "A text.")
  private @Nullable String text;

  /**
   * @param matches in the order of memory
   * @param bigEndian whether the machine has the highest byte first
   */
  record Answer(boolean bigEndian, Rows<Found> matches) {}

  /**
   * A place in memory.
   *
   * @param value that is there, and in how many bytes, of those that were looked for
   * @param text from there on, of one that was looked for
   * @param stackOf the task on whose stack it is, where stacks were searched
   * @param around what is around it, where that was asked for
   */
  record Found(
      @Hex long address,
      @Hex OptionalLong value,
      OptionalLong bytes,
      Optional<String> text,
      Optional<NamedTask> stackOf,
      Optional<Surroundings> around) {}

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    SymbolNames symbols = call.symbols();
    int size = half ? Short.BYTES : word ? Integer.BYTES : call.machine().pointerBytes();
    Optional<String> wanted = wantedText();
    List<Long> values = new ArrayList<>();
    if (wanted.isEmpty()) {
      for (String value : words) {
        values.add(number(value, symbols));
      }
    }
    if (values.isEmpty() && wanted.orElse("").isEmpty()) {
      throw NoAnswerException.usage("takes a value or a text to search for");
    }
    long ignored = mask == null ? 0 : number(mask, symbols);
    Pattern pattern =
        wanted.isPresent()
            ? MemorySearch.bytes(wanted.get().getBytes(UTF_8))
            : MemorySearch.numbers(values, size, ignored, call.machine().byteOrder());
    List<Area> areas = areas(call, symbols);
    if (surroundings < 0 || surroundings > MAX_SURROUNDINGS || (text != null && surroundings > 0)) {
      throw NoAnswerException.usage("-x is of numbers, and takes a count of up to 1000");
    }
    return new Answer(
        call.machine().byteOrder() == ByteOrder.BIG_ENDIAN,
        Rows.of(call, out -> search(call, areas, pattern, wanted.isPresent() ? 0 : size, out)));
  }

  private Optional<String> wantedText() {
    if (text == null) {
      return Optional.empty();
    }
    List<String> all = new ArrayList<>(List.of(text));
    all.addAll(words);
    return Optional.of(String.join(" ", all));
  }

  /**
   * @param size of the values; 0 for a text
   */
  private void search(Call call, List<Area> areas, Pattern pattern, int size, Consumer<Found> out) {
    int[] count = {0};
    for (Area area : areas) {
      int limit = MAX_MATCHES - count[0];
      if (limit > 0) {
        new MemorySearch(
                area.source(),
                pattern,
                limit,
                match -> {
                  count[0]++;
                  out.accept(found(match, size, area, call));
                },
                call::stillBusy)
            .search(area.first(), area.last());
      }
    }
    if (count[0] == MAX_MATCHES) {
      call.notes().incomplete("more than %d matches; the rest is left out".formatted(MAX_MATCHES));
    }
  }

  private Found found(Match match, int size, Area area, Call call) {
    Optional<NamedTask> task = area.stackOf().map(NamedTask::of);
    if (size == 0) {
      String shown = match.text().replaceAll("[^ -~]", ".");
      return new Found(
          match.address(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          Optional.of(shown),
          task,
          Optional.empty());
    }
    byte[] bytes = match.text().getBytes(ISO_8859_1);
    long value = MemorySearch.number(bytes, 0, size, call.machine().byteOrder());
    return new Found(
        match.address(),
        OptionalLong.of(value),
        OptionalLong.of(size),
        Optional.empty(),
        task,
        surroundings == 0
            ? Optional.empty()
            : Optional.of(Surroundings.of(area.source(), match.address(), size, surroundings)));
  }

  private static long number(String word, SymbolNames symbols) throws NoAnswerException {
    if (word.startsWith("(")) {
      return Place.parse(symbols, word);
    }
    List<SymbolNames.Named> named = symbols.named(word);
    if (named.isEmpty() && word.matches("[A-Za-z_][\\w.]*") && !word.matches("[0-9a-fA-F]+")) {
      throw NoAnswerException.notThere("symbol not found: " + word);
    }
    return named.isEmpty() ? HexAddress.parse(word) : named.get(0).address();
  }

  private List<Area> areas(Call call, SymbolNames symbols)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (isMoreThanOne(kernel, fixed, mapped, user, physical, stacks, active)) {
      throw NoAnswerException.usage("searches one of -k, -K, -V, -u, -p, -t and -T");
    }
    long first = start == null ? 0 : number(start, symbols);
    long last = -1;
    if (length != null) {
      last = first + number(length, symbols) - 1;
    } else if (end != null) {
      last = number(end, symbols) - 1;
    }
    if (Long.compareUnsigned(last, first) < 0) {
      throw NoAnswerException.usage("searches nothing: the end is before the start");
    }
    SearchAreas areas = new SearchAreas(call.machine(), call.notes());
    boolean bounded = start != null && (end != null || length != null);
    if (bounded && !physical && !stacks && !active) {
      VirtualMemory memory = user ? call.memory() : call.machine().kernelSpace().virtual();
      return List.of(new Area(SearchAreas.virtual(memory), first, last));
    }
    List<Area> parts = new ArrayList<>();
    for (Area area : all(call, areas)) {
      area.within(first, last).ifPresent(parts::add);
    }
    return parts;
  }

  private List<Area> all(Call call, SearchAreas areas)
      throws MissingFactException, KernelReadException {
    if (physical) {
      return List.of(areas.physical());
    } else if (stacks || active) {
      return areas.stacks(active);
    }
    return user ? areas.user(call.memory(), call.cpu()) : areas.kernel(!mapped, !fixed);
  }

  @Override
  public int version() {
    return 2;
  }

  @Override
  public void print(Answer answer, Text out) {
    AtomicReference<@Nullable NamedTask> last = new AtomicReference<>();
    int unused =
        answer
            .matches()
            .forEach(
                match -> {
                  NamedTask task = match.stackOf().orElse(null);
                  if (task != null && !task.equals(last.get())) {
                    out.print(last.get() == null ? "" : "\n");
                    task.print(out);
                    last.set(task);
                  }
                  print(match, answer.bigEndian(), out);
                });
    out.print(last.get() == null ? "" : "\n");
  }

  private static void print(Found match, boolean bigEndian, Text out) {
    int size = (int) match.bytes().orElse(1);
    String shown =
        match.text().orElseGet(() -> Text.format("%0" + 2 * size + "x", match.value().orElse(0)));
    if (match.around().isPresent()) {
      String place = Text.format("%" + out.digits() + "x:  ", match.address());
      RdText layout = new RdText(size, false, false, bigEndian, false);
      match.around().get().print(place + shown + "\n", layout, out);
    } else {
      out.print("%x: %s\n", match.address(), shown);
    }
  }
}
