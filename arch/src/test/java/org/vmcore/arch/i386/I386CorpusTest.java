package org.vmcore.arch.i386;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
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
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.testing.NeedsCorpus;

/** Real dumps against what the guests printed of themselves and an independent page walker. */
@NeedsCorpus
class I386CorpusTest extends CorpusContract {
  private static final String QEMU = "i386/qemu/vmcore.elf";
  private static final String PAE_QEMU = "i386-pae/qemu/vmcore.elf";
  private static final String PAE_KDUMP = "i386-pae/kdump/vmcore.md-lzo-d31";

  /** Where labspin has its data, as i386-pae/kdump/console.txt says; all guests run this file. */
  private static final long NEEDLE = 0x8120080;

  private static final String NEEDLE_TEXT = "userspace needle 0xfeedface";

  private final I386 i386 = new I386();

  @Override
  protected Architecture architecture() {
    return i386;
  }

  @Override
  protected List<String> dumps() {
    return List.of(QEMU, PAE_QEMU, PAE_KDUMP);
  }

  @Override
  protected long needle() {
    return NEEDLE;
  }

  @Override
  protected int rootAlignment(String dump) {
    return dump.equals(QEMU) ? 4096 : 32;
  }

  @Override
  protected boolean isWithoutUserMemory(String dump) {
    return dump.equals(PAE_KDUMP);
  }

  @Test
  void factsAreThoseOfTheGuests() throws Exception {
    try (CorpusDump dump = CorpusDump.open(QEMU, i386)) {
      Machine machine =
          dump.machine(
              dump.dump().vmcoreinfo(), CorpusDump.systemMap("i386/kernel/System.map"), Map.of());
      assertThat(i386.kernelSpace(machine).facts())
          .containsExactly(
              new KernelSpace.Fact("KASLR offset", "0x3a00000", "_stext of VMCOREINFO and vmlinux"),
              new KernelSpace.Fact("paging", "two levels", "VMCOREINFO"),
              new KernelSpace.Fact("PAGE_OFFSET", "0xc0000000", "the page tables"),
              new KernelSpace.Fact(
                  "page table root", "0x4e6c000", "swapper_pg_dir less PAGE_OFFSET"));
    }
    try (CorpusDump dump = CorpusDump.open(PAE_KDUMP, i386)) {
      KernelSpace space = i386.kernelSpace(dump.machine());
      assertThat(space.fact("paging")).hasValue("PAE");
      assertThat(space.root()).isEqualTo(0x327c000);
      assertThat(dump.cpus()).extracting(cpu -> cpu.pid().orElse(-1)).containsExactly(1, 29);
    }
  }

  /** Without VMCOREINFO, the QEMU notes lead to the kernel. */
  @ParameterizedTest
  @ValueSource(strings = {QEMU, PAE_QEMU})
  void qemusControlRegistersReplaceVmcoreinfo(String name) throws Exception {
    try (CorpusDump dump = CorpusDump.open(name, i386)) {
      Machine machine = dump.machine(Optional.empty(), symbol -> OptionalLong.empty(), Map.of());
      KernelSpace space = i386.kernelSpace(machine);
      assertThat(space.facts())
          .anyMatch(fact -> fact.name().equals("paging") && fact.source().equals("CR4 of CPU 0"))
          .anyMatch(fact -> fact.source().equals("CR3 of CPU 0"));
      dump.checkKernelMemory(space);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {QEMU, PAE_QEMU})
  void qemusRegistersAreThoseOfItsMonitor(String name) throws Exception {
    try (CorpusDump dump = CorpusDump.open(name, i386)) {
      List<CpuState> cpus = dump.cpus();
      String[] monitors = dump.text("qemu-registers.txt").split("(?m)^CPU#", -1);
      assertThat(monitors).hasSize(cpus.size() + 1);
      for (CpuState cpu : cpus) {
        assertThat(cpu.number()).hasValue(cpu.index());
        RegisterValues values = cpu.registers();
        Matcher register =
            Pattern.compile("\\b(E[A-Z]{2}|CR[0234])=([0-9a-f]{8})")
                .matcher(monitors[cpu.index() + 1]);
        int checked = 0;
        while (register.find()) {
          String known = register.group(1).replace("EFL", "EFLAGS").toLowerCase(Locale.ROOT);
          assertThat(values.value(known)).as(known).hasValue(CorpusDumps.hex(register.group(2)));
          checked++;
        }
        assertThat(checked).isEqualTo(10 + 4);
        Matcher segment =
            Pattern.compile("(?m)^(FS|GS) =([0-9a-f]{4}) ([0-9a-f]{8})")
                .matcher(monitors[cpu.index() + 1]);
        while (segment.find()) {
          String base = segment.group(1).toLowerCase(Locale.ROOT) + "_base";
          assertThat(values.value(base)).as(base).hasValue(CorpusDumps.hex(segment.group(3)));
        }
        assertThat(cpu.pageTableRoot()).isEqualTo(values.value("cr3"));
      }
    }
  }

  /** labspin runs on CPU 1 when the machine dies, and all its kin are forks of one program. */
  @ParameterizedTest
  @ValueSource(strings = {QEMU, PAE_QEMU})
  void userAddressesThroughACpusCr3(String name) throws Exception {
    try (CorpusDump dump = CorpusDump.open(name, i386)) {
      KernelSpace kernel = i386.kernelSpace(dump.machine());
      for (CpuState cpu : dump.cpus()) {
        long cr3 = cpu.pageTableRoot().orElseThrow();
        byte[] bytes = new byte[NEEDLE_TEXT.length()];
        VirtualMemory process = i386.addressSpace(kernel, cr3);
        assertThat(process.read(NEEDLE, bytes, 0, bytes.length).isComplete()).isTrue();
        assertThat(new String(bytes, ISO_8859_1)).isEqualTo(NEEDLE_TEXT);
        assertThat(i386.pageTableRoots(kernel).test(cr3)).isTrue();
      }
    }
  }
}
