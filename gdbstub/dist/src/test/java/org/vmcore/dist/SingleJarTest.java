package org.vmcore.dist;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar that is a program: its launcher, run by a Java that prints how it is called. */
class SingleJarTest {
  private static final Map<String, String> CONTENT = Map.of("one", "1".repeat(1000), "two/2", "");

  @TempDir private Path directory;
  private Path jar;

  @BeforeEach
  void make() throws IOException {
    Path plain = directory.resolve("plain.jar");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(plain))) {
      for (var entry : new TreeMap<>(CONTENT).entrySet()) {
        out.putNextEntry(new ZipEntry(entry.getKey()));
        out.write(entry.getValue().getBytes(UTF_8));
      }
    }
    jar = Files.createDirectory(directory.resolve("some where")).resolve("vm-all.jar");
    SingleJar.main(new String[] {"" + plain, "../bin/vmcore-gdbserver", "src/single.sh", "" + jar});
  }

  @Test
  void isTheJarThatItWas() throws IOException {
    try (ZipFile file = new ZipFile(jar.toFile())) {
      assertThat(file.size()).isEqualTo(CONTENT.size());
      for (var entry : CONTENT.entrySet()) {
        byte[] bytes = file.getInputStream(file.getEntry(entry.getKey())).readAllBytes();
        assertThat(new String(bytes, UTF_8)).isEqualTo(entry.getValue());
      }
    }
  }

  /** Java would find them all the same; others count from the beginning of the file. */
  @Test
  void itsOffsetsAreThoseInTheFile() throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(jar)).order(ByteOrder.LITTLE_ENDIAN);
    int end = bytes.limit() - 22;
    int entry = bytes.getInt(end + 16);
    assertThat(bytes.getInt(entry)).isEqualTo(0x02014b50);
    assertThat(bytes.getInt(bytes.getInt(entry + 42))).isEqualTo(0x04034b50);
    assertThat(entry + bytes.getInt(end + 12)).isEqualTo(end);
  }

  @Test
  void runsItselfByItsNameByALinkAndByTheShell() throws Exception {
    Path link = Files.createSymbolicLink(directory.resolve("vm"), jar);
    for (List<String> words :
        List.of(List.of("" + jar), List.of("" + link), List.of("sh", "" + jar))) {
      String run = run(words, "info", "a dump");
      assertThat(run).endsWith("-jar\n" + jar + "\ninfo\na dump\n");
      assertThat(run).contains("-Dvmcore.extensions=" + jar.resolveSibling("lib") + "\n");
    }
  }

  /** Whoever may write where it lies does not say what it runs. */
  @Test
  void runsNothingThatLiesBesideIt() throws Exception {
    for (String name : List.of("checkout.sh", "jdk.sh", "archive.sh", "runtime/bin/java")) {
      Path file = jar.resolveSibling(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "#!/bin/sh\necho mischief\nexit 1\n");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    assertThat(run(List.of("" + jar))).endsWith("-jar\n" + jar + "\n").doesNotContain("mischief");
  }

  private String run(List<String> words, String... arguments) throws Exception {
    Path java = Files.createDirectories(directory.resolve("jdk/bin")).resolve("java");
    try (OutputStream out = Files.newOutputStream(java)) {
      out.write("#!/bin/sh\nprintf '%s\\n' \"$@\"\n".getBytes(UTF_8));
    }
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(directory.resolve("jdk/release"), "JAVA_VERSION=\"17.0.1\"\n");
    List<String> all = new ArrayList<>(words);
    all.addAll(Arrays.asList(arguments));
    Path output = directory.resolve("output");
    ProcessBuilder builder = new ProcessBuilder(all).redirectErrorStream(true);
    builder.redirectOutput(output.toFile());
    builder.environment().put("VMCORE_GDBSERVER_JAVA", "" + java);
    builder.environment().remove("VMCORE_GDBSERVER_JAVA_OPTS");
    builder.environment().put("XDG_CACHE_HOME", "/dev/null");
    assertThat(builder.start().waitFor()).as(Files.readString(output)).isZero();
    return Files.readString(output);
  }

  @Test
  void whatIsNoJarIsRefused() {
    assertThatThrownBy(() -> SingleJar.withHead(new byte[3], new byte[100]))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no jar");
  }
}
