package org.vmcore.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmcore.testing.Command;
import org.vmcore.testing.LabDump;

/**
 * What {@code lab/lab-objects} made in a guest, against what ip, ss, bpftool, sha256sum and the
 * kernel's own files said of it before the crash. On other kernels than this Debian's with {@code
 * -Dvmcore.asked=all}, which makes a dump of each.
 */
@Tag("slow")
@ParameterizedClass
@EnumSource(names = {"ASKED", "ASKED_BULLSEYE", "ASKED_TRIXIE", "ASKED_SID"})
class ObjectsTruthTest {
  /** Where the guest's root is in the machine, which it is chrooted to. */
  private static final String ROOT = "/disk";

  /** VM_PFNMAP (Linux include/linux/mm.h): what is mapped is no page, as [vvar] is none. */
  private static final long PFN_MAP = 0x400;

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final LabDump lab;

  @TempDir private Path directory;

  ObjectsTruthTest(LabDump lab) {
    assumeTrue(
        lab == LabDump.ASKED || System.getProperty("vmcore.asked", "").equals("all"),
        "no -Dvmcore.asked=all");
    this.lab = lab;
  }

  private JsonNode json(Object... arguments) throws IOException {
    List<Object> words = new ArrayList<>(List.of(arguments));
    words.add(1, lab.file());
    words.add("--json");
    Command.Result result = Program.run(words.toArray());
    assertThat(result.exit()).as(result.toString()).isZero();
    return MAPPER.readTree(result.out());
  }

  private JsonNode told(String name) throws IOException {
    return MAPPER.readTree(lab.text(name));
  }

  /** In one session: each file goes to sha256sum as it is. */
  @Test
  void filesOutOfThePageCacheHaveTheSumsThatTheGuestTold() throws IOException {
    List<String> sums = lab.lines("sha256.txt");
    Path script = directory.resolve("script");
    Files.writeString(
        script,
        sums.stream()
            .map(line -> "cat " + ROOT + line.split(" +", 2)[1] + " | sha256sum\n")
            .collect(Collectors.joining()));

    Command.Result run = Program.run("crash", lab.file(), "-i", script);

    assertThat(run.out().lines().map(line -> line.split(" ", 2)[0]))
        .hasSizeGreaterThan(50)
        .containsExactlyElementsOf(sums.stream().map(line -> line.split(" ", 2)[0]).toList());
  }

  /** Of lines with the numbers from 1 on a part was read, and what is read ahead. */
  @Test
  void ofAFileThatWasReadInPartTheRestIsTold() throws IOException {
    String whole =
        IntStream.rangeClosed(1, 600_000).mapToObj(i -> i + "\n").collect(Collectors.joining());
    JsonNode file = json("cat", ROOT + "/lab/in-part");
    assertThat(file.at("/bytes").asInt()).isEqualTo(whole.length());
    int next = 0;
    int missing = 0;
    for (JsonNode piece : file.at("/pieces")) {
      assertThat(piece.at("/offset").asInt()).isEqualTo(next);
      next += piece.at("/bytes").asInt();
      if (piece.at("/kind").asText().equals("data")) {
        String data =
            new String(Base64.getDecoder().decode(piece.at("/base64").asText()), ISO_8859_1);
        assertThat(data).isEqualTo(whole.substring(next - data.length(), next));
      } else {
        missing += piece.at("/bytes").asInt();
      }
    }
    assertThat(next).isEqualTo(whole.length());
    assertThat(missing).isBetween(1, whole.length() - 2 * 4096);
    Path copy = directory.resolve("copy");
    Command.Result written =
        Program.run("cat", lab.file(), ROOT + "/lab/in-part", "-o", copy.toString());
    assertThat(written.exit()).isEqualTo(1);
    assertThat(written.err())
        .contains("%d of %d bytes are not there".formatted(missing, whole.length()));
    assertThat(Files.size(copy)).isEqualTo(whole.length());
  }

  @Test
  void aDeletedFileIsStillThere() throws IOException {
    String inode = "";
    for (JsonNode file : json("files", lab.pid("lab-objects")).at("/files")) {
      inode = file.at("/path").asText().endsWith("/deleted") ? file.at("/inode").asText() : inode;
    }
    assertThat(Program.run("cat", lab.file(), inode).out()).isEqualTo("open, and deleted\n");
    // As the task names it, whose root is another.
    assertThat(Program.run("cat", lab.file(), "/proc/nothing", "-n", "1").err())
        .contains("no name 'nothing' is in memory in /disk/proc");
    assertThat(Program.run("cat", lab.file(), "/lab/lab-waiting", "-n", "1").out())
        .startsWith("#!/bin/busybox sh\n");
  }

