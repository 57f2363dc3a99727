package org.vmcore.gdbstub.symbols.read;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.gdbstub.demo.DemoMachine;
import org.vmcore.gdbstub.demo.Tools;
import org.vmcore.gdbstub.linux.types.BtfException;
import org.vmcore.gdbstub.linux.types.BtfWriter;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.Member;
import org.vmcore.gdbstub.linux.types.TypeNames;
import org.vmcore.gdbstub.linux.types.TypeRef;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.symbols.read.elf.ObjectFile;
import org.vmcore.gdbstub.symbols.read.elf.Section;
import org.vmcore.gdbstub.symbols.read.elf.Symbols;

/**
 * Files that are damaged in any way give an answer or an error of their kind, soon, and cost no
 * more memory than a file of their size may. The same damages each time, or, given {@code
 * -Dfuzz.seconds}, others for so long.
 */
class DamagedFilesTest {
  private static final DebugDirectories NOWHERE = new DebugDirectories(List.of());
  private static final int ROUNDS = 400;
  private static final String SECONDS = System.getProperty("fuzz.seconds", "");

  /** For files of some 100 KiB; deflate makes at most a thousand times as much of a section. */
  private static final long MAX_ALLOCATION = 256L << 20;

  /** Numbers that sizes and offsets are wrong by. */
  private static final long[] BAD = {0, 1, -1, 0x7fff_ffff, 0x8000_0000L, 1L << 40, Long.MIN_VALUE};

  private static final String SOURCE =
      """
      enum colour { RED, GREEN };
      struct inner { char c; long l : 7; };
      struct outer { struct outer *next; struct inner in[3][2]; union { int i; double f; };
                     enum colour colour; int (*call)(struct outer *, ...); } outer;
      const char *text = "text";
      int main(void) { return outer.i; }
      """;

  @TempDir private static Path directory;

  static Stream<String> compiled() {
    return Stream.of(
        "-c -g -gdwarf-2",
        "-c -g -gdwarf-4",
        "-c -g -gz=zlib",
        "-c -g -gz=zlib-gnu",
        "-g -nostdlib -Wl,-e,main -gdwarf-5");
  }

  @Test
  void whatACompilerMakes() throws Exception {
    damageCompiled("-c -g -gdwarf-5");
  }

  @Tag("slow")
  @ParameterizedTest
  @MethodSource("compiled")
  void whatACompilerMadeInOtherWays(String options) throws Exception {
    damageCompiled(options);
  }

