package org.vmcore.gdbstub.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.dumpreader.Vmcoreinfo;
import org.vmcore.gdbstub.target.CrashedMachine;
import org.vmcore.gdbstub.target.Demo;
import org.vmcore.gdbstub.target.MachineOptions;

class KallsymsTest {
  private static SymbolTable table(CrashedMachine machine) throws Exception {
    KernelMemory memory =
        new KernelMemory(machine.kernelSpace().virtual(), machine.dump().info().byteOrder(), 8);
    return Kallsyms.open(memory, machine.vmcoreinfo().orElseThrow()).orElseThrow();
  }

  @Test
  void findsTheDemosSymbols() throws Exception {
    try (Demo demo = Demo.open()) {
      Map<String, Long> symbols = demo.truth().symbols();

      Map<String, Long> found = table(demo.machine()).find(symbols.keySet());

      assertThat(found).isNotEmpty();
      found.forEach((name, address) -> assertThat(address).as(name).isEqualTo(symbols.get(name)));
      assertThat(found).containsKeys("_text", "panic_cpu", "__cpu_online_mask");
    }
  }

  /** Against what the guest itself read from its /proc/kallsyms before it crashed. */
  @ParameterizedTest
  @CsvSource({
    "kdump-btf-null-deref, vmcore.d31.zlib",
    "kdump-5level-sysrq, vmcore.d31.zstd",
    "kdump-nokaslr-sysrq, vmcore.d31.lzo"
  })
  void agreesWithTheKernelsOwnListing(String folder, String file) throws Exception {
    Path dump = Path.of(System.getProperty("vmcore.corpus", ""), "x86_64", folder);
    assumeThat(dump.resolve(file)).as("the corpus of real dumps is absent").exists();
    Map<String, Set<Long>> listing = listing(dump.resolve("kallsyms.txt.xz"));

    try (CrashedMachine machine =
        CrashedMachine.open(List.of(dump.resolve(file)), MachineOptions.defaults())) {
      Map<String, Long> found = table(machine).find(listing.keySet());

      assertThat(found).hasSameSizeAs(listing);
      found.forEach((name, address) -> assertThat(listing.get(name)).as(name).contains(address));
    }
  }

  /** Names of the kernel itself with all their addresses; modules' names are in brackets. */
  private static Map<String, Set<Long>> listing(Path xz) throws IOException {
    Process unpack = new ProcessBuilder("xz", "-dc", xz.toString()).start();
    Map<String, Set<Long>> listing = new HashMap<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(unpack.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split("\\s+", -1);
        if (words.length == 3) {
          listing
              .computeIfAbsent(words[2], name -> new HashSet<>())
              .add(Long.parseUnsignedLong(words[0], 16));
        }
      }
    }
    return listing;
  }

  @Test
  void aVmcoreinfoWithoutTheTableHasNone() throws Exception {
    try (Demo demo = Demo.open()) {
      KernelMemory memory =
          new KernelMemory(
              demo.machine().kernelSpace().virtual(), demo.machine().dump().info().byteOrder(), 8);
      Vmcoreinfo old = Vmcoreinfo.parse("OSRELEASE=5.10\n".getBytes(StandardCharsets.UTF_8));

      assertThat(Kallsyms.open(memory, old)).isEmpty();
    }
  }
}
