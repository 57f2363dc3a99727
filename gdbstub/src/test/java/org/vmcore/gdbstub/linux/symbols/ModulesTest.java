package org.vmcore.gdbstub.linux.symbols;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.gdbstub.linux.LinearKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.RealDumps;
import org.vmcore.testing.Corpus;

/** Against what the guests themselves read from /proc before they crashed. */
class ModulesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "kdump-null-deref/vmcore.raw",
        "kdump-btf-null-deref/vmcore.d31.zlib",
        "kdump-5level-sysrq/vmcore.d31.zstd",
        "kdump-nokaslr-sysrq/vmcore.d31.lzo"
      })
  void listsWhatProcModulesListed(String file) throws Exception {
    String directory = "x86_64/" + file.substring(0, file.indexOf('/'));
    List<String> expected = new ArrayList<>();
    for (String line : Files.readAllLines(Corpus.file(directory + "/modules.txt"))) {
      String[] words = line.split(" ", -1);
      expected.add("%s %s %s".formatted(words[0], words[1], words[5]));
    }
    try (CrashedMachine machine = RealDumps.open("x86_64/" + file)) {
      List<KernelModule> modules = machine.linux().modules();

      assertThat(modules)
          .extracting(m -> "%s %d 0x%x".formatted(m.name(), m.size(), m.base()))
          .isEqualTo(expected);
      Map<String, Set<String>> listed = symbols(Corpus.file(directory + "/kallsyms.txt"));
      for (KernelModule module : modules) {
        Set<String> symbols = new TreeSet<>();
        for (ModuleSymbols.Symbol symbol : module.symbols().orElseThrow().all()) {
          symbols.add("%016x %c %s".formatted(symbol.address(), symbol.type(), symbol.name()));
        }
        assertThat(symbols).as(module.name()).isEqualTo(listed.get(module.name()));
        assertThat(module.sections()).containsKeys(".text", ".gnu.linkonce.this_module");
        assertThat(module.sections().get(".gnu.linkonce.this_module"))
            .isEqualTo(module.structure());
      }
    }
  }

  /** Against the line of /proc/modules in the guest's log, and the build id that readelf prints. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "arm64/qemu/vmcore.elf",
        "arm64-64k/qemu-lva/vmcore.elf",
        "arm/qemu/vmcore.elf",
        "arm-lpae/qemu/vmcore.elf",
        "i386/qemu/vmcore.elf",
        "i386-pae/kdump/vmcore.md-lzo-d31",
        "ppc64le/kdump-radix/vmcore.md-zlib-d31",
        "ppc64le/qemu-hash/vmcore.elf",
        "riscv64-sv39/qemu/vmcore.elf",
        "s390x/kdump/vmcore.md-zlib-d31",
        "s390x/qemu/vmcore.elf"
      })
  void findsTheModuleOfEveryArchitecture(String file) throws Exception {
    String log =
        Files.readString(Corpus.file(file.substring(0, file.lastIndexOf('/')) + "/console.txt"));
    Matcher listed = Pattern.compile("(?m)^vmlab (\\d+) .* 0x([0-9a-f]+)").matcher(log);
    assertThat(listed.find()).isTrue();
    try (CrashedMachine machine = RealDumps.open(file)) {
      KernelModule module = machine.linux().modules().get(0);

      assertThat(machine.linux().modules()).hasSize(1);
      assertThat(module.name()).isEqualTo("vmlab");
      assertThat(module.size()).isEqualTo(Long.parseLong(listed.group(1)));
      assertThat(module.base()).isEqualTo(Long.parseUnsignedLong(listed.group(2), 16));
      assertThat(module.buildId()).contains(buildId(file));
      assertThat(module.symbols().orElseThrow().all())
          .extracting(ModuleSymbols.Symbol::name)
          .contains("vmlab_tag", "__this_module");
    }
  }

  /** A list whose entries point at each other and not back, and hold nothing of a module. */
  @Test
  void aListThatLoopsEnds() {
    long base = 0xffff_ffff_8100_0000L;
    ByteBuffer image = ByteBuffer.allocate(0x4000).order(ByteOrder.LITTLE_ENDIAN);
    image.putLong(0, base + 0x1008).putLong(0x1008, base + 0x2008).putLong(0x2008, base + 0x1008);
    KernelMemory memory = LinearKernel.memory(base, ByteOrder.LITTLE_ENDIAN, 8, image.array());

    assertThat(Modules.read(memory, base)).isEmpty();
    assertThat(Modules.read(memory, base + 0x10_0000)).isEmpty();
  }

  private static String buildId(String dump) throws Exception {
    Path file = Corpus.file(dump.substring(0, dump.indexOf('/')) + "/kernel/vmlab.ko");
    Process readelf = new ProcessBuilder("readelf", "-n", file.toString()).start();
    String notes = new String(readelf.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Matcher id = Pattern.compile("Build ID: ([0-9a-f]+)").matcher(notes);
    assertThat(id.find()).isTrue();
    return id.group(1);
  }

  private static Map<String, Set<String>> symbols(Path listing) throws Exception {
    Map<String, Set<String>> symbols = new HashMap<>();
    for (String line : Files.readAllLines(listing)) {
      String[] words = line.split("\\s+", -1);
      if (words.length == 4) {
        String module = words[3].substring(1, words[3].length() - 1);
        symbols
            .computeIfAbsent(module, name -> new TreeSet<>())
            .add(words[0] + " " + words[1] + " " + words[2]);
      }
    }
    return symbols;
  }
}
