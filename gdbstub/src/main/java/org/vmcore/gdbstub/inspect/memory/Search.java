package org.vmcore.gdbstub.inspect.memory;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
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
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Rows;
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

  @Option(names = "-c", paramLabel = "TEXT", description = "A text.")
  private @Nullable String text;

  /** In the order of memory. */
  record Answer(Rows<Found> matches) {}

  /**
   * A place in memory.
   *
   * @param value that is there, and in how many bytes, of those that were looked for
   * @param text from there on, of one that was looked for
   */
  record Found(
      @Hex long address, @Hex OptionalLong value, OptionalLong bytes, Optional<String> text) {}

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
    return new Answer(
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
  private static void search(
      Call call, List<Area> areas, Pattern pattern, int size, Consumer<Found> out) {
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
                  out.accept(found(match, size, call));
                },
                call::stillBusy)
            .search(area.first(), area.last());
      }
    }
    if (count[0] == MAX_MATCHES) {
      call.notes().incomplete("more than %d matches; the rest is left out".formatted(MAX_MATCHES));
    }
  }

  private static Found found(Match match, int size, Call call) {
    if (size == 0) {
      String shown = match.text().replaceAll("[^ -~]", ".");
      return new Found(
          match.address(), OptionalLong.empty(), OptionalLong.empty(), Optional.of(shown));
    }
    byte[] bytes = match.text().getBytes(ISO_8859_1);
    long value = MemorySearch.number(bytes, 0, size, call.machine().byteOrder());
    return new Found(
        match.address(), OptionalLong.of(value), OptionalLong.of(size), Optional.empty());
  }

  private static long number(String word, SymbolNames symbols) throws NoAnswerException {
    List<SymbolNames.Named> named = symbols.named(word);
    return named.isEmpty() ? HexAddress.parse(word) : named.get(0).address();
  }

  private List<Area> areas(Call call, SymbolNames symbols)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (isMoreThanOne(kernel, fixed, mapped, user, physical)) {
      throw NoAnswerException.usage("searches one of -k, -K, -V, -u and -p");
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
    if (bounded && !physical) {
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
    }
    return user ? areas.user(call.memory(), call.cpu()) : areas.kernel(!mapped, !fixed);
  }

  @Override
  public void print(Answer answer, Text out) {
    int unused =
        answer
            .matches()
            .forEach(
                match -> {
                  String shown =
                      match
                          .text()
                          .orElseGet(
                              () ->
                                  Text.format(
                                      "%0" + match.bytes().orElse(1) * 2 + "x",
                                      match.value().orElse(0)));
                  out.print("%x: %s\n", match.address(), shown);
                });
  }
}
