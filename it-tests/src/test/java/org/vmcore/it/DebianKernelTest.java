package org.vmcore.it;

import static java.lang.Character.toLowerCase;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.gdbstub.linux.symbols.Kallsyms;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.testing.Command;
import org.vmcore.testing.LabDump;

/**
 * A distribution's kernel as it is, of which there is no file here but the dump, against what that
 * kernel said of itself before it crashed.
 */
@Tag("slow")
@ParameterizedClass
@EnumSource(names = {"OURS", "BULLSEYE", "TRIXIE", "SID"})
@ExtendWith(DebianKernelTest.NewestIsToldOf.class)
class DebianKernelTest {
  /** Where x86-64 kernels are linked to run: __START_KERNEL (arch/x86/include/asm/page_types.h). */
  private static final long LINKED_AT = 0xffff_ffff_8100_0000L;

  /** NT_GNU_BUILD_ID (elf.h). */
  private static final int BUILD_ID = 3;

  private static final int PAGE = 4096;
  private static final long MIB = 1 << 20;

  /** Of smaller ones the kernel's own tables are most. */
  private static final long LARGE = 64 * MIB;

  private final LabDump lab;

  DebianKernelTest(LabDump kernel) {
    lab = kernel;
  }

  /** What fails with a kernel that changes by itself is told as skipped. */
  static final class NewestIsToldOf implements InvocationInterceptor {
    @Override
    public void interceptTestMethod(
        Invocation<Void> invocation,
        ReflectiveInvocationContext<Method> context,
        ExtensionContext extension)
        throws Throwable {
      LabDump kernel = ((DebianKernelTest) context.getTarget().orElseThrow()).lab;
      try {
        invocation.proceed();
      } catch (AssertionError | RuntimeException e) {
        if (!kernel.counts()) {
          abort(() -> kernel + ": " + e.getMessage());
        }
        throw e;
      }
    }
  }

  @Test
  void tellsWhatCrashed() throws IOException {
    Command.Result result = Program.run("info", "--json", lab.file());
    assertThat(result.exit()).as(result.toString()).isZero();
    JsonNode info = new ObjectMapper().readTree(result.out());

    assertThat(info.at("/dump/format").asText()).isEqualTo("kdump-compressed");
    assertThat(info.at("/dump/complete").asBoolean()).isTrue();
    JsonNode kernel = info.at("/kernel");
    assertThat(kernel.at("/release").asText()).isEqualTo(lab.release());
    assertThat(kernel.at("/build_id").asText()).isEqualTo(buildId(lab.text("notes.txt")));
    assertThat(kernel.at("/kaslr_offset").asText())
        .isEqualTo("%#x".formatted(lab.symbol("_text") - LINKED_AT));

    JsonNode crashKernel = info.at("/memory/crash_kernel/0");
    MatchResult reserved = lab.find("iomem.txt", "^ *(\\w+)-(\\w+) : Crash kernel$");
    assertThat(Long.decode(crashKernel.at("/start").asText()))
        .isEqualTo(Long.parseLong(reserved.group(1), 16));
    assertThat(Long.decode(crashKernel.at("/end").asText()))
        .isEqualTo(Long.parseLong(reserved.group(2), 16) + 1);
    assertThat(high(info.at("/memory/ranges")))
        .isEqualTo(ram() - crashKernel.at("/bytes").asLong());
  }

  /**
   * Most dumps of these kernels take 8 and a quarter of the bytes (README's table), one took 10,
   * another 31 percent: where things lie in memory is another each time. Twice as much is a fault.
   */
  @Test
  void isReadFromAfarInFewRequests() throws IOException {
    try (SlowServer server = new SlowServer(lab.file())) {
      assertThat(cost("info", server, 1)).as("requests").isLessThanOrEqualTo(16);
      if (Files.size(lab.file()) > LARGE) {
        double share = cost("bt", server, 2) * MIB / Files.size(lab.file());
        assertThat(share).isLessThan(0.5);
      }
    }
  }

  private static double cost(String command, SlowServer server, int group) {
    Command.Result result = Program.run(command, server.uri(), "--no-remote-cache");
    assertThat(result.exit()).as(result.toString()).isZero();
    Matcher cost = RemoteDumpTest.COST.matcher(result.err());
    assertThat(cost.find()).as(result.err()).isTrue();
    return Double.parseDouble(cost.group(group));
  }

