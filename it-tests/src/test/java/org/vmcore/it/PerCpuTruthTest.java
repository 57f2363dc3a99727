package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmcore.testing.Command;
import org.vmcore.testing.CorpusDump;

/**
 * Per-CPU variables of every CPU, byte for byte: as gdb sees them in the thread of each, as {@code
 * monitor percpu} tells them, and as drgn reads them.
 */
class PerCpuTruthTest {
  /** How many of their bytes are compared, which is not more than the smallest kernel's have. */
  private static final Map<String, Integer> SIZES =
      Map.of("cpu_number", 4, "this_cpu_off", 8, "cpu_info", 64, "runqueues", 1024);

  @TempDir Path directory;

  /** One CPU's copy of a variable. */
  private record Copy(String name, int cpu) {}

  /**
   * What a copy is.
   *
   * @param address where the kernel has it, in hexadecimal
   */
  private record Found(String address, String contents) {}

  @Test
  void areTheSameForAll() throws IOException {
    assertSame(CorpusDump.ZLIB);
  }

  /**
   * drgn finds no kernel address in QEMU's dump; {@link PerCpuVariablesTest} has what was printed.
   */
  @ParameterizedTest
  @EnumSource(
      value = CorpusDump.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"ZLIB", "DISK_FULL", "QEMU_ELF"})
  @Tag("slow")
  void areTheSameInEveryDump(CorpusDump dump) throws IOException {
    assertSame(dump);
  }

  private void assertSame(CorpusDump dump) throws IOException {
    for (String program : List.of("drgn", "nm")) {
      assumeTrue(Command.isInstalled(program), program + " is not installed");
    }
    List<Object> options = new ArrayList<>();
    // Only one of the kernels has types of its own in its dump.
    LinuxDump.of(dump).module().ifPresent(file -> options.addAll(List.of("--types", file.get())));
    try (Program server = Program.serve(dump.file(), options.toArray());
        GdbMi gdb = GdbMi.connect(server)) {
      Map<Copy, Found> truth = drgn(dump);

      assertThat(truth).hasSize(2 * SIZES.size());
      for (int cpu = 0; cpu < 2; cpu++) {
        gdb.must("-thread-select " + (cpu + 1));
        for (Map.Entry<String, Integer> variable : SIZES.entrySet()) {
          String name = variable.getKey();
          Found found = Objects.requireNonNull(truth.get(new Copy(name, cpu)), name);
          long address = Long.decode(gdb.evaluate("(long) &" + name));
          assertThat(gdb.memory(address, variable.getValue()))
              .as("%s of CPU %d", name, cpu)
              .isEqualTo(found.contents());
          assertThat(gdb.monitor("percpu " + name))
              .contains("[%d]: %s".formatted(cpu, found.address()));
        }
      }
    }
  }

  /** The members of a variable whose type the dump has. */
  @Test
  void membersAreThoseOfTheCpu() {
    try (Program server = Program.serve(CorpusDump.ZLIB.file());
        GdbMi gdb = GdbMi.connect(server)) {
      for (int cpu = 0; cpu < 2; cpu++) {
        gdb.must("-thread-select " + (cpu + 1));
        assertThat(gdb.evaluate("runqueues.cpu")).isEqualTo("" + cpu);
        assertThat(gdb.monitor("percpu runqueues " + cpu))
            .containsPattern("(?m)^  cpu = " + cpu + ",?$")
            .containsPattern("(?m)^  nr_running = " + gdb.evaluate("runqueues.nr_running") + ",?$");
      }
    }
  }

  private Map<Copy, Found> drgn(CorpusDump dump) throws IOException {
    String listed = Command.of("nm", "" + dump.vmlinux()).run().out();
    Path symbols = Files.writeString(directory.resolve("symbols"), listed);
    List<String> words = new ArrayList<>(List.of("drgn", "--no-default-symbols"));
    words.addAll(List.of("-c", "" + dump.file()));
    words.add("" + SpeedDumps.resource("drgn-percpu.py"));
    words.addAll(List.of("" + slide(dump, listed), "" + symbols));
    SIZES.forEach((name, size) -> words.add(name + ":" + size));
    Command.Result result = Command.of(words).run();
    assertThat(result.exit()).as(result.toString()).isZero();
    Map<Copy, Found> found = new LinkedHashMap<>();
    for (String line : result.out().lines().toList()) {
      String[] fields = line.split(" ", -1);
      found.put(new Copy(fields[0], Integer.parseInt(fields[1])), new Found(fields[2], fields[3]));
    }
    return found;
  }

  /** From the addresses in vmlinux to those that the guest printed. */
  private static long slide(CorpusDump dump, String listed) {
    Matcher linked = Pattern.compile("(?m)^(\\w+) \\w linux_banner$").matcher(listed);
    assertThat(linked.find()).isTrue();
    return dump.truth().symbols().stream()
        .filter(place -> place.label().equals("linux_banner"))
        .map(place -> place.virtual() - Long.parseUnsignedLong(linked.group(1), 16))
        .findFirst()
        .orElseThrow();
  }
}
