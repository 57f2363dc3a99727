package org.vmcore.gdbstub.linux.orc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.gdbstub.linux.LinearKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.orc.Orc.Base;

/**
 * The forms that struct orc_entry has had, by asm/orc_types.h of Linux 5.10, 6.3, 6.4 and 7.2; the
 * real tables of the corpus are proved where debuggers unwind by them.
 */
class OrcTest {
  private static final long BASE = 0xffff_ffff_8100_0000L;
  private static final int ENTRIES = 0x1000;

  private record Raw(int offset, int spOffset, int bpOffset, int flags) {}

  private static Orc read(List<Raw> entries) {
    ByteBuffer image = ByteBuffer.allocate(0x2000).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < entries.size(); i++) {
      Raw entry = entries.get(i);
      image.putInt(i * 4, entry.offset() - i * 4);
      image.putShort(ENTRIES + i * 6, (short) entry.spOffset());
      image.putShort(ENTRIES + i * 6 + 2, (short) entry.bpOffset());
      image.putShort(ENTRIES + i * 6 + 4, (short) entry.flags());
    }
    KernelMemory memory = LinearKernel.memory(BASE, ByteOrder.LITTLE_ENDIAN, 8, image.array());
    return Orc.read(memory, BASE, BASE + ENTRIES, entries.size()).orElseThrow();
  }

  /** A function that pushes rbp, an interrupt's entry with pt_regs, the end of a stack, padding. */
  @ParameterizedTest
  @CsvSource({
    // call,  saved rbp, regs,  partial, end,  undefined
    "0x0005, 0x0015, 0x0105, 0x0205, 0x0400, 0x0000", // 4.18
    "0x0005, 0x0015, 0x0505, 0x0605, 0x0800, 0x0000", // 6.3
    "0x0205, 0x0215, 0x0b05, 0x0c05, 0x0100, 0x0000", // 6.4
    "0x0203, 0x0283, 0x0b03, 0x0c03, 0x0100, 0x0000" // 7.2
  })
  void readsEachForm(
      String call, String saved, String regs, String partial, String end, String undefined) {
    Orc orc =
        read(
            List.of(
                new Raw(0x5000, 8, 0, Integer.decode(call)),
                new Raw(0x5001, 16, -16, Integer.decode(saved)),
                new Raw(0x5010, 8, 0, Integer.decode(call)),
                new Raw(0x5020, 8, 0, Integer.decode(call)),
                new Raw(0x5030, 8, 0, Integer.decode(call)),
                new Raw(0x5100, 0, 0, Integer.decode(regs)),
                new Raw(0x5110, 0, 0, Integer.decode(partial)),
                new Raw(0x5120, 0, 0, Integer.decode(end)),
                new Raw(0x5130, 0, 0, Integer.decode(undefined))));

    assertThat(orc.at(BASE + 0x5000))
        .contains(
            new Orc.Entry(BASE + 0x5000, Orc.Type.CALL, Base.SP, 8, Base.UNDEFINED, 0, false));
    assertThat(orc.at(BASE + 0x500f))
        .contains(
            new Orc.Entry(BASE + 0x5001, Orc.Type.CALL, Base.SP, 16, Base.PREV_SP, -16, false));
    assertThat(orc.at(BASE + 0x5100))
        .contains(new Orc.Entry(BASE + 0x5100, Orc.Type.REGS, Base.SP, 0, Base.UNDEFINED, 0, true));
    assertThat(orc.at(BASE + 0x5111).orElseThrow().type()).isEqualTo(Orc.Type.REGS_PARTIAL);
    assertThat(orc.at(BASE + 0x5120).orElseThrow().type()).isEqualTo(Orc.Type.END_OF_STACK);
    assertThat(orc.at(BASE + 0x6000).orElseThrow().type()).isEqualTo(Orc.Type.UNDEFINED);
    assertThat(orc.at(BASE + 0x4fff)).isEmpty();
  }

  @Test
  void sortsWhatTheKernelSortedOnlyWhenItBooted() {
    Orc orc = read(List.of(new Raw(0x5100, 16, 0, 0x205), new Raw(0x5000, 8, 0, 0x205)));

    assertThat(orc.at(BASE + 0x5050).orElseThrow().spOffset()).isEqualTo(8);
    assertThat(orc.at(BASE + 0x5150).orElseThrow().spOffset()).isEqualTo(16);
  }

  @Test
  void aTableThatIsNotThereIsNone() {
    KernelMemory memory = LinearKernel.memory(BASE, ByteOrder.LITTLE_ENDIAN, 8, new byte[4096]);

    assertThat(Orc.read(memory, BASE, BASE, 1 << 20)).isEmpty();
    assertThat(Orc.read(memory, BASE, BASE, -1)).isEmpty();
  }
}
