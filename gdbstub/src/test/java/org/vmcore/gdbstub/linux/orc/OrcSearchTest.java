package org.vmcore.gdbstub.linux.orc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.LinearKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/** Tables that no symbol tells of, behind one of the kernel's other sorted tables. */
class OrcSearchTest {
  private static final long BASE = 0xffff_ffff_8100_0000L;
  private static final int TEXT = 1 << 20;
  private static final int LOCKS = TEXT + 0x1000;
  private static final int IPS = TEXT + 0x20b8;
  private static final int COUNT = 5000;
  private static final int ENTRIES = IPS + COUNT * 4;
  private static final int END = TEXT + 0x20000;

  private static ByteBuffer image() {
    ByteBuffer image = ByteBuffer.allocate(END).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 1000; i++) {
      image.putInt(LOCKS + i * 4, i * 100 - (LOCKS + i * 4));
    }
    for (int i = 0; i < COUNT; i++) {
      image.putInt(IPS + i * 4, i * 16 - (IPS + i * 4));
      // struct orc_entry since 6.4: sp_offset 8 or 16, bp_offset 0, sp_reg 5 (sp), type 2 (CALL).
      image.putShort(ENTRIES + i * 6, (short) (i % 2 == 0 ? 8 : 16));
      image.putShort(ENTRIES + i * 6 + 4, (short) 0x205);
    }
    return image;
  }

  @SuppressWarnings("ByteBufferBackingArray") // It is the whole of one.
  private static Optional<Orc> find(ByteBuffer image) {
    KernelMemory memory =
        LinearKernel.memory(BASE, ByteOrder.LITTLE_ENDIAN, Long.BYTES, image.array());
    List<OrcSearch.Code> code = List.of(new OrcSearch.Code(BASE, BASE + TEXT));
    return OrcSearch.find(memory, code, BASE + TEXT, BASE + END);
  }

  @Test
  void findsTablesByTheirOrderAndWhatIsBehindThem() {
    Orc orc = find(image()).orElseThrow();

    assertThat(orc.count()).isEqualTo(COUNT);
    assertThat(orc.at(BASE + 16 * 101 + 3).orElseThrow())
        .extracting(Orc.Entry::start, Orc.Entry::spOffset, Orc.Entry::type)
        .containsExactly(BASE + 16 * 101, 16, Orc.Type.CALL);
  }

  @Test
  void addressesWithoutEntriesAreAnotherTable() {
    ByteBuffer image = image();
    for (int at = ENTRIES; at < END; at += 2) {
      image.putShort(at, (short) 0x7777);
    }
    assertThat(find(image)).isEmpty();
  }
}
