package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmcore.testing.Command;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.RealDump;
import org.vmcore.testing.Truth.Place;

/** What cannot work is said in one line that helps, with an exit status that scripts can tell. */
class BadInputTest {
  private static final int USAGE = 2;
  private static final int FAILURE = 1;
  private static final int PAGE = 4096;

  @TempDir private Path directory;

  private static void assertFails(Command.Result result, int exit, String... words) {
    assertThat(result.exit()).as(result.toString()).isEqualTo(exit);
    assertThat(result.err()).doesNotContain("\tat ").doesNotContain("Exception");
    // What came before it is the program's summary of the dump.
    List<String> complaints =
        result.err().lines().dropWhile(line -> !line.startsWith("vmcore-gdbserver: ")).toList();
    if (exit == FAILURE) {
      assertThat(complaints).as(result.err()).hasSize(1);
    }
    for (String word : words) {
      assertThat(complaints).as(result.err()).first().asString().contains(word);
    }
  }

  private Path copy(Path dump, long length) throws IOException {
    Path copy = directory.resolve("vmcore");
    try (FileChannel from = FileChannel.open(dump);
        FileChannel to =
            FileChannel.open(copy, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      long end = Math.min(length, from.size());
      for (long done = 0; done < end; ) {
        done += from.transferTo(done, end - done, to);
      }
    }
    return copy;
  }

  private static void patch(Path file, long position, byte[] bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes), position);
    }
  }

  private static byte[] little(int size, long value) {
    return Arrays.copyOf(
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array(), size);
  }

  @Test
  void notADump() throws IOException {
    Path file = Files.writeString(directory.resolve("notes.txt"), "This is no dump.\n".repeat(999));
    assertFails(Program.run(file), FAILURE, file.toString(), "not a kernel crash dump");
    assertFails(Program.run("info", file), FAILURE, file.toString(), "not a kernel crash dump");
  }

  @Test
  void emptyFile() throws IOException {
    Path file = Files.createFile(directory.resolve("empty"));
    assertFails(Program.run("info", file), FAILURE, file.toString());
  }

  @Test
  void noSuchFile() {
    Path file = directory.resolve("missing");
    assertFails(Program.run("info", file), FAILURE, file.toString(), "o such file");
  }

  @Test
  void directoryInsteadOfAFile() {
    assertFails(Program.run("info", directory), FAILURE, directory.toString(), "directory");
  }

  @Test
  void unreadableFile() throws IOException {
    Path file = Files.writeString(directory.resolve("secret"), "\u007fELF");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
    assumeFalse(Files.isReadable(file), "this user reads what nobody may");
    assertFails(Program.run("info", file), FAILURE, file.toString(), "ermission");
  }

  /** A program, as vmlinux is one, is an ELF file too, but no core. */
  @Test
  void programInsteadOfTheDump() {
    String program = ProcessHandle.current().info().command().orElseThrow();
    assertFails(Program.run("info", program), FAILURE, program);
  }

  /** A dump of a format: one of the corpus, or what {@code convert} makes of the lab's. */
  private Path dump(String format) {
    if (format.equals("kdump-zlib")) {
      return RealDump.typed().file();
    }
    if (Corpus.isThere()) {
      return CorpusDump.RAW_ELF.file();
    }
    Path made = directory.resolve("made");
    Command.Result result =
        Program.run("convert", RealDump.typed().file(), made, "--format", format);
    assertThat(result.exit()).as(result.toString()).isZero();
    return made;
  }

  @ParameterizedTest
  @MethodSource
  void cutWithinTheHeaders(String format, long length) throws IOException {
    Path file = copy(dump(format), length);
    Command.Result result = Program.run("info", file);
    assertFails(result, FAILURE, file.toString(), "0x");
  }

  static Stream<Arguments> cutWithinTheHeaders() {
    return Stream.of(
        Arguments.of("elf", 20),
        Arguments.of("elf", 100),
        Arguments.of("kdump-zlib", 300),
        Arguments.of("kdump-zlib", 4200),
        Arguments.of("kdump-zlib", 8200));
  }

  /** The offset, size and value of a header's field, and the field's name in its specification. */
  @ParameterizedTest
  @MethodSource
  void absurdHeaderValues(String format, long position, int size, long value, String field)
      throws IOException {
    Path file = copy(dump(format), Long.MAX_VALUE);
    patch(file, position, little(size, value));
    Command.Result result = Program.run("info", file);
    assertFails(result, FAILURE, file.toString(), field);
  }

  static Stream<Arguments> absurdHeaderValues() {
    return Stream.of(
        // Elf64_Ehdr (elf.h)
        Arguments.of("elf", 0x20, 8, 0x7fff_ffff_ffff_fff0L, "e_phoff"),
        Arguments.of("elf", 0x36, 2, 7, "e_phentsize"),
        // disk_dump_header (makedumpfile diskdump_mod.h)
        Arguments.of("kdump-zlib", 428, 4, 0, "block_size"),
        Arguments.of("kdump-zlib", 428, 4, 0x7fff_ffffL, "block_size"),
        Arguments.of("kdump-zlib", 432, 4, 0x7fff_ffffL, "sub_hdr_size"),
        Arguments.of("kdump-zlib", 436, 4, 0x7fff_ffffL, "bitmap_blocks"));
  }

  /** Not that this kernel had none. */
  @Test
  void whatATruncatedDumpLacksIsToldWhereItIsAskedFor() throws IOException {
    Path file = copy(CorpusDump.ZLIB.file(), Files.size(CorpusDump.ZLIB.file()) / 4);
    for (String command : List.of("ps", "mod")) {
      assertFails(Program.run(command, file), FAILURE, command, "The file is cut short");
    }
  }

  @Test
  void truncatedDumpOpensAndSaysWhatIsMissing() throws IOException {
    Path file = copy(CorpusDump.ZLIB.file(), Files.size(CorpusDump.ZLIB.file()) * 3 / 4);
    Command.Result info = Program.run("info", file);
    assertThat(info.exit()).as(info.toString()).isZero();
    assertThat(info.all()).containsPattern("(?i)truncated|cut short|missing|lost");
    try (Program server = Program.serve(file);
        GdbMi gdb = GdbMi.connect(server)) {
      int lost = 0;
      for (Place place : CorpusDump.ZLIB.truth().symbols()) {
        String bytes = gdb.memory(place.virtual(), place.length());
        if (place.bytes() != null && bytes.isEmpty()) {
          lost++;
          assertThat(gdb.monitor("why %#x".formatted(place.virtual()))).contains("lost");
        } else {
          assertThat(bytes).isEqualTo(place.bytes() == null ? "" : place.bytes());
        }
      }
      assertThat(lost).isPositive();
    }
  }

  /** Each page is wrong or right as a whole: where the dump is corrupt, it is said, not guessed. */
  @Test
  void corruptPagesAreToldApart() throws IOException {
    RealDump dump = RealDump.typed();
    Path file = copy(dump.file(), Long.MAX_VALUE);
    long size = Files.size(file);
    // zlib streams have a checksum: each page that is hit must be refused.
    for (long at = size / 4; at < size - 64; at += 16 << 10) {
      patch(file, at, new byte[64]);
    }
    try (Program server = Program.serve(file);
        GdbMi gdb = GdbMi.connect(server)) {
      int corrupt = 0;
      for (Place place : dump.truth().kernel()) {
        if (place.length() > PAGE) {
          continue; // Of several pages, some.
        }
        String bytes = gdb.memory(place.virtual(), place.length());
        if (bytes.isEmpty() && place.bytes() != null) {
          corrupt++;
          assertThat(gdb.monitor("why %#x".formatted(place.virtual()))).contains("corrupt");
        } else {
          assertThat(bytes).as(place.label()).isEqualTo(place.bytes() == null ? "" : place.bytes());
        }
      }
      assertThat(corrupt).isPositive();
      assertThat(server.isAlive()).isTrue();
    }
  }

  @Test
  void wrongVmlinux() {
    try (Program server =
        Program.serve(CorpusDump.RAW_ELF.file(), "--vmlinux", CorpusDump.ZLIB.vmlinux())) {
      assertThat(server.output())
          // readelf -n of the two kernels
          .contains("18ea0daec7fca29a772ce6db3d2391f6e93ab555")
          .contains("5346b8a2141ebda03d839f6426aed4b703c64b3b");
    }
  }

  @Test
  void rightVmlinuxIsNoMatterOfWarning() {
    try (Program server =
        Program.serve(CorpusDump.RAW_ELF.file(), "--vmlinux", CorpusDump.RAW_ELF.vmlinux())) {
      assertThat(server.output()).doesNotContainIgnoringCase("warning");
    }
  }

  @Test
  void portInUse() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      assertFails(Program.run("--listen", port, RealDump.typed().file()), FAILURE, port, "in use");
    }
  }

  @ParameterizedTest
  @MethodSource
  void usage(List<String> arguments) {
    assertFails(Program.run(arguments.toArray()), USAGE);
  }

  static Stream<List<String>> usage() {
    return Stream.of(
        List.of("--no-such-option"),
        List.of("serve"),
        List.of("serve", "--listen", "nonsense:port", "vmcore"),
        List.of("serve", "--cache-size", "much", "vmcore"),
        List.of("read", "0x10", "vmcore"),
        List.of("read", "here", "16", "vmcore"));
  }

  /** Of what is named beside the dump. */
  @Test
  @Tag("slow")
  void filesThatCannotBeReadAreNamed() throws IOException {
    Path dump = RealDump.typed().file();
    for (String option : List.of("--vmlinux", "--vmcoreinfo", "--system-map", "--types")) {
      assertFails(
          Program.run("sys", dump, option, directory), FAILURE, directory + ": is a directory");
      assertFails(Program.run("sys", dump, option, "/dev/zero"), FAILURE, "/dev/zero: ");
    }
    Path nowhere = directory.resolve("none/file");
    for (List<String> words :
        List.of(List.of("report", "-o"), List.of("symbols", "-o"), List.of("convert"))) {
      List<Object> line = new ArrayList<>(words);
      line.add(1, dump);
      line.add(nowhere);
      assertFails(Program.run(line.toArray()), FAILURE, nowhere + ": ", "no such directory");
    }
  }

  /** In a line that says how much there was, and how to give more. */
  @Test
  void tooLittleMemoryIsToldAsSuch() {
    Path dump = RealDump.typed().file();
    for (List<Object> words :
        List.of(
            List.<Object>of("symbols", dump, "-o", directory.resolve("symbols")),
            List.<Object>of("report", dump, "-o", directory.resolve("report")))) {
      Command.Result result =
          Command.of(Program.words(words.toArray()))
              .environment(Program.ENVIRONMENT)
              .environment("VMCORE_GDBSERVER_JAVA_OPTS", "-Xmx14m")
              .run();
      assertFails(result, FAILURE, "out of memory: ", "VMCORE_GDBSERVER_JAVA_OPTS=-Xmx");
    }
    assertThat(directory).isEmptyDirectory();
  }

  /** With --debug, and only then, a programmer sees more. */
  @Test
  void debugShowsTheStack() throws IOException {
    Path file = Files.writeString(directory.resolve("notes.txt"), "This is no dump.\n");
    Command.Result result = Program.run("info", "--debug", file);
    assertThat(result.exit()).isEqualTo(FAILURE);
    assertThat(Pattern.compile("(?m)^\\tat org\\.vmcore\\.").matcher(result.err()).find())
        .as(result.err())
        .isTrue();
  }
}
