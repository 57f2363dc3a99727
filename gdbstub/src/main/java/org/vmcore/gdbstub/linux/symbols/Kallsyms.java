package org.vmcore.gdbstub.linux.symbols;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.zip.CRC32C;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.KallsymsLayout.Meaning;

/**
 * The kernel's own symbol table (Linux kernel/kallsyms.c, scripts/kallsyms.c).
 *
 * <pre>
 * kallsyms_num_syms      u32 (a word until 5.0)  number of symbols
 * kallsyms_names         { length, token[length] }*
 *                                           length is one byte, or two (7 bits, then 8) when the
 *                                           first has bit 7 set (since 6.1, commit 73bbb94466fd,
 *                                           "kallsyms: support "big" kernel symbols")
 * kallsyms_token_table   NUL-terminated strings, 256 of them
 * kallsyms_token_index   u16[256]           where each starts
 * kallsyms_offsets       s32[num_syms]      see {@link Meaning}
 * kallsyms_relative_base word
 * </pre>
 *
 * The first character of an expanded name is the symbol's type as nm prints it. The compressed
 * tables are kept, a few MiB for a big kernel; names are expanded when asked for. Safe for use by
 * several threads.
 */
public final class Kallsyms implements SymbolTable {
  private static final byte[] NO_TOKEN = {};

  /** More symbols than there are behind the image's end, and those that share its address. */
  private static final int MAX_BEHIND_END = 256;

  private static final int PAGE = 4096;

  private final byte[] names;
  private final int[] starts;
  private final KallsymsTokens tokens;
  private final long[] addresses;
  private final int lastPerCpu;
  private final int end;
  private final boolean whole;
  private final Lazy<KallsymsIndex, RuntimeException> index =
      Lazy.of(() -> new KallsymsIndex(this));

  Kallsyms(
      byte[] names,
      int[] starts,
      KallsymsTokens tokens,
      long[] addresses,
      int lastPerCpu,
      boolean whole) {
    this.names = names;
    this.starts = starts;
    this.tokens = tokens;
    this.addresses = addresses;
    this.lastPerCpu = lastPerCpu;
    this.whole = whole;
    this.end = findEnd();
  }

  /**
   * The first of the symbols where the kernel image ends; their number where that is not known.
   * Until Linux 2.6.37 those of x86-64's vsyscall page follow, far above.
   */
  private int findEnd() {
    for (int i = addresses.length - 1; i >= Math.max(0, addresses.length - MAX_BEHIND_END); i--) {
      if (name(i).equals("_end")) {
        int first = i;
        while (first > 0 && addresses[first - 1] == addresses[i]) {
          first--;
        }
        return first;
      }
    }
    return addresses.length;
  }

  /**
   * The table as VMCOREINFO tells its place or, before Linux 6.0, as its shape does; empty when it
   * is nowhere to be found or cannot be read.
   */
  public static Optional<Kallsyms> open(KernelMemory memory, Vmcoreinfo vmcoreinfo) {
    return KallsymsReader.open(memory, vmcoreinfo);
  }

  /** Number of symbols, at least 1. Symbols are numbered from 0 in the order of the table. */
  public int count() {
    return addresses.length;
  }

  /** Run-time address of a symbol; that of a per-CPU symbol may be an offset, near zero. */
  public long address(int symbol) {
    return addresses[symbol];
  }

  /** What nm prints as its type: {@code T}, {@code t}, {@code d}, ... */
  public char type(int symbol) {
    int at = start(symbol);
    byte[] token = at < starts[symbol + 1] ? tokens.text(names[at]) : NO_TOKEN;
    return token.length > 0 ? (char) (token[0] & 0xff) : '?';
  }

  /** Where the tokens of a name start. */
  private int start(int symbol) {
    return starts[symbol] + (names[starts[symbol]] < 0 ? 2 : 1);
  }

  /** As the source has it: without what link-time optimisation added. */
  public String name(int symbol) {
    byte[] text = new byte[KallsymsTokens.MAX_LENGTH];
    int length = Math.min(expand(symbol, text), text.length);
    return length <= 1
        ? ""
        : new String(text, 1, PlainNames.length(text, 1, length - 1), ISO_8859_1);
  }

