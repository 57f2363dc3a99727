package org.vmcore.gdbstub.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.inspect.shell.Shell;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.RealDumps;
import org.vmcore.testing.NeedsCorpus;

/** What Tab offers at the prompt. */
@NeedsCorpus
class CrashCompletionTest {
  private static List<String> of(String... words) throws Exception {
    try (CrashedMachine machine = RealDumps.open("x86_64/kdump-btf-null-deref/vmcore.d31.zlib")) {
      Shell shell = new Shell(machine, new CrashIo(false));
      return CrashCompletion.of(shell, machine, List.of(words));
    }
  }

  @Test
  void aWordBecomesWhatItsCommandTakes() throws Exception {
    assertThat(of("fore")).containsExactly("foreach");
    assertThat(of("help", "sbit")).containsExactly("sbitmapq");
    assertThat(of("rd", "jiffies_6")).contains("jiffies_64");
    assertThat(of("struct", "list_h")).contains("list_head");
    assertThat(of("struct", "list_head.n")).containsExactly("list_head.next");
    assertThat(of("px", "init_task.mm->pg")).isEmpty();
    assertThat(of("px", "init_task.com")).containsExactly("init_task.comm");
    assertThat(of("p", "init_task.parent->com")).containsExactly("init_task.parent->comm");
    assertThat(of("bt", "6")).contains("64");
    assertThat(of("for", "gl")).containsExactly("gleader");
    assertThat(of("foreach", "gleader", "file")).contains("files");
    assertThat(of("nosuch", "x")).isNotNull();
  }
}
