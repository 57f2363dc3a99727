package org.vmcore.gdbstub.inspect.code;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.Disassembler;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.arch.paging.VirtualRead;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.HexAddress;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Place;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.symbols.SourceRow;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.KernelReadException.Reason;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dis}, laid out after the command of that name in crash. */
@Command(
    name = "dis",
    description = "Show the instructions of a function, or at an address.",
    footer =
        """
        All of a function that is named, one instruction at an address, or COUNT of them. As memory
        had them, so with what the kernel patched. Of x86-64 and arm64; for other machines it tells
        how gdb does it. Lines of source take a vmlinux, those of modules their files (--debug-dir).
          dis vfs_write
          dis -rl ffffffff812b6b67
          dis -f schedule+64 10
        """)
public final class Dis extends Query<Dis.Answer> {
  /** Longer than any function. */
  private static final int MAX_BYTES = 1 << 20;

  /** Read at once of what has no known end. */
  private static final int CHUNK = 4096;

  @Parameters(
      arity = "1..2",
      paramLabel = "ADDRESS|NAME [COUNT]",
      hideParamSyntax = true,
      description = "Where; and how many instructions.")
  private List<String> words = List.of();

  @Option(names = "-r", description = "From the function's start up to the address.")
  private boolean reverse;

  @Option(names = "-f", description = "From the address up to the function's end.")
  private boolean forward;

  @Option(names = "-l", description = "With the lines of source.")
  private boolean lines;

  @Option(names = "-s", description = "The file and line of source alone.")
  private boolean source;

  @Option(names = "-u", description = "Of the selected task's program.")
  private boolean user;

  @Option(names = "--bytes", description = "With the bytes of each.")
  private boolean bytes;

  @Option(names = "-x", description = "Offsets in functions in hexadecimal.")
  private boolean hexadecimal;

  @Option(
      names = "-b",
      arity = "0..1",
      fallbackValue = "",
      hidden = true,
      description = "What crash skips behind the instruction of a BUG; nothing is skipped here.")
  private @Nullable String skipped;

  /** */
  sealed interface Answer permits Instructions, Source {}

  /** In the order of memory. */
  record Instructions(Rows<Instruction> instructions) implements Answer {}

  /**
   * An instruction.
   *
   * @param function that it is in, and {@code offset} in that
   * @param bytes of it, in hexadecimal
   * @param text as the GNU assembler takes it
   * @param target of a jump or call, or what is named relative to it
   * @param targetName what is there
   * @param source line
   */
  record Instruction(
      @Hex long address,
      Optional<String> function,
      OptionalLong offset,
      String bytes,
      String text,
      @Hex OptionalLong target,
      Optional<String> targetName,
      Optional<SourceRow> source) {}

  /** Where a function is written. */
  record Source(String file, int line) implements Answer {}

  /** What is shown: from an address up to an end, or a number of instructions. */
  private record Range(long start, long end, long count) {}

