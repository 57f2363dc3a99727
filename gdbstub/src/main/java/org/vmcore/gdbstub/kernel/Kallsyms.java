package org.vmcore.gdbstub.kernel;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.dumpreader.Vmcoreinfo;

/**
 * The kernel's own symbol table, where VMCOREINFO tells its place: since Linux 6.0 (commit
 * 5fd8fea935a1, "vmcoreinfo: include kallsyms symbols").
 *
 * <pre>
 * kallsyms_num_syms      u32                number of symbols
 * kallsyms_names         { length, token[length] }*
 *                                           length is one byte, or two (7 bits, then 8) when the
 *                                           first has bit 7 set (since 6.1, commit 73bbb94466fd,
 *                                           "kallsyms: support "big" kernel symbols")
 * kallsyms_token_table   NUL-terminated strings, 256 of them
 * kallsyms_token_index   u16[256]           where each starts
 * kallsyms_offsets       s32[num_syms]      see {@link #address}
 * kallsyms_relative_base word
 * </pre>
 *
 * The first character of an expanded name is the symbol's type as nm prints it (Linux
 * kernel/kallsyms.c, scripts/kallsyms.c).
 */
final class Kallsyms implements SymbolTable {
  private static final int TOKENS = 256;

  /** More than any kernel has; a guard against garbage. */
  private static final int MAX_SYMBOLS = 1 << 23;

  /** KSYM_NAME_LEN is 512 since 6.1, and the longest token is shorter than that. */
  private static final int MAX_TOKEN = 512;

  private static final int CHUNK = 1 << 16;

  private final KernelMemory memory;
  private final long names;
  private final int count;
  private final byte[][] tokens;
  private final long offsets;
  private final long relativeBase;
  private final boolean absolutePerCpu;

  private Kallsyms(
      KernelMemory memory,
      long names,
      int count,
      byte[][] tokens,
      long offsets,
      long relativeBase) {
    this.memory = memory;
    this.names = names;
    this.count = count;
    this.tokens = tokens;
    this.offsets = offsets;
    this.relativeBase = relativeBase;
    this.absolutePerCpu = hasAbsolutePerCpu();
  }

  /** Empty when VMCOREINFO does not name the table or its head cannot be read. */
  static Optional<SymbolTable> open(KernelMemory memory, Vmcoreinfo vmcoreinfo) {
    OptionalLong names = vmcoreinfo.symbol("kallsyms_names");
    OptionalLong numSyms = vmcoreinfo.symbol("kallsyms_num_syms");
    OptionalLong tokenTable = vmcoreinfo.symbol("kallsyms_token_table");
    OptionalLong tokenIndex = vmcoreinfo.symbol("kallsyms_token_index");
    OptionalLong offsets = vmcoreinfo.symbol("kallsyms_offsets");
    OptionalLong base = vmcoreinfo.symbol("kallsyms_relative_base");
    if (names.isEmpty()
        || numSyms.isEmpty()
        || tokenTable.isEmpty()
        || tokenIndex.isEmpty()
        || offsets.isEmpty()
        || base.isEmpty()) {
      return Optional.empty();
    }
    OptionalInt count = memory.int32(numSyms.getAsLong());
    OptionalLong relativeBase = memory.word(base.getAsLong());
    Optional<byte[][]> tokens = readTokens(memory, tokenTable.getAsLong(), tokenIndex.getAsLong());
    if (count.isEmpty()
        || count.getAsInt() <= 0
        || count.getAsInt() > MAX_SYMBOLS
        || relativeBase.isEmpty()
        || tokens.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Kallsyms(
            memory,
            names.getAsLong(),
            count.getAsInt(),
            tokens.get(),
            offsets.getAsLong(),
            relativeBase.getAsLong()));
  }

