package org.vmcore.gdbstub.linux.symbols;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.linux.LinearKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.KallsymsLayout.Meaning;

/**
 * The layouts that no dump of the corpus has, put down as Linux scripts/kallsyms.c of the time did,
 * and found by their shape. The image is at physical address 0.
 */
class KallsymsLayoutTest {
  private static final int SYMBOLS = 1000;
  private static final int PER_CPU = 20;
  private static final int TABLES = 0x4000;
  private static final int SIZE = 0x20000;

  /** Longer than 127 tokens, as only kernels since 6.1 have them. */
  private static final String BIG = "big_" + "b".repeat(200);

  enum Layout {
    BEFORE_4_6(Meaning.ADDRESS, ByteOrder.LITTLE_ENDIAN, 8, false),
    BEFORE_4_6_BIG_ENDIAN(Meaning.ADDRESS, ByteOrder.BIG_ENDIAN, 8, false),
    BEFORE_4_6_32_BITS(Meaning.ADDRESS, ByteOrder.LITTLE_ENDIAN, 4, false),
    UNTIL_6_3(Meaning.BASE_RELATIVE, ByteOrder.BIG_ENDIAN, 8, false),
    UNTIL_6_3_PER_CPU(Meaning.PER_CPU_ABSOLUTE, ByteOrder.LITTLE_ENDIAN, 8, false),
    SINCE_6_4(Meaning.BASE_RELATIVE, ByteOrder.LITTLE_ENDIAN, 8, true),
    SINCE_6_4_32_BITS(Meaning.BASE_RELATIVE, ByteOrder.BIG_ENDIAN, 4, true),
    SINCE_6_4_PER_CPU(Meaning.PER_CPU_ABSOLUTE, ByteOrder.LITTLE_ENDIAN, 8, true),
    SINCE_6_4_ABSOLUTE(Meaning.ADDRESS, ByteOrder.LITTLE_ENDIAN, 8, true),
    OF_2026(Meaning.PLACE_RELATIVE, ByteOrder.LITTLE_ENDIAN, 8, true),
    OF_2026_32_BITS(Meaning.ADDRESS_32, ByteOrder.LITTLE_ENDIAN, 4, true);

    private final Meaning meaning;
    private final ByteOrder byteOrder;
    private final int word;
    private final boolean valuesLast;

    Layout(Meaning meaning, ByteOrder byteOrder, int word, boolean valuesLast) {
      this.meaning = meaning;
      this.byteOrder = byteOrder;
      this.word = word;
      this.valuesLast = valuesLast;
    }

    long base() {
      return word == 8 ? 0xffff_ffff_8100_0000L : 0xc100_0000L;
    }

    /** Labels are aligned to words, and since 2026 to 4 bytes. */
    int alignment() {
      return meaning == Meaning.PLACE_RELATIVE ? 4 : word;
    }

    /** num_syms and markers were words until 5.0. */
    boolean isOld() {
      return meaning == Meaning.ADDRESS && !valuesLast;
    }

    long address(int symbol) {
      boolean perCpu = meaning == Meaning.PER_CPU_ABSOLUTE && symbol < PER_CPU;
      return perCpu ? symbol * 0x40L : base() + symbol * 0x10L;
    }
  }

  private static String name(int symbol) {
    return symbol == 500 ? BIG : "symbol_" + symbol;
  }

  private static KernelMemory memory(Layout layout, byte[] image) {
    return LinearKernel.memory(layout.base(), layout.byteOrder, layout.word, image);
  }

  private static Vmcoreinfo vmcoreinfo(Layout layout) {
    String text = "SYMBOL(_stext)=%x\n".formatted(layout.base());
    return Vmcoreinfo.parse(text.getBytes(ISO_8859_1));
  }

  @ParameterizedTest
  @EnumSource
  void isFoundByItsShape(Layout layout) {
    KernelMemory memory = memory(layout, new Image(layout).write());

    Kallsyms table = KallsymsReader.search(memory, vmcoreinfo(layout)).orElseThrow();

    assertThat(table.count()).isEqualTo(SYMBOLS);
    for (int i = 0; i < SYMBOLS; i++) {
      assertThat(table.name(i)).isEqualTo(name(i));
      assertThat(table.type(i)).isEqualTo('t');
      assertThat(table.address(i)).as(table.name(i)).isEqualTo(layout.address(i));
      assertThat(table.at(layout.address(i))).hasValue(i);
    }
    assertThat(table.at(layout.address(700) + 3)).hasValue(700);
    assertThat(table.at(layout.base() + SIZE)).isEmpty();
  }

