package org.vmcore.arch.ppc64;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.vmcore.arch.CorpusDumps.hex;

import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.arch.Architectures;
import org.vmcore.arch.CorpusDumps;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.PageWalk;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.NeedsCorpus;

/** Real dumps against what the guests printed, QEMU's monitor and an independent page walk. */
@NeedsCorpus
class Ppc64CorpusTest {
  private static final String FOLDER = "ppc64le/";
  private static final String KDUMP = "kdump-radix/vmcore.md-zlib-d31";
  private static final String QEMU = "qemu-hash/vmcore.elf";

  /** The truth's names of registers that gdb names otherwise. */
  private static final Map<String, String> NAMES = Map.of("nip", "pc", "ccr", "cr");

  private final Ppc64 ppc64 = new Ppc64();

  @RegisterExtension private final CorpusDumps dumps = new CorpusDumps(FOLDER);

  private static List<List<String>> truth(String name, String kind) throws Exception {
    return Corpus.truth(FOLDER + name.substring(0, name.indexOf('/')) + "/truth.tsv", kind);
  }

  private Machine machine(Dump dump) {
    return CorpusDumps.machine(ppc64, dump);
  }

  /** QEMU labels its dump big-endian, and zeroes in its notes stand for what it does not know. */
  @ParameterizedTest
  @ValueSource(strings = {KDUMP, QEMU})
  void registersAreThoseOfTheNotes(String name) throws Exception {
    Dump dump = dumps.open(name);
    assertThat(Architectures.of(dump)).get().isInstanceOf(Ppc64.class);
    assertThat(ppc64.byteOrder(dump)).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    List<CpuState> cpus = ppc64.cpus(dump);
    assertThat(cpus).hasSize(Integer.parseInt(truth(name, "cpus").get(0).get(0)));
    int checked = 0;
    for (List<String> line : truth(name, "reg")) {
      RegisterValues values = cpus.get(Integer.parseInt(line.get(0))).registers();
      String register = NAMES.getOrDefault(line.get(1), line.get(1));
      if (!register.startsWith("pad") && (name.equals(KDUMP) || hex(line.get(2)) != 0)) {
        assertThat(values.value(register)).as("%s", line).hasValue(hex(line.get(2)));
        checked++;
      }
    }
    assertThat(checked).isGreaterThan(40);
  }

  @ParameterizedTest
  @ValueSource(strings = {KDUMP, QEMU})
  void kernelAddressesAreWhereTheGuestSaidAndHoldWhatItSaid(String name) throws Exception {
    List<List<String>> lines = new ArrayList<>(truth(name, "mem"));
    lines.addAll(truth(name, "sym"));
    assertThat(lines).hasSizeGreaterThan(100);
    KernelSpace space = ppc64.kernelSpace(machine(dumps.open(name)));
    assertThat(space.fact("mmu")).hasValue(name.equals(KDUMP) ? "radix" : "hash");
    String map = Files.readString(Corpus.file(FOLDER + "kernel/System.map"));
    long initBegin = symbol(map, "__init_begin");
    long initEnd = symbol(map, "__init_end");
    int freed = 0;
    for (List<String> line : lines) {
      // The truth of the kdump was taken before makedumpfile left free pages out, with them those
      // of the kernel's .init that nothing else came to use.
      long address = hex(line.get(1));
      boolean init = name.equals(KDUMP) && address >= initBegin && address < initEnd;
      if (init && !space.physical().read(hex(line.get(2)), new byte[1], 0, 1).isComplete()) {
        line = List.of(line.get(0), line.get(1), line.get(2), "absent");
        freed++;
      }
      CorpusDumps.check(space.virtual(), line);
    }
    assertThat(freed).isLessThan(lines.size() / 10);
  }

  private static long symbol(String map, String name) {
    Matcher line = Pattern.compile("(?m)^(\\w+) . " + name + "$").matcher(map);
    assertThat(line.find()).isTrue();
    return hex(line.group(1));
  }

