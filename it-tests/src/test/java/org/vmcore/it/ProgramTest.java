package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.testing.Command;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.RealDump;
import org.vmcore.testing.Truth.Place;

/** The program as a user runs it. */
class ProgramTest {
  private static final RealDump DUMP = RealDump.typed();

  @TempDir private Path directory;

  /** Where the CPU was that crashed, which debuggers are shown first. */
  private static String rip() {
    return "0x" + DUMP.register(DUMP.crashedCpu(), "rip");
  }

  @Test
  void saysItsVersion() {
    Command.Result result = Program.run("--version");
    assertThat(result.exit()).isZero();
    assertThat(result.out()).startsWith("vmcore-gdbserver ");
    assertThat(result.err()).isEmpty();
  }

  @Test
  void explainsItself() {
    Command.Result result = Program.run("--help");
    assertThat(result.exit()).isZero();
    assertThat(result.out()).contains("serve", "gdb", "info", "read", "demo", "target remote");
    assertThat(Program.run("serve", "--help").out()).contains("--listen", "--once", "--cache-size");
  }

  @Test
  void servesWithoutTheCommandsName() {
    try (Program server = Program.start("--listen", "127.0.0.1:0", DUMP.file())) {
      String out = Gdb.batch().connect(server).ex("p/x $rip").run().out();
      assertThat(out).contains("= " + rip());
    }
  }

  @Test
  void endsAfterTheLastDebuggerWithOnce() {
    try (Program server = Program.serve(DUMP.file(), "--once")) {
      assertThat(Gdb.batch().connect(server).run().exit()).isZero();
      assertThat(server.awaitEnd()).isZero();
    }
  }

  @Test
  void goesOnWithoutOnce() {
    try (Program server = Program.serve(DUMP.file())) {
      for (int i = 0; i < 2; i++) {
        assertThat(Gdb.batch().connect(server).ex("p/x $rip", "kill").run().out())
            .contains("= " + rip());
      }
      assertThat(server.isAlive()).isTrue();
    }
  }

  @Test
  void closesCleanlyOnControlC() throws IOException {
    Path socket = directory.resolve("socket");
    List<String> words = new ArrayList<>(Program.INTERRUPTIBLE);
    words.addAll(Program.words("serve", "--listen", "unix:" + socket, DUMP.file()));
    try (Program server = Program.command(words)) {
      await().atMost(Duration.ofMinutes(1)).until(() -> Files.exists(socket));
      try (GdbMi gdb = GdbMi.start()) {
        gdb.must("-target-select remote " + socket);
        server.signal("INT");
        assertThat(server.awaitEnd()).isIn(0, 130);
      }
      assertThat(server.output()).doesNotContain("Exception");
      assertThat(socket).doesNotExist();
    }
  }

  @Test
  void servesOnAUnixSocket() {
    Path socket = directory.resolve("socket");
    try (Program server = Program.start("serve", "--listen", "unix:" + socket, DUMP.file())) {
      await().atMost(Duration.ofMinutes(1)).until(() -> Files.exists(socket));
      assertThat(Gdb.batch().ex("target remote " + socket, "p/x $rip").run().out())
          .contains("= " + rip());
      assertThat(server.isAlive()).isTrue();
    }
  }

  @Test
  void servesOnStandardInputAndOutput() {
    String command = String.join(" ", Program.words("serve", "--listen", "stdio", DUMP.file()));
    Command.Result result =
        Gdb.batch().ex("target remote | " + command, "info threads", "p/x $rip").run();
    assertThat(result.out()).as(result.toString()).contains("Thread 1.2").contains("= " + rip());
  }

  @Test
  void listensOnLoopbackOnly() throws IOException {
    try (Program server = Program.start("serve", "--listen", "0", DUMP.file())) {
      int port = server.port();
      new Socket(InetAddress.getLoopbackAddress(), port).close();
      // The kernel's list of IPv4 listeners: address and port in hexadecimal (proc_net_tcp).
      assertThat(Files.readString(Path.of("/proc/net/tcp")))
          .doesNotContain("00000000:%04X 00000000:0000 0A".formatted(port));
      String six = Files.readString(Path.of("/proc/net/tcp6"));
      assertThat(six).doesNotContain("00000000000000000000000000000000:%04X ".formatted(port));
    }
  }

  @Test
  void runsGdbAndPassesItsExitStatusOn() {
    Gdb.assumeInstalled();
    Command.Result result =
        Program.run("gdb", DUMP.file(), "--", "-nx", "-batch", "-ex", "p/x $rip", "-ex", "quit 7");
    assertThat(result.exit()).as(result.toString()).isEqualTo(7);
    assertThat(result.out()).contains("= " + rip());
  }

