package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.page.PageCodec;
import org.vmcore.dumpreader.write.KdumpWriter;
import org.vmcore.dumpreader.write.SyntheticDump;
import org.vmcore.testing.Command;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.RealDump;
import org.vmcore.testing.Truth;
import org.vmcore.testing.Truth.Place;

/** What {@code convert} writes opens in crash, drgn, gdb and makedumpfile, and holds the truth. */
class ConvertTest {
  private static final RealDump DUMP = RealDump.typed();

  @TempDir private Path directory;

  private Path convert(RealDump dump, String format) {
    Path out = directory.resolve("vmcore." + format);
    Command.Result result = Program.run("convert", dump.file(), out, "--format", format);
    assertThat(result.exit()).as(result.toString()).isZero();
    assertThat(result.err()).contains(out + ": " + format);
    return out;
  }

  private static List<Place> present(RealDump dump) {
    return dump.truth().kernel().stream().filter(place -> place.bytes() != null).toList();
  }

  /** Eight bytes as hexadecimal digits. */
  private static String firstBytes(Place place) {
    return place.knownBytes().substring(0, 16);
  }

  private static void assertTruth(Path file, List<Place> places) throws Exception {
    try (Dump dump = DumpFormats.openFiles(List.of(file), OpenOptions.defaults())) {
      for (Place place : places) {
        byte[] bytes = new byte[place.length()];
        assertThat(dump.memory().read(place.physical(), bytes, 0, bytes.length).isComplete())
            .as(place.label())
            .isTrue();
        assertThat(HexFormat.of().formatHex(bytes)).as(place.label()).isEqualTo(place.bytes());
      }
    }
  }

