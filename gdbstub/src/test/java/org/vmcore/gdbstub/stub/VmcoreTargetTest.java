package org.vmcore.gdbstub.stub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.gdbstub.demo.DemoMachine;
import org.vmcore.gdbstub.demo.DemoMachine.Dumper;
import org.vmcore.gdbstub.demo.DemoTruth;
import org.vmcore.gdbstub.demo.DemoTruth.Space;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.Demo;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.gdbstub.rsp.Target.MemoryRead;
import org.vmcore.gdbstub.rsp.Target.Relocation;
import org.vmcore.gdbstub.rsp.Target.ThreadInfo;
import org.vmcore.gdbstub.rsp.ThreadId;
import org.vmcore.testing.Corpus;

class VmcoreTargetTest {
  private static VmcoreTarget target(Demo demo) throws Exception {
    return new VmcoreTarget(demo.machine(), view -> (line, cpu, console) -> console.print(line));
  }

  @Test
  void everyCpuIsAThreadAndTheCrashedOneIsCurrent() throws Exception {
    DemoMachine.Builder machine = DemoMachine.builder().crashedCpu(1).otherCpuInUserMode(true);
    try (Demo demo = Demo.open(machine, MachineOptions.defaults())) {
      VmcoreTarget target = target(demo);

      assertThat(target.threads())
          .extracting(ThreadInfo::id)
          .containsExactly(new ThreadId(1, 1), new ThreadId(1, 2));
      assertThat(target.threads()).extracting(ThreadInfo::core).containsExactly(0, 1);
      assertThat(target.currentThread()).isEqualTo(new ThreadId(1, 2));
      assertThat(target.threads().get(0).description())
          .isEqualTo("CPU 0, PID %d, user mode".formatted(pid(demo, 0)));
      assertThat(target.threads().get(1).description())
          .isEqualTo("CPU 1, PID %d, crashed".formatted(pid(demo, 1)));
    }
  }

  private static int pid(Demo demo, int cpu) {
    return demo.truth().cpus().get(cpu).pid().orElseThrow();
  }

  @Test
  void registersAreTheDumpsAndTheOthersUnavailable() throws Exception {
    try (Demo demo = Demo.open()) {
      VmcoreTarget target = target(demo);
      DemoTruth.Cpu crashed = demo.truth().crashedCpu();

      assertThat(word(target, "rip")).isEqualTo(crashed.register("rip"));
      assertThat(word(target, "rsp")).isEqualTo(crashed.register("rsp"));
      assertThat(target.readRegister(target.currentThread(), number(target, "cr3"))).isNull();
      assertThat(target.readRegister(target.currentThread(), number(target, "st0"))).isNull();
    }
  }

  /** What crash 8.0.2 shows as {@code #1 [ffff80000802bc00] panic at ffffd35bc3a7c1c4}. */
  @Test
  void debuggersSeeArm64sReturnAddressesWithoutTheirCodes() throws Exception {
    Path dump = Corpus.file("arm64/kdump/vmcore.md-zlib-d31");
    long saved = 0xffff80000802ba88L;
    byte[] bytes = new byte[8];

    try (CrashedMachine machine = CrashedMachine.open(dump, MachineOptions.defaults())) {
      VmcoreTarget target = new VmcoreTarget(machine, view -> (line, cpu, console) -> {});
      assertThat(target.readMemory(target.currentThread(), saved, bytes, 0, 8).length())
          .isEqualTo(8);
      assertThat(littleEndian(bytes)).isEqualTo(0xffffd35bc3a7c1c8L);
      assertThat(machine.kernelSpace().virtual().read(saved, bytes, 0, 8).isComplete()).isTrue();
      assertThat(littleEndian(bytes)).as("what is there").isEqualTo(0xf69fd35bc3a7c1c8L);
    }
  }

  private static long littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  @Test
  void controlRegistersComeFromQemusNotes() throws Exception {
    DemoMachine.Builder machine = DemoMachine.builder().dumper(Dumper.QEMU);
    try (Demo demo = Demo.open(machine, MachineOptions.defaults())) {
      VmcoreTarget target = target(demo);

      assertThat(word(target, "cr3")).isEqualTo(demo.truth().crashedCpu().register("cr3"));
      assertThat(target.threads().get(0).description()).isEqualTo("CPU 0, crashed");
    }
  }

