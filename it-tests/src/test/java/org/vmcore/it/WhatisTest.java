package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.testing.Command;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.LabDump;

/**
 * What addresses are, against drgn, of pointers drawn at random from a dump; of more of them, and
 * from Debian's kernel too, whose debug package is large, with {@code -Dvmcore.whatis=10000}.
 */
@Tag("slow")
class WhatisTest {
  private static final int POINTERS = Integer.getInteger("vmcore.whatis", 2000);

  /** Words of an ELF core that may be addresses of the kernel, one a line. */
  private static final String DRAW =
      """
      import random, struct, sys
      data = open(sys.argv[1], 'rb').read()
      table, = struct.unpack_from('<Q', data, 32)
      size, number = struct.unpack_from('<HH', data, 54)
      parts = []
      for i in range(number):
          header = struct.unpack_from('<IIQQQQQQ', data, table + i * size)
          if header[0] == 1 and header[5]:
              parts.append((header[2], header[5]))
      drawn, found = random.Random(4711), set()
      while len(found) < int(sys.argv[2]):
          at = drawn.randrange(sum(length for _, length in parts))
          for start, length in parts:
              if at < length:
                  break
              at -= length
          word, = struct.unpack_from('<Q', data, start + min(at & ~7, length - 8))
          if 0xff00000000000000 <= word < 0xffffffffffffff00:
              found.add(word)
      for word in sorted(found):
          print('%x' % word)
      """;

  /** What drgn says of each: slabs with the object and whether it is free, symbols, stacks. */
  private static final String IDENTIFY =
      """
      import bisect, drgn, sys
      from drgn.helpers.linux.pid import for_each_task
      from drgn.helpers.linux.slab import slab_object_info
      program = drgn.Program()
      program.set_core_dump(sys.argv[1])
      program.load_debug_info(sys.argv[3:])
      stacks = sorted((t.stack.value_(), t.pid.value_()) for t in for_each_task(program) if t.stack)
      for line in open(sys.argv[2]):
          at = int(line, 16)
          try:
              slab = slab_object_info(program, at)
              if slab:
                  name = slab.slab_cache.name.string_().decode()
                  print('%x slab %s %x %d' % (at, name, slab.address, slab.allocated))
          except drgn.FaultError:
              pass
          try:
              symbol = program.symbol(at)
              print('%x symbol %s %x' % (at, symbol.name, symbol.address))
          except LookupError:
              pass
          i = bisect.bisect_right(stacks, (at, 1 << 65)) - 1
          if i >= 0 and at < stacks[i][0] + 16384:
              print('%x stack %d' % (at, stacks[i][1]))
      """;

  @TempDir private Path directory;

  private String python(String script, Object... arguments) {
    List<String> words = new ArrayList<>(List.of("/usr/bin/python3", "-c", script));
    for (Object argument : arguments) {
      words.add(argument.toString());
    }
    Command.Result result = Command.of(words).limit(Duration.ofMinutes(5)).run();
    assertThat(result.exit()).as(result.toString()).isZero();
    return result.out();
  }

  @Test
  void agreesWithDrgnWhereverThatKnows() throws IOException {
    CorpusDump dump = CorpusDump.ZLIB;
    check(dump.file(), dump.vmlinux(), dump.modules().resolve("crashme.ko"));
  }

  @Test
  void agreesOfDebiansKernel() throws IOException {
    assumeTrue(Integer.getInteger("vmcore.whatis") != null, "only with -Dvmcore.whatis=COUNT");
    check(LabDump.OURS.file(), LabDump.OURS.vmlinux());
  }

  /**
   * Holds one against the other.
   *
   * @param debugged files with debug info, the first the kernel's
   */
  private void check(Path dump, Object... debugged) throws IOException {
    assumeTrue(Command.isInstalled("drgn"), "drgn is not installed");
    Path elf = directory.resolve("elf");
    Command.Result converted = Program.run("convert", "--format", "elf", dump, elf);
    assertThat(converted.exit()).as(converted.toString()).isZero();
    Path drawn = directory.resolve("drawn");
    Files.writeString(drawn, python(DRAW, elf, POINTERS));
    List<Object> arguments = new ArrayList<>(List.of(elf, drawn));
    arguments.addAll(List.of(debugged));
    String said = python(IDENTIFY, arguments.toArray());

    Command.Result ours =
        Command.of(Program.words("whatis", dump, "-", "--json")).input(drawn).run();
    assertThat(ours.exit()).as(ours.toString()).isZero();
    Map<String, JsonNode> found = new HashMap<>();
    for (JsonNode one : new ObjectMapper().readTree(ours.out()).at("/addresses")) {
      found.put(one.at("/address").asText().substring(2), one);
    }
    assertThat(found).hasSize(POINTERS);
    Map<String, Integer> agreed = new HashMap<>();
    for (String line : said.lines().toList()) {
      String[] words = line.split(" ", -1);
      JsonNode one = Objects.requireNonNull(found.get(words[0]), line);
      assertThat(agrees(words, one)).as("%s: %s", line, one).isTrue();
      agreed.merge(words[1], 1, Integer::sum);
    }
    assertThat(agreed.get("slab")).isGreaterThan(300);
    assertThat(agreed.get("symbol")).isGreaterThan(300);
    assertThat(agreed.get("stack")).isPositive();
  }

  private static boolean agrees(String[] words, JsonNode one) {
    return switch (words[1]) {
      case "slab" ->
          one.at("/slab/cache").asText().equals(words[2])
              && one.at("/slab/object").asText().equals("0x" + words[3])
              && one.at("/slab/allocated").asBoolean() == words[4].equals("1");
      case "stack" -> one.at("/stack/pid").asText().equals(words[2]);
      default -> {
        // Several symbols may be at an address, a nearer one may be in kallsyms alone, and labels
        // of the compiler's are not in there.
        long offset = Long.parseUnsignedLong(words[0], 16) - Long.parseUnsignedLong(words[3], 16);
        yield words[2].startsWith(".L")
            || one.has("per_cpu")
            || one.at("/symbol/name").asText().equals(words[2])
            || (one.has("symbol") && one.at("/symbol/offset").asLong() <= offset);
      }
    };
  }
}
