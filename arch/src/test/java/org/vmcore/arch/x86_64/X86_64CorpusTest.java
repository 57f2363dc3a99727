package org.vmcore.arch.x86_64;

import static org.assertj.core.api.Assertions.assertThat;
import static org.vmcore.arch.CorpusDumps.check;
import static org.vmcore.arch.CorpusDumps.hex;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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
import org.vmcore.arch.paging.PageWalk;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.NeedsCorpus;

/** Real dumps against what the guests printed of themselves, and against what crash reads there. */
@NeedsCorpus
class X86_64CorpusTest {
  private static final String FOLDER = "x86_64/";
  private static final String NULL_DEREF = "kdump-null-deref/vmcore.raw";
  private static final String BTF = "kdump-btf-null-deref/vmcore.d31.zlib";
  private static final String FIVE_ZSTD = "kdump-5level-sysrq/vmcore.d31.zstd";
  private static final String FIVE_SNAPPY = "kdump-5level-sysrq/vmcore.d31.snappy";
  private static final String NO_KASLR = "kdump-nokaslr-sysrq/vmcore.d31.lzo";
  private static final String DISK_FULL = "kdump-disk-full/vmcore.enospc";
  private static final String QEMU = "qemu-null-deref/qemu.elf";

  /** Where the guest's CPU needed page-table isolation. */
  private static final List<String> PTI = List.of(NULL_DEREF, BTF);

  private final X86_64 x86 = new X86_64();
  @RegisterExtension private final CorpusDumps dumps = new CorpusDumps(FOLDER);

  private Dump open(String name) throws Exception {
    return dumps.open(name);
  }

  private Machine machine(Dump dump) {
    return CorpusDumps.machine(x86, dump);
  }

  private static List<List<String>> truth(String name, String kind) throws Exception {
    return Corpus.truth(FOLDER + name + ".truth.tsv", kind);
  }

