package org.vmcore.dumpreader.format.xen;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.PlainMemoryContract;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpFormat;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.write.SyntheticDump;

/** On files made after Xen's docs/misc/dump-core-format.txt. */
public class XenCoreTest extends PlainMemoryContract {
  @Override
  public DumpFormat format() {
    return new XenCore();
  }

  @Override
  public byte[] write(SyntheticDump dump) throws Exception {
    return xenCore(dump, ".xen_pfn", Map.of());
  }

  private static byte[] xenCore(SyntheticDump dump, String index, Map<String, byte[]> more)
      throws Exception {
    ByteArrayOutputStream pages = new ByteArrayOutputStream();
    List<Long> pfns = new ArrayList<>();
    dump.memory()
        .forEachRange(
            (start, length, presence) -> {
              byte[] bytes = new byte[(int) length];
              dump.memory().read(start, bytes, 0, bytes.length);
              pages.writeBytes(bytes);
              for (long at = 0; at < length; at += PAGE) {
                pfns.add((start + at) / PAGE);
              }
            });
    ByteBuffer list = little(pfns.size() * 8);
    pfns.forEach(list::putLong);
    Map<String, byte[]> sections = new LinkedHashMap<>();
    sections.put(".note.Xen", notes(pfns.size(), more.containsKey(".xen_prstatus") ? 2 : 1));
    sections.putAll(more);
    sections.put(index, written(list));
    sections.put(".xen_pages", pages.toByteArray());
    return elf(sections);
  }

  private static byte[] notes(int pages, int cpus) {
    ByteBuffer notes = little(120);
    notes.putInt(4).putInt(32).putInt(0x2000001).put("Xen\0".getBytes(ISO_8859_1));
    notes.putLong(0xf00febeeL).putLong(cpus).putLong(pages).putLong(PAGE);
    notes.putInt(4).putInt(8).putInt(0x2000003).put("Xen\0".getBytes(ISO_8859_1)).putLong(1);
    return written(notes);
  }

  /** The header, the sections' headers, their names, then what they hold. */
  private static byte[] elf(Map<String, byte[]> sections) {
    StringBuilder names = new StringBuilder("\0");
    int count = sections.size() + 2;
    ByteBuffer file = little(1 << 24);
    file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
    file.putShort(16, (short) 4).putShort(18, (short) X86_64).putLong(40, 64);
    file.putShort(58, (short) 64).putShort(60, (short) count).putShort(62, (short) (count - 1));
    int at = 64 + count * 64 + 256;
    int header = 64 + 64;
    for (Map.Entry<String, byte[]> section : sections.entrySet()) {
      file.putInt(header, names.length()).putLong(header + 24, at);
      file.putLong(header + 32, section.getValue().length);
      names.append(section.getKey()).append('\0');
      file.put(at, section.getValue());
      at += section.getValue().length;
      header += 64;
    }
    int namesAt = 64 + count * 64;
    file.putLong(header + 24, namesAt).putLong(header + 32, names.length());
    file.put(namesAt, names.toString().getBytes(ISO_8859_1));
    return written(file.position(at));
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void registersBecomeNotes() throws Exception {
    ByteBuffer contexts = little(2 * 5168);
    // arch-x86/xen-x86_64.h: r15 first, rip at 128, cs 136, rflags 144, rsp 152, ss 160.
    int second = 5168 + 520;
    contexts.putLong(second, 15).putLong(second + 14 * 8, 0xd1).putLong(second + 128, 0xffff1234L);
    contexts.putShort(second + 136, (short) 0x10).putLong(second + 144, 0x202);
    // ctrlreg[3], fs_base, gs_base_kernel, gs_base_user.
    contexts.putLong(5168 + 4984 + 3 * 8, 0x700a000).putLong(5168 + 5144, 0x7f01L);
    contexts.putLong(5168 + 5152, 0xffff02L).putLong(5168 + 5160, 0x7f03L);
    contexts.putLong(second + 152, 0xabcd).putShort(second + 160, (short) 0x18);
    byte[] file =
        xenCore(
            sample(),
            ".xen_pfn",
            Map.of(".xen_prstatus", written(contexts.position(contexts.capacity()))));
    Dump dump = open(file);

    assertThat(dump.notes()).extracting(Note::name).containsExactly("CORE", "CORE", "QEMU");
    ByteBuffer state =
        ByteBuffer.wrap(dump.notes().get(2).descriptor()).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(state.getLong(136)).as("rip").isEqualTo(0xffff1234L);
    assertThat(state.getLong(392 + 3 * 8)).as("cr3").isEqualTo(0x700a000);
    assertThat(state.getLong(432)).as("the program's gs base").isEqualTo(0x7f03L);
    ByteBuffer prstatus =
        ByteBuffer.wrap(dump.notes().get(1).descriptor()).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(prstatus.getLong(112 + 21 * 8)).as("fs_base").isEqualTo(0x7f01L);
    assertThat(prstatus.getLong(112 + 22 * 8)).as("gs_base").isEqualTo(0xffff02L);
    assertThat(prstatus.getLong(112)).as("r15").isEqualTo(15);
    assertThat(prstatus.getLong(112 + 14 * 8)).as("rdi").isEqualTo(0xd1);
    assertThat(prstatus.getLong(112 + 16 * 8)).as("rip").isEqualTo(0xffff1234L);
    assertThat(prstatus.getLong(112 + 17 * 8)).as("cs").isEqualTo(0x10);
    assertThat(prstatus.getLong(112 + 18 * 8)).as("eflags").isEqualTo(0x202);
    assertThat(prstatus.getLong(112 + 19 * 8)).as("rsp").isEqualTo(0xabcd);
    assertThat(prstatus.getLong(112 + 20 * 8)).as("ss").isEqualTo(0x18);
    assertThat(dump.info().machine()).contains("x86_64");
  }

  @Test
  void aParavirtualGuestIsNamed() {
    assertThatThrownBy(() -> open(xenCore(sample(), ".xen_p2m", Map.of())))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("paravirtual Xen guest");
  }

  @Test
  void aFileCutShortSaysWhatIsLost() throws Exception {
    byte[] file = write(sample());
    Dump dump = open(Arrays.copyOf(file, file.length - PAGE));

    assertThat(dump.info().incomplete()).singleElement().asString().contains("4096 bytes");
    assertThat(fault(dump.memory().read(0x404L * PAGE, new byte[1], 0, 1)).reason())
        .isEqualTo(PhysicalFault.Reason.TRUNCATED);
  }
}
