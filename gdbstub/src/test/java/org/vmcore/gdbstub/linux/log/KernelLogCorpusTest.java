package org.vmcore.gdbstub.linux.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.RealDumps;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.NeedsCorpus;

/** Against what the same machines said on their serial lines before they died. */
@NeedsCorpus
class KernelLogCorpusTest {
  private static final String BOOT = "[    0.000000] ";

  private static List<LogRecord> read(CrashedMachine machine) throws Exception {
    KernelLog log = KernelLog.read(machine.linux().memory(), machine.vmcoreinfo().orElseThrow());
    assertThat(log.problem()).isEmpty();
    return log.records();
  }

  /** As the kernel writes to a console: each line of a message with its time. */
  private static List<String> consoleLines(List<LogRecord> records) {
    List<String> lines = new ArrayList<>();
    for (LogRecord record : records) {
      long micros = record.nanoseconds().orElseThrow() / 1000;
      for (String line : record.text().split("\n", -1)) {
        lines.add(
            String.format(Locale.ROOT, "[%5d.%06d] %s", micros / 1000000, micros % 1000000, line)
                .stripTrailing());
      }
    }
    return lines;
  }

  private static List<String> lines(String file) throws Exception {
    List<String> lines = new ArrayList<>();
    Files.readString(Corpus.file(file), StandardCharsets.ISO_8859_1)
        .lines()
        .forEach(line -> lines.add(line.stripTrailing()));
    return lines;
  }

  /**
   * The lines with a time, up to where the crash kernel says its name. What was said before there
   * was a console is said again when there is.
   */
  private static List<String> kernelLines(List<String> console) {
    Set<String> lines = new LinkedHashSet<>();
    boolean running = false;
    for (String line : console) {
      if (line.matches("\\[ *\\d+\\.\\d{6}\\] .*")) {
        boolean startsAgain = line.contains("] Linux version ") || line.startsWith(BOOT);
        if (startsAgain && running) {
          break;
        }
        running |= !line.startsWith(BOOT);
        lines.add(line);
      }
    }
    return List.copyOf(lines);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "arm/qemu/vmcore.elf",
        "arm-lpae/qemu/vmcore.elf",
        "arm64/kdump/vmcore.md-zlib-d31",
        "arm64/qemu/vmcore.elf",
        "arm64-64k/qemu-lva/vmcore.elf",
        "i386/qemu/vmcore.elf",
        "i386-pae/kdump/vmcore.md-lzo-d31",
        "i386-pae/qemu/vmcore.elf",
        "ppc64le/kdump-radix/vmcore.md-zlib-d31",
        "riscv64/kdump-sv57/vmcore",
        "s390x/kdump/vmcore.md-zlib-d31"
      })
  void holdsEveryLineOfTheConsole(String file) throws Exception {
    String folder = file.substring(0, file.lastIndexOf('/'));
    List<String> console = kernelLines(lines(folder + "/console.txt"));
    assertThat(console).hasSizeGreaterThan(50);

    try (CrashedMachine machine = RealDumps.open(file)) {
      assertThat(consoleLines(read(machine))).containsSubsequence(console);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x86_64/kdump-null-deref/vmcore.raw",
        "x86_64/kdump-btf-null-deref/vmcore.d31.zlib",
        "x86_64/kdump-5level-sysrq/vmcore.d31.zstd",
        "x86_64/kdump-5level-sysrq/vmcore.d31.snappy",
        "x86_64/kdump-nokaslr-sysrq/vmcore.d31.lzo",
        "x86_64/qemu-null-deref/qemu.elf"
      })
  void holdsTheOops(String file) throws Exception {
    String folder = file.substring(0, file.lastIndexOf('/'));
    List<String> oops = kernelLines(lines(folder + "/oops.txt"));
    assertThat(oops).isNotEmpty();

    try (CrashedMachine machine = RealDumps.open(file)) {
      assertThat(consoleLines(read(machine))).containsSubsequence(oops);
    }
  }

  /** By the symbols, and types where there are some, as VMCOREINFO says. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "x86_64/kdump-btf-null-deref/vmcore.d31.zlib",
        "x86_64/qemu-null-deref/qemu.elf",
        "i386/qemu/vmcore.elf",
        "s390x/qemu/vmcore.elf"
      })
  void isFoundWithoutVmcoreinfo(String file) throws Exception {
    try (CrashedMachine machine = RealDumps.open(file)) {
      assertThat(KernelLog.read(machine.linux()).records()).isEqualTo(read(machine));
    }
  }

  /** The disk was full before the kernel's variables were written. */
  @Test
  void tellsWhatIsLost() throws Exception {
    try (CrashedMachine machine = RealDumps.open("x86_64/kdump-disk-full/vmcore.enospc")) {
      assertThatThrownBy(() -> read(machine))
          .isInstanceOf(MissingFactException.class)
          .hasMessage("cannot read prb");
    }
  }
}
