package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.RealDump;

/** What a gdb gets that is on this machine, on another, or has a vmlinux of its own. */
class OfferedSymbolsTest {
  private static final CorpusDump DUMP = CorpusDump.ZLIB;

  /** The trace that the dying kernel printed, and the user's pc (oops.txt and truth.tsv). */
  private static final Pattern TRACE =
      Pattern.compile(
          "(?s)#0 .*crashme_level3 \\(.*crashme_level2.*crashme_level1.*crashme_write \\(.*"
              + "proc_reg_write \\(.*vfs_write \\(.*ksys_write \\(.*do_syscall_64 \\(.*"
              + "entry_SYSCALL_64.*in \\?\\? \\(\\).*");

  private static final String USER_PC = "0x000000000047b7a0 in ??";
  private static final String LINE = "crashme.c:66";
  private static final String COPIES = "from remote target";

  private static Program serveAll() {
    return Program.serve(DUMP.file(), "--vmlinux", DUMP.vmlinux(), "--debug-dir", DUMP.modules());
  }

  private static void assertTrace(String shown) {
    assertThat(shown).containsPattern(TRACE).contains(USER_PC).doesNotContain("corrupt stack");
  }

  /** CPU N is gdb's thread N+1, and the variable tells its CPU itself. */
  @Test
  void onTheSameMachineNothingIsCopied() {
    try (Program server = serveAll()) {
      String shown =
          Gdb.batch()
              .connect(server)
              .ex("bt", "p runqueues.cpu", "thread 1", "p runqueues.cpu", "disconnect")
              .connect(server)
              .ex("bt")
              .run()
              .all();

      String[] sessions = shown.split("Detached|Ending remote debugging", -1);
      assertTrace(sessions[0]);
      assertThat(shown).contains(LINE, "$1 = 1", "$2 = 0").doesNotContain(COPIES);
      assertTrace(shown.substring(shown.lastIndexOf("#0 ")));
    }
  }

  /** gdb's own advice when it connects to another machine, and what is usual in an IDE. */
  @Test
  @Tag("slow")
  void symbolsOutliveASysroot() {
    for (String sysroot : List.of("set sysroot", "set sysroot /")) {
      try (Program server = serveAll()) {
        String shown = Gdb.batch().ex(sysroot).connect(server).ex("bt").run().all();
        assertTrace(shown);
        assertThat(shown).contains(LINE);
      }
    }
    try (Program server = Program.serve(DUMP.file())) {
      assertTrace(Gdb.batch().ex("set sysroot").connect(server).ex("bt").run().all());
    }
  }

  @Test
  @Tag("slow")
  void onAnotherMachineFilesComeThroughTheServer() {
    try (Program server = serveAll();
        Relay relay = new Relay(server)) {
      String shown =
          Gdb.batch()
              .ex("target remote " + relay.address(), "bt", "p &runqueues", "info sharedlibrary")
              .run()
              .all();

      assertTrace(shown);
      assertThat(shown)
          .contains(LINE, "(struct rq *) 0x21e80 <runqueues>", COPIES)
          .containsPattern("Yes +target:/.*/crashme\\.ko");
    }
  }

  /** As IDEs are told to: vmlinux is on the debugger's side, the server has the dump alone. */
  @Test
  void aDebuggerWithAVmlinuxGetsWhatItLacks() {
    try (Program server = Program.serve(DUMP.file())) {
      String shown = Gdb.batch().symbols(DUMP.vmlinux()).connect(server).ex("bt").run().all();

      assertTrace(shown);
      assertThat(shown).contains("vfs_write (file=").doesNotContain("Build-id mismatch");
    }
  }

  /** pahole of the module's BTF says how large it is. */
  @Test
  void typesOfModulesWithoutAFileAreTheDumps() {
    try (Program server = Program.serve(DUMP.file(), "--vmlinux", DUMP.vmlinux())) {
      String shown = Gdb.batch().connect(server).ex("bt", "p sizeof(struct zram)").run().all();

      assertTrace(shown);
      assertThat(shown).contains("$1 = 336");
    }
  }

  /** gdb asks again every 2 seconds, while the server has not even begun to read. */
  @Test
  @Tag("slow")
  void aServerThatStartsSlowlyAnswersEachRequestOnce() {
    RealDump dump = RealDump.typed();
    String serve = String.join(" ", Program.words("serve", "--listen", "stdio", dump.file()));
    String shown = Gdb.batch().ex("target remote | sleep 5; exec " + serve, "bt 40").run().all();

    CallTrace.assertShows(shown, CallTrace.printed(dump.lastWords()));
    assertThat(shown).doesNotContain("packet error");
  }
}