  /**
   * labspin's table is no fact of the notes: it is the piece of memory that leads from the address
   * that it printed to the text it has there; the processes it forked from lead there too. The
   * kdump is without user pages.
   */
  @Test
  void userAddressesHoldWhatTheProcessSaid() throws Exception {
    KernelSpace kernel = ppc64.kernelSpace(machine(dumps.open(QEMU)));
    Matcher needle =
        Pattern.compile("labspin needle at 0x(\\w+) '([^']*)'")
            .matcher(Files.readString(Corpus.file(FOLDER + "qemu-hash/console.txt")));
    assertThat(needle.find()).isTrue();
    byte[] text = new byte[needle.group(2).length()];
    int found = 0;
    PhysicalMemory memory = kernel.physical();
    // Top-level tables of 2 KiB come from a cache of the kernel's.
    for (long root = memory.nextPresent(0);
        root != PhysicalMemory.NONE;
        root = memory.nextPresent(root + 2048)) {
      VirtualMemory process = ppc64.addressSpace(kernel, root);
      if (process.translate(hex(needle.group(1))) instanceof Translation.Mapped
          && process.read(hex(needle.group(1)), text, 0, text.length).isComplete()
          && new String(text, US_ASCII).equals(needle.group(2))) {
        found++;
      }
    }
    assertThat(found).isPositive();
  }

  /** {@code L3 idx 0x0 at 0x11d0000 = 0x800000001ffd0009 (read big-endian)}, down to L0. */
  @ParameterizedTest
  @CsvSource({KDUMP + ",kdump-radix/vmcore.walk.txt", QEMU + ",qemu-hash/vmcore.elf.walk.txt"})
  void walksAreThoseOfAnIndependentWalker(String name, String walks) throws Exception {
    KernelSpace space = ppc64.kernelSpace(machine(dumps.open(name)));
    Matcher walk =
        Pattern.compile(
                "WALK .* va 0x(?<virtual>\\w+)\\n"
                    + "(?<steps>( +(L|hash).*\\n"
                    + ")+) +=> pa 0x(?<physical>\\w+)")
            .matcher(Files.readString(Corpus.file(FOLDER + walks)));
    int checked = 0;
    while (walk.find()) {
      PageWalk ours = space.virtual().walk(hex(walk.group("virtual")));
      assertThat(((Translation.Mapped) ours.result()).physicalAddress())
          .isEqualTo(hex(walk.group("physical")));
      assertThat(ours.steps().stream().filter(PageWalk.Step::hasEntry))
          .extracting(step -> "%#x = %#018x".formatted(step.entryAddress(), step.entry()))
          .isEqualTo(
              walk.group("steps")
                  .lines()
                  .filter(line -> line.contains(" at "))
                  .map(line -> line.replaceAll(".* at | \\(.*", ""))
                  .toList());
      checked++;
    }
    assertThat(checked).isEqualTo(8);
  }

  @Test
  void qemusRegistersAreThoseOfItsMonitor() throws Exception {
    List<CpuState> cpus = ppc64.cpus(dumps.open(QEMU));
    String text = Files.readString(Corpus.file(FOLDER + "qemu-hash/qemu-registers.txt"));
    String[] monitors = text.split("(?m)^CPU#", -1);
    assertThat(monitors).hasSize(cpus.size() + 1);
    for (CpuState cpu : cpus) {
      String monitor = monitors[cpu.index() + 1];
      int checked = 0;
      Matcher row = Pattern.compile("(?m)^(GPR|FPR)(\\d\\d) (.*)$").matcher(monitor);
      while (row.find()) {
        int number = Integer.parseInt(row.group(2));
        String prefix = row.group(1).substring(0, 1).toLowerCase(Locale.ROOT).replace('g', 'r');
        for (String value : row.group(3).trim().split(" ", -1)) {
          String name = prefix + number++;
          assertThat(cpu.registers().value(name)).as(name).hasValue(hex(value));
          checked++;
        }
      }
      Matcher special =
          Pattern.compile("\\b(NIP|LR|CTR|XER|MSR|CR|FPSCR) +([0-9a-f]+)\\b").matcher(monitor);
      while (special.find()) {
        String name = special.group(1).equals("NIP") ? "pc" : special.group(1);
        assertThat(cpu.registers().value(name.toLowerCase(Locale.ROOT)))
            .as(name)
            .hasValue(hex(special.group(2)));
        checked++;
      }
      assertThat(checked).isEqualTo(32 + 32 + 7);
    }
  }

  /** CPU 0 panicked into RTAS, which runs at real addresses: its stack pointer is the kernel's. */
  @Test
  void aCpuInFirmwareSeesPhysicalMemory() throws Exception {
    Dump dump = dumps.open(QEMU);
    KernelSpace kernel = ppc64.kernelSpace(machine(dump));
    CpuState cpu = ppc64.cpus(dump).get(0);
    VirtualMemory memory = ppc64.addressSpace(kernel, cpu, cpu.pageTableRoot());
    assertThat(memory.translate(cpu.programCounter()))
        .isEqualTo(new Translation.Mapped(0xfff0010, 0xfff0));
    assertThat(memory.translate(cpu.registers().value("r1").orElseThrow()))
        .isInstanceOf(Translation.Mapped.class);
  }
}
