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
          + " own symbols. An address may also be a place as an oops names it:"
          + " vfs_write+0xc1/0x400 [nfs].",
      "",
      "Without an ADDRESS, standard input is read: addresses and places, wherever they stand in a"
          + " line. What is in nothing known is shown as '??', and the exit code is 1."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  vmcore-gdbserver addr2sym vmcore 0xffffffff97600010 ffffffffc02c8067",
      "  vmcore-gdbserver addr2sym vmcore < oops.txt"
    })
final class AddressToSymbolCommand implements Callable<Integer> {
  /** Of its JSON; see {@link org.vmcore.gdbstub.inspect.query.Query#version}. */
  static final int VERSION = 3;

  @Parameters(index = "0", paramLabel = "VMCORE", description = "The dump file.")
  private Path vmcore = Path.of("");

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "ADDRESS",
      description = "Run-time addresses, hexadecimal, or places as an oops names them.")
  private List<String> addresses = new ArrayList<>();

  @Option(names = "--json", description = "Print JSON for scripts.")
  private boolean json;

  @Mixin private DumpOptions options = new DumpOptions();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    List<String> wanted = new ArrayList<>();
    for (String text : addresses) {
      if (!OopsPlaces.isPlace(text)) {
        long unused = parse(text);
      }
      wanted.add(text);
    }
    if (addresses.isEmpty()) {
      wanted.addAll(standardInput());
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
      for (String word : wanted) {
        Found one = find(names, word);
        all &= one.symbol().isPresent();
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
      found.addAll(OopsPlaces.in(line));
    }
    return found;
  }

  private Found find(SymbolNames names, String word) {
    if (!OopsPlaces.isPlace(word)) {
      long address = parse(word);
      return Found.of(address, names.at(address));
    }
    OptionalLong address = OopsPlaces.address(names, word);
    return address.isPresent()
        ? Found.of(address.getAsLong(), names.at(address.getAsLong()))
        : Found.unknown(word);
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
   * What an address is in; of one that is in nothing known, the address alone, or what it was
   * called.
   *
   * @param place that has no address
   * @param type nm's letter
   * @param offset of the address from the symbol, in bytes
   * @param module that the symbol is of
   */
  record Found(
      @Hex OptionalLong address,
      Optional<String> place,
      Optional<String> symbol,
      Optional<Character> type,
      OptionalLong offset,
      Optional<String> module) {
    static Found of(long address, Optional<Located> located) {
      return new Found(
          OptionalLong.of(address),
          Optional.empty(),
          located.map(found -> found.symbol().name()),
          located.map(found -> found.symbol().type()),
          located.map(found -> OptionalLong.of(found.offset())).orElse(OptionalLong.empty()),
          located.flatMap(found -> found.symbol().module()));
    }

    static Found unknown(String place) {
      return new Found(
          OptionalLong.empty(),
          Optional.of(place),
          Optional.empty(),
          Optional.empty(),
          OptionalLong.empty(),
          Optional.empty());
    }

    /** Laid out as crash's {@code sym}. */
    void print(Text out) {
      if (place.isPresent()) {
        out.print("%s ??\n", place.get());
        return;
      } else if (symbol.isEmpty()) {
        out.print("%016x ??\n", address.orElse(0));
        return;
      }
      long from = offset.orElse(0);
      out.print(
          "%016x (%c) %s%s%s\n",
          address.orElse(0),
          type.orElse('?'),
          symbol.get(),
          from == 0 ? "" : "+" + Fields.hex(from),
          module.map(name -> " [" + name + "]").orElse(""));
    }
  }
}
