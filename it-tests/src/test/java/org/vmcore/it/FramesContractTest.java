package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.testing.Command;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.NeedsCorpus;

/**
 * gdb without a vmlinux leaves every frame as {@code monitor bt} does: the rules that it was given
 * are those that this follows.
 */
@Tag("slow")
@NeedsCorpus
class FramesContractTest {
  /** Where a frame is; gdb shows none of one that was interrupted. */
  private static final Pattern FRAME = Pattern.compile("(?m)^#(\\d+) +(?:0x(\\w+) |<signal )");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "arm/kdump/vmcore.md-zlib-d31",
        "arm64/kdump/vmcore.md-zlib-d31",
        "i386-pae/kdump/vmcore.md-lzo-d31",
        "ppc64le/kdump-radix/vmcore.md-zlib-d31",
        "riscv64/kdump-sv57/vmcore",
        "riscv64-sv39/qemu/vmcore.elf",
        "s390x/kdump/vmcore.md-zlib-d31",
        "x86_64/kdump-btf-null-deref/vmcore.d31.zlib",
        "x86_64/qemu-null-deref/qemu.elf"
      })
  void gdbGoesTheSameWay(String dump) throws Exception {
    assumeTrue(Command.isInstalled("gdb-multiarch"), "gdb-multiarch is not installed");
    Path file = Corpus.file(dump);
    List<List<String>> expected = new ArrayList<>();
    try (CrashedMachine machine = CrashedMachine.open(file, MachineOptions.defaults())) {
      for (CrashedCpu cpu : machine.cpus()) {
        expected.add(
            machine.stacks().of(cpu).frames().stream()
                .filter(frame -> frame.kind() != Frame.Kind.GUESSED)
                .map(frame -> Long.toHexString(frame.pc()))
                .toList());
      }
    }
    try (Program server = Program.serve(file)) {
      for (int i = 0; i < expected.size(); i++) {
        List<String> words = new ArrayList<>(List.of("gdb-multiarch", "-batch"));
        words.addAll(Gdb.QUIET);
        for (String command :
            List.of("target remote " + server.address(), "thread " + (i + 1), "bt")) {
          words.addAll(List.of("-ex", command));
        }
        String shown = Command.of(words).run().all();
        String trace = shown.substring(shown.lastIndexOf("\n#0 "));

        assertThat(pcs(trace, expected.get(i))).as(shown).isEqualTo(expected.get(i));
      }
    }
  }

  /** Those that gdb shows, with what is expected in place of the ones that it does not. */
  private static List<String> pcs(String trace, List<String> expected) {
    List<String> pcs = new ArrayList<>();
    for (MatchResult frame : FRAME.matcher(trace).results().toList()) {
      int number = Integer.parseInt(frame.group(1));
      String hidden = number < expected.size() ? expected.get(number) : "?";
      String pc = frame.group(2);
      pcs.add(pc == null ? hidden : Long.toHexString(Long.parseUnsignedLong(pc, 16)));
    }
    return pcs;
  }
}
