package org.vmcore.dumpreader.format.sadump;

import org.vmcore.dumpreader.format.sadump.Sadump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.PlainMemoryContract;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpFormat;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalMemory.Presence;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.dumpreader.write.SyntheticDump;

/** On files made after makedumpfile's sadump_mod.h and crash's sadump.h. */
public class SadumpTest extends PlainMemoryContract {
  private static final byte[] SADUMP = "sadump\0\0".getBytes(ISO_8859_1);

  @Override
  public DumpFormat format() {
    return new Sadump();
  }

  @Override
  public byte[] write(SyntheticDump dump) {
    ByteBuffer file = little(1 << 24);
    partHeader(file, 0, 0);
    dump(file, PAGE, dump, 0);
    byte[] pages = pages(dump);
    file.put(pages);
    file.putLong(160, file.position());
    return written(file);
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void partHeader(ByteBuffer file, int at, int disk) {
    file.put(at, SADUMP).putInt(at + 8, 1);
    file.put(at + 104, "the set of disks".getBytes(ISO_8859_1));
    file.putInt(at + 152, disk);
    int magic = 4711;
    for (int i = 168; i < PAGE; i += 4) {
      file.putInt(at + i, magic);
      magic = 11 * (magic + 7);
    }
  }

  /** Header, one block of CPU states, a block each of bitmaps; leaves the position after them. */
  private static void dump(ByteBuffer file, int at, SyntheticDump dump, int cpus) {
    long[] last = new long[1];
    dump.memory().forEachRange((start, length, kind) -> last[0] = (start + length) / PAGE);
    int blocks = (int) ((last[0] + 8L * PAGE - 1) / (8L * PAGE));
    file.put(at, SADUMP).putInt(at + 8, 1).putInt(at + 40, PAGE).putInt(at + 48, 1);
    file.putInt(at + 52, blocks).putInt(at + 56, blocks).putInt(at + 60, 1);
    file.putInt(at + 80, cpus).putLong(at + 88, last[0]);
    int existing = at + 2 * PAGE;
    int dumpable = existing + blocks * PAGE;
    dump.memory()
        .forEachRange(
            (start, length, presence) -> {
              for (long pfn = start / PAGE; pfn < (start + length) / PAGE; pfn++) {
                set(file, existing, pfn);
                if (presence == Presence.PRESENT) {
                  set(file, dumpable, pfn);
                }
              }
            });
    file.position(dumpable + blocks * PAGE);
  }

  private static void set(ByteBuffer file, int bitmap, long pfn) {
    int at = bitmap + (int) (pfn / 8);
    file.put(at, (byte) (file.get(at) | 0x80 >> (pfn % 8)));
  }

  private static byte[] pages(SyntheticDump dump) {
    ByteBuffer pages = ByteBuffer.allocate(1 << 24);
    dump.memory()
        .forEachRange(
            (start, length, presence) -> {
              byte[] bytes = new byte[(int) length];
              if (dump.memory().read(start, bytes, 0, bytes.length).isComplete()) {
                pages.put(bytes);
              }
            });
    return written(pages);
  }

  @Test
  void pagesThatWereLeftOutAreFiltered() throws Exception {
    SyntheticDump dump = sampleBuilder().filteredPages(0x20 * PAGE, 3 * PAGE).build();

    assertSameMemory(open(write(dump)).memory(), dump.memory());
  }

  @Test
  void aMediaBackupIsReadAfterItsFirstBlock() throws Exception {
    byte[] single = write(sample());
    byte[] media = new byte[single.length + PAGE];
    System.arraycopy(single, 0, media, PAGE, single.length);
    Dump dump = open(media);

    assertSameMemory(dump.memory(), sample().memory());
    assertThat(dump.info().variant()).isEqualTo("media backup");
  }

  /** Three disks, which share the pages. */
  private static List<byte[]> diskSet(SyntheticDump dump) {
    byte[] pages = pages(dump);
    List<byte[]> disks = new ArrayList<>();
    int[] cuts = {0, 4 * PAGE, 9 * PAGE, pages.length};
    for (int disk = 1; disk <= 3; disk++) {
      ByteBuffer file = little(1 << 24);
      partHeader(file, 0, disk);
      file.position(PAGE);
      if (disk == 1) {
        file.putInt(PAGE, 1).putInt(PAGE + 4, 3);
        dump(file, 2 * PAGE, dump, 0);
      }
      file.put(pages, cuts[disk - 1], cuts[disk] - cuts[disk - 1]);
      file.putLong(160, file.position());
      disks.add(written(file.position(file.position() + 100)));
    }
    return disks;
  }

  private static Dump openSet(List<byte[]> disks, int... order) throws Exception {
    List<DumpInput> inputs = new ArrayList<>();
    for (int disk : order) {
      inputs.add(new BytesInput("disk" + disk, disks.get(disk - 1)));
    }
    return new Sadump().open(inputs, OpenOptions.defaults()).orElseThrow();
  }

  @Test
  void theDisksOfASetComeInAnyOrder() throws Exception {
    Dump dump = openSet(diskSet(sample()), 3, 1, 2);

    assertSameMemory(dump.memory(), sample().memory());
    assertThat(dump.info().variant()).isEqualTo("disk set");
  }

  @Test
  void aMissingDiskIsNamed() {
    List<byte[]> disks = diskSet(sample());
    assertThatThrownBy(() -> openSet(disks, 1, 3))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("without disk 2");
    assertThatThrownBy(() -> openSet(disks, 1, 2))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("3 disks, of which 2 are named");
    assertThatThrownBy(() -> openSet(disks, 2, 2))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("disk 2 of a SADUMP disk set that does not fit");
  }

  @Test
  void registersBecomeNotes() throws Exception {
    ByteBuffer file = little(1 << 20);
    partHeader(file, 0, 0);
    dump(file, PAGE, sample(), 1);
    int states = 2 * PAGE;
    file.putInt(states, 1024);
    int cpu = states + 4 + 16;
    // crash's sadump.h: r15 at 796, rax at 860, rsp 892, rip 984, efer 992, rflags 1000, cs 940.
    file.putLong(cpu + 796, 15).putLong(cpu + 860, 0xa).putLong(cpu + 892, 0x5b);
    file.putLong(cpu + 984, 0x1b).putLong(cpu + 992, 0x500).putLong(cpu + 1000, 0x46);
    file.putInt(cpu + 940, 0x10);
    file.put(pages(sample()));
    Dump dump = open(written(file));

    ByteBuffer prstatus =
        ByteBuffer.wrap(dump.notes().get(0).descriptor()).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(prstatus.getLong(112)).as("r15").isEqualTo(15);
    assertThat(prstatus.getLong(112 + 10 * 8)).as("rax").isEqualTo(0xa);
    assertThat(prstatus.getLong(112 + 16 * 8)).as("rip").isEqualTo(0x1b);
    assertThat(prstatus.getLong(112 + 17 * 8)).as("cs").isEqualTo(0x10);
    assertThat(prstatus.getLong(112 + 18 * 8)).as("eflags").isEqualTo(0x46);
    assertThat(prstatus.getLong(112 + 19 * 8)).as("rsp").isEqualTo(0x5b);
    assertSameMemory(dump.memory(), sample().memory());
  }

  @Test
  void damagedMagicNumbersAreNamed() {
    byte[] file = write(sample());
    file[400] ^= 1;

    assertThatThrownBy(() -> open(file))
        .isInstanceOf(DamagedDumpException.class)
        .hasMessageContaining("magicnum");
  }
}