  private List<Path> directoryContent() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"elf", "kdump-lzo"})
  void aDumpKeepsItsTruth(String format) throws Exception {
    assertTruth(convert(DUMP, format), present(DUMP));
  }

  @Tag("slow")
  @ParameterizedTest
  @MethodSource("org.vmcore.testing.RealDump#all")
  void everyDumpKeepsItsTruth(RealDump dump) throws Exception {
    for (String format : List.of("elf", "kdump-snappy")) {
      Path file = convert(dump, format);
      assertTruth(file, present(dump));
      Files.delete(file);
    }
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(strings = {"elf", "kdump-zlib", "kdump-lzo", "kdump-snappy", "kdump-zstd"})
  void crashOpensIt(String format) throws Exception {
    assumeTrue(Command.isInstalled("crash"), "crash is not installed");
    List<Place> places =
        CorpusDump.ZLIB.truth().memory().stream().filter(p -> p.bytes() != null).toList();
    StringBuilder commands = new StringBuilder("bt\n");
    places.forEach(place -> commands.append("rd -8 %x %d%n".formatted(place.virtual(), 8)));
    Path script = Files.writeString(directory.resolve("commands"), commands + "quit\n");

    Command.Result result =
        Command.of(
                "crash",
                "-s",
                "-i",
                "" + script,
                "" + CorpusDump.ZLIB.vmlinux(),
                "" + convert(CorpusDump.ZLIB, format))
            .limit(Duration.ofMinutes(2))
            .run();

    assertThat(result.exit()).as(result.toString()).isZero();
    assertThat(result.out()).contains("PID: 1 ", "crash_kexec");
    for (Place place : places) {
      String bytes = firstBytes(place).replaceAll("..(?!$)", "$0 ");
      assertThat(result.out()).contains("%x:  %s".formatted(place.virtual(), bytes));
    }
  }

  /** Virtual addresses too: for ELF they come from the PT_LOADs that we add. */
  @ParameterizedTest
  @ValueSource(
      strings = {"elf", "kdump-zlib", "kdump-snappy"}) // what drgn's library has everywhere
  void drgnOpensIt(String format) throws Exception {
    assumeTrue(Command.isInstalled("drgn"), "drgn is not installed");
    List<Place> places = present(DUMP);
    String script =
        places.stream()
            .map(
                place ->
                    "print(prog.read(%#x, %d).hex(), prog.read(%#x, %d, True).hex())"
                        .formatted(
                            place.virtual(), place.length(), place.physical(), place.length()))
            .collect(Collectors.joining("\n"));
    Path file = Files.writeString(directory.resolve("read.py"), script);

    Command.Result result =
        Command.of("drgn", "--no-default-symbols", "-c", "" + convert(DUMP, format), "" + file)
            .run();

    assertThat(result.exit()).as(result.toString()).isZero();
    assertThat(result.out().lines().toList())
        .isEqualTo(places.stream().map(place -> place.bytes() + " " + place.bytes()).toList());
  }

  /** gdb alone, which walks no page tables, has the direct map and the kernel image. */
  @Test
  void gdbOpensElf() {
    assumeTrue(Command.isInstalled("gdb"), "gdb is not installed");
    List<Place> places =
        present(DUMP).stream()
            .filter(place -> place.length() < 64)
            // Of a module's memory a segment would have to say each page.
            .filter(place -> !place.label().startsWith("module-"))
            .filter(place -> !place.label().startsWith("vmalloc") && place.virtual() < 0)
            .toList();
    assertThat(places).hasSizeGreaterThan(2);
    List<String> words =
        new ArrayList<>(
            List.of("gdb", "-nx", "-batch", "-ex", "core-file " + convert(DUMP, "elf")));
    places.forEach(place -> words.addAll(List.of("-ex", "x/8xb %#x".formatted(place.virtual()))));

    String out = Command.of(words.toArray(String[]::new)).run().out();

    for (Place place : places) {
      String bytes = firstBytes(place).replaceAll("..", "\t0x$0");
      assertThat(out).contains("%#x:%s".formatted(place.virtual(), bytes));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"elf", "kdump-zlib", "kdump-lzo", "kdump-plain"})
  void makedumpfileFiltersIt(String format) throws Exception {
    assumeTrue(Command.isInstalled("makedumpfile"), "makedumpfile is not installed");
    Path filtered = directory.resolve("filtered");

    Command.Result result =
        Command.of("makedumpfile", "-c", "-d", "31", "" + convert(DUMP, format), "" + filtered)
            .run();

    assertThat(result.exit()).as(result.toString()).isZero();
    assertTruth(filtered, present(DUMP));
  }

  /** makedumpfile cannot read QEMU's ELF files itself. */
  @Test
  void makedumpfileReadsAQemuDumpThatWasConverted() throws Exception {
    assumeTrue(Command.isInstalled("makedumpfile"), "makedumpfile is not installed");
    Path filtered = directory.resolve("filtered");

    Command.Result result =
        Command.of(
                "makedumpfile",
                "-c",
                "-d",
                "31",
                "" + convert(CorpusDump.QEMU_ELF, "elf"),
                "" + filtered)
            .run();

    assertThat(result.exit()).as(result.toString()).isZero();
    try (Dump dump = DumpFormats.openFiles(List.of(filtered), OpenOptions.defaults())) {
      assertThat(dump.vmcoreinfo()).isPresent();
      assertThat(dump.notes()).hasSizeGreaterThan(2);
    }
  }

  @Test
  void theHeaderNamesTheKernelThatRan() throws Exception {
    Path file = convert(CorpusDump.RAW_ELF, "kdump-zlib");

    try (Dump dump = DumpFormats.openFiles(List.of(file), OpenOptions.defaults())) {
      assertThat(dump.info().headerFields())
          .containsEntry("utsname.sysname", "Linux")
          .containsEntry("utsname.release", "6.1.192-vmcoretest")
          .containsEntry("utsname.version", "#1 SMP Fri Nov 20 17:00:00 UTC 2026")
          .containsEntry("utsname.machine", "x86_64");
    }
  }

  /** QEMU calls the machine "Unknown" and stores blocks of 64 KiB; drgn takes neither. */
  @Test
  void aFlattenedQemuDumpOfArm64BecomesOneThatDrgnOpens() throws Exception {
    Path source = Corpus.file("arm64/qemu/vmcore.kdump-zlib");
    Path file = directory.resolve("vmcore");
    assertThat(Program.run("convert", source, file).exit()).isZero();

    try (Dump dump = DumpFormats.openFiles(List.of(file), OpenOptions.defaults())) {
      assertThat(dump.info().machine()).hasValue("aarch64");
      assertThat(dump.info().pageSize()).hasValue(4096);
    }
    assertTruth(
        file,
        Truth.read(Corpus.file("arm64/qemu/truth.tsv")).kernel().stream()
            .filter(place -> place.bytes() != null)
            .toList());
    assumeTrue(Command.isInstalled("drgn"), "drgn is not installed");
    Path script = Files.writeString(directory.resolve("arch.py"), "print(prog.platform.arch)");
    Command.Result result =
        Command.of("drgn", "--no-default-symbols", "-c", "" + file, "" + script).run();
    assertThat(result.out()).contains("AARCH64");
  }

  @Test
  void nothingIsReplacedUnasked() throws IOException {
    Path out = Files.writeString(directory.resolve("out"), "precious");

    Command.Result refused = Program.run("convert", DUMP.file(), out);
    assertThat(refused.exit()).isEqualTo(2);
    assertThat(refused.err()).contains(out + " exists; give --force");
    assertThat(out).hasContent("precious");

    Command.Result forced = Program.run("convert", "--force", DUMP.file(), out);
    assertThat(forced.exit()).as(forced.toString()).isZero();
    assertThat(Files.size(out)).isGreaterThan(1 << 20);
    assertThat(Files.getPosixFilePermissions(out))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(directoryContent()).containsExactly(out);

    Command.Result itself = Program.run("convert", "--force", out, out);
    assertThat(itself.exit()).isEqualTo(2);
    assertThat(itself.err()).contains("is the dump itself");
  }

  @Test
  void aFailureLeavesNothing() throws Exception {
    Path dump = directory.resolve("unknown-machine");
    new KdumpWriter(PageCodec.ZLIB, Progress.SILENT)
        .write(
            SyntheticDump.builder("vax", 75, 64, ByteOrder.LITTLE_ENDIAN).writeLong(0, 1).build(),
            dump);

    Command.Result result =
        Program.run("convert", dump, directory.resolve("out"), "--format", "elf");

    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).contains("cannot tell the machine's architecture");
    assertThat(directoryContent()).containsExactly(dump);
  }

  @Test
  void interruptedItLeavesNothing() throws Exception {
    List<String> words =
        Program.words("convert", DUMP.file(), directory.resolve("out"), "-f", "kdump-zstd");
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().putAll(Program.ENVIRONMENT);
    Process process = builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    // Of which it writes by then, and not only has made it.
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> directoryContent().stream().anyMatch(file -> file.toFile().length() > 0));

    process.destroy();
    assertThat(process.waitFor()).isNotZero();
    assertThat(directoryContent()).isEmpty();
  }
}
