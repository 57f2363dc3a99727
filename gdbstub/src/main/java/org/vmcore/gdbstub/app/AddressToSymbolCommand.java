package org.vmcore.gdbstub.app;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
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
  private static final Gson JSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

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
      List<Map<String, Object>> found = new ArrayList<>();
      boolean all = true;
      for (long address : wanted) {
        Optional<Located> located = names.at(address);
        all &= located.isPresent();
        found.add(fields(address, located));
        if (!json) {
          System.out.println(line(address, located));
        }
      }
      if (json) {
        System.out.println(JSON.toJson(found));
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
    String digits = text.startsWith("0x") || text.startsWith("0X") ? text.substring(2) : text;
    try {
      return Long.parseUnsignedLong(digits, 16);
    } catch (NumberFormatException e) {
      throw new ParameterException(
          spec.commandLine(), "'" + text + "' is not a hexadecimal address", e);
    }
  }

  /** Laid out as crash's {@code sym}. */
  private static String line(long address, Optional<Located> located) {
    if (located.isEmpty()) {
      return "%016x ??".formatted(address);
    }
    SymbolNames.Named symbol = located.get().symbol();
    long offset = located.get().offset();
    return "%016x (%s) %s%s%s"
        .formatted(
            address,
            symbol.type(),
            symbol.name(),
            offset == 0 ? "" : "+0x" + Long.toHexString(offset),
            symbol.module().map(module -> " [" + module + "]").orElse(""));
  }

  private static Map<String, Object> fields(long address, Optional<Located> located) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("address", "0x" + Long.toHexString(address));
    located.ifPresent(
        found -> {
          fields.put("symbol", found.symbol().name());
          fields.put("type", String.valueOf(found.symbol().type()));
          fields.put("offset", found.offset());
          found.symbol().module().ifPresent(module -> fields.put("module", module));
        });
    return fields;
  }
}
