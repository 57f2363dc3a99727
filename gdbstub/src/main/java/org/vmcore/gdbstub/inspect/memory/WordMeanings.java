package org.vmcore.gdbstub.inspect.memory;

import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.address.Identifier;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;

/** What words of memory point at, as crash shows them: {@code schedule+83}. */
public final class WordMeanings {
  /** The kernel's table has no sizes: far behind a symbol there may be anything without a name. */
  private static final int MAX_DISTANCE = 64 << 10;

  private final SymbolNames symbols;
  private final int digits;

  private final Objects objects;
  private final Identifier identifier;

  /** How objects of caches are named, where a word points at one. */
  public enum Objects {
    /** Not at all. */
    NOT,
    /** By the cache: {@code [task_struct]}. */
    CACHE,
    /** With the word: {@code [ffff888003a10000:task_struct]}. */
    WORD_AND_CACHE
  }

  public WordMeanings(Call call, Objects objects) throws MissingFactException {
    this.symbols = call.symbols();
    this.digits = call.digits();
    this.objects = objects;
    this.identifier = new Identifier(call, Optional.empty());
  }

  /** A word's meaning, or its hexadecimal digits. */
  public String of(long value) {
    Optional<SymbolNames.Located> symbol =
        symbols
            .at(value)
            .filter(found -> found.offset() < MAX_DISTANCE)
            .filter(found -> Character.toUpperCase(found.symbol().type()) != 'A');
    return symbol.map(SymbolNames.Located::text).orElseGet(() -> object(value));
  }

  private String object(long value) {
    String plain = ("%0" + digits + "x").formatted(value);
    if (objects == Objects.NOT) {
      return plain;
    }
    return identifier
        .slab(value)
        .map(slab -> (objects == Objects.CACHE ? "[" : "[" + plain + ":") + slab.cache() + "]")
        .orElse(plain);
  }
}
