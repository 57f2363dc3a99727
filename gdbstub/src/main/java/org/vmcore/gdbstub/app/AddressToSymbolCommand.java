package org.vmcore.gdbstub.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.vmcore.gdbstub.inspect.query.HexAddress;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.view.Fields;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Json;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.machine.CrashedMachine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code addr2sym VMCORE ADDRESS...}. */
@Command(
    name = "addr2sym",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Tell which function or variable of the kernel or a module each address is in, by the dump's"
          + " own symbols.",
      "",
      "Without an ADDRESS, they are read from standard input, one on a line. An address that is in"
          + " nothing known is shown as '??', and the exit code is 1."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  vmcore-gdbserver addr2sym vmcore 0xffffffff97600010 ffffffffc02c8067",
      "  grep -oE 'ffffffff[0-9a-f]{8}' oops.txt | vmcore-gdbserver addr2sym vmcore"
    })
final class AddressToSymbolCommand implements Callable<Integer> {
  /** Of its JSON; see {@link org.vmcore.gdbstub.inspect.query.Query#version}. */
  static final int VERSION = 2;

  @Parameters(index = "0", paramLabel = "VMCORE", description = "The dump file.")
  private Path vmcore = Path.of("");

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "ADDRESS",
      description = "Run-time addresses, hexadecimal, with or without 0x.")
  private List<String> addresses = new ArrayList<>();

  @Option(names = "--json", description = "Print JSON for scripts.")
  private boolean json;

  @Mixin private DumpOptions options = new DumpOptions();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    List<Long> wanted = new ArrayList<>();
    for (String text : addresses.isEmpty() ? standardInput() : addresses) {
      wanted.add(parse(text));
    }
    try (CrashedMachine machine = options.open(List.of(vmcore))) {
      if (machine.linux().kallsyms().isEmpty()) {
        throw new IOException(
            vmcore + ": the kernel's symbol table (kallsyms) is not in this dump");
      }
      SymbolNames names = machine.linux().symbolNames();
      List<Found> found = new ArrayList<>();
      boolean all = true;
      Text out = new Text(System.out::print, machine.pointerBytes() * 2);
      for (long address : wanted) {
        Optional<Located> located = names.at(address);
        all &= located.isPresent();
        Found one = Found.of(address, located);
        found.add(one);
        if (!json) {
          one.print(out);
          Output.shown();
        }
      }
      if (json) {
        Json.document(Output.writer(), "addr2sym", VERSION, new Answer(found));
      }
      return all ? 0 : 1;
    }
  }

  private static List<String> standardInput() throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.ISO_8859_1));
    List<String> found = new ArrayList<>();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (!line.isBlank()) {
        found.add(line.strip());
      }
    }
    return found;
  }

  private long parse(String text) {
    try {
      return HexAddress.parse(text);
    } catch (NoAnswerException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  /** In the order of the addresses. */
  record Answer(List<Found> addresses) {}

  /**
   * What an address is in; of one that is in nothing known, the address alone.
   *
   * @param type nm's letter
   * @param offset of the address from the symbol, in bytes
   * @param module that the symbol is of
   */
  record Found(
      @Hex long address,
      Optional<String> symbol,
      Optional<Character> type,
      OptionalLong offset,
      Optional<String> module) {
    static Found of(long address, Optional<Located> located) {
      return new Found(
          address,
          located.map(found -> found.symbol().name()),
          located.map(found -> found.symbol().type()),
          located.map(found -> OptionalLong.of(found.offset())).orElse(OptionalLong.empty()),
          located.flatMap(found -> found.symbol().module()));
    }

    /** Laid out as crash's {@code sym}. */
    void print(Text out) {
      if (symbol.isEmpty()) {
        out.print("%016x ??\n", address);
        return;
      }
      long from = offset.orElse(0);
      out.print(
          "%016x (%c) %s%s%s\n",
          address,
          type.orElse('?'),
          symbol.get(),
          from == 0 ? "" : "+" + Fields.hex(from),
          module.map(name -> " [" + name + "]").orElse(""));
    }
  }
}
