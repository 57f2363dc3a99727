package org.vmcore.gdbstub.port;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.arch.Architectures;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.ElfAbi;
import org.vmcore.gdbstub.linux.stack.CodeRules;
import org.vmcore.gdbstub.linux.stack.FrameRule;
import org.vmcore.gdbstub.linux.stack.FrameRule.Beyond;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.testing.Corpus;

/** What holds for every port; each has its line with a dump of its architecture. */
class LinuxPortTest {
  @Test
  void everyArchitectureHasOne() {
    assertThat(LinuxPorts.ALL)
        .extracting(port -> port.architecture().name())
        .containsExactlyInAnyOrderElementsOf(
            Architectures.all().stream().map(Architecture::name).toList());
  }

  /** A rule is true from the first instruction of its stretch on, and of every one in it. */
  @Tag("slow")
  @ParameterizedTest
  @CsvSource({
    "x86-64, x86_64/kdump-btf-null-deref/vmcore.d31.zlib",
    "arm64, arm64/kdump/vmcore.md-zlib-d31",
    "s390x, s390x/kdump/vmcore.md-zlib-d31",
    "ppc64, ppc64le/kdump-radix/vmcore.md-zlib-d31",
    "riscv64, riscv64/kdump-sv57/vmcore",
    "i386, i386-pae/kdump/vmcore.md-lzo-d31",
    "arm, arm/kdump/vmcore.md-zlib-d31"
  })
  void rulesAreInOrderAndOfRegistersThatDwarfKnows(String name, String dump) throws Exception {
    Architecture architecture = Architectures.named(name).orElseThrow();
    try (CrashedMachine machine =
        CrashedMachine.open(Corpus.file(dump), MachineOptions.defaults())) {
      CodeRules rules = LinuxPorts.of(architecture).unwinder(machine.linux()).rules();
      ElfAbi abi = architecture.elf(machine.byteOrder());
      Set<Beyond> seen = new TreeSet<>();
      int[] stretches = {0};

      rules.forEach(
          stretch -> {
            stretches[0]++;
            List<Long> places = new ArrayList<>();
            for (CodeRules.Row row : stretch.rows()) {
              FrameRule rule = row.rule();
              assertThat(abi.dwarfNumber(rule.returnAddress())).isPresent();
              seen.add(rule.beyond());
              places.add(row.start() ^ Long.MIN_VALUE);
            }
            places.add(stretch.end() ^ Long.MIN_VALUE);
            assertThat(places).isSorted().doesNotHaveDuplicates();
          });

      assertThat(stretches[0]).isGreaterThan(3000);
      assertThat(seen).contains(Beyond.CALLER, Beyond.NOBODY);
    }
  }
}
