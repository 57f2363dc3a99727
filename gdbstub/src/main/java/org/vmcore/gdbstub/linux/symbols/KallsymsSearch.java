package org.vmcore.gdbstub.linux.symbols;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.paging.ExpectedImage;
import org.vmcore.gdbstub.linux.memory.ImageWindows;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.KallsymsLayout.Meaning;
import org.vmcore.gdbstub.linux.symbols.KallsymsLayout.Values;

/**
 * Finds kallsyms by its shape in the kernel's image, for kernels before 6.0, whose VMCOREINFO is
 * silent about it. Linux scripts/kallsyms.c, write_src, has put the tables down in these orders,
 * each aligned to a word (since 2026 to 4 bytes):
 *
 * <pre>
 * to 6.3:     (addresses | offsets relative_base) num_syms names markers [seqs] token_table
 *             token_index
 * since 6.4:  num_syms names markers token_table token_index (addresses | offsets [relative_base])
 *             seqs
 * </pre>
 *
 * (commit 404bad70fcf7, "scripts/kallsyms: change the output order"). The token table is found
 * first: every digit occurs in some symbol, so its tokens of '0' to '9' are these characters
 * themselves, each with its NUL. token_index follows it and proves it. names is the place before it
 * where a count is followed by that many names and the right markers. Values are whatever then is
 * ascending and agrees with known symbols.
 */
final class KallsymsSearch {
  private static final byte[] DIGITS =
      "0\0001\0002\0003\0004\0005\0006\0007\0008\0009\000".getBytes(ISO_8859_1);

  private static final int WINDOW = 1 << 20;
  private static final int PAGE = 4096;

  /** More than the token table and its index take. */
  private static final int TOKENS_REACH = KallsymsTokens.COUNT * 64;

  /** How far before the token table the names may start: four times what a full kernel has. */
  private static final int NAMES_REACH = 16 << 20;

  /** How far they mostly do. */
  private static final int USUAL_REACH = 2 << 20;

  /** Each 256th name has a marker. */
  private static final int MARKED = 256;

  /** What a name can start with: the letters of nm. */
  private static final String TYPES = "aAbBcCdDgGiInNrRsStTuUvVwW?-";

  private final KernelMemory memory;
  private final Map<String, Long> known;

  private KallsymsSearch(KernelMemory memory, Map<String, Long> known) {
    this.memory = memory;
    this.known = known;
  }

  /**
   * Searches first from the kernel's data downwards: the tables are the last of what is only read.
   *
   * @param imageStart an address in the kernel's text or before it
   * @param data that of its first known variable; empty where none is known
   * @param known run-time addresses of a few symbols, which the table must agree with
   */
  static Optional<KallsymsLayout> find(
      KernelMemory memory, long imageStart, OptionalLong data, Map<String, Long> known) {
    KallsymsSearch search = new KallsymsSearch(memory, known);
    Optional<KallsymsLayout> found = Optional.empty();
    if (data.isPresent()) {
      long end = data.getAsLong() & -PAGE;
      memory.willRead(end - ExpectedImage.BEFORE_VARIABLES, ExpectedImage.BEFORE_VARIABLES);
      found = ImageWindows.searchBelow(memory, imageStart, end, DIGITS.length, search::in);
    }
    return found.isPresent()
        ? found
        : ImageWindows.search(memory, imageStart, DIGITS.length, search::in);
  }

