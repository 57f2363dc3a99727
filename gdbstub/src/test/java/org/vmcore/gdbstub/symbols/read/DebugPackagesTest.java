package org.vmcore.gdbstub.symbols.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.gdbstub.demo.Tools;

/**
 * Debugging information as compilers write it and as distributions ship it, made here by their
 * tools. The layouts are the same each time: those that gdb reads from a plain file.
 */
class DebugPackagesTest {
  private static final String SOURCE =
      """
      enum colour { RED, GREEN = 5, BLUE = -3 };
      struct inner { char c; long l; };
      typedef struct { unsigned short s; } anonymous;
      struct bits { unsigned a : 3, b : 13; long long c : 40; _Bool d : 1; signed char e : 2; };
      struct outer {
        struct outer *next;
        const volatile struct inner in[3][2];
        union { int i; double f; struct { short x, y; }; };
        enum colour colour;
        anonymous a;
        int (*call)(struct outer *, const char *, ...);
        char text[256];
        void *none[0];
        long double wide;
        long rest[];
      };
      struct outer outer;
      struct bits bits;
      enum colour colour = BLUE;
      int main(void) { return 0; }
      """;

  private static List<String> expected = List.of();

  @TempDir private Path directory;

  @BeforeAll
  static void askGdb(@TempDir Path directory) throws Exception {
    expected = GdbLayouts.of(compile(directory, "plain", "-g"), directory);
    assertThat(expected).as("what gdb printed").contains("inner 16", "  l 64 0 8");
  }

  private Path compile(String name, String... options) throws Exception {
    return compile(directory, name, options);
  }

  private static Path compile(Path directory, String name, String... options) throws Exception {
    Path source = Files.writeString(directory.resolve(name + ".c"), SOURCE);
    Path output = directory.resolve(name);
    List<String> command = new ArrayList<>(List.of("gcc", "-Wl,--build-id"));
    command.addAll(List.of(options));
    command.addAll(List.of("-o", "" + output, "" + source));
    Tools.run(command.toArray(String[]::new));
    return output;
  }

