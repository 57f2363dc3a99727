package org.vmcore.gdbstub.linux.symbols;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmcore.dumpreader.input.WholeBytes;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Named;

/**
 * A kernel's System.map: the names of all its code and data at link-time addresses, one a line as
 * nm prints them, which people have beside their vmlinuz.
 *
 * <pre>
 * ffffffff81000000 T _text
 * </pre>
 */
public final class SystemMap {
  /** More than the System.map of any kernel, which has 10 MiB at most. */
  private static final int MAX_FILE = 256 << 20;

  /** How much of a line is shown that is none. */
  private static final int SHOWN = 60;

  private static final Pattern LINE =
      Pattern.compile("([0-9a-fA-F]{8}|[0-9a-fA-F]{16}) (\\S) (\\S+)");

  /** What the image starts with on one architecture or another. */
  private static final List<String> STARTS = List.of("_text", "_stext", "_start");

  private final List<Named> sorted;
  private final Map<String, Named> byName = new HashMap<>();

  private SystemMap(List<Named> sorted) {
    this.sorted = List.copyOf(sorted);
    sorted.forEach(symbol -> byName.putIfAbsent(symbol.name(), symbol));
  }

  /**
   * Reads a file.
   *
   * @throws IOException when it cannot be read or is no System.map; the message says which
   */
  public static SystemMap read(Path file) throws IOException {
    byte[] bytes = WholeBytes.read(file, MAX_FILE);
    List<Named> symbols = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(new StringReader(new String(bytes, ISO_8859_1)))) {
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches()) {
          throw new IOException(
              "%s: line %d is not an address, a letter and a name: %s; give the kernel's System.map"
                  .formatted(file, number, line.substring(0, Math.min(line.length(), SHOWN))));
        }
        symbols.add(
            new Named(
                PlainNames.of(matcher.group(3)),
                matcher.group(2).charAt(0),
                Long.parseUnsignedLong(matcher.group(1), 16),
                Optional.empty()));
      }
    }
    if (symbols.isEmpty()) {
      throw new IOException(file + ": is empty; give the kernel's System.map");
    }
    symbols.sort(Comparator.comparing(Named::address, Long::compareUnsigned));
    return new SystemMap(symbols);
  }

  /** The link-time address of a symbol. */
  public OptionalLong linkAddress(String name) {
    Named symbol = byName.get(name);
    return symbol == null ? OptionalLong.empty() : OptionalLong.of(symbol.address());
  }

  /**
   * The same symbols where the kernel ran.
   *
   * @param slide from link-time addresses to those at run time
   */
  public NameList moved(long slide) {
    long image =
        STARTS.stream()
            .flatMapToLong(name -> linkAddress(name).stream())
            .findFirst()
            .orElse(sorted.get(0).address());
    return new Moved(this, image, slide);
  }

  /**
   * Per-CPU symbols that start at zero are offsets: below the image, they do not move with it.
   *
   * @param image link-time address of its start
   */
  private record Moved(SystemMap map, long image, long slide) implements NameList {
    private Named move(Named symbol) {
      return isMoved(symbol)
          ? new Named(symbol.name(), symbol.type(), symbol.address() + slide, symbol.module())
          : symbol;
    }

    private boolean isMoved(Named symbol) {
      return Long.compareUnsigned(symbol.address(), image) >= 0;
    }

    @Override
    public Map<String, Long> find(Set<String> names) {
      Map<String, Long> found = new HashMap<>();
      for (String name : names) {
        Named symbol = map.byName.get(name);
        if (symbol != null) {
          found.put(name, move(symbol).address());
        }
      }
      return found;
    }

    @Override
    public List<Named> all() {
      return map.sorted.stream().map(this::move).toList();
    }

    @Override
    public Optional<Located> at(long address) {
      long linked = address - slide;
      int low = 0;
      int high = map.sorted.size();
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (Long.compareUnsigned(map.sorted.get(middle).address(), linked) <= 0) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      int nearest = low - 1;
      while (nearest > 0
          && map.sorted.get(nearest - 1).address() == map.sorted.get(nearest).address()) {
        nearest--;
      }
      // Beyond the last symbol, which marks the image's end, there is nothing of the kernel.
      boolean inside = nearest >= 0 && low < map.sorted.size();
      return inside && isMoved(map.sorted.get(nearest))
          ? Optional.of(
              new Located(
                  move(map.sorted.get(nearest)), linked - map.sorted.get(nearest).address()))
          : Optional.empty();
    }
  }
}
