package org.vmcore.arch.arm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.arch.CorpusContract;
import org.vmcore.arch.CorpusDump;
import org.vmcore.arch.CorpusDumps;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.testing.NeedsCorpus;

/** Real dumps against what the guests printed of themselves and an independent page walker. */
@NeedsCorpus
class ArmCorpusTest extends CorpusContract {
  private static final String QEMU = "arm/qemu/vmcore.elf";
  private static final String KDUMP = "arm/kdump/vmcore.md-zlib-d31";
  private static final String LPAE = "arm-lpae/qemu/vmcore.elf";

  private static final Map<String, String> NAMES = Map.of("r13", "sp", "r14", "lr", "r15", "pc");

  private final Arm arm = new Arm();

  @Override
  protected Architecture architecture() {
    return arm;
  }

  @Override
  protected List<String> dumps() {
    return List.of(QEMU, KDUMP, LPAE);
  }

  @Override
  protected long needle() {
    return 0x7d290;
  }

  @Override
  protected int rootAlignment(String dump) {
    return dump.equals(LPAE) ? 32 : 16384;
  }

  @Override
  protected String register(String name) {
    return NAMES.getOrDefault(name, name);
  }

  /** From __init_begin to __init_end of System.map it is free memory, which -d 31 leaves out. */
  @Override
  protected boolean isFiltered(String dump, long virtualAddress) {
    return dump.equals(KDUMP) && virtualAddress >= 0xc0400000L && virtualAddress < 0xc0500000L;
  }

  @Override
  protected boolean isWithoutUserMemory(String dump) {
    return dump.equals(KDUMP);
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
}