  @ParameterizedTest
  @ValueSource(strings = {NULL_DEREF, BTF, FIVE_ZSTD, FIVE_SNAPPY, NO_KASLR, DISK_FULL, QEMU})
  void registersAreThoseOfTheNotes(String name) throws Exception {
    Dump dump = open(name);
    assertThat(Architectures.of(dump)).get().isInstanceOf(X86_64.class);
    List<CpuState> cpus = x86.cpus(dump);
    assertThat(cpus).hasSize(Integer.parseInt(truth(name, "cpus").get(0).get(0)));
    for (List<String> line : truth(name, "reg")) {
      CpuState cpu = cpus.get(Integer.parseInt(line.get(0)));
      assertThat(cpu.registers().value(line.get(1))).as("%s", line).hasValue(hex(line.get(2)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {NULL_DEREF, BTF, FIVE_ZSTD, FIVE_SNAPPY, NO_KASLR, DISK_FULL, QEMU})
  void kernelAddressesAreWhereTheGuestSaidAndHoldWhatItSaid(String name) throws Exception {
    KernelSpace space = x86.kernelSpace(machine(open(name)));
    int checked = 0;
    List<List<String>> lines = new ArrayList<>(truth(name, "mem"));
    lines.addAll(truth(name, "sym"));
    for (List<String> each : lines) {
      List<String> line = each;
      if (name.equals(DISK_FULL) && line.get(0).startsWith("module-")) {
        // level2_fixmap_pgt, the one table that leads to modules, is lost with the kernel's data.
        assertThat(space.virtual().translate(hex(line.get(1))))
            .isInstanceOf(Fault.TableUnreadable.class);
        continue;
      }
      if (name.equals(DISK_FULL) && line.get(0).equals("kmalloc256")) {
        // truth.tsv calls it absent, but the page is whole: it holds what the guest printed.
        line = List.of(line.get(0), line.get(1), line.get(2), "0000000000eeffc0");
      }
      check(space.virtual(), line);
      checked++;
    }
    assertThat(checked).isGreaterThan(10);
  }

  /**
   * The process's root is no fact of the notes: it is the page with the kernel's entries in its
   * upper half that leads to all the addresses the process printed.
   */
  @ParameterizedTest
  @ValueSource(strings = {NULL_DEREF, BTF, FIVE_ZSTD, FIVE_SNAPPY, NO_KASLR, DISK_FULL, QEMU})
  void userAddressesAreWhereTheProcessSaidAndHoldWhatItSaid(String name) throws Exception {
    KernelSpace kernel = x86.kernelSpace(machine(open(name)));
    Map<String, List<List<String>>> byPid =
        truth(name, "user").stream().collect(Collectors.groupingBy(line -> line.get(1)));
    assertThat(byPid).isNotEmpty();
    List<Long> roots = processRoots(kernel);
    byPid.forEach(
        (pid, lines) -> {
          List<Long> found =
              roots.stream()
                  .filter(
                      root ->
                          lines.stream()
                              .allMatch(line -> leadsTo(kernel, root, line.get(2), line.get(3))))
                  .toList();
          assertThat(found).as("roots of pid %s", pid).isNotEmpty();
          for (long root : found) {
            // CR3 carries a PCID; with page-table isolation the next page is for user mode.
            List<Long> values = new ArrayList<>(List.of(root, root | 0x801));
            if (PTI.contains(name)) {
              values.add(root | 0x1801);
            }
            for (long cr3 : values) {
              VirtualMemory process = x86.addressSpace(kernel, cr3);
              lines.forEach(
                  line ->
                      check(process, List.of(line.get(0), line.get(2), line.get(3), line.get(4))));
            }
          }
        });
  }

  private boolean leadsTo(KernelSpace kernel, long root, String address, String physical) {
    return x86.addressSpace(kernel, root).translate(hex(address))
            instanceof Translation.Mapped mapped
        && mapped.physicalAddress() == hex(physical);
  }

  private static List<Long> processRoots(KernelSpace kernel) {
    PhysicalMemory memory = kernel.physical();
    byte[] swapper = new byte[4096];
    assertThat(memory.read(kernel.root(), swapper, 0, 4096).isComplete()).isTrue();
    List<Long> roots = new ArrayList<>();
    byte[] page = new byte[4096];
    long next = memory.nextPresent(0);
    while (next != PhysicalMemory.NONE) {
      long at = next & -4096;
      if (memory.read(at, page, 0, 4096).isComplete()
          && Arrays.equals(page, 4088, 4096, swapper, 4088, 4096)
          && at != kernel.root()) {
        roots.add(at);
      }
      next = memory.nextPresent(at + 4096);
    }
    return roots;
  }

  @ParameterizedTest
  @ValueSource(strings = {NULL_DEREF, FIVE_ZSTD, NO_KASLR, DISK_FULL, QEMU})
  void factsAreThoseThatTheGuestPrinted(String name) throws Exception {
    KernelSpace space = x86.kernelSpace(machine(open(name)));
    Path facts = Corpus.file(FOLDER + Path.of(name).getParent() + "/facts.json");
    String json = Files.readString(facts);
    assertThat(space.fact("page_offset_base"))
        .hasValue("0x" + jsonString(json, "page_offset_base"));
    assertThat(hex(space.fact("phys_base").orElseThrow()))
        .isEqualTo(hex(jsonString(json, "phys_base")));
    assertThat(space.fact("page table levels"))
        .hasValue(json.contains("\"la57\": true") ? "5" : "4");
    assertThat(space.kaslrOffset().orElseThrow()).isEqualTo(hex(jsonString(json, "kaslr_offset")));
  }

  private static String jsonString(String json, String key) {
    Matcher matcher = Pattern.compile("\"" + key + "\": \"([^\"]*)\"").matcher(json);
    assertThat(matcher.find()).as(key).isTrue();
    return matcher.group(1);
  }

  /** {@code PUD: 50009f8 => 5001067} and the flags, as crash 8.0.2 prints them. */
  @ParameterizedTest
  @ValueSource(strings = {NULL_DEREF, FIVE_ZSTD, NO_KASLR, QEMU})
  void walksAreThoseOfCrash(String name) throws Exception {
    KernelSpace space = x86.kernelSpace(machine(open(name)));
    String text = Files.readString(Corpus.file(FOLDER + name + ".crash.txt"));
    Matcher vtop =
        Pattern.compile(
                "VIRTUAL +PHYSICAL *\\n(?<virtual>\\w+) +(?<physical>\\w+) *\\n\\n"
                    + "PGD DIRECTORY.*\\nPAGE DIRECTORY: (?<pgd>\\w+)\\n"
                    + "(?<steps>( +\\w+: \\w+ => \\w+\\n)+)"
                    + " +PAGE:.*\\n\\n.*FLAGS\\n.*\\((?<flags>.*)\\)\\n")
            .matcher(text);
    int checked = 0;
    while (vtop.find()) {
      PageWalk walk = space.virtual().walk(hex(vtop.group("virtual")));
      List<PageWalk.Step> steps = walk.steps();
      List<String> shown =
          steps.stream()
              .skip(1)
              .map(
                  step -> "%s: %x => %x".formatted(step.level(), step.entryAddress(), step.entry()))
              .toList();
      assertThat(steps.get(0).entry()).isEqualTo(hex(vtop.group("pgd")));
      assertThat(shown).isEqualTo(vtop.group("steps").lines().map(String::strip).toList());
      assertThat(steps.get(steps.size() - 1).flags()).isEqualTo(vtop.group("flags"));
      assertThat(((Translation.Mapped) walk.result()).physicalAddress())
          .isEqualTo(hex(vtop.group("physical")));
      checked++;
    }
    assertThat(checked).isGreaterThanOrEqualTo(5);
  }

  @Test
  void qemusRegistersAreThoseOfItsMonitor() throws Exception {
    List<CpuState> cpus = x86.cpus(open(QEMU));
    String text = Files.readString(Corpus.file(FOLDER + "qemu-null-deref/hmp-registers.txt"));
    String[] monitors = text.split("(?m)^CPU#", -1);
    assertThat(monitors).hasSize(cpus.size() + 1);
    for (CpuState cpu : cpus) {
      assertThat(cpu.number()).hasValue(cpu.index());
      String monitor = monitors[cpu.index() + 1];
      RegisterValues values = cpu.registers();
      Matcher register =
          Pattern.compile("\\b(R[A-Z0-9]{2}|R[89]|CR[0234]) ?=([0-9a-f]+)").matcher(monitor);
      int checked = 0;
      while (register.find()) {
        String name = register.group(1).replace("RFL", "EFLAGS").toLowerCase(Locale.ROOT);
        assertThat(values.value(name)).as(name).hasValue(hex(register.group(2)));
        checked++;
      }
      assertThat(checked).isEqualTo(16 + 2 + 4);
      Matcher segment =
          Pattern.compile("(?m)^(ES|CS|SS|DS|FS|GS) =([0-9a-f]{4}) ([0-9a-f]{16})")
              .matcher(monitor);
      while (segment.find()) {
        String name = segment.group(1).toLowerCase(Locale.ROOT);
        assertThat(values.value(name)).as(name).hasValue(hex(segment.group(2)));
        if (name.equals("fs") || name.equals("gs")) {
          assertThat(values.value(name + "_base")).as(name).hasValue(hex(segment.group(3)));
        }
      }
      assertThat(cpu.pageTableRoot()).isEqualTo(values.value("cr3"));
    }
  }

  /** Without VMCOREINFO, the QEMU notes lead to the same tables. */
  @Test
  void qemusControlRegistersReplaceVmcoreinfo() throws Exception {
    Dump dump = open(QEMU);
    Machine machine =
        new Machine(
            dump,
            Optional.empty(),
            x86.cpus(dump),
            // Link addresses of the corpus' vmlinux: `nm vmlinux`.
            symbol ->
                symbol.equals("_text")
                    ? OptionalLong.of(0xffffffff81000000L)
                    : OptionalLong.empty(),
            Map.of());
    KernelSpace space = x86.kernelSpace(machine);
    KernelSpace full = x86.kernelSpace(machine(dump));
    assertThat(space.kaslrOffset()).isEqualTo(full.kaslrOffset());
    assertThat(space.fact("phys_base")).isEqualTo(full.fact("phys_base"));
    assertThat(space.fact("page_offset_base")).isEqualTo(full.fact("page_offset_base"));
    for (List<String> line : truth(QEMU, "mem")) {
      check(space.virtual(), line);
    }
  }
}
