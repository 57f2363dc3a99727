package org.vmcore.arch.s390x;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.vmcore.arch.CorpusDumps.hex;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.arch.Architectures;
import org.vmcore.arch.CorpusDumps;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.PageWalk;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.NeedsCorpus;

/** Real dumps against what the guests printed, QEMU's monitor and an independent page walk. */
@NeedsCorpus
class S390xCorpusTest {
  private static final String FOLDER = "s390x/";
  private static final String KDUMP = "kdump/vmcore.md-zlib-d31";
  private static final String QEMU = "qemu/vmcore.elf";

  private final S390x s390x = new S390x();

  @RegisterExtension private final CorpusDumps dumps = new CorpusDumps(FOLDER);

  private static List<List<String>> truth(String name, String kind) throws Exception {
    return Corpus.truth(FOLDER + name.substring(0, name.indexOf('/')) + "/truth.tsv", kind);
  }

  private Machine machine(Dump dump) {
    return CorpusDumps.machine(s390x, dump);
  }

  @ParameterizedTest
  @ValueSource(strings = {KDUMP, QEMU})
  void registersAreThoseOfTheNotes(String name) throws Exception {
    Dump dump = dumps.open(name);
    assertThat(Architectures.of(dump)).get().isInstanceOf(S390x.class);
    List<CpuState> cpus = s390x.cpus(dump);
    assertThat(cpus).hasSize(Integer.parseInt(truth(name, "cpus").get(0).get(0)));
    for (List<String> line : truth(name, "reg")) {
      RegisterValues values = cpus.get(Integer.parseInt(line.get(0))).registers();
      assertThat(value(values, line.get(1))).as("%s", line).isEqualTo(hex(line.get(2)));
    }
  }

