package org.vmcore.gdbstub.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.gdbstub.demo.DemoMachine.Dumper;
import org.vmcore.gdbstub.demo.DemoTruth.Hole;
import org.vmcore.gdbstub.demo.DemoTruth.Reason;
import org.vmcore.gdbstub.demo.DemoTruth.Space;

/** The dump against the plan, by means that share nothing with the builder. */
class DemoMachineTest {
  private static final long SME = 1L << 47;

  static Stream<Arguments> machines() {
    return Stream.of(
        Arguments.of("as it comes", DemoMachine.builder(), 0),
        Arguments.of("5 levels", DemoMachine.builder().levels(5), 0),
        Arguments.of("no KASLR", DemoMachine.builder().kaslrOffset(0).physicalStart(0x1000000), 0),
        Arguments.of(
            "isolated, busy",
            DemoMachine.builder().pageTableIsolation(true).otherCpuInUserMode(true),
            0),
        Arguments.of("encrypted", DemoMachine.builder().smeMask(SME), SME),
        Arguments.of("plain stacks", DemoMachine.builder().vmappedStacks(false), 0),
        Arguments.of(
            "by QEMU, CPU 1",
            DemoMachine.builder().dumper(Dumper.QEMU).crashedCpu(1).levels(5),
            0));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("machines")
  void memoryIsWhereThePlanSays(String name, DemoMachine.Builder builder, long sme) {
    DemoMachine machine = builder.build();
    for (DemoTruth.Memory known : machine.truth().memory()) {
      assertThat(walk(machine, known.space(), sme).translate(known.virtualAddress()))
          .as("%s at %#x", known.what(), known.virtualAddress())
          .isEqualTo(known.physicalAddress());
      byte[] bytes = new byte[known.bytes().length];
      PhysicalRead read =
          machine.dump().memory().read(known.physicalAddress(), bytes, 0, bytes.length);
      assertThat(read.fault()).isNull();
      assertThat(bytes).as(known.what()).isEqualTo(known.bytes());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("machines")
  void holesAreHoles(String name, DemoMachine.Builder builder, long sme) {
    DemoMachine machine = builder.build();
    assertThat(machine.truth().holes()).extracting(Hole::reason).contains(Reason.values());
    for (Hole hole : machine.truth().holes()) {
      ReferenceWalk walk = walk(machine, hole.space(), sme);
      long physical = walk.translate(hole.virtualAddress());
      switch (hole.reason()) {
        case NOT_CANONICAL -> assertThat(physical).isEqualTo(ReferenceWalk.NOT_CANONICAL);
        case NOT_MAPPED -> {
          assertThat(physical).as(hole.what()).isEqualTo(ReferenceWalk.NOT_PRESENT);
          assertThat(walk.entry()).isZero();
        }
        case SWAPPED_OUT -> {
          assertThat(physical).isEqualTo(ReferenceWalk.NOT_PRESENT);
          // arch/x86/include/asm/pgtable_64.h: __swp_offset is ~entry << 5 >> 14, type entry >> 59
          assertThat(~walk.entry() << 5 >>> 14).isEqualTo(0x1234);
          assertThat(walk.entry() >>> 59).isZero();
          assertThat(walk.entry() & 0x101).isZero(); // neither present nor PROT_NONE
        }
        case NOT_IN_DUMP -> {
          assertThat(physical).isPositive();
          assertThat(machine.dump().memory().read(physical, new byte[1], 0, 1).length()).isZero();
        }
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("machines")
  void framePointersLeadThroughTheBacktrace(String name, DemoMachine.Builder builder, long sme) {
    DemoMachine machine = builder.build();
    ReferenceWalk kernel = walk(machine, Space.KERNEL, sme);
    for (DemoTruth.Cpu cpu : machine.truth().cpus()) {
      List<String> names = new ArrayList<>();
      if (!cpu.userMode()) {
        names.add(functionAt(machine, cpu.register("rip")));
        for (long rbp = cpu.register("rbp"); rbp != 0; rbp = kernel.load(rbp)) {
          names.add(functionAt(machine, kernel.load(rbp + 8) - 1));
        }
      }
      assertThat(names).isEqualTo(cpu.backtrace());
    }
  }

  @Test
  void crashesByStoringThroughANullPointer() {
    DemoMachine machine = DemoMachine.builder().build();
    DemoTruth.Cpu cpu = machine.truth().crashedCpu();
    assertThat(cpu.backtrace())
        .containsExactly(
            "demo_crash",
            "demo_driver_write",
            "vfs_write",
            "ksys_write",
            "do_syscall_64",
            "entry_SYSCALL_64");
    assertThat(cpu.registers()).containsEntry("rdi", 0L);
    // mov %rsi,0x10(%rdi)
    assertThat(walk(machine, Space.KERNEL, 0).load(cpu.register("rip"), 4))
        .containsExactly(0x48, 0x89, 0x77, 0x10);
  }

  @Test
  void leavesNotesAsKdumpDoes() {
    DemoMachine machine = DemoMachine.builder().build();
    assertThat(machine.dump().notes())
        .extracting(note -> note.name() + " " + note.type())
        .containsExactly("CORE 1", "CORE 1", "VMCOREINFO 0");
    ByteBuffer prstatus = descriptor(machine, 0);
    assertThat(prstatus.capacity()).isEqualTo(336);
    assertThat(prstatus.getInt(32)).isEqualTo(1337);
    Map<String, Long> registers = machine.truth().cpus().get(0).registers();
    // Offsets of struct elf_prstatus as gdb's amd64_linux_gregset_reg_offset has them.
    assertThat(prstatus.getLong(112)).isEqualTo(registers.get("r15"));
    assertThat(prstatus.getLong(112 + 4 * 8)).isEqualTo(registers.get("rbp"));
    assertThat(prstatus.getLong(112 + 10 * 8)).isEqualTo(registers.get("rax"));
    assertThat(prstatus.getLong(112 + 16 * 8)).isEqualTo(registers.get("rip"));
    assertThat(prstatus.getLong(112 + 19 * 8)).isEqualTo(registers.get("rsp"));
    assertThat(descriptor(machine, 1).getInt(32)).isZero();
  }

  @Test
  void leavesNotesAsQemuDoes() {
    DemoMachine machine =
        DemoMachine.builder()
            .dumper(Dumper.QEMU)
            .levels(5)
            .pageTableIsolation(true)
            .otherCpuInUserMode(true)
            .build();
    assertThat(machine.dump().notes())
        .extracting(note -> note.name() + " " + note.type())
        .containsExactly("CORE 1", "CORE 1", "QEMU 0", "QEMU 0", "VMCOREINFO 0");
    assertThat(descriptor(machine, 1).getInt(32)).isEqualTo(2);
    ByteBuffer crashed = descriptor(machine, 2);
    assertThat(crashed.capacity()).isEqualTo(440);
    assertThat(crashed.getInt(4)).isEqualTo(440);
    assertThat(crashed.getLong(392 + 2 * 8)).isEqualTo(0x10); // cr2
    assertThat(crashed.getLong(392 + 3 * 8) & -4096).isEqualTo(machine.truth().processRoot());
    assertThat(crashed.getLong(392 + 4 * 8) & 1 << 12).isNotZero(); // cr4: LA57
    long userCr3 = descriptor(machine, 3).getLong(392 + 3 * 8);
    assertThat(userCr3 & -4096).isEqualTo(machine.truth().userModeRoot().orElseThrow());
    assertThat(userCr3 & 1 << 12).isNotZero();
    assertThat(machine.dump().segments())
        .allSatisfy(s -> assertThat(s.virtualAddress()).isEqualTo(s.physicalAddress()));
  }

  @Test
  void isolatedProgramDoesNotSeeTheKernel() {
    DemoMachine machine = DemoMachine.builder().pageTableIsolation(true).build();
    DemoTruth truth = machine.truth();
    ReferenceWalk user =
        new ReferenceWalk(
            machine.dump().memory(), truth.userModeRoot().orElseThrow(), truth.levels(), 0);
    assertThat(user.translate(truth.symbol("_text"))).isEqualTo(ReferenceWalk.NOT_PRESENT);
    assertThat(user.translate(0x600000)).isPositive();
  }

  @Test
  void putsTheKernelImageFirstAmongTheSegments() {
    DemoMachine machine = DemoMachine.builder().build();
    DemoTruth truth = machine.truth();
    List<Segment> segments = machine.dump().segments();
    assertThat(segments.get(0).virtualAddress()).isEqualTo(truth.symbol("_text"));
    assertThat(segments.get(0).memorySize())
        .isEqualTo(truth.symbol("_end") - truth.symbol("_text"));
    assertThat(segments.subList(1, segments.size()))
        .allSatisfy(
            s ->
                assertThat(s.virtualAddress() - s.physicalAddress()).isEqualTo(truth.pageOffset()));
  }

  @Test
  void tellsTheKernelsLayoutInVmcoreinfo() {
    DemoMachine machine = DemoMachine.builder().build();
    Map<String, String> keys = machine.dump().vmcoreinfo().orElseThrow().values();
    assertThat(keys)
        .containsEntry("OSRELEASE", "6.99.0-demo")
        .containsEntry("BUILD-ID", machine.truth().buildId())
        .containsEntry("KERNELOFFSET", "1c000000")
        .containsEntry("NUMBER(phys_base)", "-295698432") // 0x0b600000 - 0x1d000000
        .containsEntry("SYMBOL(_stext)", "ffffffff9d000000")
        .containsEntry("NUMBER(pgtable_l5_enabled)", "0")
        .containsEntry("NUMBER(sme_mask)", "0");
  }

  @Test
  void keepsVmcoreinfoInMemoryWithoutANote() {
    DemoMachine machine = DemoMachine.builder().vmcoreinfoNote(false).build();
    assertThat(machine.dump().vmcoreinfo()).isEmpty();
    byte[] start = new byte[10];
    int found = 0;
    for (long page = machine.dump().memory().nextPresent(0);
        page != -1;
        page = machine.dump().memory().nextPresent(page + 4096)) {
      machine.dump().memory().read(page, start, 0, start.length);
      found += new String(start, ISO_8859_1).equals("OSRELEASE=") ? 1 : 0;
    }
    assertThat(found).isEqualTo(1);
  }

  @Test
  void leavesOutWhatOlderKernelsDoNotTell() {
    DemoMachine machine =
        DemoMachine.builder().withoutVmcoreinfoKeys("NUMBER(phys_base)", "KERNELOFFSET").build();
    assertThat(machine.dump().vmcoreinfo().orElseThrow().values())
        .doesNotContainKeys("NUMBER(phys_base)", "KERNELOFFSET")
        .containsKey("SYMBOL(_stext)");
  }

  @Test
  void refusesAnImageThatIsNotAligned() {
    assertThatThrownBy(() -> DemoMachine.builder().kaslrOffset(0x1000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("kaslrOffset must be a multiple of 2 MiB")
        .hasMessageContaining("0x1000");
  }

  @Test
  void tourShowsTheCommandsThatItRuns() {
    List<String> lines = DemoMachine.gdbScript().lines().toList();
    int shown = 0;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      String command;
      if (line.startsWith("echo (gdb) ")) {
        command = line.substring("echo (gdb) ".length()).replaceFirst("\\\\n$", "");
      } else if (line.startsWith("printf \"(gdb) ")) {
        command = line.substring("printf \"(gdb) ".length()).replace("\\n\"", "\"");
      } else {
        continue;
      }
      shown++;
      String run = lines.get(i + 1).replaceFirst("^frame apply 1 -q -c (eval \")?", "");
      assertThat(run.replaceAll("%#lx\", ", "")).isEqualTo(command.replaceAll("%#lx\", ", ""));
    }
    assertThat(shown).isGreaterThan(10);
  }

  private static ReferenceWalk walk(DemoMachine machine, Space space, long sme) {
    DemoTruth truth = machine.truth();
    long root = space == Space.KERNEL ? truth.kernelRoot() : truth.processRoot();
    return new ReferenceWalk(machine.dump().memory(), root, truth.levels(), sme);
  }

  private static String functionAt(DemoMachine machine, long address) {
    return machine.truth().symbols().entrySet().stream()
        .filter(symbol -> Long.compareUnsigned(symbol.getValue(), address) <= 0)
        .filter(symbol -> !symbol.getKey().startsWith("_"))
        .max(Map.Entry.comparingByValue(Long::compareUnsigned))
        .orElseThrow()
        .getKey();
  }

  private static ByteBuffer descriptor(DemoMachine machine, int index) {
    Note note = machine.dump().notes().get(index);
    return ByteBuffer.wrap(note.descriptor()).order(ByteOrder.LITTLE_ENDIAN);
  }
}
