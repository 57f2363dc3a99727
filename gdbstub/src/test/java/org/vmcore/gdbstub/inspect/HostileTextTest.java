package org.vmcore.gdbstub.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.gdbstub.inspect.query.Answering;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.Form;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Words;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.HostileDump;

/** What the commands that look into a hostile dump print. */
class HostileTextTest {
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

  /** Whatever has names of the machine's in it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "sys",
        "log",
        "ps",
        "task 2",
        "bt -a",
        "runq",
        "mod",
        "mod -t",
        "mount",
        "files 1",
        "irq",
        "irq -s",
        "irq -a",
        "timer",
        "kmem -s",
        "kmem -z",
        "dev",
        "search -c crash",
        "struct task_struct.comm init_task",
        "struct module.name",
        "sym -q crash",
        "vmcoreinfo",
        "analyze",
        "waits -a",
        "locks -a",
        "hangs",
        "memory",
        "whatis ffffffff81000000",
        "vm 1",
        "cpus",
        "spaces"
      })
  void noViewLetsItReachATerminal(String line) throws Exception {
    String text = shown(line, false);
    String json = shown(line, true);

    assertThat(UNSAFE.matcher(text).find()).as(text).isFalse();
    assertThat(UNSAFE.matcher(json).find()).as(json).isFalse();
  }

  /** The names did reach the views that have them. */
  @ParameterizedTest
  @ValueSource(strings = {"sys", "ps", "task 2", "mod", "mount", "irq -s", "kmem -s", "kmem -z"})
  void itIsShownForWhatItIs(String line) throws Exception {
    assertThat(shown(line, false)).contains("\\x1b");
    assertThat(shown(line, true)).contains("\\u001b\\u009b");
  }

  private String shown(String line, boolean asJson) throws Exception {
    List<String> words = Words.of(line);
    Query<?> query = Queries.named(words.get(0)).orElseThrow();
    Form.Wish unused = new Form(query).take(words.subList(1, words.size()));
    Call call = new Call(machine, new Call.Listener() {});
    if (asJson) {
      StringWriter json = new StringWriter();
      Answering.asJson(query, call, json);
      return json.toString();
    }
    StringBuilder text = new StringBuilder();
    Answering.asText(query, call, new Text(text::append, call.digits()));
    return text.toString();
  }
}
