package org.vmcore.gdbstub.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.gdbstub.rsp.TestTarget;

/** What the gdb of this machine makes of us. */
@Timeout(180)
class RealGdbTest {

  @Test
  void showsTheMachine(@TempDir Path folder) throws Exception {
    Path dumped = folder.resolve("memory");
    try (GdbServer server = start("0")) {
      String said =
          gdb(
              "target remote :" + server.port(),
              "info threads",
              "info registers rip st0",
              "x/2xb 0xffffffff81000ffe",
              "x/4xb 0xffffffff81000ffe",
              "thread 3",
              "p/x $rax",
              "stepi",
              "p/x $rax",
              "monitor hello",
              "find 0xffffffff81000000, +4096, 'L', 'i', 'n', 'u', 'x'",
              "set $rax = 1",
              "break *0xffffffff81000010",
              "continue",
              "dump binary memory " + dumped + " 0xffff889000000000 0xffff889000100003",
              "maintenance packet Qqemu.PhyMemMode:1",
              "x/8cb 0",
              "detach",
              "target remote :" + server.port(),
              "info registers rip",
              "kill");
      assertThat(said)
          .containsSubsequence(
              "  1    Thread 1.1 \"CPU 0\" (idle) ",
              "* 2    Thread 1.2 \"CPU 1\" (crashed, <bash> & \"co\") ",
              "  3    Thread 1.3 \"CPU 2\" (idle) ",
              "rip            0x110",
              "st0            <unavailable>",
              "0xffffffff81000ffe:\t0xfe\t0xff\n",
              "0xffffffff81000ffe:\t0xfe\t0xff\tCannot access memory at address 0xffffffff81001000",
              "Switching to thread 3",
              "$1 = 0x200",
              "The machine has crashed and cannot run.",
              "Thread 2 \"CPU 1\" received signal SIGSEGV",
              "$2 = 0x100",
              "You said hello\non thread 2\n",
              "0xffffffff81000400\n1 pattern found.",
              "the dump is read-only",
              "received signal SIGSEGV",
              "received: \"OK\"",
              "112 'p'",
              "detached]",
              "rip            0x110",
              "killed]");
      assertThat(Files.readAllBytes(dumped)).isEqualTo(TestTarget.noise(0x100003));
    }
  }

  @Test
  void comparesSectionsByOurCrc(@TempDir Path folder) throws Exception {
    Path object = folder.resolve("text.o");
    byte[] text = TestTarget.noise(3000);
    Files.write(folder.resolve("text.bin"), text);
    run(List.of("ld", "-r", "-b", "binary", "-o", object.toString(), "text.bin"), folder);
    Path linked = folder.resolve("text.elf");
    run(
        List.of("ld", "-Tdata=0x1000", "-e", "0x1000", "-o", linked.toString(), object.toString()),
        folder);
    for (boolean same : new boolean[] {true, false}) {
      byte[] memory = text.clone();
      memory[2999] ^= (byte) (same ? 0 : 1);
      try (GdbServer server =
          GdbServer.start(
              ListenAddress.parse("0"),
              () -> new TestTarget().withoutRelocation().withMemory(0x1000, memory),
              Options.DEFAULT)) {
        assertThat(
                gdb("file " + linked, "target remote :" + server.port(), "compare-sections .data"))
            .containsPattern(
                "Section .data, range 0x1000 -- 0x1bb8: " + (same ? "matched" : "MIS"));
      }
    }
  }

  @Test
  void comesOverAUnixSocket(@TempDir Path folder) throws Exception {
    Path path = folder.resolve("s");
    try (GdbServer server = start("unix:" + path)) {
      assertThat(server.address()).hasToString("unix:" + path);
      assertThat(gdb("target remote " + path, "info registers rip"))
          .contains("rip            0x110");
    }
  }

  private static GdbServer start(String address) throws IOException {
    return GdbServer.start(ListenAddress.parse(address), TestTarget::new, Options.DEFAULT);
  }

  private static String gdb(String... commands) throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(List.of("gdb", "-nx", "-batch"));
    for (String command : commands) {
      line.add("-ex");
      line.add(command);
    }
    return run(line, Path.of("."));
  }

  private static String run(List<String> line, Path folder)
      throws IOException, InterruptedException {
    Process process;
    try {
      process =
          new ProcessBuilder(line).directory(folder.toFile()).redirectErrorStream(true).start();
    } catch (IOException e) {
      return abort(line.get(0) + " is not installed: " + e.getMessage());
    }
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("%s ended", line).isTrue();
    return said;
  }
}
