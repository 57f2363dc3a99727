package org.vmcore.gdbstub.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.inspect.log.Dmesg;
import org.vmcore.gdbstub.inspect.log.Log;
import org.vmcore.gdbstub.inspect.machine.Banner;
import org.vmcore.gdbstub.inspect.machine.MachineState;
import org.vmcore.gdbstub.inspect.query.Answering;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.Notes;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.gdbstub.machine.RealDumps;
import org.vmcore.gdbstub.stub.DebuggerView;
import org.vmcore.testing.Corpus;

/** The kernel's log of real dumps, as crash prints it. */
class LogTest {
  private static final String BTF = "x86_64/kdump-btf-null-deref/vmcore.d31.zlib";
  private static final String TIME = "\\[ *\\d+\\.\\d{6}\\] ";

  private static String monitor(CrashedMachine machine, String line) {
    StringBuilder out = new StringBuilder();
    new MonitorCommands(new DebuggerView(machine)).run(line, machine.cpus().get(0), out::append);
    return out.toString();
  }

  private static String monitor(String line) throws Exception {
    try (CrashedMachine machine = RealDumps.open(BTF)) {
      return monitor(machine, line);
    }
  }

  private static List<String> crash(String file) throws Exception {
    return Files.readString(Corpus.file(file + ".crash.txt"), StandardCharsets.ISO_8859_1)
        .lines()
        .map(String::stripTrailing)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x86_64/kdump-null-deref/vmcore.raw",
        "x86_64/kdump-5level-sysrq/vmcore.d31.zstd",
        "x86_64/kdump-nokaslr-sysrq/vmcore.d31.lzo",
        "x86_64/qemu-null-deref/qemu.elf"
      })
  void printsWhatCrashPrintsAndItsReason(String file) throws Exception {
    List<String> crash = crash(file);
    try (CrashedMachine machine = RealDumps.open(file)) {
      assertThat(monitor(machine, "log").lines().map(String::stripTrailing))
          .containsExactlyElementsOf(log(crash));
      assertThat(crash)
          .contains(
              "       PANIC: "
                  + Banner.lines(MachineState.of(machine, new Notes()), 16).get("PANIC"));
    }
  }

  /** From the first line with a time to the last, as some messages have several lines. */
  private static List<String> log(List<String> lines) {
    int first = 0;
    int end = 0;
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).matches(TIME + ".*")) {
        first = end == 0 ? i : first;
        end = i + 1;
      }
    }
    return lines.subList(first, end);
  }

  /** A dump without notes, whose VMCOREINFO tells of the log and page tables and no more. */
  private record Mute(Dump dump, Optional<Vmcoreinfo> vmcoreinfo) implements Dump {
    @Override
    public DumpInfo info() {
      return dump.info();
    }

    @Override
    public PhysicalMemory memory() {
      return dump.memory();
    }

    @Override
    public List<Note> notes() {
      return List.of();
    }

    @Override
    public List<Segment> segments() {
      return dump.segments();
    }
  }

  @Test
  void needsNeitherCpusNorSymbols() throws Exception {
    try (CrashedMachine whole = RealDumps.open("x86_64/qemu-null-deref/qemu.elf")) {
      String told =
          new String(whole.vmcoreinfo().orElseThrow().text(), StandardCharsets.ISO_8859_1)
              .lines()
              .filter(line -> !line.contains("kallsyms") && !line.contains("(_stext)"))
              .collect(Collectors.joining("\n"));
      Vmcoreinfo less = Vmcoreinfo.parse(told.getBytes(StandardCharsets.ISO_8859_1));
      CrashedMachine machine =
          CrashedMachine.open(new Mute(whole.dump(), Optional.of(less)), MachineOptions.defaults());

      StringBuilder dmesg = new StringBuilder();
      Answering.asText(
          new Dmesg(), new Call(machine, new Call.Listener() {}), new Text(dmesg::append, 16));

      assertThat(machine.cpus()).isEmpty();
      assertThat(dmesg.toString()).isEqualTo(monitor(whole, "dmesg"));
    }
  }

  @Test
  void optionsChangeTheLayout() throws Exception {
    String whole = monitor("dmesg");
    assertThat(whole).startsWith("[    0.000000] Linux version 6.1.192-vmcorebtf ");
    assertThat(monitor("log -t")).isEqualTo(whole.replaceAll("(?m)^(?:" + TIME + "| {15})", ""));
    assertThat(monitor("log -m")).startsWith("[    0.000000] <5>Linux version ");
    assertThat(monitor("log -c")).startsWith("[    0.000000] [      T0] Linux version ");
    assertThat(monitor("log --level alert").lines().map(line -> line.replaceAll(TIME, "")))
        .contains("BUG: kernel NULL pointer dereference, address: 0000000000000000")
        .allMatch(whole::contains);
    assertThat(monitor("log --level=warn,emerg+ -t").lines())
        .contains("CR2: 0000000000000000")
        .noneMatch(line -> line.startsWith("Linux version"));
  }

  /** What the crash kernel's user space had read of /proc/vmcore with makedumpfile. */
  @Test
  void equalsWhatWasCapturedInTheCrashKernel() throws Exception {
    List<String> capture = Files.readAllLines(Corpus.file("x86_64/kdump-null-deref/dmesg.capture"));

    try (CrashedMachine machine = RealDumps.open("x86_64/kdump-null-deref/vmcore.raw")) {
      assertThat(monitor(machine, "log -c").lines()).containsExactlyElementsOf(capture);
    }
  }

  /** The machine was booted at 18:14:48, says crash. */
  @Test
  void timesMayBeDates() throws Exception {
    assertThat(monitor("log -T"))
        .containsPattern("^\\[Fri Nov 20 18:14:4[78] UTC 2026\\] Linux version 6.1.192");
  }

  @Test
  void inJsonAMessageHasItsParts() throws Exception {
    try (CrashedMachine machine = RealDumps.open(BTF)) {
      StringWriter json = new StringWriter();
      Answering.asJson(new Log(), new Call(machine, new Call.Listener() {}), json);

      JsonObject log = JsonParser.parseString(json.toString()).getAsJsonObject();
      JsonObject first = log.getAsJsonArray("messages").get(0).getAsJsonObject();
      assertThat(first.get("seq").getAsLong()).isZero();
      assertThat(first.get("timestamp_ns").getAsLong()).isZero();
      assertThat(first.get("level").getAsString()).isEqualTo("notice");
      assertThat(first.get("facility").getAsInt()).isZero();
      assertThat(first.get("caller").getAsString()).isEqualTo("T0");
      assertThat(first.get("text").getAsString()).startsWith("Linux version 6.1.192-vmcorebtf ");
      assertThat(log.getAsJsonArray("incomplete")).isEmpty();
    }
  }

  @Test
  void whatIsAskedWronglyIsTold() throws Exception {
    assertThat(monitor("log -x")).startsWith("log: unknown option -x\n");
    assertThat(monitor("log --level loud")).startsWith("log: no level is called 'loud'; there are");
    assertThat(monitor("log -T -t")).startsWith("log: -T and -t exclude each other");
  }
}