  /** A VMCOREINFO that leads nowhere leaves what needs no page tables. */
  @Test
  void withoutPageTablesThereAreRegistersAndPhysicalMemory(@TempDir Path directory)
      throws Exception {
    Path vmcoreinfo = Files.writeString(directory.resolve("vmcoreinfo"), "OSRELEASE=6.1\n");
    MachineOptions options =
        new MachineOptions(
            Optional.of(vmcoreinfo), Optional.empty(), Map.of(), OpenOptions.defaults());
    try (Demo demo = Demo.open(DemoMachine.builder(), options)) {
      VmcoreTarget target = target(demo);
      DemoTruth.Cpu crashed = demo.truth().crashedCpu();
      ThreadId thread = new ThreadId(1, demo.truth().cpus().indexOf(crashed) + 1L);
      byte[] bytes = new byte[8];

      assertThat(target.threads()).hasSize(2);
      byte[] rip = Objects.requireNonNull(target.readRegister(thread, number(target, "rip")));
      assertThat(littleEndian(rip)).isEqualTo(crashed.register("rip"));
      MemoryRead virtual = target.readMemory(thread, crashed.register("rip"), bytes, 0, 8);
      assertThat(virtual.length()).isZero();
      assertThat(Objects.requireNonNull(virtual.problem()).message())
          .contains("cannot find the kernel's page tables");
      assertThat(target.afterHole(thread, crashed.register("rip"))).isZero();

      long present = demo.machine().dump().memory().nextPresent(0);
      assertThat(target.physicalMemory().orElseThrow().read(present, bytes, 0, 8).length())
          .isEqualTo(8);
    }
  }

  /** From the target description, as a debugger would. */
  private static int number(VmcoreTarget target, String register) {
    String xml = target.targetXml();
    String rest = xml.substring(xml.indexOf("\"" + register + "\""));
    String number = rest.substring(rest.indexOf("regnum=\"") + 8);
    return Integer.parseInt(number.substring(0, number.indexOf('"')));
  }

  private static long word(VmcoreTarget target, String register) {
    byte[] bytes = target.readRegister(target.currentThread(), number(target, register));
    assertThat(bytes).as(register).isNotNull();
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  @Test
  void memoryIsReadThroughTheDumpsPageTablesAndPhysically() throws Exception {
    try (Demo demo = Demo.open()) {
      VmcoreTarget target = target(demo);
      for (DemoTruth.Memory known : demo.truth().memory()) {
        byte[] bytes = new byte[known.bytes().length];
        if (known.space() == Space.KERNEL) {
          target.readMemory(target.currentThread(), known.virtualAddress(), bytes, 0, bytes.length);
          assertThat(bytes).as(known.what()).isEqualTo(known.bytes());
        }
        byte[] physical = new byte[known.bytes().length];
        target
            .physicalMemory()
            .orElseThrow()
            .read(known.physicalAddress(), physical, 0, physical.length);
        assertThat(physical).as(known.what()).isEqualTo(known.bytes());
      }
    }
  }

  @Test
  void aFailedReadSaysWhy() throws Exception {
    try (Demo demo = Demo.open()) {
      VmcoreTarget target = target(demo);
      DemoTruth.Hole hole =
          demo.truth().holes().stream()
              .filter(h -> h.reason() == DemoTruth.Reason.NOT_IN_DUMP)
              .findFirst()
              .orElseThrow();

      MemoryRead read =
          target.readMemory(target.currentThread(), hole.virtualAddress(), new byte[8], 0, 8);

      assertThat(read.length()).isZero();
      assertThat(Objects.requireNonNull(read.problem()).message())
          .contains("%#018x".formatted(hole.virtualAddress()), "not in the dump");
    }
  }

  @Test
  void vmlinuxGoesWhereKaslrPutTheImage() throws Exception {
    try (Demo demo = Demo.open()) {
      assertThat(target(demo).relocation())
          .contains(
              new Relocation(
                  demo.truth().symbol("_text"), OptionalLong.of(demo.truth().kaslrOffset())));
    }
  }

  @Test
  void offersVmcoreinfoWhole() throws Exception {
    try (Demo demo = Demo.open()) {
      List<Optional<byte[]>> objects =
          target(demo).transferObjects().stream()
              .filter(object -> object.name().equals("vmcoreinfo"))
              .map(object -> object.read(""))
              .toList();

      assertThat(objects).hasSize(1);
      assertThat(new String(objects.get(0).orElseThrow(), UTF_8))
          .startsWith("OSRELEASE=" + demo.truth().release() + "\n");
    }
  }

  @Test
  void whatOneDebuggerChoosesAnotherDoesNotSee() throws Exception {
    try (Demo demo = Demo.open()) {
      DebuggerView one = new DebuggerView(demo.machine());
      DebuggerView other = new DebuggerView(demo.machine());
      CrashedCpu idle = demo.machine().cpus().get(1);
      DemoTruth.Memory user =
          demo.truth().memory().stream()
              .filter(memory -> memory.space() == Space.PROCESS)
              .findFirst()
              .orElseThrow();

      one.chooseSpace(demo.truth().processRoot());

      byte[] bytes = new byte[user.bytes().length];
      assertThat(one.memory(idle).read(user.virtualAddress(), bytes, 0, bytes.length).fault())
          .isNull();
      assertThat(bytes).isEqualTo(user.bytes());
      assertThat(other.memory(idle).read(user.virtualAddress(), bytes, 0, bytes.length).fault())
          .isNotNull();
      one.forgetSpace();
      assertThat(one.memory(idle).read(user.virtualAddress(), bytes, 0, bytes.length).fault())
          .isNotNull();
    }
  }
}
