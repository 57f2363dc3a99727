package org.vmcore.gdbstub.symbols.find;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.api.RemoteName;
import org.vmcore.gdbstub.demo.DemoMachine;
import org.vmcore.gdbstub.symbols.read.Vmlinux;

class VmlinuxSearchTest {
  private static final String RELEASE = "6.1.0-demo";

  @TempDir private Path directory;

  private final DemoMachine demo = DemoMachine.builder().build();
  private final String id = demo.truth().buildId();

  private Path put(String name) throws IOException {
    Path file = directory.resolve("debug").resolve(name).normalize();
    Files.createDirectories(file.getParent());
    return Files.write(file, demo.vmlinux());
  }

  private VmlinuxSearch.Result find(String release, String buildId) {
    Debuginfod cacheOnly =
        Debuginfod.fromEnvironment(
                Map.of("DEBUGINFOD_CACHE_PATH", directory.resolve("cache").toString()))
            .offline();
    return new VmlinuxSearch(
            List.of(RemoteName.path("https://host/debug/"), directory.resolve("debug")),
            List.of(directory.resolve("dump")),
            cacheOnly,
            this::fetch)
        .find(Optional.of(release), buildId, Progress.SILENT);
  }

  /** What lies on the server lies in a directory here. */
  private Path fetch(String uri) throws IOException {
    Path file = directory.resolve("remote").resolve(uri.replaceFirst("^https://host/debug/", ""));
    if (!Files.exists(file)) {
      throw new IOException(uri + ": not there");
    }
    return file;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vmlinux",
        "vmlinux-" + RELEASE,
        "boot/vmlinux-" + RELEASE,
        "boot/vmlinux-" + RELEASE + ".debug",
        "lib/modules/" + RELEASE + "/vmlinux",
        "usr/lib/modules/" + RELEASE + "/vmlinux.debug",
        "../dump/vmlinux",
        "../dump/vmlinux.debug",
        "../dump/vmlinux-" + RELEASE,
        "../dump/vmlinux-" + RELEASE + ".debug",
        "../cache/BUILDID/debuginfo",
        ".build-id/XX/YYY.debug",
        "../remote/.build-id/XX/YYY.debug"
      })
  void everyLayoutIsKnown(String name) throws IOException {
    Path file =
        put(
            name.replace("BUILDID", id)
                .replace("XX", id.substring(0, 2))
                .replace("YYY", id.substring(2)));
    assertThat(find(RELEASE, id).vmlinux().map(Vmlinux::path)).contains(file);
  }

  @Test
  void anotherBuildIsNamedAndNotTaken() throws IOException {
    Path file = put("vmlinux");
    String other = "00" + id.substring(2);
    VmlinuxSearch.Result result = find(RELEASE, other);
    assertThat(result.vmlinux()).isEmpty();
    assertThat(result.without())
        .contains(directory.resolve("debug").toString(), "%s (build id %s)".formatted(file, id))
        .contains("/usr/lib/debug", "/lib/modules/" + RELEASE)
        .anyMatch(place -> place.startsWith("https://host/debug/.build-id/00/"));
  }

  @Test
  void whatIsNoVmlinuxIsPassedOver() throws IOException {
    Files.writeString(put("vmlinux"), "nothing of the kind");
    Path file = put("boot/vmlinux-" + RELEASE);
    assertThat(find(RELEASE, id).vmlinux().map(Vmlinux::path)).contains(file);
  }

  /** One that was found is not what the user asked for; it must not be in the way. */
  @Test
  void aDamagedOneIsPassedOverAndNamed() throws IOException {
    byte[] damaged = demo.vmlinux().clone();
    ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN).putShort(62, (short) 1);
    Path bad = Files.write(put("vmlinux"), damaged);
    assertThat(find(RELEASE, id).vmlinux()).isEmpty();
    assertThat(find(RELEASE, id).without()).contains(bad + " (no vmlinux, or a damaged one)");

    Path file = put("boot/vmlinux-" + RELEASE);
    assertThat(find(RELEASE, id).vmlinux().map(Vmlinux::path)).contains(file);
  }

  /** They come from the dump, and go into names of files. */
  @ParameterizedTest
  @ValueSource(strings = {"../../secret", "a/b", "", "..", ".", "x\0y", "a b"})
  void aReleaseThatIsNoneIsIgnored(String release) throws IOException {
    put("vmlinux-secret");
    assertThat(find(release, id).vmlinux()).isEmpty();
    assertThat(String.join(" ", find(release, id).without())).doesNotContain("/lib/modules");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "../../etc/passwd", "zz18", "18EA"})
  void aBuildIdThatIsNoneFindsNothing(String buildId) throws IOException {
    put("vmlinux");
    assertThat(find(RELEASE, buildId).vmlinux()).isEmpty();
  }
}
