package org.vmcore.gdbstub.inspect.memory;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.arch.paging.VirtualRead;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.gdbstub.inspect.query.BytesQuery;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Place;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rd}, laid out after the command of that name in crash. */
@Command(
    name = "rd",
    description = "Read memory as numbers or text.",
    footer =
        """
        One word is shown unless COUNT or -e says how many; -a shows the text from there up to its
        end. With -s a word that points at a symbol is shown as that. For example:
          rd jiffies
          rd -a linux_banner
          rd -8 ffff888003a10000 64
        """)
public final class Rd extends BytesQuery<Rd.Answer> {
  private static final int LINE = 16;
  private static final int CHUNK = 4096;

  /** Characters of a text in a line, as in crash. */
  private static final int TEXT_LINE = 60;

  private static final int MAX_TEXT = 1 << 20;
  private static final long MAX_BYTES = 1L << 32;

  @Parameters(
      index = "0",
      paramLabel = "ADDRESS|SYMBOL",
      hideParamSyntax = true,
      description = "From where.")
  private String place = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "[COUNT]",
      hideParamSyntax = true,
      description = "How many; a negative number goes back from there.")
  private @Nullable String count;

  @Option(names = "-p", description = "ADDRESS is physical.")
  private boolean physical;

  @Option(names = "-u", description = "ADDRESS is the task's own.")
  private boolean user;

  @Option(names = "-d", description = "Numbers are decimal, with a sign.")
  private boolean decimal;

  @Option(names = "-D", description = "Numbers are decimal, without a sign.")
  private boolean unsigned;

  @Option(names = "-x", description = "Show no characters beside the numbers.")
  private boolean bare;

  @Option(names = "-s", description = "Show symbols where words point at such.")
  private boolean symbols;

  @Option(names = "-S", description = "The same, and caches where they point at objects of such.")
  private boolean caches;

  @Option(names = "-SS", description = "The same with the words.")
  private boolean cachesAndWords;

  @Option(names = "-a", description = "Show a text.")
  private boolean text;

  @Option(names = "-8", description = "Numbers of one byte.")
  private boolean bytes;

  @Option(names = "-16", description = "Numbers of two bytes.")
  private boolean halves;

  @Option(names = "-32", description = "Numbers of four bytes.")
  private boolean words;

  @Option(names = "-64", description = "Numbers of eight bytes.")
  private boolean doubles;

  @Option(names = "-N", description = "Numbers are in network byte order.")
  private boolean network;

  @Option(names = "-R", description = "Show what comes before ADDRESS, and it as the last.")
  private boolean reverse;

  @Option(names = "-o", paramLabel = "OFFSET", description = "Bytes to add to ADDRESS.")
  private @Nullable String offset;

  @Option(
      names = "-r",
      paramLabel = "FILE",
      description = "Write the bytes to this file; COUNT is of bytes.")
  private @Nullable String output;

  @Option(names = "-e", paramLabel = "END", description = "Up to this address.")
  private @Nullable String end;

  @Option(names = "-f", hidden = true, description = "ADDRESS is an offset in the dump's file.")
  private boolean offsetInFile;

  private long start;
  private long written;

  /**
   * @param size of the numbers in bytes; 0 of text
   * @param bigEndian whether the machine has the highest byte first
   */
  record Answer(int size, boolean bigEndian, Rows<Line> lines) {}

  /**
   * A line of up to 16 bytes, of text up to 60.
   *
   * @param hex its bytes in the order of memory
   * @param meanings of its words, one each, where such were asked for
   */
  record Line(@Hex long address, String hex, List<String> meanings, Optional<String> text) {}

  private interface Memory {
    /** Bytes that were read from there on, fewer than wanted where {@link #why} then tells. */
    int read(long at, byte[] into, int length);

    String why();
  }

  @Override
  public boolean isOfBytes() {
    return output != null;
  }

  @Override
  public Optional<String> output() {
    return Optional.ofNullable(output);
  }

  @Override
  public void write(Answer answer, OutputStream out) throws IOException {
    try {
      int unused =
          answer
              .lines()
              .forEach(
                  line -> {
                    try {
                      byte[] its = HexFormat.of().parseHex(line.hex());
                      out.write(its);
                      written += its.length;
                    } catch (IOException e) {
                      throw new UncheckedIOException(e);
                    }
                  });
    } catch (UncheckedIOException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  @Override
  public Optional<String> copied() {
    return Optional.of(
        Text.format("%d bytes copied from 0x%x to %s", written, start, String.valueOf(output)));
  }

  @Override
  public boolean takesDashes() {
    return true;
  }

  @Override
  public Answer answer(Call call) throws NoAnswerException, MissingFactException {
    if (offsetInFile) {
      throw NoAnswerException.notThere("-f: what the dump's file has somewhere is no memory");
    }
    int size = size(call);
    if (isNamed() && size != call.machine().pointerBytes()) {
      throw NoAnswerException.usage("-s is of words of the machine's size");
    }
    start = Place.parse(call.symbols(), place);
    if (offset != null) {
      start += Place.parse(call.symbols(), offset);
    }
    long wanted = count == null ? 1 : wanted(count);
    long length = Math.multiplyExact(Math.abs(wanted), size);
    if (end != null) {
      long last = Place.parse(call.symbols(), end);
      length = last - start;
    }
    if (wanted < 0 || reverse) {
      start -= length - (reverse ? size : 0);
    }
    if (length < 0 || length > MAX_BYTES) {
      throw NoAnswerException.usage("shows up to 4 GiB, from lower to higher addresses");
    }
    Memory memory = memory(call);
    long first = start;
    long bytesWanted = length;
    boolean big = call.machine().byteOrder() == ByteOrder.BIG_ENDIAN;
    if (text) {
      long limit = count == null && end == null ? -1 : end == null ? Math.abs(wanted) : length;
      return new Answer(0, big, Rows.of(call, out -> text(memory, first, limit, out)));
    }
    WordMeanings meanings =
        new WordMeanings(
            call,
            cachesAndWords
                ? WordMeanings.Objects.WORD_AND_CACHE
                : caches ? WordMeanings.Objects.CACHE : WordMeanings.Objects.NOT);
    return new Answer(
        size,
        big,
        Rows.of(call, out -> lines(call, memory, first, bytesWanted, size, meanings, out)));
  }

  private int size(Call call) throws NoAnswerException {
    if (isMoreThanOne(bytes, halves, words, doubles)) {
      throw NoAnswerException.usage("takes one of -8, -16, -32 and -64");
    }
    return bytes || output != null
        ? 1
        : halves ? 2 : words ? 4 : doubles ? 8 : call.machine().pointerBytes();
  }

  private static long wanted(String count) throws NoAnswerException {
    boolean back = count.startsWith("-");
    long number = Place.number(back ? count.substring(1) : count);
    if (number < 1 || number > MAX_BYTES) {
      throw NoAnswerException.usage("COUNT is 1 or more");
    }
    return back ? -number : number;
  }

  private Memory memory(Call call) throws NoAnswerException, MissingFactException {
    if (isMoreThanOne(physical, user)) {
      throw NoAnswerException.usage("takes one of -p and -u");
    }
    if (physical) {
      PhysicalMemory memory = call.machine().dump().memory();
      return new Memory() {
        private String reason = "";

        @Override
        public int read(long at, byte[] into, int length) {
          PhysicalRead read = memory.read(at, into, 0, length);
          PhysicalFault fault = read.fault();
          reason = fault == null ? "" : fault.message();
          return read.length();
        }

        @Override
        public String why() {
          return reason;
        }
      };
    }
    VirtualMemory memory = user ? call.memory() : call.machine().kernelSpace().virtual();
    return new Memory() {
      private String reason = "";

      @Override
      public int read(long at, byte[] into, int length) {
        VirtualRead read = memory.read(at, into, 0, length);
        Fault fault = read.fault();
        reason = fault == null ? "" : fault.message();
        return read.length();
      }

      @Override
      public String why() {
        return reason;
      }
    };
  }

  /** Reads a page's worth at a time; what cannot be read ends it. */
  private void lines(
      Call call,
      Memory memory,
      long first,
      long length,
      int size,
      WordMeanings meanings,
      Consumer<Line> out)
      throws NoAnswerException {
    for (long done = 0; done < length; ) {
      byte[] chunk = new byte[(int) Math.min(CHUNK, length - done)];
      int got = memory.read(first + done, chunk, chunk.length);
      int whole = got / size * size;
      for (int at = 0; at < whole; at += LINE) {
        byte[] line = Arrays.copyOfRange(chunk, at, Math.min(at + LINE, whole));
        out.accept(line(call, first + done + at, line, size, meanings));
      }
      if (whole < chunk.length) {
        throw NoAnswerException.notThere(memory.why());
      }
      done += whole;
      call.stillBusy();
    }
  }

  private boolean isNamed() {
    return symbols || caches || cachesAndWords;
  }

  private Line line(Call call, long address, byte[] line, int size, WordMeanings meanings) {
    List<String> shown = isNamed() ? meanings(line, size, call, meanings) : List.of();
    return new Line(address, HexFormat.of().formatHex(line), shown, Optional.empty());
  }

  private static List<String> meanings(byte[] line, int size, Call call, WordMeanings meanings) {
    List<String> shown = new ArrayList<>();
    for (int at = 0; at < line.length; at += size) {
      shown.add(meanings.of(MemorySearch.number(line, at, size, call.machine().byteOrder())));
    }
    return shown;
  }

  private static void text(Memory memory, long first, long limit, Consumer<Line> out)
      throws NoAnswerException {
    StringBuilder line = new StringBuilder();
    long at = first;
    long lineAt = first;
    byte[] one = new byte[1];
    while (at - first < (limit < 0 ? MAX_TEXT : limit)) {
      if (memory.read(at, one, 1) == 0) {
        if (at == first) {
          throw NoAnswerException.notThere(memory.why());
        }
        break;
      }
      boolean printable = (one[0] >= ' ' && one[0] <= '~') || one[0] == '\t';
      if (limit < 0 && !printable) {
        break;
      }
      line.append(printable ? (char) one[0] : '.');
      at++;
      if (line.length() == TEXT_LINE) {
        out.accept(textLine(lineAt, line.toString()));
        line.setLength(0);
        lineAt = at;
      }
    }
    if (line.length() > 0) {
      out.accept(textLine(lineAt, line.toString()));
    }
  }

  private static Line textLine(long address, String text) {
    String hex = HexFormat.of().formatHex(text.getBytes(ISO_8859_1));
    return new Line(address, hex, List.of(), Optional.of(text));
  }

  @Override
  public void print(Answer answer, Text out) {
    boolean big = network || answer.bigEndian();
    RdText layout = new RdText(answer.size(), decimal, unsigned, big, bare);
    int unused = answer.lines().forEach(line -> layout.print(line, out));
  }
}