  /** A number below the image that is no per-CPU symbol, such as a user's address, is no symbol. */
  @Test
  void theLastPerCpuSymbolDoesNotReachToTheImage() {
    Layout layout = Layout.SINCE_6_4_PER_CPU;
    KernelMemory memory = memory(layout, new Image(layout).write());

    Kallsyms table = KallsymsReader.search(memory, vmcoreinfo(layout)).orElseThrow();

    assertThat(table.at(0x41)).hasValue(1);
    assertThat(table.at(0x47b7a0)).isEmpty();
  }

  /** Whatever is broken, the answer is a table or none. */
  @Test
  void brokenTablesDoNoHarm() {
    Random random = new Random(6);
    for (int round = 0; round < 110; round++) {
      Layout layout = Layout.values()[round % Layout.values().length];
      byte[] image = new Image(layout).write();
      for (int flips = 0; flips < 1 + round / 10; flips++) {
        image[TABLES + random.nextInt(SIZE - TABLES)] ^= (byte) (1 << random.nextInt(8));
      }
      KernelMemory memory = memory(layout, image);
      KallsymsReader.search(memory, vmcoreinfo(layout))
          .ifPresent(table -> assertThat(table.count()).isBetween(1, SIZE));
    }
  }

  /** The read-only data of a kernel with the tables in them. */
  private static final class Image {
    private final Layout layout;
    private final ByteBuffer bytes = ByteBuffer.allocate(SIZE);

    Image(Layout layout) {
      this.layout = layout;
      bytes.order(layout.byteOrder);
    }

    byte[] write() {
      new Random(1).nextBytes(bytes.array());
      bytes.position(TABLES);
      if (!layout.valuesLast) {
        values();
      }
      label();
      number(SYMBOLS);
      label();
      int names = bytes.position();
      int[] markers = new int[(SYMBOLS + 255) / 256];
      for (int i = 0; i < SYMBOLS; i++) {
        if (i % 256 == 0) {
          markers[i / 256] = bytes.position() - names;
        }
        byte[] name = ("t" + name(i)).getBytes(ISO_8859_1);
        if (name.length > 127) {
          bytes.put((byte) ((name.length & 0x7f) | 0x80)).put((byte) (name.length >> 7));
        } else {
          bytes.put((byte) name.length);
        }
        bytes.put(name);
      }
      label();
      for (int marker : markers) {
        number(marker);
      }
      tokens();
      if (layout.valuesLast) {
        values();
      }
      return bytes.array();
    }

    private void number(int value) {
      if (layout.isOld() && layout.word == 8) {
        bytes.putLong(value);
      } else {
        bytes.putInt(value);
      }
    }

    private void label() {
      while (bytes.position() % layout.alignment() != 0) {
        bytes.put((byte) 0);
      }
    }

    private void tokens() {
      label();
      int table = bytes.position();
      short[] starts = new short[256];
      for (int i = 0; i < starts.length; i++) {
        starts[i] = (short) (bytes.position() - table);
        String token =
            i == '_' || (Character.isLetterOrDigit(i) && i < 0x7f) ? "" + (char) i : "x" + i;
        bytes.put(token.getBytes(ISO_8859_1)).put((byte) 0);
      }
      label();
      for (short start : starts) {
        bytes.putShort(start);
      }
    }

    private void values() {
      label();
      for (int i = 0; i < SYMBOLS; i++) {
        long address = layout.address(i);
        switch (layout.meaning) {
          case ADDRESS -> word(address);
          case ADDRESS_32 -> bytes.putInt((int) address);
          case BASE_RELATIVE -> bytes.putInt((int) (address - layout.base()));
          case PER_CPU_ABSOLUTE ->
              bytes.putInt((int) (i < PER_CPU ? address : layout.base() - 1 - address));
          case PLACE_RELATIVE -> bytes.putInt((int) (address - layout.base() - bytes.position()));
        }
      }
      if (layout.meaning == Meaning.BASE_RELATIVE || layout.meaning == Meaning.PER_CPU_ABSOLUTE) {
        label();
        word(layout.base());
      }
    }

    private void word(long value) {
      if (layout.word == 8) {
        bytes.putLong(value);
      } else {
        bytes.putInt((int) value);
      }
    }
  }
}
