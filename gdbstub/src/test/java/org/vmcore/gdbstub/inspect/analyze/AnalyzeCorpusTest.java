package org.vmcore.gdbstub.inspect.analyze;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.gdbstub.inspect.analyze.Analysis.Confidence;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.linux.oops.FailureClass;
import org.vmcore.gdbstub.linux.oops.Signature;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.RealDumps;
import org.vmcore.testing.Corpus;

/** Verdicts on real dumps, against what was done to these machines and what they printed. */
class AnalyzeCorpusTest {
  private static Analysis ofDump(String dump) throws Exception {
    try (CrashedMachine machine = RealDumps.open(dump)) {
      return new Analyze().answer(new Call(machine, new Call.Listener() {}));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "x86_64/kdump-btf-null-deref, vmcore.d31.zlib, NULL_DEREFERENCE",
    "x86_64/qemu-null-deref, qemu.elf, NULL_DEREFERENCE",
    "x86_64/kdump-5level-sysrq, vmcore.d31.zstd, SYSRQ",
    "x86_64/kdump-nokaslr-sysrq, vmcore.d31.lzo, SYSRQ"
  })
  void aDumpAndItsLogHaveTheSameSignature(String folder, String file, FailureClass failure)
      throws Exception {
    Analysis dump = ofDump(folder + "/" + file);
    String text = Files.readString(Corpus.file(folder + "/oops.txt"), StandardCharsets.ISO_8859_1);
    Analysis log = new Analyze().answer(text);
    assertThat(dump.failure()).isEqualTo(log.failure()).isEqualTo(failure);
    assertThat(dump.confidence()).isEqualTo(Confidence.HIGH);
    assertThat(dump.signature()).isEqualTo(log.signature());
    assertThat(dump.signature().stack()).isNotEmpty();
  }

  /** Two builds of one kernel, with and without page-table isolation, stopped by QEMU and kdump. */
  @Test
  void theSameCauseHasTheSameSignatureInAnotherBuild() throws Exception {
    Signature one = ofDump("x86_64/kdump-btf-null-deref/vmcore.d31.zlib").signature();
    assertThat(ofDump("x86_64/qemu-null-deref/qemu.elf").signature()).isEqualTo(one);
    assertThat(one).isNotEqualTo(ofDump("x86_64/kdump-nokaslr-sysrq/vmcore.d31.lzo").signature());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "arm64/kdump/vmcore.md-zlib-d31",
        "arm/kdump/vmcore.md-zlib-d31",
        "i386-pae/kdump/vmcore.md-lzo-d31",
        "ppc64le/kdump-radix/vmcore.md-zlib-d31",
        "s390x/kdump/vmcore.md-zlib-d31"
      })
  void theSameCauseHasTheSameSignatureOnAnotherArchitecture(String dump) throws Exception {
    Analysis other = ofDump(dump);
    assertThat(other.failure()).isEqualTo(FailureClass.SYSRQ);
    assertThat(other.title()).isEqualTo("kernel panic: sysrq triggered crash");
    assertThat(other.signature())
        .isEqualTo(ofDump("x86_64/kdump-5level-sysrq/vmcore.d31.zstd").signature());
  }

  @Test
  void theFaultingInstructionNamesTheRegisterThatWasNull() throws Exception {
    Analysis analysis = ofDump("x86_64/kdump-btf-null-deref/vmcore.d31.zlib");
    assertThat(analysis.culprit())
        .hasValueSatisfying(
            culprit -> {
              assertThat(culprit.function()).isEqualTo("crashme_level3");
              assertThat(culprit.module()).contains("crashme");
            });
    // The guest's oops has R12: 0000000000000000 and the instruction <41> 89 04 24.
    assertThat(analysis.statements())
        .anySatisfy(
            statement -> {
              assertThat(statement.says()).startsWith("it accessed [r12], which was 0x0: NULL");
              assertThat(statement.evidence()).startsWith("r12 = 0x0");
            });
  }

  /** Against the same oops: its Code: line, its registers, and the module's own variable. */
  @Test
  void theFaultingInstructionStandsAmongOthersWithItsRegisters() throws Exception {
    Analysis analysis = ofDump("x86_64/kdump-btf-null-deref/vmcore.d31.zlib");
    assertThat(analysis.instructions())
        .filteredOn(Analysis.Instruction::failed)
        .singleElement()
        .satisfies(
            one -> {
              assertThat(one.text()).isEqualTo("mov    %eax,(%r12)");
              assertThat(one.place()).isEqualTo("crashme_level3+103");
            });
    assertThat(analysis.instructions().get(6).failed()).isFalse();
    Map<String, Analysis.Register> registers = new HashMap<>();
    analysis.registers().forEach(register -> registers.put(register.name(), register));
    assertThat(registers.get("r12")).extracting(Analysis.Register::value).isEqualTo(0L);
    assertThat(registers.get("rbp"))
        .extracting(Analysis.Register::meaning)
        .isEqualTo(Optional.of("crashme_state [crashme]"));
    assertThat(registers).doesNotContainKey("cs");
  }
}
