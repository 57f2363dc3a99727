package org.vmcore.arch.arm;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.arch.CorpusDump;
import org.vmcore.arch.CorpusDumps;
import org.vmcore.arch.CpuState;
import org.vmcore.arch.KernelSpace;
import org.vmcore.arch.Machine;
import org.vmcore.arch.VirtualMemory;
import org.vmcore.dumpreader.PhysicalMemory;

/** Real dumps against what the guests printed of themselves and an independent page walker. */
class ArmCorpusTest {
  private static final String QEMU = "arm/qemu/vmcore.elf";
  private static final String KDUMP = "arm/kdump/vmcore.md-zlib-d31";
  private static final String LPAE = "arm-lpae/qemu/vmcore.elf";

  private static final Map<String, String> NAMES = Map.of("r13", "sp", "r14", "lr", "r15", "pc");

  /** Where labspin has its data, as arm-lpae/qemu/console.txt says; all guests run this file. */
  private static final long NEEDLE = 0x7d290;

  private static final String NEEDLE_TEXT = "userspace needle 0xfeedface";

  private final Arm arm = new Arm();

  @ParameterizedTest
  @ValueSource(strings = {QEMU, KDUMP, LPAE})
  void registersAreThoseOfTheNotes(String name) throws Exception {
    try (CorpusDump dump = CorpusDump.open(name, arm)) {
      dump.checkRegisters(register -> NAMES.getOrDefault(register, register));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {QEMU, KDUMP, LPAE})
  void kernelAddressesAreWhereTheGuestSaidAndHoldWhatItSaid(String name) throws Exception {
    try (CorpusDump dump = CorpusDump.open(name, arm)) {
      // __init_begin to __init_end of System.map: free memory, which -d 31 leaves out.
      LongPredicate filtered =
          address -> name.equals(KDUMP) && address >= 0xc0400000L && address < 0xc0500000L;
      dump.checkKernelMemory(arm.kernelSpace(dump.machine()), filtered);
    }
  }

  @ParameterizedTest
  @CsvSource({
    QEMU + ", vmcore.elf.walk.txt",
    KDUMP + ", vmcore.walk.txt",
    LPAE + ", vmcore.elf.walk.txt"
  })
  void walksAreThoseOfAnIndependentWalker(String name, String walks) throws Exception {
    try (CorpusDump dump = CorpusDump.open(name, arm)) {
      dump.checkWalks(arm.kernelSpace(dump.machine()), walks);
    }
  }

  @Test
  void factsAreThoseOfTheGuests() throws Exception {
    try (CorpusDump dump = CorpusDump.open(QEMU, arm)) {
      assertThat(arm.kernelSpace(dump.machine()).facts())
          .containsExactly(
              new KernelSpace.Fact("paging", "short descriptors", "VMCOREINFO"),
              new KernelSpace.Fact("PAGE_OFFSET", "0xc0000000", "swapper_pg_dir"),
              new KernelSpace.Fact("PHYS_OFFSET", "0x40000000", "the page tables"),
              new KernelSpace.Fact("page table root", "0x40004000", "swapper_pg_dir"));
    }
    try (CorpusDump dump = CorpusDump.open(LPAE, arm)) {
      KernelSpace space = arm.kernelSpace(dump.machine());
      assertThat(space.fact("paging")).hasValue("LPAE");
      assertThat(space.root()).isEqualTo(0x40003000);
    }
    try (CorpusDump dump = CorpusDump.open(KDUMP, arm)) {
      assertThat(dump.cpus()).extracting(cpu -> cpu.pid().orElse(-1)).containsExactly(1, 31);
      assertThat(dump.cpus()).extracting(CpuState::userMode).containsExactly(false, true);
    }
  }

  /** Without VMCOREINFO and without symbols: the tables are in their usual place. */
  @ParameterizedTest
  @ValueSource(strings = {QEMU, LPAE})
  void theUsualPlacesReplaceVmcoreinfo(String name) throws Exception {
    try (CorpusDump dump = CorpusDump.open(name, arm)) {
      Machine machine = dump.machine(Optional.empty(), symbol -> OptionalLong.empty(), Map.of());
      KernelSpace space = arm.kernelSpace(machine);
      assertThat(space.facts())
          .anyMatch(fact -> fact.source().equals("the usual place of swapper_pg_dir"));
      dump.checkKernelMemory(space);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {QEMU, LPAE})
  void qemusRegistersAreThoseOfItsMonitor(String name) throws Exception {
    try (CorpusDump dump = CorpusDump.open(name, arm)) {
      List<CpuState> cpus = dump.cpus();
      String[] monitors = dump.text("qemu-registers.txt").split("(?m)^CPU#", -1);
      assertThat(monitors).hasSize(cpus.size() + 1);
      for (CpuState cpu : cpus) {
        assertThat(cpu.number()).hasValue(cpu.index());
        Matcher register =
            Pattern.compile("\\b(R\\d\\d|PSR|d\\d\\d|FPSCR)(?:=|: )([0-9a-f]+)")
                .matcher(monitors[cpu.index() + 1]);
        int checked = 0;
        while (register.find()) {
          String known =
              register
                  .group(1)
                  .toLowerCase(Locale.ROOT)
                  .replaceFirst("^([rd])0", "$1")
                  .replace("psr", "cpsr")
                  .replace("fcpsr", "fpsr");
          known = NAMES.getOrDefault(known, known);
          assertThat(cpu.registers().value(known))
              .as(known)
              .hasValue(CorpusDumps.hex(register.group(2)));
          checked++;
        }
        assertThat(checked).isGreaterThanOrEqualTo(17 + 32);
      }
    }
  }

  /** The tables of a process are found by the kernel's part that they share. */
  @ParameterizedTest
  @CsvSource({QEMU + ", 16384", LPAE + ", 32", KDUMP + ", 16384"})
  void userAddressesHoldWhatTheProcessPrinted(String name, int tableSize) throws Exception {
    try (CorpusDump dump = CorpusDump.open(name, arm)) {
      KernelSpace kernel = arm.kernelSpace(dump.machine());
      LongPredicate isRoot = arm.pageTableRoots(kernel);
      PhysicalMemory memory = kernel.physical();
      boolean filtered = name.equals(KDUMP);
      int found = 0;
      for (long page = memory.nextPresent(0) & -4096;
          page != PhysicalMemory.NONE;
          page = memory.nextPresent(page + 4096)) {
        for (long table = page; table < page + 4096; table += tableSize) {
          if (table != kernel.root() && isRoot.test(table)) {
            VirtualMemory process = arm.addressSpace(kernel, table);
            byte[] bytes = new byte[NEEDLE_TEXT.length()];
            boolean read = process.read(NEEDLE, bytes, 0, bytes.length).isComplete();
            boolean same = new String(bytes, ISO_8859_1).equals(NEEDLE_TEXT);
            if (filtered ? process.walk(NEEDLE).steps().size() == 2 : read && same) {
              found++;
            }
          }
        }
      }
      // init and its children labsleep, labmulti and labspin are forks of one program.
      assertThat(found).isGreaterThanOrEqualTo(4);
    }
  }
}
