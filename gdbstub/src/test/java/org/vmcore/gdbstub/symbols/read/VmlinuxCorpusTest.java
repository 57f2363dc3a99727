package org.vmcore.gdbstub.symbols.read;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.NeedsCorpus;

/** A real vmlinux that is unlike those of the other architectures. */
@NeedsCorpus
class VmlinuxCorpusTest {
  /** Its hash table has words of eight bytes. The values are those that VMCOREINFO has. */
  @Test
  void readsThatOfS390x() throws Exception {
    String vmcoreinfo = Corpus.text("s390x/kdump/vmcore.vmcoreinfo.txt");

    Vmlinux vmlinux = Vmlinux.open(Corpus.file("s390x/kernel/vmlinux"));

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
    Vmlinux vmlinux = Vmlinux.open(Corpus.file("i386/kernel/vmlinux"));
    assertThat(vmlinux.linkAddress("_stext")).hasValue(0xc1000000L);
    assertThat(vmlinux.linkAddress("linux_banner")).hasValue(0xc12c6120L);
    assertThat(vmlinux.firstLoadAddress()).isEqualTo(0xc1000000L);
  }
}