  @Test
  void runsGdbWithTheKernelsSymbols() {
    Gdb.assumeInstalled();
    Command.Result result =
        Program.run(
            "gdb",
            CorpusDump.RAW_ELF.file(),
            "--vmlinux",
            CorpusDump.RAW_ELF.vmlinux(),
            "--",
            "-nx",
            "-batch",
            "-ex",
            "p &linux_banner",
            "-ex",
            "x/s &linux_banner");
    assertThat(result.exit()).as(result.toString()).isZero();
    assertThat(result.out())
        .contains("0xffffffff86c62280")
        .contains("\"Linux version 6.1.192-vmcoretest (lab@vmcoretest)");
  }

  @Test
  void tellsScriptsWhatTheDumpIs() throws IOException {
    Command.Result result = Program.run("info", "--json", CorpusDump.RAW_ELF.file());
    assertThat(result.exit()).as(result.toString()).isZero();
    JsonNode info = new ObjectMapper().readTree(result.out());
    assertThat(info.at("/dump/format").asText()).isEqualTo("ELF vmcore");
    JsonNode kernel = info.at("/kernel");
    assertThat(kernel.at("/architecture").asText()).isEqualTo("x86-64");
    assertThat(kernel.at("/release").asText()).isEqualTo("6.1.192-vmcoretest");
    // readelf -n of the corpus' vmlinux, and what the guest's kallsyms say of _text
    assertThat(kernel.at("/build_id").asText())
        .isEqualTo("18ea0daec7fca29a772ce6db3d2391f6e93ab555");
    assertThat(kernel.at("/kaslr_offset").asText()).isEqualTo("0x5400000");
    assertThat(info.at("/cpus")).hasSize(2);
    assertThat(info.at("/cpus/0/pc").asText()).isEqualTo("0xffffffffc00d0067");
    assertThat(info.at("/cpus/0/crashed").asBoolean()).isTrue();
    assertThat(info.at("/cpus/1/crashed").asBoolean()).isFalse();
    // The guest's /proc/iomem: System RAM without the crash kernel's.
    assertThat(info.at("/memory/ranges"))
        .extracting(range -> range.at("/start").asText() + "-" + range.at("/end").asText())
        .containsExactly("0x1000-0x9fc00", "0x100000-0x7000000", "0xb000000-0xbfdd000");
    assertThat(info.at("/memory/present").asLong())
        .isEqualTo(0x9fc00 - 0x1000 + 0x6f00000 + 0xfdd000);
    assertThat(info.at("/notes")).hasSize(3);
  }

  @Test
  void tellsPeopleWhatTheDumpIs() {
    Command.Result result = Program.run("info", CorpusDump.RAW_ELF.file());
    assertThat(result.exit()).as(result.toString()).isZero();
    assertThat(result.out())
        .contains("x86-64")
        .contains("6.1.192-vmcoretest")
        .contains("18ea0daec7fca29a772ce6db3d2391f6e93ab555")
        .contains("0x5400000");
  }

  @Test
  void printsMemory() {
    Place place = DUMP.buffer();
    String address = "%#x".formatted(place.virtual());
    Command.Result result = Program.run("read", address, "16", DUMP.file());
    assertThat(result.exit()).as(result.toString()).isZero();
    assertThat(result.out().replace(" ", ""))
        .contains(address.substring(2))
        .contains(place.knownBytes().substring(0, 32));
  }

  @Test
  void writesMemoryToAFile() {
    Place place = DUMP.known();
    int length = place.length();
    for (Object[] arguments :
        new Object[][] {
          {"read", "%#x".formatted(place.virtual()), length, "--raw", DUMP.file()},
          {"read", "%#x".formatted(place.physical()), length, "--raw", "--physical", DUMP.file()}
        }) {
      Command.Result result = Program.run(arguments);
      assertThat(result.exit()).as(result.toString()).isZero();
      assertThat(HexFormat.of().formatHex(result.bytes())).isEqualTo(place.bytes());
    }
  }

  @Test
  void saysWhyItCannotPrintMemory() {
    Command.Result result = Program.run("read", "0x10", "8", DUMP.file());
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).contains("0x0000000000000010").contains("not mapped");
    assertThat(result.err().lines()).hasSize(1);
  }

  @Test
  void showsTheDemo() {
    Gdb.assumeInstalled();
    Command.Result result = Program.run("demo");
    assertThat(result.exit()).as(result.toString()).isZero();
    assertThat(result.out())
        .contains("Thread 1.1", "Thread 1.2", "crashed")
        .containsSubsequence("demo_crash", "demo_driver_write", "vfs_write", "ksys_write")
        .contains("Linux version 6.99.0-demo");
    assertThat(result.all()).doesNotContain("Exception");
  }
}
