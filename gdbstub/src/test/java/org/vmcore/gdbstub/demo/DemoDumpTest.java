package org.vmcore.gdbstub.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmcore.arch.Architectures;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.arch.paging.VirtualRead;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.write.ElfWriter;
import org.vmcore.gdbstub.demo.DemoMachine.Dumper;
import org.vmcore.gdbstub.demo.DemoTruth.Hole;
import org.vmcore.gdbstub.demo.DemoTruth.Reason;
import org.vmcore.gdbstub.demo.DemoTruth.Space;

/** The program's own reading of demo dumps, and gdb's, against the plan that they were built by. */
class DemoDumpTest {

  static Stream<Arguments> machines() {
    return Stream.of(
        Arguments.of("as it comes", DemoMachine.builder()),
        Arguments.of("5 levels", DemoMachine.builder().levels(5)),
        Arguments.of("no KASLR", DemoMachine.builder().kaslrOffset(0).physicalStart(0x1000000)),
        Arguments.of(
            "isolated, busy",
            DemoMachine.builder().pageTableIsolation(true).otherCpuInUserMode(true)),
        Arguments.of("encrypted", DemoMachine.builder().smeMask(1L << 47)),
        Arguments.of("by QEMU", DemoMachine.builder().dumper(Dumper.QEMU)),
        Arguments.of(
            "by QEMU, 5 levels, isolated",
            DemoMachine.builder().dumper(Dumper.QEMU).levels(5).pageTableIsolation(true)),
        Arguments.of(
            "by QEMU, no VMCOREINFO",
            DemoMachine.builder().dumper(Dumper.QEMU).vmcoreinfoNote(false)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("machines")
  void architectureReadsWhatThePlanSays(String name, DemoMachine.Builder builder) throws Exception {
    DemoMachine machine = builder.build();
    Opened opened = Opened.of(machine.dump());
    // Without VMCOREINFO it is the CR3 of a CPU: a process's tables have the kernel in them, too.
    assertThat(opened.kernel.root())
        .isEqualTo(
            machine.dump().vmcoreinfo().isPresent()
                ? machine.truth().kernelRoot()
                : machine.truth().processRoot());
    for (DemoTruth.Memory known : machine.truth().memory()) {
      byte[] bytes = new byte[known.bytes().length];
      VirtualRead read =
          opened.space(machine, known.space()).read(known.virtualAddress(), bytes, 0, bytes.length);
      assertThat(read.fault()).as(known.what()).isNull();
      assertThat(bytes).as(known.what()).isEqualTo(known.bytes());
    }
    for (Hole hole : machine.truth().holes()) {
      Fault fault =
          opened
              .space(machine, hole.space())
              .read(hole.virtualAddress(), new byte[1], 0, 1)
              .fault();
      assertThat(fault).as(hole.what()).isInstanceOf(FAULTS.get(hole.reason()));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("machines")
  void architectureSeesTheCpusOfThePlan(String name, DemoMachine.Builder builder) throws Exception {
    DemoMachine machine = builder.build();
    List<CpuState> cpus = Opened.of(machine.dump()).cpus;
    assertThat(cpus).hasSameSizeAs(machine.truth().cpus());
    for (int i = 0; i < cpus.size(); i++) {
      DemoTruth.Cpu expected = machine.truth().cpus().get(i);
      CpuState cpu = cpus.get(i);
      assertThat(cpu.pid()).isEqualTo(expected.pid());
      assertThat(cpu.userMode()).isEqualTo(expected.userMode());
      expected
          .registers()
          .forEach(
              (register, value) -> {
                OptionalLong seen = cpu.registers().value(register);
                if (seen.isPresent() || !register.equals("orig_rax")) {
                  assertThat(seen).as(register).hasValue(value);
                }
              });
    }
  }

  @Test
  void gdbReadsTheVmcore(@TempDir Path directory) throws Exception {
    DemoMachine machine = DemoMachine.builder().vmappedStacks(false).crashedCpu(1).build();
    Path vmlinux = Files.write(directory.resolve("vmlinux"), machine.vmlinux());
    Path vmcore = directory.resolve("vmcore");
    try (FileChannel channel =
        FileChannel.open(vmcore, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      ElfWriter.write(machine.dump(), channel);
    }
    String output =
        Tools.run(
            "gdb",
            "-nx",
            "-batch",
            "-ex",
            "core-file " + vmcore,
            "-ex",
            "symbol-file %s -o %#x".formatted(vmlinux, machine.truth().kaslrOffset()),
            "-ex",
            "thread 2",
            "-ex",
            "backtrace",
            "-ex",
            "thread 1",
            "-ex",
            "backtrace",
            "-ex",
            "x/s (char *) &linux_banner");
    for (DemoTruth.Cpu cpu : machine.truth().cpus()) {
      StringBuilder frames = new StringBuilder("(?s).*");
      for (int frame = 0; frame < cpu.backtrace().size(); frame++) {
        frames.append(
            "#%d  0x[0-9a-f]{16} in %s \\(\\)\n".formatted(frame, cpu.backtrace().get(frame)));
      }
      assertThat(output).matches(frames + "(?!#).*");
    }
    assertThat(output).contains("\"Linux version 6.99.0-demo ");
  }

  private static final Map<Reason, Class<? extends Fault>> FAULTS =
      Map.of(
          Reason.NOT_CANONICAL, Fault.NotCanonical.class,
          Reason.NOT_MAPPED, Fault.NotMapped.class,
          Reason.SWAPPED_OUT, Fault.SwappedOut.class,
          Reason.NOT_IN_DUMP, Fault.DataUnreadable.class);

  private record Opened(Architecture architecture, List<CpuState> cpus, KernelSpace kernel) {
    static Opened of(Dump dump) throws Exception {
      Architecture architecture = Architectures.of(dump).orElseThrow();
      List<CpuState> cpus = architecture.cpus(dump);
      Machine machine =
          new Machine(dump, dump.vmcoreinfo(), cpus, symbol -> OptionalLong.empty(), Map.of());
      return new Opened(architecture, cpus, architecture.kernelSpace(machine));
    }

    VirtualMemory space(DemoMachine machine, Space space) {
      return space == Space.KERNEL
          ? kernel.virtual()
          : architecture.addressSpace(kernel, machine.truth().processRoot());
    }
  }
}
