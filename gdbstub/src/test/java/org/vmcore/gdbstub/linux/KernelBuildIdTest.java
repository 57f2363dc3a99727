package org.vmcore.gdbstub.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.SymbolTable;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.gdbstub.machine.RealDumps;
import org.vmcore.testing.Corpus;

class KernelBuildIdTest {
  private static final long BASE = 0xffff_ffff_8100_0000L;

  @TempDir private Path directory;

  private static ByteBuffer note(ByteBuffer notes, String name, int type, int size) {
    notes.putInt(name.length()).putInt(size).putInt(type).put(name.getBytes(ISO_8859_1));
    notes.position((notes.position() + 3) & ~3);
    for (int i = 0; i < size; i++) {
      notes.put((byte) (i + 1));
    }
    return notes.position((notes.position() + 3) & ~3);
  }

  private static Optional<String> read(byte[] notes, ByteOrder order) {
    KernelMemory memory = LinearKernel.memory(BASE, order, 8, notes);
    SymbolTable symbols =
        names -> Map.of("__start_notes", BASE, "__stop_notes", BASE + notes.length);
    return KernelBuildId.read(memory, symbols);
  }

  @ParameterizedTest
  @CsvSource({"LITTLE_ENDIAN", "BIG_ENDIAN"})
  void itIsAmongOtherNotes(String byteOrder) {
    ByteOrder order =
        byteOrder.startsWith("LITTLE") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    ByteBuffer notes = ByteBuffer.allocate(112).order(order);
    note(notes, "Xen\0", 3, 8);
    note(notes, "Linux\0", 257, 1);
    note(notes, "GNU\0", 5, 16);
    note(notes, "GNU\0", 3, 6);
    assertThat(read(notes.array(), order)).contains("010203040506");
  }

  @Test
  void anythingElseIsNone() {
    assertThat(read(new byte[0], ByteOrder.LITTLE_ENDIAN)).isEmpty();
    Random random = new Random(7);
    for (int i = 0; i < 1000; i++) {
      ByteBuffer notes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
      note(note(notes, "Linux\0", 257, 1), "GNU\0", 3, 20);
      for (int flips = 0; flips < 4; flips++) {
        notes.put(random.nextInt(64), (byte) random.nextInt());
      }
      Optional<String> id = read(notes.array(), ByteOrder.LITTLE_ENDIAN);
      id.ifPresent(text -> assertThat(text).matches("([0-9a-f]{2}){1,52}"));
    }
  }

  /** Real dumps whose VMCOREINFO does not tell it, as before 5.9: what readelf says of vmlinux. */
  @ParameterizedTest
  @CsvSource({
    "x86_64/kdump-null-deref/vmcore.raw, 18ea0daec7fca29a772ce6db3d2391f6e93ab555",
    "x86_64/kdump-btf-null-deref/vmcore.d31.zlib, 5346b8a2141ebda03d839f6426aed4b703c64b3b"
  })
  void realKernelsHaveItInMemory(String dump, String expected) throws Exception {
    try (CrashedMachine machine = RealDumps.open(dump)) {
      assertThat(machine.buildId()).contains(expected);
      String text = new String(machine.vmcoreinfo().orElseThrow().text(), ISO_8859_1);
      Path other = directory.resolve("vmcoreinfo");
      Files.writeString(other, text.replaceAll("BUILD-ID=.*\n", ""), ISO_8859_1);
      MachineOptions options =
          new MachineOptions(
              Optional.of(other), Optional.empty(), Map.of(), OpenOptions.defaults());
      try (CrashedMachine old = CrashedMachine.open(Corpus.file(dump), options)) {
        assertThat(old.buildId()).contains(expected);
      }
    }
  }
}
