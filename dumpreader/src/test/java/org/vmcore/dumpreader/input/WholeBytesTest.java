package org.vmcore.dumpreader.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeBytesTest {
  @TempDir private Path directory;

  @Test
  void areAllOfAFile() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "text");
    assertThat(WholeBytes.read(file, 4)).asString().isEqualTo("text");
    assertThatThrownBy(() -> WholeBytes.read(file, 3)).hasMessageStartingWith(file + ": has more");
  }

  @Test
  void whatCannotBeReadIsNamed() {
    assertThatThrownBy(() -> WholeBytes.read(directory, 9))
        .hasMessage(directory + ": is a directory; name the file that is meant");
    Path none = directory.resolve("none");
    assertThatThrownBy(() -> WholeBytes.read(none, 9)).hasMessageContaining(none.toString());
    Path memory = Path.of("/proc/self/mem");
    assumeTrue(Files.exists(memory), "no /proc");
    assertThatThrownBy(() -> WholeBytes.read(memory, 9)).hasMessageStartingWith(memory + ": ");
  }

  @Test
  void aDeviceWithoutAnEndIsLeft() {
    Path endless = Path.of("/dev/zero");
    assumeTrue(Files.exists(endless), "no /dev/zero");
    assertThatThrownBy(() -> WholeBytes.read(endless, 1 << 16))
        .hasMessage("/dev/zero: has more than 64 KiB; is it the file that is meant?");
  }
}
