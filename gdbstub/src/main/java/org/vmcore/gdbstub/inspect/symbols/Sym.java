package org.vmcore.gdbstub.inspect.symbols;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.HexAddress;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.symbols.RustName;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Named;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sym}, laid out after the command of that name in crash. */
@Command(
    name = "sym",
    description = "Name an address, or tell the address of a name.",
    footer =
        """
        Each line is the address, nm's letter in parentheses (T and t are code, D, d, B, b and R, r
        data), the name with the offset in decimal, and the module in brackets. Addresses are
        hexadecimal, with 0x or without; what is both a name and a number is taken for a name. Behind
        a symbol of Rust is its name in the source, of which -q finds parts too. For example:
          sym ffffffff81000010
          sym schedule jiffies
          sym -q null_deref
        """)
public final class Sym extends Query<Sym.Answer> {
  /** More lines than anybody reads. */
  private static final int MAX_MATCHES = 10_000;

  @Parameters(
      arity = "0..*",
      paramLabel = "[ADDRESS|NAME...]",
      hideParamSyntax = true,
      description = "What to look up.")
  private List<String> words = List.of();

  @Option(names = "-q", description = "List all names that contain NAME.")
  private boolean containing;

  @Option(names = "-l", description = "List all symbols of the kernel and its modules.")
  private boolean all;

  @Option(names = "-M", description = "List all symbols of modules.")
  private boolean modules;

  @Option(names = "-m", paramLabel = "MODULE", description = "List all symbols of a module.")
  private @Nullable String module;

  @Option(names = "-p", description = "With each the symbol before it.")
  private boolean previous;

  @Option(names = "-n", description = "With each the symbol behind it.")
  private boolean next;

  /** In the order of what was asked for. */
  record Answer(Rows<SymbolRow> symbols) {}

  @Override
  public Answer answer(Call call) throws NoAnswerException, MissingFactException {
    SymbolNames symbols = call.symbols();
    if (isMoreThanOne(all, modules, module != null)
        || (all || modules || module != null) == !words.isEmpty()) {
      throw NoAnswerException.usage("takes names or addresses, or one of -l, -M and -m");
    } else if (words.isEmpty()) {
      return list(call, symbols);
    }
    List<SymbolRow> rows = new ArrayList<>();
    for (String word : words) {
      List<Located> found = containing ? containing(symbols, word, call) : find(symbols, word);
      for (Located one : found) {
        if (previous) {
          symbols.before(one.symbol()).ifPresent(row -> rows.add(row(call, row)));
        }
        rows.add(SymbolRow.of(call.machine(), one));
        if (next) {
          symbols.behind(one.symbol()).ifPresent(row -> rows.add(row(call, row)));
        }
      }
    }
    return new Answer(Rows.of(call, rows));
  }

  /** In the symbol table of a module its per-CPU variables are numbers, not places. */
  private static boolean isNumberOfModule(Named symbol) {
    return symbol.module().isPresent() && Character.toUpperCase(symbol.type()) == 'A';
  }

  private static SymbolRow row(Call call, Named symbol) {
    return SymbolRow.of(call.machine(), new Located(symbol, 0));
  }

  /** Of thousands the lines of source are not looked up. */
  private static SymbolRow plain(Named symbol) {
    return SymbolRow.of(new Located(symbol, 0));
  }

  private Answer list(Call call, SymbolNames symbols) throws NoAnswerException {
    List<Named> found =
        symbols.all(name -> all || (name.isPresent() && (modules || name.get().equals(module))));
    found.removeIf(Sym::isNumberOfModule);
    if (found.isEmpty()) {
      throw NoAnswerException.notThere(
          module == null ? "no symbols are known" : "no symbols of a module '" + module + "'");
    }
    return new Answer(Rows.of(call, out -> found.forEach(one -> out.accept(plain(one)))));
  }

  @Override
  public int version() {
    return 3;
  }

  private static List<Located> containing(SymbolNames symbols, String part, Call call)
      throws NoAnswerException {
    List<Named> found =
        new ArrayList<>(symbols.matching(name -> contains(name, part), MAX_MATCHES));
    found.removeIf(Sym::isNumberOfModule);
    if (found.isEmpty()) {
      throw NoAnswerException.notThere("no name contains '" + part + "'");
    }
    if (found.size() == MAX_MATCHES) {
      call.notes().incomplete("more than %d names contain '%s'".formatted(MAX_MATCHES, part));
    }
    return found.stream().map(symbol -> new Located(symbol, 0)).toList();
  }

  private static boolean contains(String name, String part) {
    return name.contains(part)
        || RustName.of(name).filter(shown -> shown.contains(part)).isPresent();
  }

  private static List<Located> find(SymbolNames symbols, String word) throws NoAnswerException {
    List<Named> named = symbols.named(word);
    if (!named.isEmpty()) {
      return named.stream().map(symbol -> new Located(symbol, 0)).toList();
    }
    if (!word.matches("(0[xX])?[0-9a-fA-F]{1,16}")) {
      throw NoAnswerException.notThere("symbol not found: " + word);
    }
    Optional<Located> at = symbols.at(HexAddress.parse(word));
    return List.of(
        at.orElseThrow(
            () ->
                NoAnswerException.notThere(
                    "no symbol is at or before " + word + " in the kernel's memory")));
  }

  @Override
  public void print(Answer answer, Text out) {
    boolean listed = all || modules || module != null;
    String[] of = {""};
    int unused =
        answer
            .symbols()
            .forEach(
                symbol -> {
                  String name = symbol.module().orElse("");
                  if (listed && !name.equals(of[0])) {
                    of[0] = name;
                    out.print("%x MODULE START: %s\n", symbol.address(), name);
                  }
                  symbol.print(out, listed);
                });
  }
}
