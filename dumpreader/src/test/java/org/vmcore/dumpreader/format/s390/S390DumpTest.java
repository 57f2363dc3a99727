package org.vmcore.dumpreader.format.s390;

import org.vmcore.dumpreader.format.s390.S390Dump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.DumpFormatContract;
import org.vmcore.dumpreader.PlainMemoryContract;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalFault.Reason;
import org.vmcore.dumpreader.api.PhysicalMemory.Presence;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.input.BytesInput;

/** On files made after s390-tools' df_s390.h. */
public class S390DumpTest {
  private static final int MEMORY = 0x40000;
  private static final int PREFIX = 0x20000;

  private static ByteBuffer dump() {
    ByteBuffer file = ByteBuffer.allocate(0x1000 + MEMORY + 16);
    file.putLong(0xa8190173618f23fdL).putInt(5).putInt(0x1000).putInt(4).putInt(0x1000);
    file.putLong(MEMORY).putLong(0).putLong(MEMORY).putInt(MEMORY >> 12).putInt(0);
    file.putLong(1).putLong(2).putInt(2).putInt(0).putInt(2).putLong(MEMORY);
    file.put((byte) 0).putShort((short) 1).putShort((short) 1);
    file.putInt(0x800, PREFIX);
    file.put(0x1000, DumpFormatContract.noise(MEMORY));
    int area = 0x1000 + PREFIX + 0x1200;
    for (int i = 0; i < 16; i++) {
      file.putLong(area + 0x80 + i * 8, 0x1000 + i).putLong(area + 0x180 + i * 8, 0xc000 + i);
    }
    file.putLong(area + 0x100, 0x0404c001_80000000L).putLong(area + 0x108, 0x123456);
    return file.put(0x1000 + MEMORY, "DUMP_END".getBytes(ISO_8859_1));
  }

  public static byte[] file() {
    return all(dump());
  }

  private static byte[] all(ByteBuffer file) {
    return PlainMemoryContract.written(file.position(file.capacity()));
  }

  private static Dump open(byte[] file) throws IOException, DumpException {
    return new S390Dump()
        .open(new BytesInput("s390.dump", file), OpenOptions.defaults())
        .orElseThrow();
  }

  @Test
  void allMemoryIsThere() throws Exception {
    byte[] file = all(dump());
    Dump dump = open(file);

    assertThat(DumpFormatContract.ranges(dump.memory()))
        .containsExactly(new DumpFormatContract.Range(0, MEMORY, Presence.PRESENT));
    byte[] memory = new byte[MEMORY];
    assertThat(dump.memory().read(0, memory, 0, MEMORY).isComplete()).isTrue();
    assertThat(memory).isEqualTo(Arrays.copyOfRange(file, 0x1000, 0x1000 + MEMORY));
    assertThat(dump.info().byteOrder()).isEqualTo(ByteOrder.BIG_ENDIAN);
    assertThat(dump.info().machine()).contains("s390x");
    assertThat(dump.info().incomplete()).isEmpty();
  }

  @Test
  void theStatusThatACpuStoredBecomesNotes() throws Exception {
    Dump dump = open(all(dump()));

    assertThat(dump.notes()).extracting(Note::type).containsExactly(1, 0x304, 0x305);
    ByteBuffer prstatus = ByteBuffer.wrap(dump.notes().get(0).descriptor());
    assertThat(prstatus.getLong(112)).as("psw mask").isEqualTo(0x0404c001_80000000L);
    assertThat(prstatus.getLong(120)).as("psw address").isEqualTo(0x123456);
    assertThat(prstatus.getLong(128 + 15 * 8)).as("r15").isEqualTo(0x100f);
    ByteBuffer control = ByteBuffer.wrap(dump.notes().get(1).descriptor());
    assertThat(control.getLong(13 * 8)).as("cr13").isEqualTo(0xc00d);
    assertThat(ByteBuffer.wrap(dump.notes().get(2).descriptor()).getInt()).isEqualTo(PREFIX);
  }

  @Test
  void aCutFileGivesWhatItStillHas() throws Exception {
    Dump dump = open(Arrays.copyOf(all(dump()), 0x1000 + MEMORY - 0x800));

    assertThat(dump.info().incomplete()).singleElement().asString().contains("2048 bytes");
    PhysicalRead read = dump.memory().read(MEMORY - 0x1000, new byte[0x1000], 0, 0x1000);
    assertThat(read)
        .isEqualTo(
            new PhysicalRead(0x800, new PhysicalFault(Reason.TRUNCATED, MEMORY - 0x800, null)));
  }

  @Test
  void otherVariantsAreNamed() {
    byte[] extended = all(dump().putLong(0, 0xa8190173618f23feL));
    assertThatThrownBy(() -> open(extended))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("zgetdump -f elf s390.dump");
    byte[] volume = all(dump().put(92, (byte) 1));
    assertThatThrownBy(() -> open(volume))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("multi-volume");
    byte[] old = all(dump().putInt(72, 1));
    assertThatThrownBy(() -> open(old))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("not 64-bit");
  }

  @Test
  void damageGivesAnAnswerOrOneOfTwoExceptions() {
    Random random = new Random(20261103);
    byte[] file = all(dump());
    for (int i = 0; i < 2000; i++) {
      byte[] damaged = i % 4 == 0 ? Arrays.copyOf(file, random.nextInt(file.length)) : file.clone();
      damaged[random.nextInt(Math.min(damaged.length, 100) + 1) % damaged.length] ^=
          (byte) (1 << random.nextInt(8));
      assertThatCode(
              () ->
                  new S390Dump()
                      .open(new BytesInput("damaged", damaged), OpenOptions.defaults())
                      .ifPresent(dump -> dump.memory().read(0, new byte[64], 0, 64)))
          .as("damaged file %d", i)
          .satisfiesAnyOf(
              thrown -> assertThat(thrown).isNull(),
              thrown -> assertThat(thrown).isInstanceOf(DumpException.class));
    }
  }
}
