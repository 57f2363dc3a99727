package org.vmcore.gdbstub.inspect.stacks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.inspect.Foreach;
import org.vmcore.gdbstub.inspect.query.Answering;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.Form;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.RealDumps;
import org.vmcore.testing.NeedsCorpus;

/** Whose stack comes next is seen before it is unwound, which takes a while the first time. */
@NeedsCorpus
class BtStreamTest {
  /** What had been printed when the first of it was to be seen. */
  private static String first(Query<?> query, String... words) throws Exception {
    StringBuilder printed = new StringBuilder();
    StringBuilder seen = new StringBuilder();
    try (CrashedMachine machine = RealDumps.open("x86_64/kdump-btf-null-deref/vmcore.d31.zlib")) {
      Call call =
          new Call(
              machine,
              new Call.Listener() {
                @Override
                public void shown() {
                  seen.append(seen.isEmpty() ? printed : "");
                }
              });
      Form.Wish unused = new Form(query).take(List.of(words));
      Answering.asText(query, call, new Text(printed::append, 16));
    }
    assertThat(printed).hasSizeGreaterThan(seen.length());
    return seen.toString();
  }

  @Test
  void theHeadOfTheFirstStackIsSeenBeforeItsFrames() throws Exception {
    assertThat(first(new Bt(), "-a")).startsWith("PID: ").endsWith("\n").hasLineCount(1);
    assertThat(first(new Foreach(), "bt")).startsWith("PID: 0 ").endsWith("\n").hasLineCount(1);
  }
}