  @Override
  public List<String> takesForNothing() {
    return List.of("-d");
  }

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (isMoreThanOne(reverse, forward, source)) {
      throw NoAnswerException.usage("takes one of -r, -f and -s");
    }
    if (skipped != null && !skipped.matches("\\d*")) {
      throw NoAnswerException.usage("-b takes a number");
    }
    SymbolNames symbols = call.symbols();
    long address = user ? HexAddress.parse(words.get(0)) : Place.parse(symbols, words.get(0));
    if (source) {
      return SourceRow.of(call.machine(), address)
          .map(row -> new Source(row.file(), row.line()))
          .orElseThrow(
              () ->
                  NoAnswerException.notThere(
                      "neither a vmlinux nor a module's file tells the line of " + words.get(0)));
    }
    Disassembler disassembler = disassembler(call);
    boolean isCount = words.size() > 1;
    long count = isCount ? Place.number(words.get(1)) : Long.MAX_VALUE;
    boolean named = !words.get(0).matches("(0[xX])?[0-9a-fA-F]+([+-].*)?");
    Range range = range(call, address, count, isCount, named && !words.get(0).matches(".*[+-].*"));
    VirtualMemory memory = user ? call.memory() : call.machine().kernelSpace().virtual();
    return new Instructions(
        Rows.of(call, out -> new Reader(call, disassembler, memory).read(range, out)));
  }

  /** Of the machine's architecture, which gdb may know and this does not. */
  static Disassembler disassembler(Call call) throws MissingFactException {
    Architecture architecture = call.machine().requireArchitecture();
    return architecture
        .disassembler()
        .orElseThrow(
            () ->
                new MissingFactException(
                    ("instructions of %s are not told apart here; gdb does:"
                            + " 'vmcore-gdbserver gdb VMCORE', then 'disassemble NAME' or"
                            + " 'x/20i ADDRESS'")
                        .formatted(architecture.name())));
  }

  private Range range(Call call, long address, long count, boolean isCount, boolean whole)
      throws NoAnswerException, MissingFactException {
    if (user) {
      return new Range(address, -1, isCount ? count : 1);
    }
    SymbolNames symbols = call.symbols();
    Optional<Located> at = symbols.at(address);
    long start = address - at.map(Located::offset).orElse(0L);
    if (reverse) {
      if (at.isEmpty()) {
        throw NoAnswerException.notThere("no function is known at " + words.get(0));
      }
      return new Range(start, address + 1, Long.MAX_VALUE);
    }
    long end =
        at.flatMap(found -> symbols.behind(found.symbol()))
            .map(SymbolNames.Named::address)
            .filter(next -> Long.compareUnsigned(next - address, MAX_BYTES) < 0)
            .orElse(address + CHUNK);
    return forward || (whole && !isCount)
        ? new Range(address, end, count)
        : new Range(address, -1, isCount ? count : 1);
  }

  /** Reads and names instructions. */
  private final class Reader {
    private final Call call;
    private final Disassembler disassembler;
    private final VirtualMemory memory;
    private final SymbolNames symbols;

    Reader(Call call, Disassembler disassembler, VirtualMemory memory) throws MissingFactException {
      this.call = call;
      this.disassembler = disassembler;
      this.memory = memory;
      this.symbols = call.symbols();
    }

    void read(Range range, Consumer<Instruction> out) throws KernelReadException {
      byte[] code = new byte[CHUNK];
      long from = range.start();
      int got = 0;
      long at = range.start();
      for (long shown = 0; shown < range.count(); shown++) {
        if (range.end() != -1 && Long.compareUnsigned(at, range.end()) >= 0) {
          return;
        }
        int offset = (int) (at - from);
        if (shown == 0 || got - offset < disassembler.longest()) {
          from = at;
          offset = 0;
          got = fill(code, at);
        }
        byte[] known = got == code.length ? code : Arrays.copyOf(code, got);
        Disassembler.Instruction one = disassembler.at(known, offset, at);
        out.accept(row(one, at, known, offset));
        at += one.length();
      }
    }

    private int fill(byte[] code, long at) throws KernelReadException {
      VirtualRead read = memory.read(at, code, 0, code.length);
      Fault fault = read.fault();
      if (read.length() == 0) {
        throw new KernelReadException(
            Reason.UNREADABLE, fault == null ? "no memory" : fault.message());
      }
      return read.length();
    }

    private Instruction row(Disassembler.Instruction one, long at, byte[] code, int offset) {
      Optional<Located> in = user ? Optional.empty() : symbols.at(at);
      StringBuilder hex = new StringBuilder();
      for (int i = 0; i < one.length(); i++) {
        hex.append(Text.format("%02x", code[offset + i]));
      }
      OptionalLong target = one.target().isPresent() ? one.target() : one.reference();
      Optional<String> name =
          user || target.isEmpty()
              ? Optional.empty()
              : symbols.at(target.getAsLong()).map(Dis.this::place);
      return new Instruction(
          at,
          in.map(found -> found.symbol().name()),
          in.map(found -> OptionalLong.of(found.offset())).orElse(OptionalLong.empty()),
          hex.toString(),
          one.text() + (one.reference().isPresent() ? "        # " : ""),
          target,
          name,
          lines && in.isPresent() ? SourceRow.of(call.machine(), at) : Optional.empty());
    }
  }

  private String place(Located found) {
    return place(found.symbol().name(), found.offset());
  }

  private String place(String name, long offset) {
    return offset == 0
        ? name
        : name + "+" + (hexadecimal ? "0x" + Long.toHexString(offset) : String.valueOf(offset));
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer instanceof Source one) {
      out.print("FILE: %s\nLINE: %d\n\n", one.file(), one.line());
      out.print("dis: %s: source code is not available\n\n", words.get(0));
    } else if (answer instanceof Instructions all) {
      String[] before = {""};
      int unused =
          all.instructions()
              .forEach(
                  one -> {
                    String line = one.source().map(SourceRow::text).orElse("");
                    if (!line.isEmpty() && !line.equals(before[0])) {
                      out.print("%s\n", line);
                      before[0] = line;
                    }
                    print(one, out);
                  });
    }
  }

  private void print(Instruction one, Text out) {
    String where =
        one.function()
            .map(name -> Text.format(" <%s>", place(name, one.offset().orElse(0))))
            .orElse("");
    out.print("0x%x%s:\t", one.address(), where);
    if (bytes) {
      out.print("%s\t", one.bytes().replaceAll("(..)(?!$)", "$1 "));
    }
    out.lay(one.text());
    if (one.target().isPresent()) {
      out.print("0x%x", one.target().getAsLong());
      one.targetName().ifPresent(name -> out.print(" <%s>", name));
    }
    out.lay("\n");
  }
}
