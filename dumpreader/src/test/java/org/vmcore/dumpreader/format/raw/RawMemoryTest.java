package org.vmcore.dumpreader.format.raw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.DumpFormatContract;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalFault.Reason;
import org.vmcore.dumpreader.api.PhysicalMemory.Presence;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.dumpreader.input.FileInput;
import org.vmcore.dumpreader.input.PlacedInput;
import org.vmcore.dumpreader.input.SliceInput;
import org.vmcore.dumpreader.note.VmcoreinfoScan;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.Truth.Place;

class RawMemoryTest {
  private static final byte[] LOW = DumpFormatContract.noise(0x3000);
  private static final byte[] HIGH = DumpFormatContract.noise(0x1800);

  @Test
  void bytesAreWhereTheUserSays() throws Exception {
    Dump dump = open(placed("low", LOW, 0x1000), placed("high", HIGH, 0x1_0000_0000L));

    assertThat(DumpFormatContract.ranges(dump.memory()))
        .containsExactly(
            new DumpFormatContract.Range(0x1000, 0x3000, Presence.PRESENT),
            new DumpFormatContract.Range(0x1_0000_0000L, 0x1800, Presence.PRESENT));
    assertThat(bytes(dump, 0x1000, 0x3000)).isEqualTo(LOW);
    assertThat(bytes(dump, 0x1_0000_1000L, 0x800))
        .isEqualTo(Arrays.copyOfRange(HIGH, 0x1000, 0x1800));
    assertThat(dump.memory().read(0x3ff8, new byte[16], 0, 16))
        .isEqualTo(new PhysicalRead(8, new PhysicalFault(Reason.NOT_IN_DUMP, 0x4000, null)));
    assertThat(dump.info().format()).isEqualTo("raw memory");
    assertThat(dump.info().fileSize()).isEqualTo(0x4800);
    assertThat(dump.info().file()).isEqualTo("low@0x1000 + high@0x100000000");
  }

  @Test
  void filesThatMeetAreOneRange() throws Exception {
    Dump dump = open(placed("b", HIGH, 0x4000), placed("a", LOW, 0x1000));

    assertThat(DumpFormatContract.ranges(dump.memory()))
        .containsExactly(new DumpFormatContract.Range(0x1000, 0x4800, Presence.PRESENT));
    byte[] both = Arrays.copyOf(LOW, 0x4800);
    System.arraycopy(HIGH, 0, both, 0x3000, 0x1800);
    assertThat(bytes(dump, 0x1000, 0x4800)).isEqualTo(both);
  }

  @Test
  void theUserSaysWhatTheMachineWas() throws Exception {
    OpenOptions options = OpenOptions.defaults().withMachine(ByteOrder.BIG_ENDIAN, 32);
    DumpInfo info = new RawMemory().open(placed("ram", LOW, 0), options).orElseThrow().info();

    assertThat(info.byteOrder()).isEqualTo(ByteOrder.BIG_ENDIAN);
    assertThat(info.wordBits()).isEqualTo(32);
  }

  @Test
  void filesThatOverlapAreRefused() {
    assertThatThrownBy(() -> open(placed("a", LOW, 0x1000), placed("b", HIGH, 0x3fff)))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("b@0x3fff: overlaps a@0x1000, which is 0x3000 bytes long");
  }

  @Test
  void memoryEndsWithTheAddressSpace() throws Exception {
    assertThat(open(placed("top", LOW, -0x3000)).memory().nextPresent(-1)).isEqualTo(-1);
    assertThatThrownBy(() -> open(placed("top", LOW, -0x2fff)))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("do not fit");
    assertThatThrownBy(() -> open(placed("none", new byte[0], 0)))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("empty");
  }

  @Test
  void onlyTheUserMakesAFileRaw() throws Exception {
    BytesInput input = new BytesInput("ram", LOW);

    assertThat(new RawMemory().open(input, OpenOptions.defaults())).isEmpty();
    assertThat(new RawMemory().open(new PlacedInput(input, 0), OpenOptions.defaults())).isPresent();
  }

  private static PlacedInput placed(String name, byte[] bytes, long address) {
    return new PlacedInput(new BytesInput(name, bytes), address);
  }

  private static Dump open(PlacedInput... inputs) throws Exception {
    return new RawMemory().open(List.of(inputs), OpenOptions.defaults()).orElseThrow();
  }

  private static byte[] bytes(Dump dump, long address, int length) {
    byte[] bytes = new byte[length];
    assertThat(dump.memory().read(address, bytes, 0, length).isComplete()).isTrue();
    return bytes;
  }

  /** A QEMU dump's memory, which its ELF file holds in one piece, as pmemsave writes it. */
  @Test
  void aRealMachinesMemoryIsWhatItsGuestSaid() throws Exception {
    FileInput file = FileInput.open(Corpus.file("x86_64/qemu-null-deref/qemu.elf"));
    try (PlacedInput ram = new PlacedInput(new SliceInput(file, 0x14a4, 128 << 20), 0)) {
      Dump dump = open(ram);
      for (Place place : CorpusDump.QEMU_ELF.truth().places()) {
        assertThat(HexFormat.of().formatHex(bytes(dump, place.physical(), place.length())))
            .as(place.label())
            .isEqualTo(place.bytes());
      }
      assertThat(VmcoreinfoScan.find(dump.memory(), Progress.SILENT)).isPresent();
    }
  }
}
