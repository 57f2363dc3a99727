package org.vmcore.gdbstub.target;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.dumpreader.OpenOptions;
import org.vmcore.dumpreader.Progress;
import org.vmcore.gdbstub.demo.DemoMachine;
import org.vmcore.gdbstub.demo.DemoMachine.Dumper;

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

      demo.machine().forEachSpace(roots::add, () -> {});

      assertThat(roots).containsExactly(demo.truth().processRoot());
    }
  }
}
