package org.vmcore.gdbstub.linux.symbols;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.Demo;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.gdbstub.machine.RealDumps;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.RealDump;

class KallsymsTest {
  private static KernelMemory memory(CrashedMachine machine) throws Exception {
    return new KernelMemory(
        machine.kernelSpace().virtual(), machine.byteOrder(), machine.pointerBytes());
  }

  private static Optional<Kallsyms> told(CrashedMachine machine) throws Exception {
    return Kallsyms.open(memory(machine), machine.vmcoreinfo().orElseThrow());
  }

  private static Optional<Kallsyms> byShape(CrashedMachine machine) throws Exception {
    return KallsymsReader.search(memory(machine), machine.vmcoreinfo().orElseThrow());
  }

  @Test
  void findsTheDemosSymbols() throws Exception {
    try (Demo demo = Demo.open()) {
      Map<String, Long> symbols = demo.truth().symbols();

      Map<String, Long> found = told(demo.machine()).orElseThrow().find(symbols.keySet());

      assertThat(found).isNotEmpty();
      found.forEach((name, address) -> assertThat(address).as(name).isEqualTo(symbols.get(name)));
      assertThat(found).containsKeys("_text", "panic_cpu", "__cpu_online_mask");
    }
  }

  /** Against what the guest itself read from its /proc/kallsyms before it crashed. */
  @Test
  void agreesWithTheKernelsOwnListing() throws Exception {
    assertAgrees(RealDump.typed());
  }

  @Tag("slow")
  @ParameterizedTest
  @EnumSource(names = {"RAW_ELF", "FIVE_LEVELS_ZSTD", "NO_KASLR_LZO"})
  void agreesWithTheListingsOfOthers(CorpusDump dump) throws Exception {
    assertAgrees(dump);
  }

  private static void assertAgrees(RealDump dump) throws Exception {
    Map<Long, Set<String>> symbols = symbols(dump.kallsyms(), 0);

    try (CrashedMachine machine = CrashedMachine.open(dump.file(), MachineOptions.defaults())) {
      assertSame(told(machine).orElseThrow(), symbols);
      assertSame(byShape(machine).orElseThrow(), symbols);
    }
  }

  private static void assertSame(Kallsyms table, Map<Long, Set<String>> symbols) {
    Map<Long, Set<String>> all = new HashMap<>();
    table.forEach(
        (symbol, name, start, length, type, address) ->
            all.computeIfAbsent(address, a -> new HashSet<>())
                .add(type + new String(name, start, length, StandardCharsets.ISO_8859_1)));
    assertThat(all).isEqualTo(symbols);
    symbols.forEach(
        (address, names) -> {
          int at = table.at(address).orElseThrow();
          assertThat(names).contains(table.type(at) + table.name(at));
        });
  }

  /** A listing's symbols, type and name, without modules' by their addresses. */
  private static Map<Long, Set<String>> symbols(List<String> listing, long offset) {
    Map<Long, Set<String>> symbols = new HashMap<>();
    for (String line : listing) {
      String[] words = line.split("\\s+", -1);
      if (words.length == 3) {
        symbols
            .computeIfAbsent(
                Long.parseUnsignedLong(words[0], 16) + offset, address -> new HashSet<>())
            .add(words[1] + words[2]);
      }
    }
    return symbols;
  }

  /** Against the kernel's System.map, which has a few more that kallsyms leaves out. */
  @Tag("slow")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "arm64/kdump/vmcore.md-zlib-d31",
        "arm64/qemu/vmcore.elf",
        "arm64-64k/qemu-lva/vmcore.elf",
        "arm/kdump/vmcore.md-zlib-d31",
        "arm-lpae/qemu/vmcore.elf",
        "i386/qemu/vmcore.elf",
        "i386-pae/kdump/vmcore.md-lzo-d31",
        "ppc64le/kdump-radix/vmcore.md-zlib-d31",
        "ppc64le/qemu-hash/vmcore.elf",
        "riscv64/kdump-sv57/vmcore",
        "riscv64-sv39/qemu/vmcore.elf",
        "s390x/kdump/vmcore.md-zlib-d31",
        "s390x/qemu/vmcore.elf"
      })
  void agreesWithTheSystemMap(String file) throws Exception {
    Path map = Corpus.file(file.substring(0, file.indexOf('/')) + "/kernel/System.map");
    try (CrashedMachine machine = RealDumps.open(file)) {
      long linked = 0;
      for (String line : Files.readAllLines(map)) {
        if (line.endsWith(" _stext")) {
          linked = Long.parseUnsignedLong(line.split(" ", -1)[0], 16);
        }
      }
      long offset = machine.vmcoreinfo().orElseThrow().symbol("_stext").orElseThrow() - linked;
      Map<Long, Set<String>> symbols = symbols(Files.readAllLines(map), offset);

      assertAllIn(told(machine).orElseThrow(), symbols);
      assertAllIn(byShape(machine).orElseThrow(), symbols);
    }
  }

  private static void assertAllIn(Kallsyms table, Map<Long, Set<String>> symbols) {
    table.forEach(
        (symbol, name, start, length, type, address) ->
            assertThat(symbols.getOrDefault(address, Set.of()))
                .as("%x", address)
                .contains(type + new String(name, start, length, StandardCharsets.ISO_8859_1)));
    assertThat(table.count()).isGreaterThan(symbols.size() * 3 / 4);
  }

  /** makedumpfile ran out of disk before it came to the page with the table. */
  @Test
  void whatIsMissingFromTheDumpIsAbsent() throws Exception {
    try (CrashedMachine machine = RealDumps.open("x86_64/kdump-disk-full/vmcore.enospc")) {
      assertThat(told(machine)).isEmpty();
      assertThat(byShape(machine)).isEmpty();
    }
  }

  @Test
  void aMemoryWithoutTheTableHasNone() throws Exception {
    try (Demo demo = Demo.open()) {
      Vmcoreinfo old = Vmcoreinfo.parse("OSRELEASE=5.10\n".getBytes(StandardCharsets.UTF_8));

      assertThat(Kallsyms.open(memory(demo.machine()), old)).isEmpty();
    }
  }
}
