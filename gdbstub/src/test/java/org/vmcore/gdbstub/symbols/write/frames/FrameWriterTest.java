package org.vmcore.gdbstub.symbols.write.frames;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.arch.Architectures;
import org.vmcore.arch.api.ElfAbi;
import org.vmcore.gdbstub.linux.stack.CodeRules.Row;
import org.vmcore.gdbstub.linux.stack.CodeRules.Stretch;
import org.vmcore.gdbstub.linux.stack.FrameRule;
import org.vmcore.gdbstub.linux.stack.FrameRule.Place;
import org.vmcore.gdbstub.linux.stack.FrameRule.Where;

/**
 * Sections spelled out by the DWARF 4 standard, 6.4 and 7.23; on x86-64 rbp is register 6, rsp 7,
 * and the return address 16 (System V ABI, table 3.36).
 */
class FrameWriterTest {
  private static final ElfAbi ABI = Architectures.named("x86-64").orElseThrow().elf(LITTLE_ENDIAN);

  /** At the first instruction of a function. */
  private static final FrameRule CALLED =
      FrameRule.caller(new Place.By("rsp", 8), "rip")
          .with("rip", new Where.Saved(-8))
          .with("rbp", Where.Same.SAME);

  /** {@code push rbp} is one byte long, {@code mov rbp, rsp} three. */
  private static final Stretch FUNCTION =
      new Stretch(
          0x1020,
          List.of(
              new Row(0x1000, CALLED),
              new Row(0x1001, pushed(new Place.By("rsp", 16))),
              new Row(0x1004, pushed(new Place.By("rbp", 16)))));

  private static FrameRule pushed(Place cfa) {
    return CALLED.by(cfa).with("rbp", new Where.Saved(-16));
  }

  /** Version 3, no augmentation, factors 1 and -4, register 16; then what {@link #CALLED} says. */
  private static final String CIE =
      "14000000"
          + "ffffffff"
          + "03"
          + "00"
          + "01"
          + "7c"
          + "10"
          // def_cfa rsp 8; offset rip 2 * -4; same_value rbp
          + "0c0708"
          + "9002"
          + "0806"
          + "00000000";

  private static byte[] section(AddressRanges covered, Stretch... stretches) {
    FrameWriter writer = new FrameWriter(ABI, LITTLE_ENDIAN, Long.BYTES, covered);
    for (Stretch stretch : stretches) {
      writer.add(stretch);
    }
    return writer.bytes();
  }

  private static String hex(byte[] section) {
    return HexFormat.of().formatHex(section);
  }

  @Test
  void aRowSaysWhatHasChanged() {
    assertThat(hex(section(AddressRanges.none(), FUNCTION)))
        .isEqualTo(
            CIE
                + "24000000"
                + "00000000"
                + "0010000000000000"
                + "2000000000000000"
                // advance_loc 1, def_cfa rsp 16, offset rbp 4 * -4
                + "410c0710"
                + "8604"
                // advance_loc 3, def_cfa rbp 16
                + "430c0610"
                + "000000000000");
  }

  @Test
  void functionsThatBeginAlikeShareTheirCie() {
    Stretch other = new Stretch(0x2010, List.of(new Row(0x2000, CALLED)));

    assertThat(hex(section(AddressRanges.none(), FUNCTION, other)))
        .containsOnlyOnce(CIE.substring(8))
        .endsWith("14000000" + "00000000" + "0020000000000000" + "1000000000000000");
  }

  /** What a compiler described is left out, and what follows it is whole again. */
  @Test
  void coveredCodeIsLeftOut() {
    AddressRanges covered = new AddressRanges(List.of(new AddressRanges.Range(0x1001, 3)));
    ByteBuffer section = ByteBuffer.wrap(section(covered, FUNCTION)).order(LITTLE_ENDIAN);

    AddressRanges written = FrameTable.parse(section).covered(0);

    assertThat(written.contains(0x1000)).isTrue();
    assertThat(written.contains(0x1001)).isFalse();
    assertThat(written.contains(0x1003)).isFalse();
    assertThat(written.contains(0x1004)).isTrue();
    assertThat(written.contains(0x101f)).isTrue();
    assertThat(written.contains(0x1020)).isFalse();
  }

  /** What was interrupted says so in its CIE, so that the stretch is two FDEs. */
  @Test
  void anInterruptedFrameIsApart() {
    Stretch entry =
        new Stretch(
            0x3020, List.of(new Row(0x3000, CALLED), new Row(0x3010, CALLED.asSignal(true))));

    String section = hex(section(AddressRanges.none(), entry));

    assertThat(section)
        .startsWith(CIE)
        .contains("0030000000000000" + "1000000000000000")
        .contains("03" + "7a5300" + "01" + "7c" + "10" + "00" + "0c0708" + "9002" + "0806")
        .contains("1030000000000000" + "1000000000000000");
  }

  /** Here DWARF's own words are enough: lost is undefined, elsewhere is an expression. */
  @Test
  void everyPlaceOfARegisterHasItsWords() {
    FrameRule rule =
        FrameRule.caller(new Place.Pointed("rbp", -8, 16), "rip")
            .with("rip", Where.Lost.LOST)
            .with("rbx", new Where.SavedAt(new Place.By("rsp", 24)))
            .with("rsp", new Where.Is(new Place.By("rbp", 16)));

    assertThat(
            hex(section(AddressRanges.none(), new Stretch(0x1010, List.of(new Row(0x1000, rule))))))
        // def_cfa_expression: breg6 -8, deref, consts 16, plus
        .contains("0f06" + "7678" + "06" + "1110" + "22")
        // undefined 16
        .contains("0710")
        // expression rbx (3): breg7 24
        .contains("100302" + "7718")
        // val_expression rsp: breg6 16
        .contains("160702" + "7610");
  }
}
