package org.vmcore.gdbstub.symbols.write;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.gdbstub.symbols.write.Part.Memory;
import org.vmcore.gdbstub.symbols.write.Regions.Kind;
import org.vmcore.gdbstub.symbols.write.Regions.Region;
import org.vmcore.gdbstub.symbols.write.elf.Anchor;
import org.vmcore.gdbstub.symbols.write.elf.Anchored;

class SymbolCacheTest {
  private static final String KEY = "3 symbols";
  private static final long ROOMY = 1 << 20;

  @TempDir private Path home;
  private Path directory;

  @BeforeEach
  void chooseDirectory() {
    directory = home.resolve("caches/symbols");
  }

  private SymbolCache cache(String buildId) {
    return SymbolCache.in(directory, buildId, ROOMY);
  }

  private static Part part(int content) {
    Anchored piece = new Anchored(ByteOrder.LITTLE_ENDIAN, 8);
    piece.bytes().u4(content);
    piece.address(Anchor.IMAGE, 0x10);
    piece.address(Anchor.PER_CPU, 0x20);
    return new Part(
        List.of(new Memory(".text", new Region(Kind.CODE, Anchor.IMAGE, 0, 0x1000))),
        piece.toPiece(),
        piece.toPiece(),
        piece.toPiece(),
        piece.toPiece(),
        piece.toPiece(),
        new byte[] {0, 'a', 0},
        new byte[] {1},
        new byte[content],
        new int[] {7, -1});
  }

