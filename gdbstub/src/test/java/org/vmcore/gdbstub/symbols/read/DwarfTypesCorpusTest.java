package org.vmcore.gdbstub.symbols.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.Member;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypeNames;
import org.vmcore.gdbstub.linux.types.TypeRef;
import org.vmcore.gdbstub.linux.types.TypeTable;

/**
 * All structs in the debugging information of real modules of each architecture have the layout
 * that gdb reads from it.
 */
class DwarfTypesCorpusTest {
  /** Prints each struct's size, and the offset, width and size of each member. */
  private static final String SCRIPT =
      """
      import gdb, re
      names = re.findall(r'^(?:\\d+:)?\\s+struct (\\w+);', gdb.execute('info types -q', to_string=True), re.M)
      for name in sorted(set(names)):
          try:
              t = gdb.lookup_type('struct ' + name)
          except gdb.error:
              continue
          if t.code != gdb.TYPE_CODE_STRUCT or not t.fields():
              continue
          print('%s %d' % (name, t.sizeof))
          for f in t.fields():
              print('  %s %d %d %d' % (f.name or '', f.bitpos, f.bitsize, f.type.sizeof))
      """;

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "arm",
        "arm-lpae",
        "arm64",
        "arm64-64k",
        "i386",
        "i386-pae",
        "ppc64le",
        "riscv64",
        "s390x"
      })
  void structsAreAsGdbReadsThem(String kernel) throws Exception {
    Path module = module(kernel);
    List<String> expected = gdb(module);
    assertThat(expected).as("what gdb printed").contains("  comm " + bitsOf(expected, "comm"));

    try (DwarfTypes types = DwarfTypes.open(module).orElseThrow()) {
      assertThat(describe(types, expected)).isEqualTo(expected);
    }
  }

  /** The module has {@code char vmlab_tag[64]} and, per CPU, {@code unsigned long vmlab_percpu}. */
  @Test
  void variablesHaveTheTypesThatTheSourceGivesThem() throws Exception {
    try (DwarfTypes types = DwarfTypes.open(module("arm64")).orElseThrow()) {
      assertThat(typeOf(types, "vmlab_tag")).contains("char [64]");
      assertThat(typeOf(types, "vmlab_percpu")).contains("long unsigned int");
      assertThat(typeOf(types, "no_such_variable")).isEmpty();
    }
  }

  private static Optional<String> typeOf(DwarfTypes types, String variable) {
    return types.variable(variable).map(type -> TypeNames.of(type.get()));
  }

  @Test
  void enumeratorsHaveTheLowestAndTheHighestNumber() throws Exception {
    Path source =
        Files.writeString(
            directory.resolve("enum.c"),
            """
            enum range { LOWEST = -9223372036854775807L - 1, ZERO, HIGHEST = 9223372036854775807L };
            enum range range;
            """);
    Path object = directory.resolve("enum.o");
    Process compiler;
    try {
      compiler = new ProcessBuilder("gcc", "-g", "-c", "-o", "" + object, "" + source).start();
    } catch (IOException e) {
      assumeThat(e).as("gcc is not installed").isNull();
      throw e;
    }
    assertThat(compiler.waitFor()).isZero();

    try (DwarfTypes types = DwarfTypes.open(object).orElseThrow()) {
      Type type = types.named(TypeTable.Kind.ENUM, "range").get(0).get();
      assertThat(((Type.Enumeration) type).enumerators())
          .extracting(Type.Enumerator::value)
          .containsExactly(Long.MIN_VALUE, Long.MIN_VALUE + 1, Long.MAX_VALUE);
    }
  }

  /** Whatever is damaged, there is an answer, and no other exception than those of its kind. */
  @Test
  void aDamagedFileGivesNothingOrAnError() throws Exception {
    Path module = module("arm64");
    byte[] whole = Files.readAllBytes(module);
    Random random = new Random(5);
    int understood = 0;
    for (int round = 0; round < 100; round++) {
      byte[] damaged =
          round % 4 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
      for (int flip = 0; flip < 20; flip++) {
        damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      }
      Path file = Files.write(directory.resolve("damaged.ko"), damaged);
      try (DwarfTypes types = DwarfTypes.open(file).orElse(null)) {
        if (types != null) {
          for (String name : List.of("task_struct", "module", "no_such_struct")) {
            understood += readAll(types, name);
          }
        }
      } catch (IOException | DwarfException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
    assertThat(understood).as("types read of files that were damaged elsewhere").isPositive();
  }

  private static int readAll(DwarfTypes types, String name) {
    int read = 0;
    for (TypeRef type : types.named(TypeTable.Kind.STRUCT, name)) {
      if (type.get() instanceof Compound compound) {
        for (Member member : compound.members()) {
          member.type().get().resolved().size();
          read++;
        }
      }
    }
    return read;
  }

  private static Path module(String kernel) {
    Path module = Path.of(System.getProperty("vmcore.corpus", ""), kernel, "kernel", "vmlab.ko");
    assumeThat(module).as("the corpus of real dumps is absent").exists();
    return module;
  }

  private static String bitsOf(List<String> lines, String member) {
    return lines.stream()
        .filter(line -> line.startsWith("  " + member + " "))
        .findFirst()
        .orElse("")
        .replaceFirst("^  \\w+ ", "");
  }

  private static List<String> describe(DwarfTypes types, List<String> expected) {
    List<String> lines = new ArrayList<>();
    for (String line : expected) {
      if (!line.startsWith(" ")) {
        String name = line.substring(0, line.indexOf(' '));
        Compound struct = (Compound) types.named(TypeTable.Kind.STRUCT, name).get(0).get();
        lines.add(name + " " + struct.size().getAsLong());
        for (Member member : struct.members()) {
          lines.add(
              "  %s %d %d %d"
                  .formatted(
                      member.name(),
                      member.bitOffset(),
                      member.bitWidth(),
                      member.type().get().size().orElse(0)));
        }
      }
    }
    return lines;
  }

  private List<String> gdb(Path module) throws IOException, InterruptedException {
    Path script = Files.writeString(directory.resolve("layouts.py"), SCRIPT);
    Path output = directory.resolve("layouts.txt");
    Process gdb;
    try {
      gdb =
          new ProcessBuilder(
                  "gdb-multiarch",
                  "-nx",
                  "-q",
                  "-batch",
                  "-x",
                  script.toString(),
                  module.toString())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
    } catch (IOException e) {
      assumeThat(e).as("gdb-multiarch is not installed").isNull();
      throw e;
    }
    assertThat(gdb.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return Files.readAllLines(output);
  }
}
