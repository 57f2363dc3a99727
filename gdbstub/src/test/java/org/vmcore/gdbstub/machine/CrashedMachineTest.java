package org.vmcore.gdbstub.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.arch.Architectures;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.api.RegisterSet;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.demo.DemoMachine;
import org.vmcore.gdbstub.demo.DemoMachine.Dumper;
import org.vmcore.gdbstub.rsp.Target;
import org.vmcore.gdbstub.rsp.ThreadId;
import org.vmcore.gdbstub.stub.VmcoreTarget;
import org.vmcore.gdbstub.symbols.find.SymbolOptions;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.RealDump;
import org.vmcore.testing.Truth;

class CrashedMachineTest {
  @TempDir private Path directory;

  private static MachineOptions options(Optional<Path> vmcoreinfo, Optional<Path> vmlinux) {
    return new MachineOptions(vmcoreinfo, vmlinux, Map.of(), OpenOptions.defaults());
  }

  @Test
  void withoutANoteVmcoreinfoIsFoundInMemoryWithProgress() throws Exception {
    List<Long> progress = new ArrayList<>();
    Progress listener = (task, done, total) -> progress.add(done);
    MachineOptions options =
        new MachineOptions(
            Optional.empty(),
            Optional.empty(),
            Map.of(),
            new OpenOptions(OpenOptions.DEFAULT_CACHE_BYTES, listener));
    DemoMachine.Builder builder = DemoMachine.builder().dumper(Dumper.QEMU).vmcoreinfoNote(false);

    try (Demo demo = Demo.open(builder, options)) {
      assertThat(demo.machine().vmcoreinfo().orElseThrow().value("OSRELEASE"))
          .contains(demo.truth().release());
      assertThat(demo.machine().vmcoreinfoSource()).startsWith("physical address 0x");
      assertThat(demo.machine().kernelSpace().kaslrOffset()).hasValue(demo.truth().kaslrOffset());
      assertThat(progress).isNotEmpty().isSorted();
    }
  }

  /** The same dump with the note of another boot, as a kdump kernel of another build leaves it. */
  private record OfAnotherBoot(Dump dump) implements Dump {
    @Override
    public DumpInfo info() {
      return dump.info();
    }

    @Override
    public PhysicalMemory memory() {
      return dump.memory();
    }

    @Override
    public List<Note> notes() {
      return dump.notes();
    }

    @Override
    public Optional<Vmcoreinfo> vmcoreinfo() {
      return Optional.of(
          Vmcoreinfo.parse(
              """
              OSRELEASE=1.2.3-another
              PAGESIZE=4096
              SYMBOL(swapper_pg_dir)=ffffffff82e0a000
              SYMBOL(_stext)=ffffffff81000000
              NUMBER(phys_base)=0
              KERNELOFFSET=0
              """
                  .getBytes(StandardCharsets.ISO_8859_1)));
    }

    @Override
    public List<Segment> segments() {
      return dump.segments();
    }

    @Override
    public void close() throws IOException {
      dump.close();
    }
  }

  @Test
  void aNoteThatLeadsNowhereGivesWayToWhatIsInMemory() throws Exception {
    RealDump real = RealDump.typed();
    Dump dump = new OfAnotherBoot(RealDumps.typed().dump());
    Truth.Place place =
        real.truth().kernel().stream().filter(Truth.Place::isKnown).findFirst().orElseThrow();
    byte[] bytes = new byte[place.length()];

    try (CrashedMachine machine = CrashedMachine.open(dump, MachineOptions.defaults())) {
      assertThat(
              machine
                  .kernelSpace()
                  .virtual()
                  .read(place.virtual(), bytes, 0, bytes.length)
                  .isComplete())
          .isTrue();
      assertThat(HexFormat.of().formatHex(bytes)).isEqualTo(place.bytes());
      assertThat(machine.vmcoreinfoSource()).startsWith("physical address 0x");
      assertThat(machine.vmcoreinfo().orElseThrow().value("OSRELEASE")).contains(real.release());
    }
  }

  /**
   * crash 8.0.2 says of that dump: {@code PID: 1 TASK: ffff000000838000 CPU: 0 COMMAND: "init"}.
   */
  @Test
  void theKernelsVariablesTellWhatOfArm64sRegistersNoNoteHas() throws Exception {
    Path dump = Corpus.file("arm64/kdump/vmcore.md-zlib-d31");

    try (CrashedMachine machine = CrashedMachine.open(dump, MachineOptions.defaults())) {
      List<OptionalLong> tasks =
          machine.cpus().stream().map(cpu -> cpu.state().registers().value("SP_EL0")).toList();

      // CPU 1 was in user mode, where the register is the program's stack pointer.
      assertThat(tasks)
          .containsExactly(
              OptionalLong.of(0xffff000000838000L), OptionalLong.of(0x0000ffffdf2e30c0L));
    }
  }

