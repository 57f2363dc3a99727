package org.vmcore.gdbstub.monitor;

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
import org.vmcore.arch.MissingFactException;
import org.vmcore.arch.VirtualMemory;
import org.vmcore.dumpreader.PhysicalMemory;
import org.vmcore.gdbstub.kernel.KernelModule;
import org.vmcore.gdbstub.kernel.SymbolNames;
import org.vmcore.gdbstub.monitor.MemorySearch.Match;
import org.vmcore.gdbstub.monitor.MemorySearch.Pattern;
import org.vmcore.gdbstub.monitor.MemorySearch.Source;
import org.vmcore.gdbstub.target.CrashedMachine;

/** {@code monitor search}, with the options and the output of the command of that name in crash. */
final class SearchCommand extends KernelCommand {
  private static final int MAX_MATCHES = 10_000;

  /** Stepping through a bigger range of unmapped pages would take minutes. */
  private static final long MAX_RANGE = 1L << 40;

  SearchCommand() {
    super(
        "search",
        "[-k|-p|-u] [-s START] [-e END|-l LENGTH] [-m MASK] [-w|-h] VALUE...|-c TEXT",
        "Search memory for values or a text",
        """
        VALUE is hexadecimal, or the name of a symbol; it is looked for as an aligned word, with -w
        as 4 bytes, with -h as 2. -m names bits that do not matter. -c looks for a text, which may
        hold spaces, and shows what follows it. Searched are the kernel's image and modules (-k,
        the default), all physical memory (-p), or from START to END (or so many bytes), in user
        memory of the selected CPU with -u. Memory that is not in the dump is stepped over. For
        example:
          search -p -c Kernel panic
          search -s ffff888003a10000 -l 4000 init_task
        """);
  }

  @Override
  Answer answer(Call call, List<String> arguments) throws UsageException, MissingFactException {
    Options options = Options.parse(arguments, machine(call).linux().symbolNames());
    CrashedMachine machine = machine(call);
    int size = options.size == 0 ? machine.pointerBytes() : options.size;
    Pattern pattern =
        options.text == null
            ? MemorySearch.numbers(options.values, size, options.mask, machine.byteOrder())
            : MemorySearch.bytes(options.text.getBytes(UTF_8));
    Source source =
        options.space == 'p'
            ? physical(machine.kernelSpace().physical())
            : virtual(
                options.space == 'u'
                    ? call.view().memory(call.cpu())
                    : machine.kernelSpace().virtual());
    List<Match> matches = new ArrayList<>();
    for (Range range : ranges(machine, options)) {
      int limit = MAX_MATCHES - matches.size();
      if (limit > 0) {
        matches.addAll(
            new MemorySearch(source, pattern, limit, call.console()::stillBusy)
                .search(range.first(), range.last()));
      }
    }
    StringBuilder text = new StringBuilder();
    List<Object> tree = new ArrayList<>();
    for (Match match : matches) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("address", hex(match.address()));
      text.append(Long.toHexString(match.address())).append(": ");
      if (options.text == null) {
        long value =
            MemorySearch.number(match.text().getBytes(ISO_8859_1), 0, size, machine.byteOrder());
        text.append(("%0" + size * 2 + "x").formatted(value));
        one.put("value", hex(value));
      } else {
        String shown = match.text().replaceAll("[^ -~]", ".");
        text.append(shown);
        one.put("text", shown);
      }
      text.append('\n');
      tree.add(one);
    }
    if (matches.size() == MAX_MATCHES) {
      text.append("(more than %d matches; the rest is left out)\n".formatted(MAX_MATCHES));
    }
    return new Answer(text.toString(), tree);
  }

  /** Both ends included. */
  private record Range(long first, long last) {}

  private static List<Range> ranges(CrashedMachine machine, Options options)
      throws UsageException, MissingFactException {
    if (options.start.isPresent() || options.space == 'p') {
      long first = options.start.orElse(0);
      long last = options.end.orElse(-1);
      if (options.length.isPresent()) {
        last = first + options.length.getAsLong() - 1;
      } else if (options.end.isEmpty() && options.space != 'p') {
        throw new UsageException("needs an end (-e) or a length (-l) with -s");
      }
      if (Long.compareUnsigned(last, first) < 0) {
        throw new UsageException("searches nothing: the end is before the start");
      }
      if (options.space != 'p' && Long.compareUnsigned(last - first, MAX_RANGE) > 0) {
        throw new UsageException("searches at most 1 TiB of virtual addresses");
      }
      return List.of(new Range(first, last));
    }
    if (options.space == 'u') {
      throw new UsageException("needs a start (-s) with -u");
    }
    List<Range> ranges = new ArrayList<>();
    SymbolNames symbols = machine.linux().symbolNames();
    OptionalLong first = address(symbols, "_text", "_stext");
    OptionalLong last = address(symbols, "_end", "__bss_stop");
    if (first.isEmpty() || last.isEmpty()) {
      throw new MissingFactException(
          "it cannot be told where the kernel's image is; say where to search with -s and -e");
    }
    ranges.add(new Range(first.getAsLong(), last.getAsLong() - 1));
    for (KernelModule module : machine.linux().modules()) {
      ranges.add(new Range(module.base(), module.base() + module.size() - 1));
    }
    return ranges;
  }

  private static OptionalLong address(SymbolNames symbols, String... names) {
    for (String name : names) {
      for (SymbolNames.Named symbol : symbols.named(name)) {
        return OptionalLong.of(symbol.address());
      }
    }
    return OptionalLong.empty();
  }

  private static Source virtual(VirtualMemory memory) {
    return new Source() {
      @Override
      public int read(long at, byte[] destination, int offset, int length) {
        return memory.read(at, destination, offset, length).length();
      }

      @Override
      public long next(long at) {
        return at;
      }
    };
  }

  private static Source physical(PhysicalMemory memory) {
    return new Source() {
      @Override
      public int read(long at, byte[] destination, int offset, int length) {
        return memory.read(at, destination, offset, length).length();
      }

      @Override
      public long next(long at) {
        return memory.nextPresent(at);
      }
    };
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
        case "-k", "-p", "-u" -> space = word.charAt(1);
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
