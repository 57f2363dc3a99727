package org.vmcore.gdbstub.stub;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.HostileDump;
import org.vmcore.gdbstub.rsp.Peer;
import org.vmcore.gdbstub.rsp.Target.ThreadInfo;
import org.vmcore.gdbstub.rsp.Target.TransferObject;

/** Debuggers print as they are the names that a hostile dump gives them. */
class HostileNamesTest {
  private static final Pattern UNSAFE = Pattern.compile("[\\p{C}&&[^\\n\\t]]");

  private CrashedMachine machine;

  @BeforeEach
  void open() throws Exception {
    machine = HostileDump.open();
  }

  @AfterEach
  void close() throws Exception {
    if (machine != null) {
      machine.close();
    }
  }

  private VmcoreTarget target() throws Exception {
    return new VmcoreTarget(
        machine, DebuggerView.Threads.TASKS, Peer.UNKNOWN, view -> (line, cpu, console) -> {});
  }

  @Test
  void threadsHaveNone() throws Exception {
    for (ThreadInfo thread : target().threads()) {
      assertThat(thread.name() + thread.description()).doesNotContainPattern(UNSAFE);
    }
    assertThat(target().threads())
        .extracting(ThreadInfo::name)
        .anyMatch(name -> name.contains("\\x1b"));
  }

  @Test
  void tablesOfTheSystemHaveNone() throws Exception {
    TransferObject tables =
        target().transferObjects().stream()
            .filter(object -> object.name().equals("osdata"))
            .findFirst()
            .orElseThrow();
    for (String table : new String[] {"processes", "threads", "files", "modules"}) {
      String xml = new String(tables.read(table).orElseThrow(), UTF_8);
      assertThat(xml).as(table).doesNotContainPattern(UNSAFE);
    }
    assertThat(new String(tables.read("modules").orElseThrow(), UTF_8)).contains("\\x1b");
  }

  /** Neither symbols nor types, in what is made of the dump and in what is kept of its kernel. */
  @Test
  void namesOfTheFileHaveNone() throws Exception {
    DumpInput made = machine.makeSymbolFile().orElseThrow();
    String file = new String(made.readFully(0, Math.toIntExact(made.size()), "all"), ISO_8859_1);

    assertThat(file).doesNotContain("\u001b\u009b\u007f").contains("kth?????");
  }
}
