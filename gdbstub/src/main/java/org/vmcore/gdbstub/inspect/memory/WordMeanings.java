package org.vmcore.gdbstub.inspect.memory;

import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;

/** What words of memory point at, as crash shows them: {@code schedule+83}. */
public final class WordMeanings {
  /** The kernel's table has no sizes: far behind a symbol there may be anything without a name. */
  private static final int MAX_DISTANCE = 64 << 10;

  private final SymbolNames symbols;
  private final int digits;

  public WordMeanings(Call call) throws MissingFactException {
    this.symbols = call.symbols();
    this.digits = call.digits();
  }

  /** A word's meaning, or its hexadecimal digits. */
  public String of(long value) {
    Optional<SymbolNames.Located> symbol =
        symbols
            .at(value)
            .filter(found -> found.offset() < MAX_DISTANCE)
            .filter(found -> Character.toUpperCase(found.symbol().type()) != 'A');
    return symbol
        .map(SymbolNames.Located::text)
        .orElseGet(() -> ("%0" + digits + "x").formatted(value));
  }
}
