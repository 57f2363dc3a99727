package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.vmcore.testing.Command;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.RealDump;
import org.vmcore.testing.Truth.Place;

/** The ways in which debuggers connect: gdb in batch mode, gdb/MI as IDEs speak it, LLDB. */
@SuppressWarnings("NullAway.Init") // JUnit calls the method that starts the server
class DebuggersTest {
  private static final RealDump DUMP = RealDump.typed();

  private static Program server;
  private static Place buffer;

  @BeforeAll
  static void serve() {
    buffer = DUMP.buffer();
    server = Program.serve(DUMP.file());
  }

  @AfterAll
  static void close() {
    if (server != null) {
      server.close();
    }
  }

  /** As debuggers print it in full. */
  private static String register(int cpu, String name) {
    return "%016x".formatted(Long.parseUnsignedLong(DUMP.register(cpu, name), 16));
  }

  /** The word at an offset in the buffer that is known. */
  private static String word(int offset) {
    String bytes = buffer.knownBytes().substring(2 * offset, 2 * (offset + Long.BYTES));
    return "0x%016x".formatted(Long.reverseBytes(Long.parseUnsignedLong(bytes, 16)));
  }

  @Test
  void gdbInBatchMode() {
    Command.Result result =
        Gdb.batch()
            .connect(server)
            .ex("info threads", "thread 1", "p/x $rip", "thread 2", "p/x $rip", "p/x $ss")
            .ex("x/2gx %#x".formatted(buffer.virtual() + 0x8000))
            .ex("x/gx 0x10", "p $st0", "disconnect")
            .run();
    assertThat(result.exit()).as(result.toString()).isZero();
    assertThat(result.out())
        // The CPU that crashed is the current one.
        .containsPattern("\\n%s 1 +Thread 1\\.1 ".formatted(DUMP.crashedCpu() == 0 ? "\\*" : " "))
        .containsPattern("\\n%s 2 +Thread 1\\.2 ".formatted(DUMP.crashedCpu() == 1 ? "\\*" : " "))
        .contains("$1 = 0x" + DUMP.register(0, "rip"))
        .contains("$2 = 0x" + DUMP.register(1, "rip"))
        .contains("$3 = 0x" + DUMP.register(1, "ss"))
        .contains(word(0x8000) + "\t" + word(0x8008))
        .contains("$4 = <unavailable>");
    assertThat(result.err()).contains("Cannot access memory at address 0x10");
  }

  /** What gdb leaves to the server where it can: searching, and what only it knows. */
  @Test
  void gdbAsksTheServerToWork() {
    Command.Result result =
        Gdb.batch()
            .ex("set debug remote 1")
            .connect(server)
            .ex("find /g %#x, +0x10000, %s".formatted(buffer.virtual(), word(0xabc8)))
            .ex("maintenance packet qXfer:vmcoreinfo:read::0,40")
            .run();
    assertThat(result.out())
        .contains("%#x\n".formatted(buffer.virtual() + 0xabc8))
        .contains("OSRELEASE=" + DUMP.release());
    assertThat(result.all()).contains("$qSearch:memory:");
  }

  /** What CLion and VS Code do after connecting. */
  @Test
  void gdbMi() {
    try (GdbMi gdb = GdbMi.start()) {
      gdb.must("-gdb-set mi-async on");
      gdb.must("-gdb-set non-stop off");
      if (DUMP instanceof CorpusDump ours) {
        gdb.must("-file-exec-and-symbols " + ours.vmlinux());
      }
      gdb.must("-target-select remote " + server.address());
      assertThat(gdb.asynchronous()).anyMatch(record -> record.startsWith("*stopped"));

      MiRecord threads = gdb.must("-thread-info").result();
      assertThat(threads.list("threads"))
          .extracting(thread -> thread.get("state"))
          .containsExactly("stopped", "stopped");
      int thread = DUMP.crashedCpu() + 1;
      assertThat(threads.string("current-thread-id")).isEqualTo("" + thread);

      List<Map<String, Object>> frames =
          gdb.must("-stack-list-frames --thread %d 0 20".formatted(thread)).result().list("stack");
      assertThat(frames)
          .extracting(frame -> frame.get("func"))
          .containsAll(List.of("vfs_write", "do_syscall_64"));
      assertThat(frames.get(0)).containsEntry("addr", "0x" + register(DUMP.crashedCpu(), "rip"));

      Map<Object, Object> registers =
          gdb
              .must("-data-list-register-values --thread 2 --skip-unavailable x")
              .result()
              .list("register-values")
              .stream()
              .collect(
                  Collectors.toMap(
                      value -> MiRecord.get(value, "number"),
                      value -> MiRecord.get(value, "value")));
      // rax is number 0 and rsp number 7 of gdb's x86-64.
      assertThat(Long.decode((String) MiRecord.get(strings(registers), "0")))
          .isEqualTo(Long.parseUnsignedLong(register(1, "rax"), 16));

      Place place = DUMP.known();
      assertThat(gdb.memory(place.virtual(), place.length())).isEqualTo(place.bytes());
      assertThat(gdb.evaluate("*(char *)&linux_banner")).isEqualTo("76 'L'");
      assertThat(gdb.monitor("help")).contains("vtop");
      gdb.must("-break-insert -h *%#x".formatted(function("vsnprintf")));
      gdb.must("-target-disconnect");
    }
  }

  /** The address that {@code /proc/kallsyms} had for a function. */
  private static long function(String name) {
    return DUMP.kallsyms().stream()
        .filter(line -> line.matches("\\w+ [Tt] " + name))
        .map(line -> Long.parseUnsignedLong(line.substring(0, 16), 16))
        .findFirst()
        .orElseThrow();
  }

  private static Map<String, Object> strings(Map<Object, Object> map) {
    return map.entrySet().stream()
        .collect(Collectors.toMap(entry -> (String) entry.getKey(), Map.Entry::getValue));
  }

  @Test
  void lldb() {
    Command.Result result =
        Lldb.run(
            server,
            "thread list",
            "register read cr3",
            "memory read --format x --size 8 --count 2 %#x".formatted(buffer.virtual() + 0x8000),
            "thread select 1",
            "register read rip",
            "thread select 2",
            "register read rip rsp",
            "process detach");
    assertThat(result.out())
        .as(result.toString())
        .contains("thread #1")
        .contains("thread #2")
        .doesNotContain("thread #3")
        .contains("rip = 0x" + register(0, "rip"))
        .contains("rip = 0x" + register(1, "rip"))
        .contains("rsp = 0x" + register(1, "rsp"))
        // Not in a kdump; LLDB would show 0xcccccccccccccccc for a reply of x.
        .doesNotContain("cr3 = 0xcc")
        .contains(word(0x8000) + " " + word(0x8008));
  }

  /** With the kernel's symbols, slid to where it ran. */
  @Test
  void lldbWithSymbols() {
    Command.Result result =
        Lldb.runWithSymbols(
            CorpusDump.ZLIB.vmlinux(),
            server,
            "image lookup --address %#x".formatted(function("vsnprintf")));
    assertThat(result.out()).as(result.toString()).contains("`vsnprintf");
  }

  /** Breakpoints of IDEs and resuming must not lose the connection: the machine stays stopped. */
  @Test
  void resumingReportsTheSameStopAgain() {
    Command.Result result =
        Gdb.batch().connect(server).ex("continue", "stepi", "p/x $rip", "set var $rax = 1").run();
    assertThat(result.out()).contains("= 0x" + DUMP.register(DUMP.crashedCpu(), "rip"));
    assertThat(result.all()).contains("SIG");
  }
}