  private static List<String> read(Path file, Path... directories) throws Exception {
    Optional<DwarfTypes> found = DwarfTypes.open(file, new DebugDirectories(List.of(directories)));
    try (DwarfTypes types = found.orElseThrow(() -> new AssertionError("no debug info"))) {
      return GdbLayouts.describe(types, expected);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-gdwarf-2 -gstrict-dwarf",
        "-gdwarf-3 -gstrict-dwarf",
        "-gdwarf-4 -gstrict-dwarf",
        "-gdwarf-5 -gstrict-dwarf",
        "-gdwarf-5 -gdwarf64",
        "-gdwarf-4 -gz=zlib-gnu",
        "-gdwarf-5 -gz=zlib",
        "-gdwarf-2 -c",
        "-gdwarf-4 -c",
        "-gdwarf-5 -c -gz=zlib",
        "-gdwarf-4 -c -gz=zlib-gnu"
      })
  void everyVersionIsRead(String options) throws Exception {
    assertThat(read(compile("made", options.split(" ", -1)))).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"zstd", "zlib", "zlib-gnu"})
  void compressedSectionsAreUnpacked(String how) throws Exception {
    Path packed = directory.resolve("packed");
    Path plain = compile("made", "-g");
    assumeTrue(
        Tools.run("objcopy", "--help").contains(how), "objcopy does not know compression " + how);
    Tools.run("objcopy", "--compress-debug-sections=" + how, "" + plain, "" + packed);
    assertThat(read(packed)).isEqualTo(expected);
  }

  private Path strip(Path file, Path debug) throws Exception {
    Files.createDirectories(debug.getParent());
    Tools.run("objcopy", "--only-keep-debug", "" + file, "" + debug);
    Path stripped = directory.resolve("stripped/program");
    Files.createDirectories(stripped.getParent());
    Tools.run("objcopy", "--strip-all", "--add-gnu-debuglink=" + debug, "" + file, "" + stripped);
    return stripped;
  }

  private static String buildId(Path file) throws Exception {
    Matcher note =
        Pattern.compile("Build ID: ([0-9a-f]+)").matcher(Tools.run("readelf", "-n", "" + file));
    assertThat(note.find()).isTrue();
    return note.group(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"stripped/program.debug", "stripped/.debug/program.debug"})
  void itIsFoundByTheLinkToIt(String place) throws Exception {
    Path file = compile("made", "-g");
    assertThat(read(strip(file, directory.resolve(place)))).isEqualTo(expected);
  }

  @Test
  void itIsFoundByTheLinkInADebugDirectory() throws Exception {
    Path root = directory.resolve("debug");
    Path debug = root.resolve("." + directory.resolve("stripped/program.debug"));
    Path stripped = strip(compile("made", "-g"), debug.normalize());
    assertThat(read(stripped, root)).isEqualTo(expected);
  }

  /** Without a build id the checksum tells. */
  @Test
  void itIsFoundWithoutABuildId() throws Exception {
    Path file = compile("made", "-g", "-Wl,--build-id=none");
    Path debug = directory.resolve("stripped/program.debug");
    Path stripped = strip(file, debug);
    assertThat(read(stripped)).isEqualTo(expected);

    Files.write(debug, Files.readAllBytes(compile("other", "-gdwarf-4")));
    assertThat(DwarfTypes.open(stripped, new DebugDirectories(List.of()))).isEmpty();
  }

  @Test
  void itIsFoundByItsBuildId() throws Exception {
    Path file = compile("made", "-g");
    String id = buildId(file);
    Path root = directory.resolve("debug");
    Path debug = root.resolve(".build-id/" + id.substring(0, 2) + "/" + id.substring(2) + ".debug");
    assertThat(read(strip(file, debug), root)).isEqualTo(expected);
  }

  @Test
  void thatOfAnotherBuildIsNotTaken() throws Exception {
    Path debug = directory.resolve("stripped/program.debug");
    Path stripped = strip(compile("made", "-g"), debug);
    Files.write(debug, Files.readAllBytes(compile("other", "-gdwarf-4")));
    assertThat(DwarfTypes.open(stripped, new DebugDirectories(List.of()))).isEmpty();
  }

  /** dwz moves what several files have in common to a further one. */
  @ParameterizedTest
  @ValueSource(strings = {"-gdwarf-4", "-gdwarf-5", "-gdwarf-5 --dwarf-5"})
  void whatFilesShareIsRead(String options) throws Exception {
    String version = options.split(" ", -1)[0];
    Path one = compile("one", version);
    Path two = compile("two", version, "-O2");
    Path common = directory.resolve("common/shared.debug");
    Files.createDirectories(common.getParent());
    List<String> dwz = new ArrayList<>(List.of("dwz", "-m", "" + common, "-M", "../shared.debug"));
    if (options.contains("--dwarf-5")) {
      dwz.add("--dwarf-5");
    }
    dwz.addAll(List.of("" + one, "" + two));
    Tools.run(dwz.toArray(String[]::new));
    String sections = Tools.run("readelf", "-SW", "" + one);
    assertThat(sections).containsAnyOf(".gnu_debugaltlink", ".debug_sup");

    if (sections.contains(".gnu_debugaltlink")) {
      Path root = directory.resolve("debug");
      String id = buildId(common);
      Path byId =
          root.resolve(".build-id/" + id.substring(0, 2) + "/" + id.substring(2) + ".debug");
      Files.createDirectories(byId.getParent());
      Files.copy(common, byId);
      assertThat(read(one, root)).isEqualTo(expected);
    }

    Path program = Files.createDirectories(directory.resolve("x")).resolve("program");
    Files.copy(two, program);
    Files.copy(common, directory.resolve("shared.debug"));
    assertThat(read(program)).isEqualTo(expected);
  }
}
