package org.vmcore.gdbstub.inspect;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.inspect.query.Answering;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.Form;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Words;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.gdbstub.machine.RealDumps;

/**
 * A real machine in whose names somebody has put what a terminal obeys: an escape sequence that
 * begins with ESC, one that begins with the C1 control CSI, DEL, a change of writing direction, an
 * end of a line, and bytes that are no UTF-8.
 */
class HostileTextTest {
  private static final byte[] HOSTILE = {0x1b, (byte) 0x9b, 0x7f, '\n', (byte) 0xff};

  /** Names that many structures and tables of the machine have, of which the start is kept. */
  private static final List<String> NAMES =
      List.of(
          "crashme_level3",
          "kthreadd",
          "crashme",
          "devtmpfs",
          "virtio0-req.0",
          "tty_fops",
          "vmcorebtf",
          // Of the machine that the lab makes.
          "vmcore-lab",
          "nfnetlink",
          "process_timeout",
          "/dev/console",
          "Kernel panic",
          "skbuff_head_cache",
          "DMA32");

  private static final Pattern UNSAFE = Pattern.compile("[\\p{C}&&[^\\n\\t]]");

  private CrashedMachine machine;

  @BeforeEach
  void open() throws Exception {
    CrashedMachine real = RealDumps.typed();
    machine = CrashedMachine.open(new Hostile(real.dump()), MachineOptions.defaults());
  }

  @AfterEach
  void close() throws Exception {
    if (machine != null) {
      machine.close();
    }
  }

  /** The same dump with other names in its memory. */
  private record Hostile(Dump dump) implements Dump {
    @Override
    public DumpInfo info() {
      return dump.info();
    }

    @Override
    public PhysicalMemory memory() {
      return new HostileMemory(dump.memory());
    }

    @Override
    public List<Note> notes() {
      return dump.notes();
    }

    @Override
    public Optional<Vmcoreinfo> vmcoreinfo() {
      return dump.vmcoreinfo();
    }

    @Override
    public List<Segment> segments() {
      return dump.segments();
    }

    @Override
    public void close() throws java.io.IOException {
      dump.close();
    }
  }

  private record HostileMemory(PhysicalMemory memory) implements PhysicalMemory {
    @Override
    public PhysicalRead read(long address, byte[] destination, int offset, int length) {
      PhysicalRead read = memory.read(address, destination, offset, length);
      String text = new String(destination, offset, read.length(), ISO_8859_1);
      for (String name : NAMES) {
        for (int at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
          int from = offset + at + name.length() - HOSTILE.length;
          System.arraycopy(HOSTILE, 0, destination, from, HOSTILE.length);
        }
      }
      return read;
    }

    @Override
    public long nextPresent(long address) {
      return memory.nextPresent(address);
    }

    @Override
    public void forEachRange(RangeVisitor visitor) {
      memory.forEachRange(visitor);
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
        "vmcoreinfo"
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
