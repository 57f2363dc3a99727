package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmcore.testing.Checkout;
import org.vmcore.testing.Command;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.RealDump;

/** Symbols and types that come with the dump alone, against those of the kernel's debug info. */
class SymbolFileTest {
  private static final Pattern MODULE = Pattern.compile("(?m)^(\\S+) .* (0x[0-9a-f]+)");

  private static Path script(String name) throws IOException {
    Path file = Checkout.target("it-tests").resolve(name);
    try (var in = SymbolFileTest.class.getResourceAsStream(name)) {
      assertThat(in).isNotNull();
      Files.write(file, in.readAllBytes());
    }
    return file;
  }

  private static synchronized Path make(RealDump dump) {
    Path file = Checkout.target("it-tests").resolve("made-" + dump + ".elf");
    Command.Result run = Program.run("symbols", "--force", "-o", file, dump.file());
    assertThat(run.exit()).as(run.all()).isZero();
    return file;
  }

  @Test
  void showsTheStackWithTheNamesThatDebugInfoHas() throws IOException {
    CorpusDump dump = CorpusDump.ZLIB;
    String source = "source " + script("print-frames.py");
    try (Program server = Program.serve(dump.file())) {
      Gdb debugInfo = Gdb.batch().symbols(dump.vmlinux()).connect(server);
      for (MatchResult module : MODULE.matcher(dump.text("modules.txt")).results().toList()) {
        Path object = dump.modules().resolve(module.group(1) + ".ko");
        if (Files.exists(object)) {
          debugInfo.ex("add-symbol-file %s %s".formatted(object, module.group(2)));
        }
      }
      List<String> expected = frames(debugInfo.ex(source).run().all());
      // Below it, debug info has no call-frame information, and gdb guesses.
      expected = expected.subList(0, expected.indexOf("do_syscall_64") + 1);

      List<String> shown =
          frames(Gdb.batch().symbols(make(dump)).connect(server).ex(source).run().all());

      assertThat(expected).contains("crashme_level2", "vfs_write").hasSizeGreaterThan(7);
      assertThat(shown).startsWith(expected.toArray(String[]::new));
      // The entry, and the process that called it: then the stack ends.
      assertThat(shown.subList(expected.size(), shown.size())).hasSize(2);
    }
  }

  private static List<String> frames(String printed) {
    List<String> frames = new ArrayList<>();
    for (String line : printed.lines().toList()) {
      if (line.startsWith("frame ")) {
        frames.add(line.substring("frame ".length()));
      }
    }
    return frames;
  }

  @Test
  void printsVariablesAndStructures() {
    CorpusDump dump = CorpusDump.ZLIB;
    try (Program server = Program.serve(dump.file())) {
      String shown =
          Gdb.batch()
              .symbols(make(dump))
              .connect(server)
              .ex(
                  "p init_task.comm",
                  "p jiffies == jiffies_64",
                  "p &runqueues",
                  "p linux_banner",
                  "ptype vfs_write",
                  "info symbol vfs_write+4",
                  "info symbol crashme_write+1",
                  "p *(struct crashme_state *) &crashme_state")
              .run()
              .all();

      assertThat(shown)
          .contains("\"swapper/0\\000")
          .contains("$2 = 1")
          .contains("(struct rq *) 0x21e80 <runqueues>")
          .contains("\"Linux version 6.1.192-vmcorebtf (lab@vmcoretest)")
          .contains("type = long (struct file *, const char *, size_t, loff_t *)")
          .contains("vfs_write + 4 in section .text")
          .contains("crashme_write + 1 in section crashme:.text")
          // As drgn prints it beside the dump.
          .contains("magic = 1234605616436508552, flag_a = 5, flag_b = 19, state = CM_FIRED")
          .doesNotContainPattern("warning: (?!remote target does not support file transfer)");
    }
  }

  /** The unit of all types is the first in the file, and takes longest to read. */
  @Test
  void aBacktraceNeedsNotAllTypes() {
    CorpusDump dump = CorpusDump.ZLIB;
    try (Program server = Program.serve(dump.file())) {
      Gdb gdb = Gdb.batch().symbols(make(dump)).connect(server).ex("set debug dwarf-read 1");
      String types = "Expanding symtab of CU at offset 0x0\n";

      assertThat(gdb.ex("bt").run().all())
          .contains("in vfs_write (file=", "Expanding symtab of CU")
          .doesNotContain(types);
      assertThat(gdb.ex("p sizeof(struct file)").run().all()).contains(types);
    }
  }

