package org.vmcore.gdbstub.linux.symbols;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeMemory;

/** A module of a 32-bit arm kernel, as it lies in memory since Linux 5.2. */
class ModuleSymbolsTest {
  private static final long BASE = 0xbf000000L;
  private static final long TABLE = BASE + 0x1000;
  private static final long TEXTS = BASE + 0x1400;
  private static final long TYPES = BASE + 0x1800;
  private static final int ENTRY = 16;

  private final MadeMemory memory = MadeMemory.at(BASE, 0x2000, Integer.BYTES);
  private int count = 1;
  private int texts = 1;

  private ModuleSymbolsTest add(String name, char type, long address) {
    memory
        .int32(TABLE + (long) count * ENTRY, texts)
        .int32(TABLE + (long) count * ENTRY + 4, (int) address)
        .text(TEXTS + texts, name)
        .text(TYPES + count, String.valueOf(type));
    texts += name.length() + 1;
    count++;
    return this;
  }

  private List<ModuleSymbols.Symbol> read() {
    return new ModuleSymbols(memory.memory(), TABLE, count, TEXTS, TYPES).all();
  }

  @Test
  void marksAreNoNames() {
    add("$a", 't', BASE).add("probe", 't', BASE).add("$d", 't', BASE + 0x40);
    add("$x.1", 't', BASE).add("$xrv64i2p1", 't', BASE);

    assertThat(read())
        .extracting(ModuleSymbols.Symbol::name, ModuleSymbols.Symbol::address)
        .containsExactly(tuple("probe", BASE));
  }

  @Test
  void functionsOfThumbCodeBeginAtEvenAddresses() {
    add("$t", 't', BASE).add("probe", 'T', BASE + 0x11).add("odd_data", 'd', BASE + 0x801);

    assertThat(read())
        .extracting(ModuleSymbols.Symbol::name, ModuleSymbols.Symbol::address)
        .containsExactly(tuple("probe", BASE + 0x10), tuple("odd_data", BASE + 0x801));
  }

  /** On i386 a function may begin anywhere. */
  @Test
  void othersStayWhereTheyAre() {
    add("probe", 'T', BASE + 0x11);

    assertThat(read()).extracting(ModuleSymbols.Symbol::address).containsExactly(BASE + 0x11);
  }
}
