package org.vmcore.gdbstub.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo's vmlinux as binutils and gdb see it. */
class VmlinuxTest {
  private static final Pattern FUNCTION = Pattern.compile("[0-9a-f]{16} <(\\w+)>:");
  private static final Pattern INSTRUCTION = Pattern.compile(" *[0-9a-f]{16}:\t(.*)");
  private static final Pattern GS = Pattern.compile("%gs:(\\w+)(?:\\+(0x[0-9a-f]+))?");

  private final DemoMachine machine = DemoMachine.builder().kaslrOffset(0).build();
  private String vmlinux = "";

  @BeforeEach
  void write(@TempDir Path directory) throws IOException {
    vmlinux = Files.write(directory.resolve("vmlinux"), machine.vmlinux()).toString();
  }

  @Test
  void readelfFindsNothingWrong() throws Exception {
    String output = Tools.run("readelf", "-aW", "--debug-dump=frames", vmlinux);
    assertThat(output)
        .doesNotContainIgnoringCase("warning")
        .doesNotContainIgnoringCase("error")
        .doesNotContainIgnoringCase("corrupt")
        .contains("Build ID: " + machine.truth().buildId())
        .contains("DW_CFA_undefined: r16 (rip)");
  }

  @Test
  void objdumpDisassemblesWhatTheTableSays() throws Exception {
    Map<String, List<String>> expected = new LinkedHashMap<>();
    for (MachineCode function : DemoCode.functions()) {
      expected.put(
          function.name(), function.listing().stream().map(this::withPerCpuOffsets).toList());
    }
    assertThat(disassembly()).isEqualTo(expected);
  }

  @Test
  void nmListsTheSymbolsOfTheTruth() throws Exception {
    Map<String, Long> listed = new LinkedHashMap<>();
    for (String line : Tools.run("nm", vmlinux).split("\n", -1)) {
      if (!line.isBlank()) {
        listed.put(line.substring(19), Long.parseUnsignedLong(line.substring(0, 16), 16));
      }
    }
    assertThat(listed).isEqualTo(machine.truth().symbols());
  }

  @Test
  void doesNotDependOnTheMachineThatItRanOn() {
    DemoMachine other = DemoMachine.builder().levels(5).pageTableIsolation(true).build();
    assertThat(other.vmlinux()).isEqualTo(machine.vmlinux());
    assertThat(other.truth().buildId()).isEqualTo(machine.truth().buildId());
  }

  private Map<String, List<String>> disassembly() throws Exception {
    Map<String, List<String>> functions = new LinkedHashMap<>();
    List<String> current = new ArrayList<>();
    for (String line : Tools.run("objdump", "-d", "--no-show-raw-insn", vmlinux).split("\n", -1)) {
      Matcher function = FUNCTION.matcher(line);
      Matcher instruction = INSTRUCTION.matcher(line);
      if (function.matches()) {
        current = functions.computeIfAbsent(function.group(1), name -> new ArrayList<>());
      } else if (instruction.matches() && !instruction.group(1).startsWith("int3")) {
        current.add(withNames(instruction.group(1)));
      }
    }
    return functions;
  }

  /** {@code mov 0x1234(%rip),%rax # ffff.. <name>} becomes {@code mov name(%rip),%rax}. */
  private static String withNames(String instruction) {
    String text = instruction.strip().replaceAll("\\s+", " ");
    Matcher comment = Pattern.compile(" # [0-9a-f]+ <(\\w+)>").matcher(text);
    if (comment.find()) {
      text =
          text.substring(0, comment.start())
              .replaceFirst("0x[0-9a-f]+\\(%rip\\)", comment.group(1) + "(%rip)");
    }
    return text.replaceFirst("[0-9a-f]{16} <(.*)>", "$1");
  }

  private String withPerCpuOffsets(String instruction) {
    return GS.matcher(instruction)
        .replaceAll(
            gs -> {
              long addend = gs.group(2) == null ? 0 : Long.decode(gs.group(2));
              return "%%gs:%#x".formatted(machine.truth().symbol(gs.group(1)) + addend);
            });
  }
}