  /** The truth's names are those of the note's words, of which one holds two access registers. */
  private static long value(RegisterValues values, String name) {
    Matcher pair = Pattern.compile("acr(\\d+)_(\\d+)").matcher(name);
    if (pair.matches()) {
      return values.value("acr" + pair.group(1)).orElseThrow() << 32
          | values.value("acr" + pair.group(2)).orElseThrow();
    }
    return switch (name) {
      case "psw_mask" -> values.value("pswm").orElseThrow();
      case "psw_addr" -> values.value("pswa").orElseThrow();
      case "orig_gpr2" -> values.value("orig_r2").orElseThrow();
      default -> values.value(name).orElseThrow();
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {KDUMP, QEMU})
  void kernelAddressesAreWhereTheGuestSaidAndHoldWhatItSaid(String name) throws Exception {
    Dump dump = dumps.open(name);
    List<List<String>> lines = new ArrayList<>(truth(name, "mem"));
    truth(name, "sym").forEach(line -> lines.add(name.equals(KDUMP) ? filtered(line) : line));
    assertThat(lines).hasSizeGreaterThan(100);
    KernelSpace space = s390x.kernelSpace(machine(dump));
    lines.forEach(line -> CorpusDumps.check(space.virtual(), line));
    // Control registers alone lead to the same tables.
    KernelSpace bare =
        s390x.kernelSpace(
            new Machine(
                dump,
                Optional.empty(),
                s390x.cpus(dump),
                symbol -> OptionalLong.empty(),
                machine(dump).options()));
    assertThat(bare.root()).isEqualTo(space.root());
    lines.forEach(line -> CorpusDumps.check(bare.virtual(), line));
  }

  /**
   * The truth was taken before makedumpfile left free pages out, with them those of the kernel's
   * .init that it had freed and filled with {@code POISON_FREE_INITMEM}.
   */
  private static List<String> filtered(List<String> line) {
    return line.get(3).matches("(cc)+")
        ? List.of(line.get(0), line.get(1), line.get(2), "absent")
        : line;
  }

  /**
   * labspin ran on CPU 1 and printed where its text is; the secondary space is the program's while
   * the kernel runs.
   */
  @ParameterizedTest
  @ValueSource(strings = {KDUMP, QEMU})
  void userAddressesHoldWhatTheProcessSaid(String name) throws Exception {
    Dump dump = dumps.open(name);
    String folder = name.substring(0, name.indexOf('/'));
    Matcher needle =
        Pattern.compile("labspin needle at 0x(\\w+) '([^']*)'")
            .matcher(Files.readString(Corpus.file(FOLDER + folder + "/console.txt")));
    assertThat(needle.find()).isTrue();
    KernelSpace kernel = s390x.kernelSpace(machine(dump));
    CpuState cpu = s390x.cpus(dump).get(1);
    long asce = cpu.registers().value("cr7").orElseThrow();
    VirtualMemory process = s390x.addressSpace(kernel, asce);
    byte[] text = new byte[needle.group(2).length()];
    if (!name.equals(KDUMP)) {
      assertThat(process.read(hex(needle.group(1)), text, 0, text.length).fault()).isNull();
      assertThat(new String(text, US_ASCII)).isEqualTo(needle.group(2));
    }
    // The table's bare address leads to the same place: makedumpfile left out the page only.
    assertThat(s390x.addressSpace(kernel, asce & -4096).translate(hex(needle.group(1))))
        .isInstanceOf(Translation.Mapped.class)
        .isEqualTo(process.translate(hex(needle.group(1))));
  }

  /** {@code R3 idx 0x0 at 0x538000 = 0x0000000005ff0007}, then SEG and PTE. */
  @ParameterizedTest
  @CsvSource({KDUMP + ",kdump/vmcore.walk.txt", QEMU + ",qemu/vmcore.elf.walk.txt"})
  void walksAreThoseOfAnIndependentWalker(String name, String walks) throws Exception {
    KernelSpace space = s390x.kernelSpace(machine(dumps.open(name)));
    Matcher walk =
        Pattern.compile(
                "WALK .* va 0x(?<virtual>\\w+)\\n"
                    + "(?<steps>( +\\w+ idx \\w+ at \\w+ = \\w+\\n)+) +=> pa 0x(?<physical>\\w+)")
            .matcher(Files.readString(Corpus.file(FOLDER + walks)));
    int checked = 0;
    while (walk.find()) {
      PageWalk ours = space.virtual().walk(hex(walk.group("virtual")));
      assertThat(((Translation.Mapped) ours.result()).physicalAddress())
          .isEqualTo(hex(walk.group("physical")));
      assertThat(ours.steps())
          .extracting(step -> "%#x = %#018x".formatted(step.entryAddress(), step.entry()))
          .isEqualTo(
              walk.group("steps").lines().map(line -> line.replaceAll(".* at ", "")).toList());
      checked++;
    }
    assertThat(checked).isEqualTo(8);
  }

  @Test
  void qemusRegistersAreThoseOfItsMonitor() throws Exception {
    List<CpuState> cpus = s390x.cpus(dumps.open(QEMU));
    String text = Files.readString(Corpus.file(FOLDER + "qemu/qemu-registers.txt"));
    String[] monitors = text.split("(?m)^CPU#", -1);
    assertThat(monitors).hasSize(cpus.size() + 1);
    for (CpuState cpu : cpus) {
      assertThat(cpu.number()).hasValue(cpu.index());
      RegisterValues values = cpu.registers();
      Matcher register =
          Pattern.compile("\\b([RCV])(\\d\\d)=([0-9a-f]+)").matcher(monitors[cpu.index() + 1]);
      int checked = 0;
      while (register.find()) {
        int number = Integer.parseInt(register.group(2));
        String name = register.group(1).replace("C", "CR").toLowerCase(Locale.ROOT) + number;
        assertThat(bytes(values, name)).as(name).isEqualTo(register.group(3));
        checked++;
      }
      assertThat(checked).isEqualTo(16 + 16 + 32);
    }
  }

  private static String bytes(RegisterValues values, String name) {
    Matcher halves = Pattern.compile("v(\\d|1[0-5])").matcher(name);
    if (halves.matches()) {
      return bytes(values, "f" + halves.group(1)) + bytes(values, name + "l");
    }
    byte[] bytes = values.bytes(values.set().number(name));
    return HexFormat.of().formatHex(bytes == null ? new byte[0] : bytes);
  }

  /** {@code -prefix : 0x00c54000}, as crash reads the notes. */
  @Test
  void eachCpuSeesItsOwnLowcore() throws Exception {
    Dump dump = dumps.open(KDUMP);
    KernelSpace kernel = s390x.kernelSpace(machine(dump));
    Matcher prefix =
        Pattern.compile("-prefix +: 0x(\\w+)")
            .matcher(Files.readString(Corpus.file(FOLDER + "kdump/vmcore.crash.txt")));
    for (CpuState cpu : s390x.cpus(dump)) {
      assertThat(prefix.find()).isTrue();
      VirtualMemory memory = s390x.addressSpace(kernel, cpu, cpu.pageTableRoot());
      assertThat(memory.translate(0x340))
          .isEqualTo(new Translation.Mapped(hex(prefix.group(1)) + 0x340, 0x1000 - 0x340));
    }
  }
}
