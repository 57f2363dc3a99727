package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.arch.api.Disassembler;
import org.vmcore.arch.x86.X86Disassembler;
import org.vmcore.dumpreader.input.FileInput;
import org.vmcore.gdbstub.symbols.read.DebugDirectories;
import org.vmcore.gdbstub.symbols.read.SourceLines;
import org.vmcore.gdbstub.symbols.read.SourceLines.SourceLine;
import org.vmcore.testing.Command;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.NeedsCorpus;

/** A kernel's code: instructions against objdump, lines of source against gdb. */
@Tag("slow")
@NeedsCorpus
class CodeTest {
  private static final Duration LIMIT = Duration.ofMinutes(10);

  /** What is not named: of millions, some hundred of AVX and the x87. */
  private static final int MOST_AS_BYTES = 1000;

  /** {@code finit} is two instructions in one. */
  private static final int MOST_OTHERWISE = 2;

  private static final int LINES = 500;

  @TempDir private Path directory;

  private static Command.Result run(Object... words) throws IOException {
    try {
      List<String> all = new ArrayList<>();
      for (Object word : words) {
        all.add(word.toString());
      }
      return Command.of(all).limit(LIMIT).run();
    } catch (RuntimeException e) {
      assumeTrue(false, words[0] + " cannot be run: " + e.getMessage());
      throw e;
    }
  }

  @Test
  void disassemblesWhatObjdumpDoes() throws Exception {
    Path listing = directory.resolve("listing");
    String command = "objdump -d -w -j .text %s > %s".formatted(CorpusDump.ZLIB.vmlinux(), listing);
    assumeTrue(run("sh", "-c", command).out().isEmpty(), "objdump");
    X86Disassembler disassembler = new X86Disassembler();
    int all = 0;
    int bytes = 0;
    List<String> other = new ArrayList<>();
    try (BufferedReader lines = Files.newBufferedReader(listing)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] parts = line.split("\t", -1);
        if (parts.length < 3 || !parts[0].endsWith(":")) {
          continue;
        }
        long address = Long.parseUnsignedLong(parts[0].strip().replace(":", ""), 16);
        byte[] code = HexFormat.of().parseHex(parts[1].replace(" ", ""));
        Disassembler.Instruction one = disassembler.at(code, 0, address);
        all++;
        if (one.text().startsWith(".byte")) {
          bytes++;
          assertThat(one.length()).as(line).isEqualTo(code.length);
        } else if (!plain(text(one)).equals(plain(parts[2].replaceAll("<[^>]*>", "")))) {
          other.add(line + "; here " + text(one));
        }
      }
    }
    assertThat(all).isGreaterThan(1_000_000);
    assertThat(bytes).isLessThan(MOST_AS_BYTES);
    assertThat(other).hasSizeLessThanOrEqualTo(MOST_OTHERWISE);
  }

  private static String text(Disassembler.Instruction one) {
    String target = one.target().isPresent() ? Long.toHexString(one.target().getAsLong()) : "";
    String reference =
        one.reference().isPresent() ? " # " + Long.toHexString(one.reference().getAsLong()) : "";
    return one.text() + target + reference;
  }

  /** Newer ones of binutils write a shift by one as such. */
  private static String plain(String text) {
    return text.replace("$0x1,", "").replaceAll("\\s+", " ").strip();
  }

  @Test
  void knowsTheLinesThatGdbDoes() throws Exception {
    Path vmlinux = CorpusDump.ZLIB.vmlinux();
    SourceLines lines = SourceLines.open(vmlinux, new DebugDirectories(List.of())).orElseThrow();
    long start = symbol(vmlinux, "_stext");
    long end = symbol(vmlinux, "_etext");
    Random random = new Random(4711);
    List<Long> addresses = new ArrayList<>();
    for (int i = 0; i < LINES; i++) {
      addresses.add(start + random.nextLong(end - start));
    }
    List<String> told = toldByGdb(vmlinux, addresses.stream().map("*0x%x"::formatted).toList());
    // gdb passes over rows that only differ from the one before by a discriminator.
    assertThat(differences(told, lines, addresses)).hasSizeLessThanOrEqualTo(LINES / 100);
  }

  /** Of a module, whose file has no addresses yet. */
  @Test
  void knowsTheLinesOfModulesThatGdbDoes() throws Exception {
    Path module = CorpusDump.ZLIB.modules().resolve("zram.ko");
    long text = 0xffff_ffff_c012_3000L;
    SourceLines lines =
        SourceLines.ofModule(FileInput.open(module), Map.of(".text", text)).orElseThrow();
    long first = symbol(module, "disksize_store");
    List<Long> addresses = new ArrayList<>();
    List<String> places = new ArrayList<>();
    for (int i = 0; i < LINES; i++) {
      addresses.add(text + first + i);
      places.add("*(char*)disksize_store+" + i);
    }
    List<String> told = toldByGdb(module, places);
    assertThat(told).anyMatch(line -> line.contains("zram_drv.c"));
    assertThat(differences(told, lines, addresses)).hasSizeLessThanOrEqualTo(LINES / 100);
  }

  private List<String> toldByGdb(Path file, List<String> places) throws IOException {
    Path commands = directory.resolve("commands");
    Files.write(commands, places.stream().map("info line "::concat).toList());
    List<String> told =
        run("gdb", "-nx", "-batch", "-x", commands, file)
            .out()
            .lines()
            .filter(line -> line.startsWith("Line ") || line.startsWith("No line"))
            .toList();
    assumeTrue(told.size() == places.size(), "gdb");
    return told;
  }

  private static List<String> differences(
      List<String> told, SourceLines lines, List<Long> addresses) {
    List<String> other = new ArrayList<>();
    for (int i = 0; i < told.size(); i++) {
      Optional<SourceLine> ours = lines.at(addresses.get(i));
      String wanted =
          ours.map(l -> "Line %d of \"%s\" ".formatted(l.line(), l.file())).orElse("No line ");
      if (!told.get(i).startsWith(wanted)) {
        other.add(told.get(i) + "; here " + wanted);
      }
    }
    return other;
  }

  private static long symbol(Path vmlinux, String name) throws IOException {
    return run("nm", vmlinux)
        .out()
        .lines()
        .filter(line -> line.endsWith(" " + name))
        .map(line -> Long.parseUnsignedLong(line.substring(0, 16), 16))
        .findFirst()
        .orElseThrow();
  }
}
