package org.vmcore.gdbstub.symbols.find;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.gdbstub.demo.Tools;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.testing.Corpus;

/** With a real module, packed by the usual programs. */
class ModuleFilesTest {
  @TempDir private Path directory;

  private Path original;
  private String id;

  @BeforeEach
  void takeAModule() throws Exception {
    Path archive = Corpus.file("x86_64/kernel/modules.tar.xz");
    Tools.run("tar", "-xf", "" + archive, "-C", "" + directory, "modules/crashme.ko");
    original = directory.resolve("modules/crashme.ko");
    Files.createDirectories(directory.resolve("found"));
    Matcher note =
        Pattern.compile("Build ID: ([0-9a-f]+)").matcher(Tools.run("readelf", "-n", "" + original));
    assertThat(note.find()).isTrue();
    id = note.group(1);
  }

  private Optional<ModuleFile> find(String name, String buildId) {
    KernelModule module = KernelModule.of(name, 0x1000, 0x1000, Optional.of(buildId), Map.of());
    Debuginfod cache =
        Debuginfod.fromEnvironment(
            Map.of("DEBUGINFOD_CACHE_PATH", directory.resolve("c").toString()));
    VmlinuxSearch search =
        new VmlinuxSearch(
            List.of(directory.resolve("found")), List.of(), cache.offline(), Path::of);
    return new ModuleFiles(search, Optional.of("6.1.0")).open(module);
  }

  private Path place(String name) throws Exception {
    Path file = directory.resolve("found").resolve(name);
    Files.createDirectories(file.getParent());
    return file;
  }

  private static byte[] bytes(ModuleFile file) throws Exception {
    try (DumpInput input = file.file()) {
      byte[] bytes = new byte[(int) input.size()];
      assertThat(input.read(0, bytes, 0, bytes.length)).isEqualTo(bytes.length);
      return bytes;
    }
  }

  @ParameterizedTest
  @CsvSource({"xz,xz", "gzip,gz", "zstd,zst"})
  void compressedOnesAreServedUnpacked(String program, String suffix) throws Exception {
    Path plain = Files.copy(original, place("kernel/drivers/my-module.ko"));
    Tools.run(program, "-q", "" + plain);
    Files.deleteIfExists(plain);
    assertThat(Path.of(plain + "." + suffix)).exists();

    assertThat(bytes(find("my_module", id).orElseThrow())).isEqualTo(Files.readAllBytes(original));
  }

  @Test
  void sectionsAreThoseThatAreLoadedInTheirOrder() throws Exception {
    Files.copy(original, place("crashme.ko"));
    List<String> loaded =
        Pattern.compile("(?m)^ +\\[ *\\d+\\] (\\S+) +\\S+ +[0-9a-f]{16} \\w+ \\w+ \\w+ +[WXMS]*A")
            .matcher(Tools.run("readelf", "-SW", "" + original))
            .results()
            .map(section -> section.group(1))
            .toList();
    assertThat(loaded).contains(".text", ".bss");

    ModuleFile file = find("crashme", id).orElseThrow();
    assertThat(file.allocated()).isEqualTo(loaded);
    file.file().close();
  }

  @Test
  void theOneWithDebugInfoIsTaken() throws Exception {
    Tools.run("objcopy", "--strip-debug", "" + original, "" + place("a/crashme.ko"));
    Files.copy(original, place("b/crashme.ko.debug"));

    ModuleFile file = find("crashme", id).orElseThrow();
    assertThat(file.file().name()).endsWith("crashme.ko.debug");
    file.file().close();
  }

  @Test
  void withoutDebugInfoItIsBetterThanNone() throws Exception {
    Tools.run("objcopy", "--strip-debug", "" + original, "" + place("a/crashme.ko"));
    ModuleFile file = find("crashme", id).orElseThrow();
    assertThat(file.hasDebugInfo()).isFalse();
    file.file().close();
  }

  @Test
  void itIsFoundByItsBuildIdUnderAnyName() throws Exception {
    Path file = place(".build-id/%s/%s.debug".formatted(id.substring(0, 2), id.substring(2)));
    Files.copy(original, file);
    assertThat(bytes(find("crashme", id).orElseThrow())).isEqualTo(Files.readAllBytes(original));
  }

  /** Debian's packages are unpacked so where {@code /lib} is a link to {@code /usr/lib}. */
  @Test
  void linksToDirectoriesAreFollowed() throws Exception {
    Path file = place("usr/lib/modules/6.1.0/kernel/crashme.ko");
    Files.copy(original, file);
    Path root = directory.resolve("found");
    Files.createSymbolicLink(root.resolve("lib"), Path.of("usr/lib"));
    Files.createSymbolicLink(root.resolve("usr/lib/modules/6.1.0/kernel/loop"), root);
    Files.move(root.resolve("usr"), directory.resolve("elsewhere"));
    Files.createSymbolicLink(root.resolve("usr"), directory.resolve("elsewhere"));
    assertThat(bytes(find("crashme", id).orElseThrow())).isEqualTo(Files.readAllBytes(original));
  }

  @Test
  void anotherBuildIsNotTaken() throws Exception {
    Files.copy(original, place("crashme.ko"));
    assertThat(find("crashme", "00" + id.substring(2))).isEmpty();
    assertThat(find("crashme", "../../../etc")).isEmpty();
  }

  @Test
  void whatIsNoModuleIsPassedOver() throws Exception {
    Files.writeString(place("a/crashme.ko"), "nothing of the kind");
    Files.write(place("b/crashme.ko.xz"), new byte[] {(byte) 0xfd, '7', 'z', 'X', 'Z', 0, 1, 2, 3});
    Files.copy(original, place("c/crashme.ko"));
    ModuleFile file = find("crashme", id).orElseThrow();
    assertThat(file.file().name()).endsWith("c/crashme.ko");
    file.file().close();
  }
}
