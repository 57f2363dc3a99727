package org.vmcore.dumpreader.note;

import org.vmcore.dumpreader.note.Notes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.api.Note;

class NotesTest {
  /** From a kdump of Linux 6.1: the end of a PRSTATUS shortened to 5 bytes, then VMCOREINFO. */
  private static final byte[] LITTLE_ENDIAN =
      hex(
          """
          05000000 05000000 01000000 434f5245 00000000 0102030405 000000
          0b000000 0a000000 00000000 564d434f5245494e464f00 00 4f5352454c454153453d 0000
          """);

  private static final byte[] BIG_ENDIAN =
      hex("00000005 00000004 00000304 4c494e55 58000000 aabbccdd");

  private final List<String> problems = new ArrayList<>();

  @Test
  void namesTypesAndDescriptorsOfEachNote() {
    List<Note> notes = parse(LITTLE_ENDIAN, ByteOrder.LITTLE_ENDIAN);

    assertThat(notes).extracting(Note::name).containsExactly("CORE", "VMCOREINFO");
    assertThat(notes).extracting(Note::type).containsExactly(1, 0);
    assertThat(notes).extracting(Note::fileOffset).containsExactly(0x1014L, 0x1034L);
    assertThat(notes.get(0).descriptor()).containsExactly(1, 2, 3, 4, 5);
    assertThat(notes.get(1).descriptor()).asString().isEqualTo("OSRELEASE=");
    assertThat(problems).isEmpty();
  }

  @Test
  void headersHaveTheByteOrderOfTheDump() {
    List<Note> notes = parse(BIG_ENDIAN, ByteOrder.BIG_ENDIAN);

    assertThat(notes).singleElement().extracting(Note::name, Note::type).contains("LINUX", 0x304);
    assertThat(notes.get(0).descriptor()).isEqualTo(hex("aabbccdd"));
  }

  @Test
  void aLastNoteNeedsNoPadding() {
    byte[] unpadded = Arrays.copyOf(LITTLE_ENDIAN, LITTLE_ENDIAN.length - 2);

    assertThat(parse(unpadded, ByteOrder.LITTLE_ENDIAN)).hasSize(2);
    assertThat(problems).isEmpty();
  }

  @Test
  void zerosBetweenAndAfterNotesAreNotNotes() {
    byte[] padded = Arrays.copyOf(LITTLE_ENDIAN, 2 * LITTLE_ENDIAN.length + 20);
    System.arraycopy(LITTLE_ENDIAN, 0, padded, LITTLE_ENDIAN.length + 20, LITTLE_ENDIAN.length);

    assertThat(parse(padded, ByteOrder.LITTLE_ENDIAN))
        .extracting(Note::name)
        .containsExactly("CORE", "VMCOREINFO", "CORE", "VMCOREINFO");
    assertThat(parse(new byte[4096], ByteOrder.LITTLE_ENDIAN)).isEmpty();
    assertThat(problems).isEmpty();
  }

  @Test
  void aNoteWithoutNameIsANote() {
    assertThat(parse(hex("00000000 04000000 07000000 01020304"), ByteOrder.LITTLE_ENDIAN))
        .singleElement()
        .extracting(Note::name, Note::type)
        .containsExactly("", 7);
  }

  @Test
  void aSizePastTheEndEndsTheNotesAndIsTold() {
    byte[] damaged = LITTLE_ENDIAN.clone();
    damaged[35] = (byte) 0xff;

    assertThat(parse(damaged, ByteOrder.LITTLE_ENDIAN)).extracting(Note::name).containsOnly("CORE");
    assertThat(problems).singleElement().asString().contains("0x101c").contains("n_namesz");
  }

  @Test
  void damageYieldsNotesOrAProblemAndNothingElse() {
    Random random = new Random(20261101);
    for (int i = 0; i < 5_000; i++) {
      byte[] damaged = Arrays.copyOf(LITTLE_ENDIAN, random.nextInt(LITTLE_ENDIAN.length + 1));
      if (damaged.length > 0) {
        damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      }
      assertThat(parse(damaged, ByteOrder.LITTLE_ENDIAN)).hasSizeLessThan(5);
    }
  }

  private List<Note> parse(byte[] data, ByteOrder order) {
    return Notes.parse(data, 0x1000, order, problems::add);
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
  }
}
