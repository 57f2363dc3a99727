package org.vmcore.gdbstub.symbols.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real vmlinux that is unlike those of the other architectures. */
class VmlinuxCorpusTest {
  @TempDir private Path directory;

  /** Its hash table has words of eight bytes. The values are those that VMCOREINFO has. */
  private Path unpack(Path packed) throws Exception {
    assumeThat(packed).as("the corpus of real dumps is absent").exists();
    Path file = directory.resolve("vmlinux");
    Process xz =
        new ProcessBuilder("xz", "-dc", packed.toString()).redirectOutput(file.toFile()).start();
    assertThat(xz.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return file;
  }

  @Test
  void readsThatOfS390x() throws Exception {
    Path kernel = Path.of(System.getProperty("vmcore.corpus", ""), "s390x", "kernel");
    Path file = unpack(kernel.resolve("vmlinux.xz"));
    String vmcoreinfo =
        Files.readString(kernel.resolveSibling("kdump").resolve("vmcore.vmcoreinfo.txt"));

    Vmlinux vmlinux = Vmlinux.open(file);

    assertThat(vmcoreinfo).contains("BUILD-ID=" + vmlinux.buildId().orElseThrow());
    vmlinux
        .find(Set.of("swapper_pg_dir", "init_uts_ns", "_stext"))
        .forEach(
            (name, address) ->
                assertThat(vmcoreinfo).contains("SYMBOL(%s)=%x\n".formatted(name, address)));
    assertThat(vmlinux.find(Set.of("swapper_pg_dir", "no_such_symbol")))
        .containsOnlyKeys("swapper_pg_dir");
    assertThat(vmlinux.firstLoadAddress()).isEqualTo(0x100000);
  }

  /** Addresses by {@code nm} and {@code readelf -l}; those of a 32-bit file are positive. */
  @Test
  void readsThatOfI386() throws Exception {
    Path kernel = Path.of(System.getProperty("vmcore.corpus", ""), "i386", "kernel");
    Vmlinux vmlinux = Vmlinux.open(unpack(kernel.resolve("vmlinux.xz")));
    assertThat(vmlinux.linkAddress("_stext")).hasValue(0xc1000000L);
    assertThat(vmlinux.linkAddress("linux_banner")).hasValue(0xc12c6120L);
    assertThat(vmlinux.firstLoadAddress()).isEqualTo(0xc1000000L);
  }
}
