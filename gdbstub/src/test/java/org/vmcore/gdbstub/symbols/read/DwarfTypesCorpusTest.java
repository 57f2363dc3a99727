package org.vmcore.gdbstub.symbols.read;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.gdbstub.demo.Tools;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.Member;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypeNames;
import org.vmcore.gdbstub.linux.types.TypeRef;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.NeedsCorpus;

/**
 * All structs in the debugging information of real modules of each architecture have the layout
 * that gdb reads from it.
 */
@NeedsCorpus
class DwarfTypesCorpusTest {
  private static final DebugDirectories NONE = new DebugDirectories(List.of());

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
    List<String> expected = GdbLayouts.of(module, directory);
    assertThat(expected).as("what gdb printed").contains("  comm " + bitsOf(expected, "comm"));

    try (DwarfTypes types = DwarfTypes.open(module, NONE).orElseThrow()) {
      assertThat(GdbLayouts.describe(types, expected)).isEqualTo(expected);
    }
  }

  /** The module has {@code char vmlab_tag[64]} and, per CPU, {@code unsigned long vmlab_percpu}. */
  @Test
  void variablesHaveTheTypesThatTheSourceGivesThem() throws Exception {
    try (DwarfTypes types = DwarfTypes.open(module("arm64"), NONE).orElseThrow()) {
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
    Tools.run("gcc", "-g", "-c", "-o", "" + object, "" + source);

    try (DwarfTypes types = DwarfTypes.open(object, NONE).orElseThrow()) {
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
      try (DwarfTypes types = DwarfTypes.open(file, NONE).orElse(null)) {
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
    return Corpus.file(kernel + "/kernel/vmlab.ko");
  }

  private static String bitsOf(List<String> lines, String member) {
    return lines.stream()
        .filter(line -> line.startsWith("  " + member + " "))
        .findFirst()
        .orElse("")
        .replaceFirst("^  \\w+ ", "");
  }
}