  private static Optional<byte[][]> readTokens(KernelMemory memory, long table, long index) {
    Optional<ByteBuffer> starts = memory.bytes(index, TOKENS * Short.BYTES);
    if (starts.isEmpty()) {
      return Optional.empty();
    }
    byte[][] tokens = new byte[TOKENS][];
    for (int i = 0; i < TOKENS; i++) {
      int start = starts.get().getShort(i * Short.BYTES) & 0xffff;
      byte[] text = new byte[MAX_TOKEN];
      int got = memory.memory().read(table + start, text, 0, MAX_TOKEN).length();
      int length = 0;
      while (length < got && text[length] != 0) {
        length++;
      }
      if (length == got) {
        return Optional.empty();
      }
      tokens[i] = Arrays.copyOf(text, length);
    }
    return Optional.of(tokens);
  }

  @Override
  public Map<String, Long> find(Set<String> wanted) {
    Map<String, Long> found = new HashMap<>();
    int longest = wanted.stream().mapToInt(String::length).max().orElse(0);
    byte[] name = new byte[longest + 1];
    NameStream stream = new NameStream();
    for (int i = 0; i < count && found.size() < wanted.size(); i++) {
      int length = stream.next(name);
      if (length == NameStream.END) {
        break;
      }
      if (length > 1 && length <= name.length) {
        String text = new String(name, 1, length - 1, ISO_8859_1);
        if (wanted.contains(text)) {
          OptionalLong address = address(i);
          if (address.isPresent()) {
            found.putIfAbsent(text, address.getAsLong());
          }
        }
      }
    }
    return found;
  }

  /**
   * The address of symbol {@code i}. With CONFIG_KALLSYMS_ABSOLUTE_PERCPU (x86-64 SMP up to 6.14)
   * an offset of 0 or more is the address of a per-CPU symbol itself and a negative one counts down
   * from the base minus one; else all are unsigned offsets from the base (kernel/kallsyms.c,
   * kallsyms_sym_address). The second kind is never negative: an image spans less than 2 GiB.
   */
  private OptionalLong address(int i) {
    OptionalInt raw = memory.int32(offsets + (long) i * Integer.BYTES);
    if (raw.isEmpty()) {
      return OptionalLong.empty();
    }
    int offset = raw.getAsInt();
    if (offset < 0) {
      return OptionalLong.of(relativeBase - 1 - offset);
    }
    return OptionalLong.of(absolutePerCpu ? offset : relativeBase + offset);
  }

  /** The last symbol is in the image and never per-CPU, so its sign tells how all are meant. */
  private boolean hasAbsolutePerCpu() {
    OptionalInt last = memory.int32(offsets + (count - 1L) * Integer.BYTES);
    return last.isPresent() && last.getAsInt() < 0;
  }

  /** Reads the compressed names one after the other, a chunk of memory at a time. */
  private final class NameStream {
    static final int END = -1;

    private final byte[] chunk = new byte[CHUNK];
    private long chunkAddress = names;
    private int chunkLength;
    private int at;

    /**
     * Expands the next name into {@code destination}, as far as it fits.
     *
     * @return the name's whole length with its type character, or {@link #END} when memory ends
     */
    int next(byte[] destination) {
      int length = nextByte();
      if (length >= 0x80) {
        int high = nextByte();
        length = high == END ? END : (length & 0x7f) | high << 7;
      }
      int done = 0;
      for (int i = 0; i < length; i++) {
        int token = nextByte();
        if (token == END) {
          return END;
        }
        byte[] text = tokens[token];
        int room = Math.max(0, Math.min(text.length, destination.length - done));
        System.arraycopy(text, 0, destination, Math.min(done, destination.length), room);
        done += text.length;
      }
      return length == END ? END : done;
    }

    private int nextByte() {
      if (at == chunkLength) {
        chunkAddress += chunkLength;
        chunkLength = memory.memory().read(chunkAddress, chunk, 0, CHUNK).length();
        at = 0;
        if (chunkLength == 0) {
          return END;
        }
      }
      return chunk[at++] & 0xff;
    }
  }
}