  /** Of ss: state, queues, both ends, then {@code users:(("NAME",pid=N,fd=N))}. */
  @Test
  void socketsAreThoseOfSs() throws IOException {
    TreeSet<String> expected = new TreeSet<>();
    for (String file : List.of("ss-tcp.txt", "inside-ss-tcp.txt")) {
      for (String line : lab.lines(file).stream().skip(1).toList()) {
        String[] word = line.replace("[", "").replace("]", "").split(" +", -1);
        String state = word[0].equals("ESTAB") ? "ESTABLISHED" : word[0];
        String owner = word[5].replaceAll(".*pid=(\\d+),fd=(\\d+).*", "$1 $2");
        expected.add("%s %s %s %s".formatted(owner, state, end(word[3]), end(word[4])));
      }
    }
    TreeSet<String> found = new TreeSet<>();
    for (JsonNode one : json("net", "-A").at("/sockets")) {
      JsonNode socket = one.at("/socket");
      boolean tcp =
          socket.at("/family").asText().startsWith("INET")
              && socket.at("/type").asText().equals("STREAM");
      for (JsonNode owner : tcp ? one.at("/pids") : MAPPER.createArrayNode()) {
        found.add(
            "%d %d %s %s %s"
                .formatted(
                    owner.at("/pid").asInt(),
                    owner.at("/fd").asInt(),
                    socket.at("/state").asText(),
                    socket.at("/source").asText(),
                    socket.at("/destination").asText()));
      }
    }
    assertThat(expected).hasSize(7);
    assertThat(found).isEqualTo(expected);
  }

  /** {@code 127.0.0.1:7001} as crash has it: {@code 127.0.0.1-7001}. */
  private static String end(String told) {
    String address = told.substring(0, told.lastIndexOf(':'));
    return address + "-" + told.substring(told.lastIndexOf(':') + 1).replace("*", "0");
  }

  @Test
  void addressesAreThoseOfIp() throws IOException {
    assertAddresses(told("ip-addr.json"), json("net").at("/devices"));
    assertAddresses(
        told("inside-ip-addr.json"), json("net", "-n", lab.pid("lab-inside")).at("/devices"));
    JsonNode neighbour = told("ip-neigh.json").get(0);
    assertThat(Program.run("net", lab.file(), "-a").out())
        .containsPattern(
            "%s +ETHER +%s +%s +%s"
                .formatted(
                    neighbour.at("/dst").asText(),
                    neighbour.at("/lladdr").asText(),
                    neighbour.at("/dev").asText(),
                    neighbour.at("/state/0").asText()));
  }

  private static void assertAddresses(JsonNode told, JsonNode found) {
    TreeMap<String, List<String>> expected = new TreeMap<>();
    for (JsonNode link : told) {
      List<String> addresses = new ArrayList<>();
      link.at("/addr_info").forEach(one -> addresses.add(one.at("/local").asText()));
      expected.put(link.at("/ifname").asText(), addresses);
    }
    TreeMap<String, List<String>> devices = new TreeMap<>();
    for (JsonNode device : found) {
      List<String> addresses = new ArrayList<>();
      device.at("/addresses").forEach(one -> addresses.add(one.asText()));
      devices.put(device.at("/name").asText(), addresses);
    }
    assertThat(devices).isEqualTo(expected);
  }

