package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.vmcore.it.Truth.Place;
import org.vmcore.it.Truth.Register;

/** The ways in which debuggers connect: gdb in batch mode, gdb/MI as IDEs speak it, LLDB. */
@SuppressWarnings("NullAway.Init") // JUnit calls the method that starts the server
class DebuggersTest {
  private static final CorpusDump DUMP = CorpusDump.FIVE_LEVELS_SNAPPY;

  private static Program server;
  private static Truth truth;

  @BeforeAll
  static void serve() {
    truth = DUMP.truth();
    server = Program.serve(DUMP.file());
  }

  @AfterAll
  static void close() {
    if (server != null) {
      server.close();
    }
  }

  private static String register(int cpu, String name) {
    return truth.registers().stream()
        .filter(register -> register.cpu() == cpu && register.name().equals(name))
        .map(Register::value)
        .map("%016x"::formatted)
        .findFirst()
        .orElseThrow();
  }

  private static Place place(String label) {
    return truth.memory().stream().filter(p -> p.label().equals(label)).findFirst().orElseThrow();
  }

  @Test
  void gdbInBatchMode() {
    Command.Result result =
        Gdb.batch()
            .connect(server)
            .ex("info threads", "thread 1", "p/x $rip", "thread 2", "p/x $rip", "p/x $gs_base")
            .ex("x/2gx %#x".formatted(place("kmalloc64k+8000").virtual()))
            .ex("x/gx 0x10", "p $st0", "disconnect")
            .run();
    assertThat(result.exit()).as(result.toString()).isZero();
    assertThat(result.out())
        // The CPU that crashed is the current one.
        .containsPattern("\\n  1 +Thread 1\\.1 ")
        .containsPattern("\\n\\* 2 +Thread 1\\.2 ")
        .contains("$1 = 0x" + register(0, "rip"))
        .contains("$2 = 0x" + register(1, "rip"))
        .contains("$3 = 0x0\n")
        .contains("0xc0ffee0000008000\t0xc0ffee0000008008")
        .contains("$4 = <unavailable>");
    assertThat(result.err()).contains("Cannot access memory at address 0x10");
  }

  /** What gdb leaves to the server where it can: searching, and what only it knows. */
  @Test
  void gdbAsksTheServerToWork() {
    long buffer = place("kmalloc64k").virtual();
    Command.Result result =
        Gdb.batch()
            .ex("set debug remote 1")
            .connect(server)
            .ex("find /g %#x, +0x10000, 0xc0ffee000000abc8".formatted(buffer))
            .ex("maintenance packet qXfer:vmcoreinfo:read::0,40")
            .run();
    assertThat(result.out())
        .contains("%#x\n1 pattern found".formatted(buffer + 0xabc8))
        .contains("OSRELEASE=6.1.192-vmcoretest");
    assertThat(result.all()).contains("$qSearch:memory:");
  }

  /** What CLion and VS Code do after connecting. */
  @Test
  void gdbMi() {
    try (GdbMi gdb = GdbMi.start()) {
      gdb.must("-gdb-set mi-async on");
      gdb.must("-gdb-set non-stop off");
      gdb.must("-file-exec-and-symbols " + DUMP.vmlinux());
      gdb.must("-target-select remote " + server.address());
      assertThat(gdb.asynchronous()).anyMatch(record -> record.startsWith("*stopped"));

      MiRecord threads = gdb.must("-thread-info").result();
      assertThat(threads.list("threads"))
          .extracting(thread -> thread.get("state"))
          .containsExactly("stopped", "stopped");
      assertThat(threads.string("current-thread-id")).isEqualTo("2");

      List<Map<String, Object>> frames =
          gdb.must("-stack-list-frames --thread 2 0 20").result().list("stack");
      assertThat(frames)
          .extracting(frame -> frame.get("func"))
          .contains("sysrq_handle_crash", "vfs_write", "do_syscall_64");
      assertThat(frames.get(0)).containsEntry("addr", "0x" + register(1, "rip"));

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

      Place place = place("module-data:crashme_state");
      assertThat(gdb.memory(place.virtual(), 8)).isEqualTo(place.bytes());
      assertThat(gdb.evaluate("(char)linux_banner")).isEqualTo("76 'L'");
      assertThat(gdb.monitor("help")).contains("vtop");
      gdb.must("-break-insert -h *%#x".formatted(place("kernel-text:vsnprintf").virtual()));
      gdb.must("-target-disconnect");
    }
  }

  private static Map<String, Object> strings(Map<Object, Object> map) {
    return map.entrySet().stream()
        .collect(Collectors.toMap(entry -> (String) entry.getKey(), Map.Entry::getValue));
  }

  @Test
  void lldb() {
    Place place = place("kmalloc64k+8000");
    Command.Result result =
        Lldb.run(
            server,
            "thread list",
            "register read rip rsp",
            "register read cr3",
            "memory read --format x --size 8 --count 2 %#x".formatted(place.virtual()),
            "thread select 1",
            "register read rip",
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
        .contains("0xc0ffee0000008000 0xc0ffee0000008008");
  }

  /** With the kernel's symbols, slid to where it ran. */
  @Test
  void lldbWithSymbols() {
    Place function = place("kernel-text:vsnprintf");
    Command.Result result =
        Lldb.runWithSymbols(
            DUMP.vmlinux(), server, "image lookup --address %#x".formatted(function.virtual()));
    assertThat(result.out()).as(result.toString()).contains("`vsnprintf");
  }

  /** Breakpoints of IDEs and resuming must not lose the connection: the machine stays stopped. */
  @Test
  void resumingReportsTheSameStopAgain() {
    Command.Result result =
        Gdb.batch().connect(server).ex("continue", "stepi", "p/x $rip", "set var $rax = 1").run();
    assertThat(result.out()).contains("= 0x" + register(1, "rip"));
    assertThat(result.all()).contains("SIG");
  }
}
