package org.vmcore.gdbstub.inspect;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.gdbstub.inspect.MemorySearch.Match;
import org.vmcore.gdbstub.inspect.MemorySearch.Pattern;
import org.vmcore.gdbstub.inspect.SearchAreas.Area;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** {@code monitor search}, with the options and the output of the command of that name in crash. */
final class SearchCommand extends KernelCommand {
  private static final int MAX_MATCHES = 10_000;

  /** Stepping through a bigger range of unmapped pages would take minutes. */
  private static final long MAX_RANGE = 1L << 40;

  SearchCommand() {
    super(
        "search",
        "[-k|-K|-V|-u|-p] [-s START] [-e END|-l LENGTH] [-m MASK] [-w|-h] VALUE...|-c TEXT",
        "Search memory for values or a text",
        """
        VALUE is hexadecimal, or the name of a symbol; it is looked for as an aligned word, with -w
        as 4 bytes, with -h as 2. -m names bits that do not matter. -c looks for a text, which may
        hold spaces, and shows what follows it. Searched are all the kernel's memory (-k, the
        default); of it only the image and what is mapped one to one (-K), or only modules and what
        else vmalloc mapped (-V); the user memory of what the selected CPU ran (-u); or all physical
        memory (-p); from START on, up to END or for so many bytes. Memory that is not in the dump
        is stepped over. For
        example:
          search -p -c Kernel panic
          search -s ffff888003a10000 -l 4000 init_task
        """);
  }

  @Override
  Answer answer(Call call, List<String> arguments)
      throws UsageException, MissingFactException, KernelReadException {
    CrashedMachine machine = machine(call);
    Options options = Options.parse(arguments, machine.linux().symbolNames());
    int size = options.size == 0 ? machine.pointerBytes() : options.size;
    Pattern pattern =
        options.text == null
            ? MemorySearch.numbers(options.values, size, options.mask, machine.byteOrder())
            : MemorySearch.bytes(options.text.getBytes(UTF_8));
    List<Object> tree = new ArrayList<>();
    for (Area area : areas(call, options)) {
      int limit = MAX_MATCHES - tree.size();
      if (limit > 0) {
        new MemorySearch(
                area.source(),
                pattern,
                limit,
                match -> tree.add(tell(match, options, size, call)),
                call.console()::stillBusy)
            .search(area.first(), area.last());
      }
    }
    return new Answer(
        tree.size() == MAX_MATCHES
            ? "(more than %d matches; the rest is left out)\n".formatted(MAX_MATCHES)
            : "",
        tree);
  }

  /** Prints a match at once: the next may be long in coming. */
  private static Object tell(Match match, Options options, int size, Call call) {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("address", hex(match.address()));
    String shown;
    if (options.text == null) {
      byte[] bytes = match.text().getBytes(ISO_8859_1);
      long value = MemorySearch.number(bytes, 0, size, machine(call).byteOrder());
      shown = ("%0" + size * 2 + "x").formatted(value);
      one.put("value", hex(value));
    } else {
      shown = match.text().replaceAll("[^ -~]", ".");
      one.put("text", shown);
    }
    call.print("%x: %s\n", match.address(), shown);
    return one;
  }

  private static List<Area> areas(Call call, Options options)
      throws UsageException, MissingFactException, KernelReadException {
    SearchAreas areas = new SearchAreas(machine(call));
    long first = options.start.orElse(0);
    long last = options.end.orElse(-1);
    if (options.length.isPresent()) {
      last = first + options.length.getAsLong() - 1;
    }
    if (Long.compareUnsigned(last, first) < 0) {
      throw new UsageException("searches nothing: the end is before the start");
    }
    boolean bounded =
        options.start.isPresent() && (options.end.isPresent() || options.length.isPresent());
    if (bounded && options.space != 'p') {
      if (Long.compareUnsigned(last - first, MAX_RANGE) > 0) {
        throw new UsageException("searches at most 1 TiB of virtual addresses");
      }
      VirtualMemory memory =
          options.space == 'u'
              ? call.view().memory(call.cpu())
              : machine(call).kernelSpace().virtual();
      return List.of(new Area(SearchAreas.virtual(memory), first, last));
    }
    List<Area> all =
        switch (options.space) {
          case 'p' -> List.of(areas.physical());
          case 'u' -> areas.user(call.view().memory(call.cpu()), call.cpu());
          default -> areas.kernel(options.space != 'V', options.space != 'K');
        };
    List<Area> parts = new ArrayList<>();
    for (Area area : all) {
      area.within(first, last).ifPresent(parts::add);
    }
    return parts;
  }

  /** The command line. */
  private static final class Options {
    private char space = 'k';
    private OptionalLong start = OptionalLong.empty();
    private OptionalLong end = OptionalLong.empty();
    private OptionalLong length = OptionalLong.empty();
    private long mask;
    private int size;
    private @Nullable String text;
    private final List<Long> values = new ArrayList<>();

    static Options parse(List<String> arguments, SymbolNames symbols) throws UsageException {
      Options options = new Options();
      Deque<String> words = new ArrayDeque<>(arguments);
      while (!words.isEmpty()) {
        options.take(words.remove(), words, symbols);
      }
      if (options.values.isEmpty() && (options.text == null || options.text.isEmpty())) {
        throw new UsageException("takes a value or a text to search for");
      }
      return options;
    }

    private void take(String word, Deque<String> rest, SymbolNames symbols) throws UsageException {
      switch (word) {
        case "-k", "-K", "-V", "-p", "-u" -> space = word.charAt(1);
        case "-s" -> start = OptionalLong.of(number(rest, symbols));
        case "-e" -> end = OptionalLong.of(number(rest, symbols) - 1);
        case "-l" -> length = OptionalLong.of(number(rest, symbols));
        case "-m" -> mask = number(rest, symbols);
        case "-w" -> size = Integer.BYTES;
        case "-h" -> size = Short.BYTES;
        case "-c" -> {
          text = unquoted(String.join(" ", rest));
          rest.clear();
        }
        default -> {
          if (word.startsWith("-")) {
            throw new UsageException("has no option " + word);
          }
          rest.push(word);
          values.add(number(rest, symbols));
        }
      }
    }

    private static String unquoted(String text) {
      boolean quoted = text.length() > 1 && text.startsWith("\"") && text.endsWith("\"");
      return quoted ? text.substring(1, text.length() - 1) : text;
    }

    private static long number(Deque<String> words, SymbolNames symbols) throws UsageException {
      String word = words.poll();
      if (word == null) {
        throw new UsageException("lacks an address or a value");
      }
      List<SymbolNames.Named> named = symbols.named(word);
      return named.isEmpty() ? Addresses.parse(word) : named.get(0).address();
    }
  }
}
