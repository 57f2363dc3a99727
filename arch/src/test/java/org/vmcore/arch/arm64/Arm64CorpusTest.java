package org.vmcore.arch.arm64;

import static org.assertj.core.api.Assertions.assertThat;
import static org.vmcore.arch.CorpusDumps.check;
import static org.vmcore.arch.CorpusDumps.hex;
import static org.vmcore.arch.CorpusDumps.machine;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.arch.Architectures;
import org.vmcore.arch.Corpus;
import org.vmcore.arch.CorpusDumps;
import org.vmcore.arch.CpuState;
import org.vmcore.arch.Fault;
import org.vmcore.arch.KernelSpace;
import org.vmcore.arch.VirtualMemory;
import org.vmcore.dumpreader.Dump;
import org.vmcore.dumpreader.PhysicalFault;

/** Real dumps against what the guests printed of themselves, QEMU's monitor and crash. */
class Arm64CorpusTest {
  private static final String KDUMP = "arm64/kdump/vmcore.md-zlib-d31";
  private static final String QEMU = "arm64/qemu/vmcore.elf";
  private static final String LVA = "arm64-64k/qemu-lva/vmcore.elf";

  /** POISON_FREE_INITMEM (Linux include/linux/poison.h) fills .init memory when it is freed. */
  private static final String FREED_INIT = "cccccccc";

  @RegisterExtension final CorpusDumps dumps = new CorpusDumps("");

  private final Arm64 arm64 = new Arm64();

  private static List<List<String>> truth(String dump, String kind) throws Exception {
    return Corpus.truth(dump.substring(0, dump.lastIndexOf('/')) + "/truth.tsv", kind);
  }

  @ParameterizedTest
  @ValueSource(strings = {KDUMP, QEMU, LVA})
  void registersAreThoseOfTheNotes(String name) throws Exception {
    Dump dump = dumps.open(name);
    assertThat(Architectures.of(dump)).get().isInstanceOf(Arm64.class);
    List<CpuState> cpus = arm64.cpus(dump);
    assertThat(cpus).hasSize(Integer.parseInt(truth(name, "cpus").get(0).get(0)));
    for (List<String> line : truth(name, "reg")) {
      CpuState cpu = cpus.get(Integer.parseInt(line.get(0)));
      String register = line.get(1).equals("pstate") ? "cpsr" : line.get(1);
      assertThat(cpu.registers().value(register)).as("%s", line).hasValue(hex(line.get(2)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {KDUMP, QEMU, LVA})
  void kernelAddressesAreWhereTheGuestSaidAndHoldWhatItSaid(String name) throws Exception {
    KernelSpace space = arm64.kernelSpace(machine(arm64, dumps.open(name)));
    List<List<String>> lines = new ArrayList<>(truth(name, "mem"));
    lines.addAll(truth(name, "sym"));
    assertThat(lines).hasSizeGreaterThan(200);
    for (List<String> line : lines) {
      check(space.virtual(), name.equals(KDUMP) ? asFiltered(space.virtual(), line) : line);
    }
  }

  /** truth.tsv was read before makedumpfile -d 31 left out free pages, freed .init memory too. */
  private static List<String> asFiltered(VirtualMemory memory, List<String> line) {
    boolean filtered =
        line.get(3).startsWith(FREED_INIT)
            && memory.read(hex(line.get(1)), new byte[1], 0, 1).fault()
                instanceof Fault.DataUnreadable data
            && data.cause().reason() == PhysicalFault.Reason.FILTERED;
    return filtered ? List.of(line.get(0), line.get(1), line.get(2), "absent") : line;
  }
}
