package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.testing.Command;
import org.vmcore.testing.LabDump;

/**
 * A process of a stock Debian, asleep in its C library, held against what a gdb on that machine
 * said of it and wrote as its core before the kernel crashed.
 */
@Tag("slow")
class GcoreTest {
  private static final int PAGE = 4096;
  private static final int PT_LOAD = 1;

  private final LabDump lab = LabDump.DEBUGGED;

  private int pid() {
    return Integer.parseInt(lab.find("users.txt", "^(\\d+) lab-sleeping ").group(1));
  }

  /** The pages of a core's segments, by address (ELF-64 object file format). */
  private static Map<Long, byte[]> pages(Path core) throws IOException {
    byte[] bytes = Files.readAllBytes(core);
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    Map<Long, byte[]> pages = new HashMap<>();
    for (int i = 0; i < file.getShort(56); i++) {
      int header = (int) file.getLong(32) + 56 * i;
      if (file.getInt(header) == PT_LOAD) {
        int offset = (int) file.getLong(header + 8);
        for (int at = 0; at < file.getLong(header + 32); at += PAGE) {
          pages.put(
              file.getLong(header + 16) + at,
              Arrays.copyOfRange(bytes, offset + at, offset + at + PAGE));
        }
      }
    }
    return pages;
  }

  /** What the kernel itself would have dumped is a part of what gdb dumps by default. */
  @Test
  void theCoreHasWhatGdbWroteOnTheMachine(@TempDir Path directory) throws IOException {
    Path core = directory.resolve("core");
    Command.Result written = Program.run("gcore", lab.file(), pid(), "-o", core);
    assertThat(written.exit()).as("%s", written).isZero();
    assertThat(written.err()).doesNotContain("not in the dump");
    Map<Long, byte[]> theirs = pages(lab.file("gcore"));
    Map<Long, byte[]> ours = pages(core);
    assertThat(ours).hasSizeGreaterThan(50);
    ours.forEach(
        (address, bytes) -> assertThat(bytes).as("%#x", address).isEqualTo(theirs.get(address)));
  }

  /** gdb reads the same of us as it did on the machine, so that its two cores are one. */
  @Test
  void gdbWritesTheSameCoreThroughUs(@TempDir Path directory) throws IOException {
    Path core = directory.resolve("core");
    try (Program server = Program.serve(lab.file())) {
      String shown =
          Gdb.batch()
              .ex("set auto-connect-native-target off")
              .ex("target extended-remote " + server.address(), "add-inferior", "inferior 2")
              .ex("attach " + pid(), "bt", "info registers", "info auxv", "gcore " + core)
              .run()
              .all();
      Map<Long, byte[]> theirs = pages(lab.file("gcore"));
      Map<Long, byte[]> ours = pages(core);
      assertThat(ours.keySet()).isEqualTo(theirs.keySet()).hasSizeGreaterThan(100);
      ours.forEach(
          (address, bytes) -> assertThat(bytes).as("%#x", address).isEqualTo(theirs.get(address)));
      for (String said : List.of("rbx", "rsp", "rip", "r12", "AT_ENTRY", "AT_RANDOM")) {
        assertThat(value(shown, said)).as(said).isEqualTo(value(lab.text("gdb.txt"), said));
      }
      // Symbols of libraries come from the page cache; where gdb has their debug info, more of
      // them.
      assertThat(shown)
          .containsPattern("clock_nanosleep.*\\n(?s:.*)nanosleep.*\\n(?s:.*)libc_start");
    }
  }

  /** The hexadecimal number in the line of a name. */
  private static String value(String text, String name) {
    return Pattern.compile("(?m)\\b" + name + "\\b.*?(0x[0-9a-f]+)")
        .matcher(text)
        .results()
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + name + " in " + text))
        .group(1);
  }
}
