package org.vmcore.dumpreader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DumpFormatsTest {
  @TempDir private Path directory;

  /** Notes whether it was closed. */
  private static final class ClosingInput implements DumpInput {
    private final BytesInput bytes;
    private boolean closed;

    ClosingInput(String name, byte[] bytes) {
      this.bytes = new BytesInput(name, bytes);
    }

    @Override
    public String name() {
      return bytes.name();
    }

    @Override
    public long size() {
      return bytes.size();
    }

    @Override
    public int read(long position, byte[] destination, int offset, int length) {
      return bytes.read(position, destination, offset, length);
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @Test
  void aDumpClosesItsInput() throws Exception {
    ClosingInput input = new ClosingInput("vmcore", KdumpBytes.x86_64().file.array());

    Dump dump = DumpFormats.open(input, OpenOptions.defaults());
    assertThat(input.closed).isFalse();
    dump.close();
    assertThat(input.closed).isTrue();
  }

  @Test
  void aFailureClosesAllInputs() {
    ClosingInput one = new ClosingInput("one", new byte[9]);
    ClosingInput other = new ClosingInput("other", new byte[9]);

    assertThatThrownBy(() -> DumpFormats.open(List.of(one, other), OpenOptions.defaults()))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("one: not a kernel crash dump");
    assertThat(List.of(one.closed, other.closed)).containsOnly(true);
  }

  @Test
  void aDumpOfOneFileNamesTheSecond() throws Exception {
    Path dump = Files.write(directory.resolve("vmcore"), KdumpBytes.x86_64().file.array());
    Path vmlinux = Files.write(directory.resolve("vmlinux"), new byte[64]);

    assertThatThrownBy(() -> DumpFormats.openFiles(List.of(dump, vmlinux), OpenOptions.defaults()))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining(vmlinux + ": a second file, but " + dump + " is a whole dump");
  }

  @Test
  void aMissingFileIsNamed() throws Exception {
    Path dump = Files.write(directory.resolve("vmcore"), KdumpBytes.x86_64().file.array());

    assertThatThrownBy(
            () ->
                DumpFormats.openFiles(
                    List.of(dump, directory.resolve("missing")), OpenOptions.defaults()))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("missing");
  }
}
