package org.vmcore.arch.arm64;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.vmcore.arch.CorpusDumps.check;
import static org.vmcore.arch.CorpusDumps.hex;
import static org.vmcore.arch.CorpusDumps.machine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.arch.Architectures;
import org.vmcore.arch.CorpusDumps;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.MemoryFilter;
import org.vmcore.arch.paging.PageWalk;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.NeedsCorpus;

/** Real dumps against what the guests printed of themselves, QEMU's monitor and crash. */
@NeedsCorpus
class Arm64CorpusTest {
  private static final String KDUMP = "arm64/kdump/vmcore.md-zlib-d31";
  private static final String QEMU = "arm64/qemu/vmcore.elf";
  private static final String LVA = "arm64-64k/qemu-lva/vmcore.elf";

  /** POISON_FREE_INITMEM (Linux include/linux/poison.h) fills .init memory when it is freed. */
  private static final String FREED_INIT = "cccccccc";

  @RegisterExtension final CorpusDumps dumps = new CorpusDumps("");

  private final Arm64 arm64 = new Arm64();

  private static List<List<String>> truth(String dump, String kind) throws Exception {
    return Corpus.truth(dump.substring(0, dump.lastIndexOf('/')) + "/truth.tsv", kind);
  }

  @ParameterizedTest
  @ValueSource(strings = {KDUMP, QEMU, LVA})
  void registersAreThoseOfTheNotes(String name) throws Exception {
    Dump dump = dumps.open(name);
    assertThat(Architectures.of(dump)).get().isInstanceOf(Arm64.class);
    List<CpuState> cpus = arm64.cpus(dump);
    assertThat(cpus).hasSize(Integer.parseInt(truth(name, "cpus").get(0).get(0)));
    for (List<String> line : truth(name, "reg")) {
      CpuState cpu = cpus.get(Integer.parseInt(line.get(0)));
      String register = line.get(1).equals("pstate") ? "cpsr" : line.get(1);
      assertThat(cpu.registers().value(register)).as("%s", line).hasValue(hex(line.get(2)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {KDUMP, QEMU, LVA})
  void kernelAddressesAreWhereTheGuestSaidAndHoldWhatItSaid(String name) throws Exception {
    KernelSpace space = arm64.kernelSpace(machine(arm64, dumps.open(name)));
    List<List<String>> lines = new ArrayList<>(truth(name, "mem"));
    lines.addAll(truth(name, "sym"));
    assertThat(lines).hasSizeGreaterThan(200);
    for (List<String> line : lines) {
      check(space.virtual(), name.equals(KDUMP) ? asFiltered(space.virtual(), line) : line);
    }
  }

  /** truth.tsv was read before makedumpfile -d 31 left out free pages, freed .init memory too. */
  private static List<String> asFiltered(VirtualMemory memory, List<String> line) {
    boolean filtered =
        line.get(3).startsWith(FREED_INIT)
            && memory.read(hex(line.get(1)), new byte[1], 0, 1).fault()
                instanceof Fault.DataUnreadable data
            && data.cause().reason() == PhysicalFault.Reason.FILTERED;
    return filtered ? List.of(line.get(0), line.get(1), line.get(2), "absent") : line;
  }

  /** {@code PC=ffffd8c6c44531e0 X00=...} and the vectors, {@code Q00=high:low}. */
  @ParameterizedTest
  @ValueSource(strings = {QEMU, LVA})
  void qemusRegistersAreThoseOfItsMonitor(String name) throws Exception {
    List<CpuState> cpus = arm64.cpus(dumps.open(name));
    String text = Files.readString(beside(name, "qemu-registers.txt"));
    String[] monitors = text.split("(?m)^CPU#", -1);
    assertThat(monitors).hasSize(cpus.size() + 1);
    for (CpuState cpu : cpus) {
      assertThat(cpu.number()).hasValue(cpu.index());
      RegisterValues values = cpu.registers();
      String monitor = monitors[cpu.index() + 1];
      Matcher register =
          Pattern.compile("\\b(PC|SP|X\\d\\d|PSTATE|FPCR|FPSR)=([0-9a-f]+)").matcher(monitor);
      int checked = 0;
      while (register.find()) {
        String spelled = register.group(1).toLowerCase(Locale.ROOT).replaceFirst("^x0", "x");
        String found = spelled.equals("pstate") ? "cpsr" : spelled;
        assertThat(values.value(found)).as(found).hasValue(hex(register.group(2)));
        checked++;
      }
      assertThat(checked).isEqualTo(31 + 5);
      Matcher vector = Pattern.compile("Q(\\d\\d)=(\\w{16}):(\\w{16})").matcher(monitor);
      while (vector.find()) {
        ByteBuffer expected = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        expected.putLong(hex(vector.group(3))).putLong(hex(vector.group(2)));
        int number = values.set().number("v" + Integer.parseInt(vector.group(1)));
        assertThat(values.bytes(number)).as(vector.group()).isEqualTo(expected.array());
        checked++;
      }
      assertThat(checked).isEqualTo(31 + 5 + 32);
    }
  }

  /**
   * No note has TTBR0_EL1: the process's root is the page whose tables lead to the text that the
   * process said it has there, and to its code.
   */
  @ParameterizedTest
  @ValueSource(strings = {QEMU, LVA})
  void userAddressesHoldWhatTheProcessSaid(String name) throws Exception {
    KernelSpace kernel = arm64.kernelSpace(machine(arm64, dumps.open(name)));
    Matcher said =
        Pattern.compile("labspin needle at 0x(\\w+) '(.*)'")
            .matcher(Files.readString(beside(name, "console.txt"), ISO_8859_1));
    assertThat(said.find()).isTrue();
    long address = hex(said.group(1));
    byte[] needle = said.group(2).getBytes(ISO_8859_1);
    PhysicalMemory physical = kernel.physical();
    List<Long> roots = new ArrayList<>();
    byte[] bytes = new byte[needle.length];
    for (long page = physical.nextPresent(0);
        page != PhysicalMemory.NONE;
        page = physical.nextPresent(page + 4096)) {
      VirtualMemory process = arm64.addressSpace(kernel, page);
      if (process.read(address, bytes, 0, bytes.length).isComplete()
          && Arrays.equals(bytes, needle)) {
        roots.add(page);
      }
    }
    assertThat(roots).isNotEmpty();
    VirtualMemory process = arm64.addressSpace(kernel, roots.get(0));
    // Linux keeps user addresses from 0 to this free (mmap_min_addr).
    assertThat(process.translate(0)).isInstanceOf(Fault.NotMapped.class);
    // The text segment of a static program begins with its ELF header.
    assertThat(process.read(0x400000, bytes, 0, 4).isComplete()).isTrue();
    assertThat(bytes).startsWith(0x7f, 'E', 'L', 'F');
  }

  /**
   * {@code PUD: ffff000005ffa000 => 1800000045ff9003} and the flags, as crash 8.0.2 prints them.
   */
  @Test
  void walksAreThoseOfCrash() throws Exception {
    KernelSpace space = arm64.kernelSpace(machine(arm64, dumps.open(KDUMP)));
    String text = Files.readString(beside(KDUMP, "vmcore.crash.txt"));
    Matcher vtop =
        Pattern.compile(
                "VIRTUAL +PHYSICAL *\\n(?<virtual>\\w+) +(?<physical>\\w+) *\\n\\n"
                    + "PAGE DIRECTORY: .*\\n"
                    + "(?<steps>( +\\w+: \\w+ => \\w+\\n)+)"
                    + " +PAGE:.*\\n\\n.*FLAGS\\n.*\\((?<flags>.*)\\)\\n")
            .matcher(text);
    int checked = 0;
    while (vtop.find()) {
      PageWalk walk = space.virtual().walk(hex(vtop.group("virtual")));
      List<PageWalk.Step> steps = walk.steps();
      // crash shows where the kernel has its tables, not where they are.
      List<String> entries =
          steps.stream().map(step -> "%s: %x".formatted(step.level(), step.entry())).toList();
      assertThat(entries)
          .isEqualTo(
              vtop.group("steps")
                  .lines()
                  .map(line -> line.strip().replaceFirst("\\w+ => ", ""))
                  .toList());
      // crash shows neither whether a page may be written nor its memory type.
      assertThat(steps.get(steps.size() - 1).flags().replaceAll("\\|WRITE|\\|ATTR1", ""))
          .isEqualTo(vtop.group("flags"));
      assertThat(((Translation.Mapped) walk.result()).physicalAddress())
          .isEqualTo(hex(vtop.group("physical")));
      checked++;
    }
    assertThat(checked).isEqualTo(4);
  }

  /** {@code #1 [ffff80000802bc00] panic at ffffd35bc3a7c1c4}: crash shows the calls themselves. */
  @Test
  void returnAddressesAreShownAsCrashSeesThem() throws Exception {
    Dump dump = dumps.open(KDUMP);
    KernelSpace space = arm64.kernelSpace(machine(arm64, dump));
    MemoryFilter filter = arm64.filterForDebuggers(space, dump.vmcoreinfo());
    long frame = arm64.cpus(dump).get(0).registers().value("x29").orElseThrow();
    Matcher calls =
        Pattern.compile("#\\d+ \\[\\w+\\] \\w+ at (\\w+)")
            .matcher(Files.readString(beside(KDUMP, "vmcore.crash.txt")));
    assertThat(calls.find()).as("the program counter").isTrue();
    int signed = 0;
    for (int depth = 1; depth <= 12; depth++) {
      // A frame record is the caller's frame pointer and the return address (AAPCS64, 6.4.6).
      byte[] bytes = new byte[16];
      assertThat(space.virtual().read(frame, bytes, 0, 16).isComplete()).isTrue();
      ByteBuffer record = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      long inMemory = record.getLong(8);
      filter.apply(frame, bytes, 0, 16);
      assertThat(calls.find()).isTrue();
      assertThat(record.getLong(8)).as("frame %d", depth).isEqualTo(hex(calls.group(1)) + 4);
      signed += inMemory == record.getLong(8) ? 0 : 1;
      frame = record.getLong(0);
    }
    assertThat(signed).as("return addresses that the kernel had signed").isGreaterThan(8);
  }

  /** Facts against the corpus' own walker and the guest's console. */
  @ParameterizedTest
  @ValueSource(strings = {KDUMP, QEMU, LVA})
  void factsAreThoseOfTheGuest(String name) throws Exception {
    KernelSpace space = arm64.kernelSpace(machine(arm64, dumps.open(name)));
    String walks =
        Files.readString(
            beside(name, name.equals(KDUMP) ? "vmcore.walk.txt" : "vmcore.elf.walk.txt"));
    Matcher facts =
        Pattern.compile(
                "VA_BITS (\\d+) actual \\d+ kimage_voffset (\\w+) PHYS_OFFSET (\\w+)"
                    + " PAGE_OFFSET (\\w+) root phys (\\w+)")
            .matcher(walks);
    assertThat(facts.find()).isTrue();
    assertThat(space.fact("VA_BITS")).hasValue(facts.group(1));
    assertThat(space.fact("kimage_voffset")).hasValue(facts.group(2));
    assertThat(space.fact("PHYS_OFFSET")).hasValue(facts.group(3));
    assertThat(space.fact("PAGE_OFFSET")).hasValue(facts.group(4));
    assertThat(space.root()).isEqualTo(hex(facts.group(5)));
    Matcher offset =
        Pattern.compile("Kernel Offset: 0x(\\w+)")
            .matcher(Files.readString(beside(name, "console.txt"), ISO_8859_1));
    assertThat(offset.find()).isEqualTo(!name.equals(KDUMP));
    if (!name.equals(KDUMP)) {
      assertThat(space.kaslrOffset()).hasValue(hex(offset.group(1)));
    }
  }

  /** As from a machine without QEMU's vmcoreinfo device. */
  @ParameterizedTest
  @ValueSource(strings = {QEMU, LVA})
  void vmlinuxReplacesVmcoreinfo(String name) throws Exception {
    Dump dump = dumps.open(name);
    Map<String, Long> symbols = systemMap(name.substring(0, name.indexOf('/')));
    KernelSpace space =
        arm64.kernelSpace(
            new Machine(
                dump,
                Optional.empty(),
                arm64.cpus(dump),
                symbol ->
                    symbols.containsKey(symbol)
                        ? OptionalLong.of(symbols.get(symbol))
                        : OptionalLong.empty(),
                Map.of()));
    KernelSpace full = arm64.kernelSpace(machine(arm64, dump));
    assertThat(space.root()).isEqualTo(full.root());
    assertThat(space.kaslrOffset()).isEqualTo(full.kaslrOffset());
    List<List<String>> lines = new ArrayList<>(truth(name, "mem"));
    lines.addAll(truth(name, "sym"));
    for (List<String> line : lines) {
      check(space.virtual(), line);
    }
  }

  /** {@code ffff800008000000 T _text}. */
  private static Map<String, Long> systemMap(String folder) throws Exception {
    Map<String, Long> symbols = new HashMap<>();
    for (String line : Files.readAllLines(Corpus.file(folder + "/kernel/System.map"))) {
      String[] fields = line.split(" ", -1);
      symbols.put(fields[2], hex(fields[0]));
    }
    return symbols;
  }

  private static Path beside(String dump, String file) throws Exception {
    return Corpus.file(Path.of(dump).resolveSibling(file).toString());
  }
}