  private static void damageCompiled(String options) throws Exception {
    Path source = Files.writeString(directory.resolve("s.c"), SOURCE);
    Path object = directory.resolve("s.o");
    Tools.run(
        Stream.concat(
                Stream.concat(Stream.of("gcc"), Stream.of(options.split(" ", -1))),
                Stream.of("-o", "" + object, "" + source))
            .toArray(String[]::new));
    damage(Files.readAllBytes(object), DamagedFilesTest::readAll);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void btf(boolean little) throws Exception {
    ByteOrder order = little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    damage(BtfWriter.everyKind(order).bytes(), DamagedFilesTest::readAll);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void vmlinux(int seed) throws Exception {
    byte[] whole = DemoMachine.builder().build().vmlinux();
    damage(whole, seed, DamagedFilesTest::readAll);
  }

  @FunctionalInterface
  private interface Reader {
    int read(byte[] file) throws Exception;
  }

  @FunctionalInterface
  private interface Part {
    void read() throws IOException, DwarfException, BtfException;
  }

  private static void damage(byte[] whole, Reader reader) throws Exception {
    damage(whole, 1, reader);
  }

  private static void damage(byte[] whole, int seed, Reader reader) throws Exception {
    assertThat(reader.read(whole)).as("parts of the whole file that are understood").isPositive();
    Random random = SECONDS.isEmpty() ? new Random(seed) : new Random();
    long end = SECONDS.isEmpty() ? 0 : System.nanoTime() + Long.parseLong(SECONDS) * 1_000_000_000L;
    for (int round = 0; round < ROUNDS || System.nanoTime() - end < 0; round++) {
      byte[] damaged = damaged(whole, random);
      try {
        bounded(damaged, reader);
      } catch (Exception | Error e) {
        Path kept = Files.write(Files.createTempFile("damaged", ""), damaged);
        throw new AssertionError("round %d: %s is kept".formatted(round, kept), e);
      }
    }
  }

  private static byte[] damaged(byte[] whole, Random random) {
    byte[] bytes =
        random.nextInt(8) == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
    // Most of what matters are headers, which lie at both ends.
    int reach = random.nextBoolean() ? bytes.length : Math.min(bytes.length, 4096);
    for (int i = random.nextInt(6); i >= 0 && bytes.length > Long.BYTES; i--) {
      int at = random.nextInt(Math.max(1, reach - Long.BYTES));
      int place = random.nextBoolean() ? at : bytes.length - Long.BYTES - at;
      ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      long bad = BAD[random.nextInt(BAD.length)];
      switch (random.nextInt(5)) {
        case 0 -> buffer.putLong(place & ~7, bad);
        case 1 -> buffer.putInt(place & ~3, (int) bad);
        case 2 -> buffer.putShort(place & ~1, (short) bad);
        case 3 -> buffer.put(place, (byte) random.nextInt());
        default -> buffer.put(place, (byte) (buffer.get(place) ^ (1 << random.nextInt(8))));
      }
    }
    return bytes;
  }

  private static void bounded(byte[] file, Reader reader) throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    try {
      reader.read(file);
    } finally {
      assertThat(threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before)
          .as("bytes allocated")
          .isLessThan(MAX_ALLOCATION);
    }
  }

  /** As the program does with a file that it was given: each part whatever another is like. */
  private static int readAll(byte[] file) throws Exception {
    Path path = Files.write(directory.resolve("damaged"), file);
    int understood = 0;
    for (Part part :
        List.<Part>of(
            () -> sections(file),
            () -> Vmlinux.open(path).linkAddress("init_task"),
            () -> types(path),
            () -> BtfFile.open(path, Long.BYTES).ifPresent(DamagedFilesTest::everyType))) {
      try {
        part.read();
        understood++;
      } catch (IOException | DwarfException | BtfException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
    return understood;
  }

  private static void sections(byte[] bytes) throws IOException {
    ObjectFile file = ObjectFile.read(new BytesInput("damaged", bytes));
    file.buildId();
    Optional<Symbols> symbols = file.symbols();
    symbols.ifPresent(found -> found.value("main"));
    for (Section section : file.sections().toList()) {
      file.section(section.name());
      try {
        file.debugData(section).input().close();
      } catch (IOException e) {
        assertThat(e.getMessage()).contains("damaged");
      }
    }
  }

  private static void types(Path path) throws IOException, DwarfException {
    try (DwarfTypes types = DwarfTypes.open(path, NOWHERE).orElse(null)) {
      if (types != null) {
        for (String name : List.of("outer", "inner", "no_such_struct")) {
          types.named(TypeTable.Kind.STRUCT, name).forEach(DamagedFilesTest::read);
        }
        types.variable("outer").ifPresent(DamagedFilesTest::read);
        types.variable("text").ifPresent(DamagedFilesTest::read);
      }
    }
  }

  private static void everyType(TypeTable table) {
    for (int id = table.firstId(); id < table.endId(); id++) {
      read(new TypeRef(table, id));
    }
    table.variables();
    table.named(TypeTable.Kind.STRUCT, "node");
  }

  private static void read(TypeRef type) {
    TypeNames.of(type.get());
    type.get().size();
    if (type.get().resolved() instanceof Compound compound) {
      for (Member member : compound.members()) {
        TypeNames.declaration(member.type().get(), member.name());
        member.type().get().resolved().size();
      }
    }
  }
}