  @Test
  void programsAndMapsAreThoseOfBpftool() throws IOException {
    JsonNode found = json("bpf", "-e");
    List<String> programs = new ArrayList<>();
    for (JsonNode one : told("bpf-programs.json")) {
      programs.add(
          one.at("/id").asInt() + " " + one.at("/tag").asText() + " " + one.at("/name").asText());
    }
    assertThat(found.at("/programs"))
        .extracting(
            one ->
                one.at("/id").asInt()
                    + " "
                    + one.at("/tag").asText()
                    + " "
                    + one.at("/name").asText())
        .containsExactlyElementsOf(programs);
    List<String> maps = new ArrayList<>();
    for (JsonNode one : told("bpf-maps.json")) {
      maps.add(
          "%d %s %d %d %d"
              .formatted(
                  one.at("/id").asInt(),
                  one.at("/name").asText(),
                  one.at("/bytes_key").asInt(),
                  one.at("/bytes_value").asInt(),
                  one.at("/max_entries").asInt()));
    }
    assertThat(found.at("/maps"))
        .extracting(
            one ->
                "%d %s %d %d %d"
                    .formatted(
                        one.at("/id").asInt(),
                        one.at("/name").asText(),
                        one.at("/key_bytes").asInt(),
                        one.at("/value_bytes").asInt(),
                        one.at("/max_entries").asInt()))
        .containsExactlyElementsOf(maps);
    for (JsonNode map : found.at("/maps")) {
      TreeSet<String> expected = new TreeSet<>();
      for (JsonNode one : told("bpf-" + map.at("/name").asText() + ".json")) {
        expected.add(hex(one.at("/key")) + " " + hex(one.at("/value")));
      }
      assertThat(map.at("/entries"))
          .extracting(one -> one.at("/key").asText() + " " + one.at("/values/0").asText())
          .containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  /** What a name stands for that bpftool has of a program's own function is not told here. */
  @Test
  void instructionsOfAProgramAreThoseOfBpftool() throws IOException {
    JsonNode told = told("bpf-programs.json").get(0);
    String id = told.at("/id").asText();
    JsonNode details = json("bpf", "-p", id).at("/programs/0/details");
    assertThat(details.at("/xlated_bytes")).isEqualTo(told.at("/bytes_xlated"));
    assertThat(details.at("/jited_bytes")).isEqualTo(told.at("/bytes_jited"));
    assertThat(details.at("/memlock_bytes")).isEqualTo(told.at("/bytes_memlock"));
    assertThat(details.at("/gpl_compatible")).isEqualTo(told.at("/gpl_compatible"));
    assertThat(details.at("/uid")).isEqualTo(told.at("/uid"));
    long loaded = told.at("/loaded_at").asLong();
    assertThat(Instant.parse(details.at("/loaded").asText()).getEpochSecond())
        .isBetween(loaded - 1, loaded + 1);

    List<String> expected =
        lab.lines("bpf-xlated.txt").stream()
            .filter(line -> line.matches(" *\\d+: .*"))
            .map(line -> line.strip().replaceFirst("(call pc[+-]\\d+)#.*", "$1"))
            .toList();
    assertThat(Program.run("bpf", lab.file(), "-p", id, "-t").out().lines())
        .filteredOn(line -> line.matches(" *\\d+: .*"))
        .map(String::strip)
        .hasSizeGreaterThan(30)
        .containsExactlyElementsOf(expected);
    assertThat(Program.run("bpf", lab.file(), "-p", id, "-j").out())
        .containsPattern("call +0x[0-9a-f]+ <\\w*map_lookup_elem>")
        .contains("imul   $0x3,%rax,%rax");
  }

  private static String hex(JsonNode bytes) {
    StringBuilder text = new StringBuilder();
    bytes.forEach(one -> text.append(one.asText().substring(2)));
    return text.toString();
  }

  @Test
  void swapAndIpcAreThoseOfProc() throws IOException {
    List<String> swaps = new ArrayList<>();
    for (String line : lab.lines("swaps.txt").stream().skip(1).toList()) {
      String[] word = line.split("\\s+", -1);
      swaps.add(String.join(" ", ROOT + word[0], word[2], word[3], word[4]));
    }
    assertThat(json("swap").at("/areas"))
        .extracting(
            one ->
                "%s %d %d %d"
                    .formatted(
                        one.at("/name").asText(),
                        one.at("/size_kib").asInt(),
                        one.at("/used_kib").asInt(),
                        one.at("/priority").asInt()))
        .hasSize(1)
        .containsExactlyElementsOf(swaps);

    JsonNode ipc = json("ipcs");
    assertThat(key(ipc.at("/shared_memory/0"), "/bytes")).isEqualTo(proc("ipc-shm.txt", 3));
    assertThat(key(ipc.at("/semaphores/0"), "/count")).isEqualTo(proc("ipc-sem.txt", 3));
    assertThat(key(ipc.at("/message_queues/0"), "/used_bytes")).isEqualTo(proc("ipc-msg.txt", 3));
  }

  private static String key(JsonNode one, String size) {
    return "%d %s %d"
        .formatted(
            Long.decode(one.at("/key").asText()),
            one.at("/permissions").asText(),
            one.at(size).asLong());
  }

  /** Key, permissions and another column. */
  private String proc(String file, int column) {
    String[] word = lab.lines(file).get(1).strip().split(" +", -1);
    return "%s %s %s".formatted(word[0], word[2], word[column]);
  }

  /**
   * Interrupts go on to come until the crash: their names and chips are those of the file, their
   * numbers are no smaller.
   */
  @Test
  void interruptsAreThoseOfProc() throws IOException {
    TreeMap<Long, JsonNode> found = new TreeMap<>();
    json("irq", "-s").at("/counts").forEach(one -> found.put(one.at("/irq").asLong(), one));
    TreeSet<Long> numbers = new TreeSet<>();
    for (String line : lab.lines("interrupts.txt").stream().skip(1).toList()) {
      String[] word = line.strip().split(":? +", -1);
      if (!word[0].matches("\\d+")) {
        continue;
      }
      long number = Long.parseLong(word[0]);
      numbers.add(number);
      JsonNode one = Objects.requireNonNull(found.get(number), line);
      assertThat(line).contains(one.at("/chip").asText()).endsWith(one.at("/name").asText());
      for (int cpu = 0; cpu < 2; cpu++) {
        long told = Long.parseLong(word[1 + cpu]);
        assertThat(one.at("/counts/" + cpu).asLong()).as(line).isBetween(told, told + 10_000);
      }
    }
    assertThat(found.keySet()).isEqualTo(numbers).hasSizeGreaterThan(5);
  }

  /** Of the processes that only wait; in KiB. */
  @Test
  void residentMemoryIsThatOfSmapsRollup() throws IOException {
    for (String name : List.of("lab-stopped", "lab-inside", "lab-objects")) {
      long told = Long.parseLong(lab.find("rollup-" + name + ".txt", "^Rss: +(\\d+) kB").group(1));
      JsonNode pages = json("vm", "-p", lab.pid(name));
      long present = 0;
      for (JsonNode region : pages.at("/memory/regions")) {
        boolean hasPages = (Long.decode(region.at("/flags").asText()) & PFN_MAP) == 0;
        for (JsonNode page : region.at("/pages")) {
          present += hasPages && page.has("physical") ? 4 : 0;
        }
      }
      // The page of zeros, where a program has read before it wrote, is mapped and not counted.
      assertThat(present).as(name).isBetween(told, told + 4);
    }
  }

  /** What /sys/fs/pstore had, in whose files the kernel itself has read what was left in memory. */
  @Test
  void recordsThatOutliveABootAreThoseOfPstore() throws IOException {
    List<String> sums = lab.lines("pstore.txt");
    Path script = directory.resolve("script");
    Files.writeString(
        script,
        sums.stream()
            .map(line -> "pstore " + line.split(" +", 2)[1] + " | sha256sum\n")
            .collect(Collectors.joining()));

    Command.Result run = Program.run("crash", lab.file(), "-i", script);

    assertThat(run.out().lines().map(line -> line.split(" ", 2)[0]))
        .hasSizeGreaterThan(2)
        .containsExactlyElementsOf(sums.stream().map(line -> line.split(" ", 2)[0]).toList());
    JsonNode all = json("pstore");
    assertThat(all.at("/backend").asText()).isEqualTo("ramoops");
    assertThat(all.at("/records"))
        .extracting(one -> one.at("/name").asText())
        .containsAll(sums.stream().map(line -> line.split(" +", 2)[1]).toList());
    assertThat(all.at("/incomplete")).as("kdump leaves out the zones' memory").isNotEmpty();
    Path copy = directory.resolve("copy");
    Command.Result written =
        Program.run("pstore", lab.file(), "dmesg-ramoops-1", "-o", copy.toString());
    assertThat(written.exit()).as(written.toString()).isZero();
    assertThat(copy).content().contains("30] before the crash").hasLineCount(30);
  }

  /** The kernel printed them, too, as there was no daemon; {@code type=N audit(...): ...}. */
  @Test
  void auditRecordsAreThoseThatWerePrinted() {
    List<String> records = Program.run("log", lab.file(), "-a").out().lines().toList();
    List<String> printed =
        lab.lines("dmesg.txt").stream()
            .filter(line -> line.contains("audit: type="))
            .map(line -> line.substring(line.indexOf("audit: type=") + "audit: ".length()))
            .map(String::strip)
            .toList();
    assertThat(printed).hasSizeGreaterThan(5);
    assertThat(records.stream().map(String::strip)).containsAll(printed);
  }

  @Test
  void tracesAreThoseOfTheFile() throws IOException {
    assertThat(Program.run("trace", lab.file()).out().lines())
        .containsExactlyElementsOf(lab.lines("trace.txt"));

    assumeTrue(Command.isInstalled("trace-cmd"), "trace-cmd is not installed");
    Path file = directory.resolve("trace.dat");
    Command.Result run = Program.run("trace", lab.file(), "dump", "-t", file.toString());
    assertThat(run.exit()).as(run.toString()).isZero();
    Command.Result report = Command.of("trace-cmd", "report", file.toString()).run();
    // Times to the microsecond tell events from one another.
    assertThat(report.out().lines().skip(1).map(ObjectsTruthTest::time))
        .containsExactlyElementsOf(
            lab.lines("trace.txt").stream()
                .filter(line -> !line.startsWith("#"))
                .map(ObjectsTruthTest::time)
                .toList());
    assertThat(report.out()).contains("tracing_mark_write: lab was here");
  }

  private static String time(String line) {
    return line.replaceAll("^.*?(\\d+\\.\\d{6}): .*$", "$1");
  }
}
