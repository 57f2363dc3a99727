package org.vmcore.gdbstub.inspect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Named;

/** {@code monitor sym ADDRESS|NAME...}, laid out after the command of that name in crash. */
final class SymCommand extends KernelCommand {
  /** More lines than anybody reads. */
  private static final int MAX_MATCHES = 10_000;

  SymCommand() {
    super(
        "sym",
        "[-q] ADDRESS|NAME...",
        "Name an address, or tell the address of a name",
        """
        Each line is the address, nm's letter in parentheses (T and t are code, D, d, B, b and R, r
        data), the name with the offset in decimal, and the module in brackets. Addresses are
        hexadecimal, with 0x or without; what is both a name and a number is taken for a name.
        -q lists all names that contain NAME. For example:
          sym ffffffff81000010    sym schedule jiffies    sym -q null_deref
        """);
  }

  @Override
  Answer answer(Call call, List<String> arguments) throws UsageException, MissingFactException {
    SymbolNames symbols = machine(call).linux().symbolNames();
    boolean query = arguments.contains("-q");
    List<String> wanted = arguments.stream().filter(word -> !word.equals("-q")).toList();
    if (wanted.isEmpty()) {
      throw new UsageException("takes an address or a name");
    }
    StringBuilder text = new StringBuilder();
    List<Object> tree = new ArrayList<>();
    for (String word : wanted) {
      for (Located found : query ? containing(symbols, word) : find(symbols, word)) {
        text.append(line(found));
        tree.add(tree(found));
      }
    }
    return new Answer(text.toString(), tree);
  }

  private static List<Located> containing(SymbolNames symbols, String part) throws UsageException {
    List<Named> found = symbols.matching(name -> name.contains(part), MAX_MATCHES);
    if (found.isEmpty()) {
      throw new UsageException("no name contains '" + part + "'");
    }
    return found.stream().map(symbol -> new Located(symbol, 0)).toList();
  }

  private static List<Located> find(SymbolNames symbols, String word) throws UsageException {
    List<Named> named = symbols.named(word);
    if (!named.isEmpty()) {
      return named.stream().map(symbol -> new Located(symbol, 0)).toList();
    }
    if (!word.matches("(0[xX])?[0-9a-fA-F]{1,16}")) {
      throw new UsageException("symbol not found: " + word);
    }
    Optional<Located> at = symbols.at(Addresses.parse(word));
    if (at.isEmpty()) {
      throw new UsageException("no symbol is at or before " + word + " in the kernel's memory");
    }
    return List.of(at.get());
  }

  static String line(Located found) {
    Named symbol = found.symbol();
    return "%x (%c) %s%s\n"
        .formatted(
            symbol.address() + found.offset(),
            symbol.type(),
            found.text(),
            symbol.module().map(module -> " [" + module + "]").orElse(""));
  }

  private static Map<String, Object> tree(Located found) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("address", hex(found.symbol().address() + found.offset()));
    tree.put("name", found.symbol().name());
    tree.put("type", String.valueOf(found.symbol().type()));
    tree.put("offset", found.offset());
    found.symbol().module().ifPresent(module -> tree.put("module", module));
    return tree;
  }
}