  /**
   * Bytes of ranges from 1 MiB on: with kexec_file_load, the kernel leaves the memory below out of
   * /proc/vmcore (elf_header_exclude_ranges() in arch/x86/kernel/crash.c).
   */
  private static long high(JsonNode ranges) {
    long bytes = 0;
    for (JsonNode range : ranges) {
      if (Long.decode(range.at("/start").asText()) >= MIB) {
        bytes += range.at("/bytes").asLong();
      }
    }
    return bytes;
  }

  /** Whole pages of what the kernel calls its memory, from 1 MiB on. */
  private long ram() {
    return Pattern.compile("(?m)^(\\w+)-(\\w+) : System RAM$")
        .matcher(lab.text("iomem.txt"))
        .results()
        .filter(range -> Long.parseLong(range.group(1), 16) >= MIB)
        .mapToLong(
            range ->
                (Long.parseLong(range.group(2), 16) + 1) / PAGE * PAGE
                    - Long.parseLong(range.group(1), 16))
        .sum();
  }

  /** The build id in the hexadecimal text of an ELF notes section. */
  private static String buildId(String notes) {
    byte[] bytes = HexFormat.of().parseHex(notes.replaceAll("\\s", ""));
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      int nameSize = buffer.getInt();
      int size = buffer.getInt();
      int type = buffer.getInt();
      int at = buffer.position() + roundUp(nameSize);
      String name = new String(bytes, buffer.position(), 3, StandardCharsets.US_ASCII);
      if (type == BUILD_ID && name.equals("GNU")) {
        return HexFormat.of().formatHex(bytes, at, at + size);
      }
      buffer.position(at + roundUp(size));
    }
    throw new AssertionError("no build id in " + notes);
  }

  private static int roundUp(int size) {
    return (size + 3) & ~3;
  }

  /** Those that were there when the guest listed them and when it crashed. */
  @Test
  void listsTheTasksThatTheGuestListed() throws IOException {
    Map<Integer, String> found = new HashMap<>();
    for (JsonNode task : json("ps", lab.file(), "--json").at("/tasks")) {
      found.put(
          task.at("/pid").asInt(), task.at("/ppid").asInt() + " " + task.at("/comm").asText());
    }
    List<String> missing = new ArrayList<>();
    for (String line : lab.text("ps.txt").lines().toList()) {
      // "PID PPID STATE NAME"; the kernel adds what a worker does, and cuts none.
      String[] field = line.split(" ", 4);
      String task = found.getOrDefault(Integer.parseInt(field[0]), "");
      String name = task.substring(task.indexOf(' ') + 1);
      if (!task.startsWith(field[1] + " ") || !field[3].startsWith(name)) {
        missing.add(line);
      }
    }
    // The programs that listed them, and perhaps a worker or two, had ended by the crash.
    assertThat(missing).hasSizeLessThan(6).allMatch(line -> !line.contains("lab-"));
    assertThat(found).hasSizeGreaterThan(40);
  }

  /** /proc/PID/maps as the guest printed it; what it was chrooted to is in the path. */
  @Test
  void regionsOfAProcessAreThoseOfItsMaps() throws IOException {
    for (String name : List.of("lab-waiting", "lab-stopped", "lab-spinning")) {
      List<String> expected =
          lab.text("maps-" + name + ".txt")
              .lines()
              .map(line -> line.split(" +", -1))
              .map(f -> f[0] + " " + f[1] + " " + (f.length > 5 ? f[5] : ""))
              .map(String::strip)
              .toList();
      List<String> found = new ArrayList<>();
      for (JsonNode region : json("vm", lab.file(), name, "--json").at("/memory/regions")) {
        found.add(
            "%08x-%08x %s %s"
                .formatted(
                    Long.decode(region.at("/start").asText()),
                    Long.decode(region.at("/end").asText()),
                    region.at("/permissions").asText(),
                    region.at("/file").asText().replaceFirst("^/disk/", "/"))
                .strip());
      }
      assertThat(found).as(name).containsExactlyElementsOf(expected);
    }
  }

  private static JsonNode json(Object... arguments) throws IOException {
    Command.Result result = Program.run(arguments);
    assertThat(result.exit()).as(result.toString()).isZero();
    return new ObjectMapper().readTree(result.out());
  }

  /** /proc/mounts of the guest, which is chrooted; what is mounted there and above, by type. */
  @Test
  void listsTheMountsThatTheGuestListed() throws IOException {
    List<String> found = new ArrayList<>();
    for (JsonNode mount : json("mount", lab.file(), "--json").at("/mounts")) {
      found.add(
          mount.at("/type").asText()
              + " "
              + mount.at("/directory").asText().replaceFirst("^/disk/?", "/"));
    }
    assertThat(found)
        .containsAll(
            lab.lines("mounts.txt").stream()
                .map(line -> line.split(" ", -1))
                .map(words -> words[2] + " " + words[1])
                .toList());
  }

  /** As makedumpfile finds it in the dump; newer ones add who printed it, and more space. */
  @Test
  void printsTheLog() {
    List<String> expected =
        lab.lines("dmesg.txt").stream()
            .map(line -> line.replaceFirst("^(\\[ *\\d+\\.\\d+\\]) \\[ *[TC]\\d+\\]", "$1"))
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .toList();
    List<String> printed =
        Program.run("dmesg", lab.file())
            .out()
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .toList();
    assertThat(printed).containsExactlyElementsOf(expected);
  }

  @Test
  void tellsWhatEachCpuDid() {
    String crashed = lab.find("console.txt", "\\] CPU: 0 .*PID: (\\d+) Comm: sh ").group(1);
    try (Program server = Program.serve(lab.file());
        GdbMi gdb = GdbMi.connect(server)) {
      String cpus = gdb.monitor("cpus");
      assertThat(cpus).containsPattern("(?m)^\\* +0 +" + crashed + " +kernel .* crashed$");
      assertThat(cpus)
          .containsPattern(
              "(?m)^ +1 +(%d|%d) +(user|kernel) "
                  .formatted(lab.pid("lab-spinning"), lab.pid("lab-queued")));

      gdb.must("-thread-select 2");
      long pc = Long.decode(gdb.evaluate("(long)$rip"));
      if (cpus.contains(" user ")) {
        MatchResult code = lab.find("maps-lab-spinning.txt", "^(\\w+)-(\\w+) r-xp .*/busybox$");
        assertThat(pc)
            .isBetween(Long.parseLong(code.group(1), 16), Long.parseLong(code.group(2), 16));
      } else {
        // It was in the timer's interrupt just then.
        assertThat(pc).isBetween(lab.symbol("_text"), lab.symbol("_etext"));
      }
    }
  }

  /** Two are bound to it, of one session, which the scheduler has as a group (sched(7)). */
  @Test
  void showsWhoRunsAndWhoWaits() {
    String shown = Program.run("runq", lab.file()).out();
    String cpu = shown.substring(shown.indexOf("CPU 1 RUNQUEUE"));
    int queue = cpu.indexOf("CFS RB_ROOT");

    for (String name : List.of("lab-spinning", "lab-queued")) {
      assertThat(cpu).containsOnlyOnce("COMMAND: \"%s\"".formatted(name));
    }
    assertThat(cpu.substring(0, queue)).containsPattern("CURRENT: .* COMMAND: \"lab-");
    assertThat(cpu.substring(queue)).containsPattern("\\[1\\d\\d\\] PID: .* COMMAND: \"lab-");
  }

  /** From where it died to the user program that asked for it, where the trace ends. */
  @Test
  void showsTheBacktraceToGdbWithoutAnyFile() {
    String trace =
        lab.find("console.txt", "Kernel panic(?s:.*?)(?:</TASK>|Kernel Offset|\\] R13: )").group();
    List<String> printed = CallTrace.printed(trace);
    assertThat(printed)
        .containsSequence("panic", "sysrq_handle_crash")
        .contains("vfs_write", "do_syscall_64");
    String user = lab.find("console.txt", "\\] RIP: 0033:0x([0-9a-f]+)").group(1);
    try (Program server = Program.serve(lab.file())) {
      String shown = Gdb.batch().connect(server).ex("bt 40").run().all();

      CallTrace.assertShows(shown, printed);
      assertThat(shown.lines().filter(line -> line.startsWith("#")).reduce("", (a, b) -> b))
          .as(shown)
          .matches("#\\d+ +0x0*" + user + " in .*");
    }
  }

  @Test
  void readsWhatIsKnownOfItsMemory() throws IOException {
    try (Program server = Program.serve(lab.file());
        GdbMi gdb = GdbMi.connect(server)) {
      assertThat(text(gdb, lab.symbol("linux_banner"), lab.text("version.txt").length()))
          .isEqualTo(lab.text("version.txt"));
      long commandLine =
          Long.decode(gdb.evaluate("*(long *)%#x".formatted(lab.symbol("saved_command_line"))));
      assertThat(text(gdb, commandLine, lab.text("cmdline.txt").length() - 1))
          .isEqualTo(lab.text("cmdline.txt").replaceFirst("\n$", ""));
      for (String parameter : List.of("loop max_loop", "virtio_net napi_weight")) {
        String module = parameter.substring(0, parameter.indexOf(' '));
        String name = parameter.substring(module.length() + 1);
        long address = lab.symbol("%s [%s]".formatted(name, module));
        assertThat(gdb.evaluate("*(int *)%#x".formatted(address)))
            .as(parameter)
            .isEqualTo(lab.find("parameters.txt", "^" + parameter + " (\\d+)$").group(1));
      }
    }
    Path types = lab.file("btf/vmlinux");
    assumeTrue(Files.exists(types), "this kernel has no BTF");
    Command.Result read =
        Program.run(
            "read",
            "--raw",
            "%#x".formatted(lab.symbol("__start_BTF")),
            Long.toString(Files.size(types)),
            lab.file());
    assertThat(read.err()).isEmpty();
    assertThat(read.bytes()).isEqualTo(Files.readAllBytes(types));
  }

  private static String text(GdbMi gdb, long address, int length) {
    return new String(
        HexFormat.of().parseHex(gdb.memory(address, length)), StandardCharsets.ISO_8859_1);
  }

  @Test
  void findsTheKernelsOwnSymbols() throws IOException, DumpException, MissingFactException {
    List<String> symbols = new ArrayList<>();
    try (CrashedMachine machine =
        CrashedMachine.open(List.of(lab.file()), MachineOptions.defaults())) {
      Kallsyms kallsyms = machine.linux().kallsyms().orElseThrow();
      for (int i = 0; i < kallsyms.count(); i++) {
        symbols.add(line(kallsyms.address(i), kallsyms.type(i), kallsyms.name(i)));
      }
    }
    assertThat(symbols).isEqualTo(lab.ownKallsyms());
  }

  @Test
  void findsTheModules() throws IOException, DumpException, MissingFactException {
    Map<String, List<String>> listed = lab.moduleKallsyms();
    try (CrashedMachine machine =
        CrashedMachine.open(List.of(lab.file()), MachineOptions.defaults())) {
      List<KernelModule> modules = machine.linux().modules();

      assertThat(modules)
          .extracting(module -> "%s %d 0x%x".formatted(module.name(), module.size(), module.base()))
          .isEqualTo(
              lab.lines("modules.txt").stream()
                  .map(line -> line.split(" ", -1))
                  .map(words -> "%s %s %s".formatted(words[0], words[1], words[5]))
                  .toList());
      for (KernelModule module : modules) {
        assertThat(sections(module.name())).containsAllEntriesOf(module.sections());
        assertThat(module.sections()).containsKeys(".text", ".gnu.linkonce.this_module");
        assertThat(module.symbols().orElseThrow().all())
            .extracting(symbol -> line(symbol.address(), toLowerCase(symbol.type()), symbol.name()))
            .as(module.name())
            .containsExactlyInAnyOrderElementsOf(listed.get(module.name()));
      }
    }
  }

  /** A line of /proc/kallsyms. */
  private static String line(long address, char type, String name) {
    return "%016x %c %s".formatted(address, type, name);
  }

  private Map<String, Long> sections(String module) {
    return lab.lines("sections.txt").stream()
        .map(line -> line.split(" ", -1))
        .filter(words -> words[0].equals(module))
        .collect(
            Collectors.toMap(
                words -> words[1], words -> Long.parseUnsignedLong(words[2].substring(2), 16)));
  }
}