  /** With types and, where there is one, without. */
  static Stream<RealDump> kernels() {
    return RealDump.all().stream()
        .filter(dump -> dump == RealDump.typed() || dump == CorpusDump.NO_KASLR_LZO);
  }

  /** The file is sound in the eyes of others, too, and holds every symbol. */
  @ParameterizedTest
  @MethodSource("kernels")
  void isSound(RealDump dump) {
    Path file = make(dump);

    Command.Result sections =
        Command.of("readelf", "-W", "-h", "-S", "-l", "--debug-dump=info,abbrev,frames", "" + file)
            .run();
    Command.Result symbols = Command.of("readelf", "-W", "-s", "" + file).run();

    assertThat(sections.exit()).isZero();
    assertThat(sections.err()).isEmpty();
    Map<String, Set<String>> listed = listing(dump);
    Map<String, Set<String>> held = new HashMap<>();
    Pattern symbol =
        Pattern.compile("(?m)^ *\\d+: ([0-9a-f]+) +\\w+ \\w+ +\\w+ +\\w+ +\\w+ (\\S+)");
    symbol
        .matcher(symbols.out())
        .results()
        .forEach(
            line -> held.computeIfAbsent(line.group(1), a -> new HashSet<>()).add(line.group(2)));
    listed.forEach(
        (address, names) -> {
          Set<String> plain = new HashSet<>();
          names.forEach(name -> plain.add(name.replaceFirst(" .*", "")));
          assertThat(held.getOrDefault(address, Set.of())).as(address).containsAll(plain);
        });
  }

  /** The names at each address, those of modules followed by the module in brackets. */
  private static Map<String, Set<String>> listing(RealDump dump) {
    Map<String, Set<String>> listing = new TreeMap<>();
    for (String line : dump.kallsyms()) {
      String[] words = line.split("[ \\t]+", 4);
      listing
          .computeIfAbsent(words[0], address -> new HashSet<>())
          .add(words[2] + (words.length > 3 ? " " + words[3] : ""));
    }
    assertThat(listing).hasSizeGreaterThan(10_000);
    return listing;
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void namesEveryAddressAsTheKernelDoes(RealDump dump) throws IOException {
    Map<String, Set<String>> listing = listing(dump);
    Path addresses = Checkout.target("it-tests").resolve("addresses-" + dump);
    Files.write(addresses, listing.keySet());

    Command.Result run =
        Command.of(Program.words("addr2sym", dump.file()))
            .environment(Program.ENVIRONMENT)
            .input(addresses)
            .run();

    assertThat(run.exit()).as(run.err()).isZero();
    List<String> lines = run.out().lines().toList();
    assertThat(lines).hasSameSizeAs(listing.keySet());
    for (String line : lines) {
      String[] words = line.split(" ", 3);
      assertThat(listing.get(words[0])).as(line).contains(words[2]);
    }
  }

  /** Every struct and union of the kernel, and every type of every member. */
  @Test
  @Tag("slow")
  void laysOutEveryStructureAsDebugInfoDoes() throws IOException {
    CorpusDump dump = CorpusDump.ZLIB;
    String source = "source " + script("print-structs.py");
    Map<String, String> expected = structures(Gdb.batch().symbols(dump.vmlinux()), source);

    Map<String, String> made = structures(Gdb.batch().symbols(make(dump)), source);

    assertThat(expected).hasSizeGreaterThan(3000);
    assertThat(made).containsAllEntriesOf(expected);
  }

  private static Map<String, String> structures(Gdb gdb, String source) {
    Map<String, String> structures = new TreeMap<>();
    Command.Result run = gdb.limit(Duration.ofMinutes(3)).ex(source).run();
    assertThat(run.exit()).as(run.err()).isZero();
    for (String line : run.out().lines().toList()) {
      String[] parts = line.split(": ", 2);
      if (parts.length == 2) {
        structures.put(parts[0], parts[1]);
      }
    }
    return structures;
  }
}