  @Test
  void memoryAloneShowsTheKernelAndItsCpusWithoutRegisters() throws Exception {
    try (Demo demo = Demo.openMemory(DemoMachine.builder(), MachineOptions.defaults())) {
      CrashedMachine machine = demo.machine();
      assertThat(machine.architecture().orElseThrow().name()).isEqualTo("x86-64");
      assertThat(machine.kernelSpace().kaslrOffset()).hasValue(demo.truth().kaslrOffset());
      assertThat(machine.cpus()).extracting(CrashedCpu::hasRegisters).containsOnly(false);
      assertThat(machine.cpus()).extracting(CrashedCpu::crashed).containsOnlyOnce(true);

      VmcoreTarget target = new VmcoreTarget(machine, view -> (line, cpu, console) -> {});
      assertThat(target.threads())
          .extracting(Target.ThreadInfo::description)
          .first()
          .asString()
          .startsWith("CPU 0, no registers in this dump");
      RegisterSet registers = machine.architecture().orElseThrow().registers();
      ThreadId thread = target.currentThread();
      assertThat(target.readRegister(thread, registers.number("rip"))).containsOnly(-1);
      assertThat(target.readRegister(thread, registers.number("rsp"))).isNull();
      long stext = machine.vmcoreinfo().orElseThrow().symbol("_stext").orElseThrow();
      assertThat(target.readMemory(thread, stext, new byte[8], 0, 8).length()).isEqualTo(8);
    }
  }

  /** Memory of which nothing is known: a debugger still needs a thread to read it through. */
  @Test
  void aKernelThatCannotBeAskedHasOneThread() throws Exception {
    Path file = Files.write(directory.resolve("ram"), new byte[1 << 20]);
    MachineOptions options =
        new MachineOptions(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            SymbolOptions.defaults(),
            Architectures.named("s390x"),
            Map.of(),
            OpenOptions.defaults().withMachine(ByteOrder.BIG_ENDIAN, 64));

    try (CrashedMachine machine = CrashedMachine.open(List.of(Path.of(file + "@0")), options)) {
      assertThat(machine.cpus()).isEmpty();
      assertThat(machine.requireArchitecture().name()).isEqualTo("s390x");
      assertThat(machine.dump().info().byteOrder()).isEqualTo(ByteOrder.BIG_ENDIAN);
    }
  }

  @Test
  void aGivenVmcoreinfoIsBelieved() throws Exception {
    Path file = Files.writeString(directory.resolve("vmcoreinfo"), "OSRELEASE=mine\n");

    try (Demo demo =
        Demo.open(DemoMachine.builder(), options(Optional.of(file), Optional.empty()))) {
      assertThat(demo.machine().vmcoreinfo().orElseThrow().value("OSRELEASE")).contains("mine");
      assertThat(demo.machine().vmcoreinfoSource()).isEqualTo(file.toString());
    }
  }

  @Test
  void aVmlinuxOfAnotherBuildIsNamedWithBothIds() throws Exception {
    byte[] vmlinux = DemoMachine.builder().build().vmlinux();
    Path right = Files.write(directory.resolve("right"), vmlinux);
    try (Demo demo =
        Demo.open(DemoMachine.builder(), options(Optional.empty(), Optional.of(right)))) {
      assertThat(demo.machine().vmlinuxMismatch()).isEmpty();

      byte[] id = HexFormat.of().parseHex(demo.truth().buildId());
      vmlinux[indexOf(vmlinux, id)] ^= 1;
      Path wrong = Files.write(directory.resolve("wrong"), vmlinux);
      id[0] ^= 1;
      try (Demo other =
          Demo.open(DemoMachine.builder(), options(Optional.empty(), Optional.of(wrong)))) {
        assertThat(other.machine().vmlinuxMismatch().orElseThrow())
            .contains(wrong.toString(), demo.truth().buildId())
            .contains(HexFormat.of().formatHex(id));
      }
    }
  }

  private static int indexOf(byte[] bytes, byte[] part) {
    for (int at = 0; at <= bytes.length - part.length; at++) {
      if (Arrays.equals(bytes, at, at + part.length, part, 0, part.length)) {
        return at;
      }
    }
    throw new AssertionError("not there");
  }

  @Test
  void findsTheTablesOfProcessesByTheirKernelHalf() throws Exception {
    try (Demo demo = Demo.open()) {
      List<Long> roots = new ArrayList<>();

      demo.machine().spaces().forEach(roots::add, () -> {});

      assertThat(roots).containsExactly(demo.truth().processRoot());
    }
  }

  @Test
  void aMistypedFactOfTheUsersIsNotPassedOver() throws Exception {
    MachineOptions mistyped =
        new MachineOptions(
            Optional.empty(),
            Optional.empty(),
            Map.of("physbase", "0x1000000"),
            OpenOptions.defaults());
    try (Demo demo = Demo.open(DemoMachine.builder(), mistyped)) {
      assertThatThrownBy(() -> demo.machine().kernelSpace())
          .isInstanceOf(MissingFactException.class)
          .hasMessage("--arch-option physbase: x86-64 takes phys_base, kaslr_offset");
    }
  }
}
