package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmcore.testing.NeedsCorpus;

/**
 * Processes of other machines in gdb-multiarch. All run one program, which has a text at an address
 * that one of them, labspin, printed before the machine died, with that of what it alone counts up.
 */
@Tag("slow")
@NeedsCorpus
@ParameterizedClass
@EnumSource
class ForeignUserMemoryTest {
  private static final Pattern PRINTED =
      Pattern.compile("LAB labspin needle at 0x(\\w+) '([^']+)' spin at 0x(\\w+)");

  /** A line of {@code ps}: the PID and, of a process, its name. */
  private static final Pattern PROCESS =
      Pattern.compile("(?m)^[> ] *(\\d+) .* (init|lab\\w+)\\s*$");

  private static final ServedGdb SERVED = new ServedGdb();

  private final ForeignDump dump;
  private final MatchResult printed;
  private final GdbMi gdb;

  ForeignUserMemoryTest(ForeignDump dump) {
    this.dump = dump;
    Matcher matcher = PRINTED.matcher(dump.console());
    assertThat(matcher.find()).isTrue();
    this.printed = matcher.toMatchResult();
    this.gdb = SERVED.gdb();
  }

  @BeforeParameterizedClassInvocation
  static void connect(ForeignDump dump) {
    Gdb.assumeInstalled("gdb-multiarch");
    SERVED.connect(
        Program.serve(dump.file(), "--vmlinux", dump.vmlinux(), "--types", dump.module()),
        server -> GdbMi.connectMultiarch(server, dump.vmlinux()));
    SERVED.gdb().monitor("threads tasks");
  }

  @AfterParameterizedClassInvocation
  static void disconnect() {
    SERVED.disconnect();
  }

  private long needle() {
    return Long.parseLong(printed.group(1), 16);
  }

  private long spin() {
    return Long.parseLong(printed.group(3), 16);
  }

  /** The bytes of the text, as hexadecimal digits. */
  private String text() {
    return printed
        .group(2)
        .chars()
        .mapToObj(letter -> String.format("%02x", letter))
        .collect(Collectors.joining());
  }

  /** PIDs and names. */
  private Map<Integer, String> processes() {
    Map<Integer, String> processes = new TreeMap<>();
    PROCESS
        .matcher(gdb.monitor("ps"))
        .results()
        .forEach(line -> processes.put(Integer.parseInt(line.group(1)), line.group(2)));
    assertThat(processes).hasSizeGreaterThanOrEqualTo(3).containsEntry(1, "init");
    return processes;
  }

  @Test
  void readsEachProcessThroughItsOwnTables() {
    assumeTrue(dump.hasUserMemory(), "makedumpfile -d 31 left user memory out");
    SoftAssertions softly = new SoftAssertions();
    processes()
        .forEach(
            (pid, name) -> {
              gdb.cli("thread 1");
              String told = gdb.monitor("task " + pid);
              softly.assertThat(readNeedle()).as(name).isEqualTo(text());
              softly
                  .assertThat(!gdb.evaluate("*(unsigned long *) %#x".formatted(spin())).equals("0"))
                  .as("%s has counted", name)
                  .isEqualTo(name.equals("labspin"));
              Matcher tables = Pattern.compile("TABLES: (\\w+)").matcher(told);
              softly.assertThat(tables.find()).as(told).isTrue();
              gdb.monitor("space " + tables.group(1));
              softly.assertThat(readNeedle()).as(name).isEqualTo(text());
              gdb.monitor("space cpu");
            });
    softly.assertAll();
  }

  /** Also tells that the tables lead to a page where makedumpfile has left it out. */
  @Test
  void translatesAddressesOfProcesses() {
    SoftAssertions softly = new SoftAssertions();
    Map<Long, Integer> owners = new TreeMap<>();
    processes()
        .forEach(
            (pid, name) -> {
              gdb.cli("thread 1");
              gdb.monitor("task " + pid);
              String walk = gdb.monitor("vtop %#x".formatted(needle()));
              Matcher page =
                  Pattern.compile("(?m)^%x +([0-9a-f]+)$".formatted(needle())).matcher(walk);
              softly.assertThat(page.find()).as("%s: %s", name, walk).isTrue();
              if (!dump.hasUserMemory()) {
                softly
                    .assertThat(gdb.monitor("why %#x".formatted(needle())))
                    .as(name)
                    .contains("filtered out");
              }
              owners.putIfAbsent(Long.parseUnsignedLong(page.group(1), 16), pid);
              gdb.monitor("space cpu");
            });
    softly.assertThat(owners).as("pages of their own").hasSizeGreaterThan(1);
    softly.assertAll();
  }

  /** On s390x a task that is in the kernel sees the kernel's address space alone. */
  @Test
  void threadsOfTasksReadTheirUserAddresses() {
    assumeTrue(dump.hasUserMemory(), "makedumpfile -d 31 left user memory out");
    assumeTrue(!dump.isOf("s390x"), "the kernel's addresses are other ones");
    SoftAssertions softly = new SoftAssertions();
    List<Map<String, Object>> threads =
        gdb.must("-thread-info").result().list("threads").stream()
            .filter(thread -> ("" + thread.get("name")).matches("init|lab\\w+"))
            .toList();
    assertThat(threads).hasSizeGreaterThanOrEqualTo(2);
    for (Map<String, Object> thread : threads) {
      gdb.must("-thread-select " + thread.get("id"));
      softly.assertThat(readNeedle()).as("%s", thread).isEqualTo(text());
    }
    softly.assertAll();
  }

  /** A loop that loads, adds, stores and jumps back. */
  @Test
  void disassemblesTheProgramThatACpuRan() {
    assumeTrue(dump == ForeignDump.RISCV64_SV57_KDUMP, "no such CPU whose program is in the dump");
    gdb.must("-thread-select 2");
    assertThat(gdb.cli("x/4i $pc"))
        .containsPattern("(?s)=> 0x10990:\tld\ta5,0\\(a4\\).*sd\ta5,0\\(a4\\).*j\t0x10990");
    assertThat(gdb.evaluate("(unsigned long)$a4")).isEqualTo(Long.toString(spin()));
    assertThat(gdb.cli("bt")).startsWith("#0  0x0000000000010990 in ?? ()");
  }

  private String readNeedle() {
    return gdb.memory(needle(), text().length() / 2);
  }
}