  private Optional<KallsymsLayout> in(long at, byte[] window, int length) {
    for (int hit = digits(window, 0, length); hit >= 0; hit = digits(window, hit + 1, length)) {
      Optional<KallsymsLayout> found = tokenTable(at + hit).flatMap(this::names);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static int digits(byte[] bytes, int from, int length) {
    for (int i = from; i <= length - DIGITS.length; i++) {
      if (bytes[i] == DIGITS[0]
          && Arrays.equals(bytes, i, i + DIGITS.length, DIGITS, 0, DIGITS.length)) {
        return i;
      }
    }
    return -1;
  }

  private record TokenTable(long address, long index, KallsymsTokens tokens) {}

  /**
   * @param zero address of the token of '0'
   */
  private Optional<TokenTable> tokenTable(long zero) {
    byte[] after = memory.upTo(zero, TOKENS_REACH);
    int end = 0;
    for (int token = '0'; token < KallsymsTokens.COUNT; token++) {
      while (end < after.length && after[end] != 0) {
        end++;
      }
      end++;
    }
    for (int align : new int[] {Integer.BYTES, Long.BYTES}) {
      long index = alignUp(zero + end, align);
      Optional<ByteBuffer> starts =
          memory.bytes(index, KallsymsTokens.COUNT * Short.BYTES).filter(this::isTokenIndex);
      if (starts.isPresent()) {
        long table = zero - KallsymsTokens.start(starts.get(), '0');
        Optional<KallsymsTokens> tokens =
            KallsymsTokens.parse(memory.upTo(table, (int) (index - table)), starts.get());
        if (tokens.isPresent()) {
          return Optional.of(new TokenTable(table, index, tokens.get()));
        }
      }
    }
    return Optional.empty();
  }

  private boolean isTokenIndex(ByteBuffer starts) {
    boolean ascending = starts.getShort(0) == 0;
    for (int i = 1; i < KallsymsTokens.COUNT; i++) {
      ascending &= KallsymsTokens.start(starts, i) > KallsymsTokens.start(starts, i - 1);
    }
    return ascending;
  }

  private Optional<KallsymsLayout> names(TokenTable table) {
    int seen = Integer.BYTES;
    for (int reach = USUAL_REACH; ; reach *= 2) {
      byte[] before = upToBackwards(table.address(), reach);
      Optional<KallsymsLayout> found = names(table, before, seen);
      if (found.isPresent() || before.length < reach || reach == NAMES_REACH) {
        return found;
      }
      seen = before.length;
    }
  }

  /**
   * @param before all bytes up to the table
   * @param seen how many of the last of them no table starts in
   */
  private Optional<KallsymsLayout> names(TokenTable table, byte[] before, int seen) {
    long origin = table.address() - before.length;
    ByteBuffer buffer = ByteBuffer.wrap(before).order(memory.byteOrder());
    for (int at = before.length - seen - Integer.BYTES; at >= 0; at -= Integer.BYTES) {
      int count = buffer.getInt(at);
      if (count > MARKED
          && count <= Math.min(KallsymsLayout.MAX_SYMBOLS, (before.length - at) / 2)) {
        // num_syms is 4 bytes, or a word until 5.0; names follow at the next boundary.
        for (int gap : new int[] {Integer.BYTES, Long.BYTES}) {
          if (areNames(buffer, at + gap, count, table.tokens())) {
            Optional<KallsymsLayout> found =
                withValues(table, origin + at, origin + at + gap, count);
            if (found.isPresent()) {
              return found;
            }
          }
        }
      }
    }
    return Optional.empty();
  }

  /** The bytes before an address, down to the first that cannot be read. */
  private byte[] upToBackwards(long end, int length) {
    byte[] bytes = new byte[length];
    int got = 0;
    for (int step : new int[] {WINDOW, PAGE, Long.BYTES}) {
      while (got + step <= length && read(end - got - step, bytes, length - got - step, step)) {
        got += step;
      }
    }
    return Arrays.copyOfRange(bytes, length - got, length);
  }

  private boolean read(long from, byte[] bytes, int offset, int length) {
    return memory.memory().read(memory.truncate(from), bytes, offset, length).isComplete();
  }

  private boolean areNames(ByteBuffer bytes, int start, int count, KallsymsTokens tokens) {
    int at = start;
    int marked = 0;
    for (int i = 0; i < count; i++) {
      if (i == MARKED) {
        marked = at - start;
      }
      if (at + 2 >= bytes.limit()) {
        return false;
      }
      int length = bytes.get(at++) & 0xff;
      if (length >= 0x80) {
        length = (length & 0x7f) | (bytes.get(at++) & 0xff) << 7;
      }
      if (length == 0 || length > KallsymsTokens.MAX_LENGTH || at + length >= bytes.limit()) {
        return false;
      }
      byte[] first = tokens.text(bytes.get(at));
      if (first.length == 0 || TYPES.indexOf(first[0]) < 0) {
        return false;
      }
      at += length;
    }
    return hasMarkers(bytes, at, marked);
  }

  /** markers: each 32 bits, or a word until 5.0. */
  private boolean hasMarkers(ByteBuffer bytes, int namesEnd, int second) {
    int padding = (int) (alignUp(namesEnd, Long.BYTES) - namesEnd);
    for (int at = namesEnd; at <= namesEnd + padding; at++) {
      if (at + 2 * Long.BYTES <= bytes.limit()
          && bytes.getInt(at) == 0
          && (bytes.getInt(at + Integer.BYTES) == second
              || (bytes.getLong(at) == 0 && bytes.getLong(at + Long.BYTES) == second))) {
        return true;
      }
    }
    return false;
  }

  private Optional<KallsymsLayout> withValues(
      TokenTable table, long countAt, long names, int count) {
    for (Values candidate : candidates(table, countAt, count)) {
      if (isAscending(memory, candidate, count)) {
        KallsymsLayout layout = candidate.layout(names, table.address(), count, table.tokens());
        if (agrees(layout)) {
          return Optional.of(layout);
        }
      }
    }
    return Optional.empty();
  }

  private List<Values> candidates(TokenTable table, long countAt, int count) {
    List<Values> candidates = new ArrayList<>();
    int word = memory.wordBytes();
    long offsetBytes = (long) count * Integer.BYTES;
    long numSyms = countAt & -word;
    long after = alignUp(table.index() + KallsymsTokens.COUNT * Short.BYTES, word);
    long baseBefore = numSyms - word;
    addRelative(candidates, baseBefore - alignUp(offsetBytes, word), baseBefore, count);
    addRelative(candidates, after, alignUp(after + offsetBytes, word), count);
    candidates.add(new Values(numSyms - (long) count * word, Meaning.ADDRESS, 0));
    candidates.add(new Values(after, Meaning.ADDRESS, 0));
    long packed = table.index() + KallsymsTokens.COUNT * Short.BYTES;
    candidates.add(new Values(packed, Meaning.PLACE_RELATIVE, 0));
    if (word == Integer.BYTES) {
      candidates.add(new Values(packed, Meaning.ADDRESS_32, 0));
    }
    return candidates;
  }

  private void addRelative(List<Values> candidates, long offsets, long baseAt, int count) {
    OptionalLong base = memory.word(baseAt);
    if (base.isPresent()) {
      candidates.add(KallsymsLayout.relativeTo(memory, offsets, base.getAsLong(), count));
    }
  }

  /** Whether the addresses are readable and in order, as scripts/kallsyms.c sorts them. */
  static boolean isAscending(KernelMemory memory, Values values, int count) {
    int size = values.meaning().bytes(memory);
    Optional<ByteBuffer> table = memory.bytes(values.values(), count * size);
    if (table.isEmpty()) {
      return false;
    }
    long last = 0;
    for (int i = 0; i < count; i++) {
      long address =
          values.meaning().address(memory, table.get(), i, values.values(), values.base());
      if (Long.compareUnsigned(address, last) < 0) {
        return false;
      }
      last = address;
    }
    return last != 0;
  }

  private boolean agrees(KallsymsLayout layout) {
    Optional<Kallsyms> table = KallsymsReader.read(memory, layout);
    if (table.isEmpty()) {
      return false;
    }
    Map<String, Long> found = table.get().find(known.keySet());
    return found.entrySet().stream().allMatch(e -> e.getValue().equals(known.get(e.getKey())));
  }

  private static long alignUp(long value, int alignment) {
    return (value + alignment - 1) & -alignment;
  }
}