  /**
   * How far it is to the next symbol that is elsewhere, as the kernel takes for a symbol's size; 0
   * for the last of the kernel and of the per-CPU symbols, which mark an end.
   */
  public long size(int symbol) {
    int next = symbol + 1;
    while (next < addresses.length && addresses[next] == addresses[symbol]) {
      next++;
    }
    boolean endsPerCpu = symbol <= lastPerCpu && next > lastPerCpu;
    if (symbol >= end && addresses[symbol] != addresses[end]) {
      long restOfPage = PAGE - (addresses[symbol] & (PAGE - 1));
      return next == addresses.length
          ? restOfPage
          : Math.min(restOfPage, addresses[next] - addresses[symbol]);
    }
    boolean isEnd = next == addresses.length || endsPerCpu || symbol >= end;
    return isEnd ? 0 : addresses[next] - addresses[symbol];
  }

  /** Whether the dump has all of the table. */
  public boolean isWhole() {
    return whole;
  }

  /** What is to be told of an address for {@link #digest}. */
  @FunctionalInterface
  public interface Told {
    long of(char type, long address);
  }

  /** A number that is another where names, types or what is told of addresses differ. */
  public long digest(Told told) {
    CRC32C ofNames = new CRC32C();
    ofNames.update(names);
    for (int i = 0; i < KallsymsTokens.COUNT; i++) {
      ofNames.update(tokens.text((byte) i));
      ofNames.update(0);
    }
    CRC32C ofAddresses = new CRC32C();
    ByteBuffer chunk = ByteBuffer.allocate(1 << 13);
    for (int i = 0; i < addresses.length; i++) {
      chunk.putLong(told.of(type(i), addresses[i]));
      if (!chunk.hasRemaining()) {
        ofAddresses.update(chunk.flip());
        chunk.clear();
      }
    }
    ofAddresses.update(chunk.flip());
    return ofNames.getValue() << Integer.SIZE | ofAddresses.getValue();
  }

  /** Receives symbols; the array is used again for the next one. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * @param name holds the name, in ISO-8859-1, from {@code start} for {@code length} bytes
     */
    void visit(int symbol, byte[] name, int start, int length, char type, long address);
  }

  /** All symbols, in the order of the table: ascending addresses. Allocates nothing for each. */
  public void forEach(Visitor visitor) {
    byte[] text = new byte[KallsymsTokens.MAX_LENGTH];
    for (int i = 0; i < addresses.length; i++) {
      int length = Math.min(expand(i, text), text.length);
      if (length > 1) {
        int plain = PlainNames.length(text, 1, length - 1);
        visitor.visit(i, text, 1, plain, (char) (text[0] & 0xff), addresses[i]);
      }
    }
  }

  /** Receives the hash of a symbol's plain name, see {@link NameHashes}. */
  @FunctionalInterface
  interface HashVisitor {
    void visit(int symbol, int hash);
  }

  /** All symbols that have a name, in the order of the table. */
  void forEachHash(HashVisitor visitor) {
    NameHashes hashes = new NameHashes(tokens);
    byte[] text = new byte[KallsymsTokens.MAX_LENGTH];
    for (int i = 0; i < addresses.length; i++) {
      int from = start(i);
      int to = starts[i + 1];
      if (hashes.needText(names, from, to)) {
        int length = Math.min(expand(i, text), text.length);
        if (length > 1) {
          visitor.visit(i, NameHashes.of(text, 1, PlainNames.length(text, 1, length - 1)));
        }
      } else if (!hashes.isEmpty(names, from, to)) {
        visitor.visit(i, hashes.ofTokens(names, from, to));
      }
    }
  }

  /**
   * The symbol that an address is in: the nearest below it, and of several there the first, as the
   * kernel itself prints it. An address beyond the last symbol is in none.
   */
  public OptionalInt at(long address) {
    int low = 0;
    int high = addresses.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(addresses[middle], address) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    int symbol = low - 1;
    while (symbol > 0 && addresses[symbol - 1] == addresses[symbol]) {
      symbol--;
    }
    if (symbol < 0) {
      return OptionalInt.empty();
    }
    long size = size(symbol);
    boolean isBehindEnd = symbol >= end && address - addresses[symbol] >= size;
    return address != addresses[symbol] && (size == 0 || isBehindEnd)
        ? OptionalInt.empty()
        : OptionalInt.of(symbol);
  }

  @Override
  public Map<String, Long> find(Set<String> wanted) {
    return index.get().find(wanted);
  }

  /**
   * Expands a name with its type character into {@code destination}, as far as it fits.
   *
   * @return its whole length
   */
  int expand(int symbol, byte[] destination) {
    int at = start(symbol);
    int done = 0;
    for (; at < starts[symbol + 1]; at++) {
      byte[] token = tokens.text(names[at]);
      int room = Math.min(token.length, destination.length - done);
      if (room > 0) {
        System.arraycopy(token, 0, destination, done, room);
      }
      done += token.length;
    }
    return done;
  }
}