  private static String shown(Optional<Part> part) {
    return part.map(p -> new String(PartFile.write("", p).array(), ISO_8859_1)).orElse("none");
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> found = Files.list(directory)) {
      return found.toList();
    }
  }

  @Test
  void whatWasPutIsGot() {
    cache("abc").put(KEY, part(100));

    assertThat(shown(cache("abc").get(KEY))).isEqualTo(shown(Optional.of(part(100))));
    assertThat(cache("abc").get("4 symbols")).as("of another kernel that says the same").isEmpty();
    assertThat(cache("def").get(KEY)).as("of another build").isEmpty();
  }

  @Test
  void modulesOfEachMachineAreKept() {
    SymbolCache whole = cache("abc");
    whole.put(KEY, part(100));
    whole.ofModules("of one").put(KEY, part(200));
    whole.ofModules("of another").put(KEY, part(300));

    assertThat(shown(whole.get(KEY))).isEqualTo(shown(Optional.of(part(100))));
    assertThat(shown(whole.ofModules("of one").get(KEY))).isEqualTo(shown(Optional.of(part(200))));
    assertThat(whole.ofModules("of a third").get(KEY)).isEmpty();
  }

  /** Pages that it lacks may be those of modules' symbols. */
  @Test
  void modulesOfADumpThatIsNotWholeAreNot() {
    Map<String, String> environment = Map.of("XDG_CACHE_HOME", home.toString());
    SymbolCache part = SymbolCache.of(environment, Optional.of("abc"), false);
    part.ofModules("of one").put(KEY, part(1));

    SymbolCache whole = SymbolCache.of(environment, Optional.of("abc"), true);
    assertThat(whole.ofModules("of one").get(KEY)).isEmpty();
    assertThat(home).isEmptyDirectory();
  }

  @Test
  void nobodyElseMayReadIt() throws IOException {
    cache("abc").put(KEY, part(1));

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
        .isEqualTo("rwx------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(files().get(0))))
        .isEqualTo("rw-------");
  }

  @Test
  void aDirectoryThatOthersMayUseIsNotUsed() throws IOException {
    cache("abc").put(KEY, part(1));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));

    assertThat(cache("abc").get(KEY)).isEmpty();
    cache("def").put(KEY, part(1));
    assertThat(files()).hasSize(1);
  }

  @Test
  void linksAreNotFollowed() throws IOException {
    cache("abc").put(KEY, part(1));
    Path elsewhere = home.resolve("elsewhere");
    Files.move(directory, elsewhere);
    Files.createSymbolicLink(directory, elsewhere);
    assertThat(cache("abc").get(KEY)).as("of the directory").isEmpty();

    Files.delete(directory);
    Files.move(elsewhere, directory);
    Path file = files().get(0);
    Files.move(file, home.resolve("file"));
    Files.createSymbolicLink(file, home.resolve("file"));
    assertThat(cache("abc").get(KEY)).as("of the file").isEmpty();
  }

  @Test
  void whatIsDamagedIsNotUsedAndReplaced() throws IOException {
    cache("abc").put(KEY, part(100));
    Path file = files().get(0);
    byte[] whole = Files.readAllBytes(file);
    Random random = new Random(11);
    for (int i = 0; i < 300; i++) {
      byte[] bytes = whole.clone();
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, bytes);
      assertThat(cache("abc").get(KEY)).isEmpty();
      Files.write(file, Arrays.copyOf(whole, random.nextInt(whole.length)));
      assertThat(cache("abc").get(KEY)).isEmpty();
    }
    cache("abc").put(KEY, part(100));
    assertThat(cache("abc").get(KEY)).isPresent();
  }

  @Test
  void theOldestMakesRoom() throws IOException {
    long each = 0;
    for (String build : List.of("a", "b", "c")) {
      cache(build).put(KEY, part(1000));
      each = Files.size(files().get(0));
    }
    long age = 0;
    for (String build : List.of("b", "c", "a")) {
      for (Path file : files()) {
        if (file.getFileName().toString().startsWith(build + "-")) {
          Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(1000 - age)));
        }
      }
      age += 100;
    }

    SymbolCache.in(directory, "d", 3 * each).put(KEY, part(1000));

    assertThat(cache("b").get(KEY)).isEmpty();
    assertThat(cache("c").get(KEY)).isPresent();
    assertThat(cache("a").get(KEY)).isPresent();
    assertThat(cache("d").get(KEY)).isPresent();
  }

  @Test
  void severalMakersAllSucceed() throws Exception {
    List<CompletableFuture<Optional<Part>>> makers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      makers.add(
          CompletableFuture.supplyAsync(
              () -> {
                cache("abc").put(KEY, part(5000));
                return cache("abc").get(KEY);
              }));
    }
    for (CompletableFuture<Optional<Part>> maker : makers) {
      assertThat(maker.get()).isPresent();
    }
    assertThat(files()).hasSize(1);
  }

  @Test
  void whereNothingCanBeWrittenNothingIsKept() throws IOException {
    Files.createDirectories(directory.getParent());
    Files.createFile(directory);

    cache("abc").put(KEY, part(1));

    assertThat(cache("abc").get(KEY)).isEmpty();
    assertThat(directory).isEmptyFile();
  }

  @Test
  void theUserMayTurnItOff() {
    Map<String, String> environment = Map.of("XDG_CACHE_HOME", home.toString());
    SymbolCache.of(environment, Optional.of("abc"), true).put(KEY, part(1));
    assertThat(home.resolve("vmcore-gdbserver/symbols")).isNotEmptyDirectory();

    Map<String, String> off = Map.of("XDG_CACHE_HOME", home.toString(), SymbolCache.OFF, "1");
    assertThat(SymbolCache.of(environment, Optional.of("abc"), true).get(KEY)).isPresent();
    assertThat(SymbolCache.of(off, Optional.of("abc"), true).get(KEY)).isEmpty();
    assertThat(SymbolCache.of(environment, Optional.empty(), true).get(KEY))
        .as("no build id")
        .isEmpty();
    assertThat(SymbolCache.of(Map.of("HOME", "relative"), Optional.of("abc"), true).get(KEY))
        .isEmpty();
  }

  @Test
  void addressesAreThoseOfTheRun() {
    Part part = part(1);

    part.place(ByteOrder.LITTLE_ENDIAN, 8, 0xffffffff81000000L, 0x8000000000000000L);

    assertThat(part.info().bytes())
        .containsExactly(
            1, 0, 0, 0, 0x10, 0, 0, 0x81, 0xff, 0xff, 0xff, 0xff, 0x20, 0, 0, 0, 0, 0, 0, 0x80);
  }
}
