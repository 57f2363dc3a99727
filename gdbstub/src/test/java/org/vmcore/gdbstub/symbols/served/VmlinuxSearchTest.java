package org.vmcore.gdbstub.symbols.served;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.dumpreader.Progress;
import org.vmcore.gdbstub.demo.DemoMachine;
import org.vmcore.gdbstub.symbols.Vmlinux;

class VmlinuxSearchTest {
  private static final Optional<String> RELEASE = Optional.of("6.1.0-18-amd64");

  @TempDir private Path directory;

  private byte[] content = new byte[0];
  private String buildId = "";

  @BeforeEach
  void makeVmlinux() throws Exception {
    content = DemoMachine.builder().build().vmlinux();
    Path file = Files.write(directory.resolve("made"), content);
    buildId = Vmlinux.open(file).buildId().orElseThrow();
    Files.delete(file);
  }

  private Debuginfod offline() {
    return new Debuginfod(directory.resolve("cache"), List.of());
  }

  private Optional<Path> find(Debuginfod debuginfod, String id) {
    return new VmlinuxSearch(List.of(directory.resolve("debug")), debuginfod)
        .find(RELEASE, id, Progress.SILENT)
        .map(Vmlinux::path);
  }

  private Path put(String name) throws Exception {
    Path file = directory.resolve("debug").resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, content);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vmlinux",
        "vmlinux-6.1.0-18-amd64",
        "boot/vmlinux-6.1.0-18-amd64",
        "lib/modules/6.1.0-18-amd64/vmlinux",
        "usr/lib/modules/6.1.0-18-amd64/vmlinux"
      })
  void findsItWhereDistributionsPutIt(String name) throws Exception {
    Path file = put(name);
    assertThat(find(offline(), buildId)).contains(file);
  }

  @Test
  void findsItByItsBuildId() throws Exception {
    Path file =
        put(".build-id/%s/%s.debug".formatted(buildId.substring(0, 2), buildId.substring(2)));
    assertThat(find(offline(), buildId)).contains(file);
  }

  @Test
  void takesNoneOfAnotherBuild() throws Exception {
    put("boot/vmlinux-6.1.0-18-amd64");
    assertThat(find(offline(), "00" + buildId.substring(2))).isEmpty();
  }

  /** What the dump says of itself may be anything. */
  @Test
  void namesOfADumpAreNoPaths() {
    VmlinuxSearch search = new VmlinuxSearch(List.of(directory), offline());
    assertThat(search.find(Optional.of("../../etc"), "../../../etc/passwd", Progress.SILENT))
        .isEmpty();
    assertThat(search.moduleDirectories(Optional.of("../../../etc"))).containsExactly(directory);
  }

  @Test
  void findsItInTheCacheOfDebuginfod() throws Exception {
    Path cached = directory.resolve("cache").resolve(buildId).resolve("debuginfo");
    Files.createDirectories(cached.getParent());
    Files.write(cached, content);
    assertThat(find(offline(), buildId)).contains(cached);
  }

  @Test
  void getsItFromAServerOnceWithProgress() throws Exception {
    List<String> asked = new ArrayList<>();
    List<Long> progress = new ArrayList<>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.add(exchange.getRequestURI().getPath());
          boolean has = asked.get(0).contains("/" + buildId + "/") && asked.size() == 1;
          exchange.sendResponseHeaders(has ? 200 : 404, has ? content.length : -1);
          if (has) {
            exchange.getResponseBody().write(content);
          }
          exchange.close();
        });
    server.start();
    try {
      URI address = URI.create("http://127.0.0.1:%d/".formatted(server.getAddress().getPort()));
      Debuginfod debuginfod = new Debuginfod(directory.resolve("cache"), List.of(address));
      VmlinuxSearch search = new VmlinuxSearch(List.of(), debuginfod);
      Progress listener = (task, done, total) -> progress.add(done);

      for (int i = 0; i < 2; i++) {
        assertThat(search.find(Optional.empty(), buildId, listener).map(Vmlinux::path))
            .contains(directory.resolve("cache").resolve(buildId).resolve("debuginfo"));
      }
      assertThat(asked).containsExactly("/buildid/" + buildId + "/debuginfo");
      assertThat(progress).endsWith((long) content.length);

      assertThat(search.find(Optional.empty(), "abcd" + buildId, listener)).isEmpty();
      assertThat(directory.resolve("cache").resolve("abcd" + buildId)).doesNotExist();
    } finally {
      server.stop(0);
    }
  }

  @Test
  void anUnreachableServerIsNoReasonToFail() {
    Debuginfod debuginfod =
        new Debuginfod(directory.resolve("cache"), List.of(URI.create("http://127.0.0.1:1/")));
    assertThat(find(debuginfod, buildId)).isEmpty();
  }

  @Test
  void environmentIsThatOfTheClient() throws Exception {
    Path cached = directory.resolve("own").resolve(buildId).resolve("debuginfo");
    Files.createDirectories(cached.getParent());
    Files.write(cached, content);
    Debuginfod own =
        Debuginfod.fromEnvironment(
            Map.of("DEBUGINFOD_CACHE_PATH", directory.resolve("own").toString()));
    assertThat(find(own, buildId)).contains(cached);
    Debuginfod other = Debuginfod.fromEnvironment(Map.of("HOME", directory.toString()));
    assertThat(find(other, buildId)).isEmpty();
  }
}
