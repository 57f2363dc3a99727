package org.vmcore.dumpreader.format.vmware;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.PlainMemoryContract;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpFormat;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.dumpreader.write.SyntheticDump;

/** On files made after crash's vmware_vmss.h. */
public class VmwareStateTest extends PlainMemoryContract {
  private static final int BLOCK = 63;
  private static final int COMPRESSED = 62;

  @Override
  public DumpFormat format() {
    return new VmwareState();
  }

  @Override
  public byte[] write(SyntheticDump dump) {
    byte[] memory = memory(dump);
    State state = new State();
    state.regions(dump);
    state.block("Memory", BLOCK, memory);
    return state.end().build();
  }

  private static byte[] memory(SyntheticDump dump) {
    ByteBuffer memory = ByteBuffer.allocate(1 << 24);
    dump.memory()
        .forEachRange(
            (start, length, presence) -> {
              byte[] bytes = new byte[(int) length];
              dump.memory().read(start, bytes, 0, bytes.length);
              memory.put(bytes);
            });
    return written(memory);
  }

  /** A state file with a group "memory" and a group "cpu". */
  private static final class State {
    private final ByteBuffer file =
        ByteBuffer.allocate(1 << 24).order(ByteOrder.LITTLE_ENDIAN).position(12 + 3 * 80);
    private int groups;

    State() {
      file.putInt(0, 0xbed2bed2).putInt(4, 8).putInt(8, 3);
      group("Checkpoint").end();
      group("memory");
    }

    State group(String name) {
      int at = 12 + groups++ * 80;
      file.put(at, name.getBytes(ISO_8859_1)).putLong(at + 64, file.position());
      return this;
    }

    State value(String name, long value, int size, int... indexes) {
      tag(name, size, indexes);
      file.put(
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array(), 0, size);
      return this;
    }

    State block(String name, int kind, byte[] bytes) {
      tag(name, kind);
      file.putLong(bytes.length).putLong(bytes.length).putShort((short) 6).put(new byte[6]);
      file.put(bytes);
      return this;
    }

    private void tag(String name, int size, int... indexes) {
      file.putShort((short) (name.length() << 8 | indexes.length << 6 | size));
      file.put(name.getBytes(ISO_8859_1));
      Arrays.stream(indexes).forEach(file::putInt);
    }

    State regions(SyntheticDump dump) {
      List<Range> ranges = ranges(dump.memory());
      value("regionsCount", ranges.size(), 4);
      long page = 0;
      for (int i = 0; i < ranges.size(); i++) {
        value("regionPageNum", page, 4, i);
        value("regionPPN", ranges.get(i).start() / PAGE, 4, i);
        value("regionSize", ranges.get(i).length() / PAGE, 4, i);
        page += ranges.get(i).length() / PAGE;
      }
      return this;
    }

    State end() {
      file.putShort((short) 0);
      return this;
    }

    byte[] build() {
      if (groups < 3) {
        group("cpu").end();
      }
      return written(file);
    }
  }

  private static Dump openBoth(byte[] state, byte[] memory) throws Exception {
    return new VmwareState()
        .open(
            List.of(new BytesInput("vm.vmem", memory), new BytesInput("vm.vmss", state)),
            OpenOptions.defaults())
        .orElseThrow();
  }

  @Test
  void memoryMayBeInAFileOfItsOwn() throws Exception {
    SyntheticDump sample = sample();
    byte[] state = new State().regions(sample).end().build();

    Dump dump = openBoth(state, memory(sample));
    assertSameMemory(dump.memory(), sample.memory());
    assertThat(dump.info().variant()).isEqualTo("memory in a .vmem");
    assertThat(dump.info().file()).isEqualTo("vm.vmss");
    assertThatThrownBy(() -> open(state))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("name that .vmem too");
  }

  @Test
  void withoutRegionsMemoryHasNoHoles() throws Exception {
    byte[] memory = noise(5 * PAGE);
    Dump dump = openBoth(new State().end().build(), memory);

    assertThat(ranges(dump.memory()))
        .containsExactly(new Range(0, 5 * PAGE, PhysicalMemory.Presence.PRESENT));
  }

  @Test
  void registersBecomeNotes() throws Exception {
    State state = new State().end().group("cpu").value("cpu:numVCPUs", 2, 4);
    List<String> names =
        List.of(
            "rax", "rcx", "rdx", "rbx", "rbp", "rsp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
            "r13", "r14", "r15", "rip");
    for (int i = 0; i < names.size(); i++) {
      state.value(names.get(i), 0xffff_ffff_0000_0000L + i, 8, 0);
    }
    state.value("eflags", 0x246, 4, 0).value("rip", 1, 8, 1);
    Dump dump = openBoth(state.end().build(), noise(PAGE));

    assertThat(dump.notes())
        .as("CPU 1 lacks most")
        .extracting(Note::name)
        .containsExactly("CORE", Note.ABSENT_REGISTERS);
    ByteBuffer prstatus =
        ByteBuffer.wrap(dump.notes().get(0).descriptor()).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(prstatus.getLong(112 + 16 * 8)).as("rip").isEqualTo(0xffff_ffff_0000_0010L);
    assertThat(prstatus.getLong(112 + 19 * 8)).as("rsp").isEqualTo(0xffff_ffff_0000_0005L);
    assertThat(prstatus.getLong(112 + 18 * 8)).as("eflags").isEqualTo(0x246);
    assertThat(dump.info().machine()).contains("x86_64");
  }

  @Test
  void whatCannotBeReadIsNamed() {
    byte[] compressed = new State().block("Memory", COMPRESSED, new byte[9]).end().build();
    assertThatThrownBy(() -> open(compressed))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("compressed memory");
    byte[] old = ByteBuffer.allocate(64).putInt(0xd0bed0be).array();
    assertThatThrownBy(() -> open(old))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("before 64-bit checkpoints");
  }
}
