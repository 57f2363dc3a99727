package org.vmcore.gdbstub.inspect.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.gdbstub.inspect.shell.ShellLine.Destination;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.RealDumps;

/** Lines as people have them in their fingers and files, on a real dump. */
class ShellTest {
  private CrashedMachine machine;
  private Shell shell;

  /** What went where; the terminal is called nothing. */
  private final Map<String, StringBuilder> outputs = new LinkedHashMap<>();

  private boolean stops;

  @BeforeEach
  void open() throws Exception {
    machine = RealDumps.open("x86_64/kdump-btf-null-deref/vmcore.d31.zlib");
    shell = new Shell(machine, new Recorded());
  }

  @AfterEach
  void close() throws Exception {
    if (machine != null) {
      machine.close();
    }
  }

  private final class Recorded implements ShellIo {
    private Sink to(String name) {
      return text -> {
        if (stops) {
          stops = false;
          throw new StoppedException();
        }
        outputs.computeIfAbsent(name, n -> new StringBuilder()).append(text);
      };
    }

    @Override
    public Sink here() {
      return to("");
    }

    @Override
    public Sink program(String commandLine) {
      return to("|" + commandLine);
    }

    @Override
    public Sink file(String name, boolean append) {
      return to((append ? ">>" : ">") + name);
    }

    @Override
    public void run(String commandLine) {
      here().print("ran " + commandLine + "\n");
    }

    @Override
    public String read(String name) {
      return "p panic_cpu.counter\n< again\n";
    }

    @Override
    public void stillBusy() {}
  }

  private String said(String line) {
    outputs.clear();
    shell.run(line);
    return outputs.getOrDefault("", new StringBuilder()).toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "bt -a; bt -a; HERE; ",
        "ps | grep init; ps; PROGRAM; grep init",
        "log > /tmp/log.txt; log; FILE; /tmp/log.txt",
        "log >> log.txt; log; END_OF_FILE; log.txt",
        "eval (1 | 2); eval (1 | 2); HERE; ",
        "eval 8 >> 1; eval 8 >> 1; HERE; ",
        "struct task_struct.mm->pgd init_task; struct task_struct.mm->pgd init_task; HERE; ",
        "search -c \"a | b\" | head; search -c \"a | b\"; PROGRAM; head",
      })
  void outputGoesWhereTheLineSays(
      String line, String command, Destination destination, String operand) {
    ShellLine parsed = ShellLine.parse(line);

    assertThat(parsed)
        .isEqualTo(new ShellLine(command, destination, operand == null ? "" : operand));
  }

  @Test
  void commandsAnswerWhereTheyAreSentTo() {
    assertThat(said("eval 1 + 2 | head -1")).isEmpty();
    assertThat(outputs.getOrDefault("|head -1", new StringBuilder()).toString())
        .startsWith("hexadecimal: 3  \n");
    assertThat(said("eval 3 > there")).isEmpty();
    assertThat(outputs).containsKey(">there");
    assertThat(said("!date")).isEqualTo("ran date\n");
    assertThat(said("# a remark")).isEmpty();
    assertThat(said("ps |")).isEqualTo("crash: where is the output to go?\n");
  }

  @Test
  void theTaskThatIsSetIsTheOneThatCommandsAreAbout() {
    assertThat(said("set 64")).contains("    PID: 64\n", "COMMAND: \"memtouch\"\n");
    assertThat(said("bt")).startsWith("PID: 64 ");
    assertThat(said("files")).startsWith("PID: 64 ");
    assertThat(said("vtop 100000000")).contains("8989000");
    assertThat(said("set -p")).contains("STATE: TASK_RUNNING (PANIC)\n");
    assertThat(said("set -c 0")).contains("COMMAND: \"swapper/0\"\n", "(ACTIVE)");
    assertThat(said("set 99999")).isEqualTo("set: no task has the PID 99999\n");
  }

  @Test
  void radixAndAliasesLastForTheSession() {
    assertThat(said("p init_task.prio")).isEqualTo("$1 = 120\n");
    assertThat(said("hex")).isEqualTo("output radix: 16 (hex)\n");
    assertThat(said("p init_task.prio")).isEqualTo("$1 = 0x78\n");
    assertThat(said("pd init_task.prio")).isEqualTo("$1 = 120\n");
    assertThat(said("alias now p jiffies"))
        .isEqualTo("ORIGIN   ALIAS    COMMAND\nruntime  now      p jiffies\n");
    assertThat(said("now")).startsWith("jiffies = $1 = ");
    assertThat(said("repeat -1 now")).startsWith("jiffies = $1 = ");
  }

  @Test
  void aTypesNameIsACommandAndNothingElseIs() {
    String list = said("struct list_head");
    assertThat(said("list_head")).isEqualTo(list);
    assertThat(said("*list_head")).isEqualTo(list);
    assertThat(shell.hasFailed()).isFalse();
    assertThat(said("xyz")).isEqualTo("crash: command not found: xyz\n");
    assertThat(shell.hasFailed()).isTrue();
    assertThat(said("extend foo.so")).contains("not needed");
    assertThat(said("wr init_task 1")).isEqualTo("wr: a dump is never written\n");
  }

  /** A dump that carries no types: that is what is said of it. */
  @Test
  void aTypesNameIsACommandWithoutTypesToo() throws Exception {
    machine.close();
    machine = RealDumps.open("x86_64/kdump-nokaslr-sysrq/vmcore.d31.lzo");
    shell = new Shell(machine, new Recorded());

    assertThat(said("*list_head"))
        .startsWith("*list_head: the layout of the kernel's structures is not known");
    assertThat(said("list_head")).isEqualTo("crash: command not found: list_head\n");
  }

  @Test
  void ofGdbsCommandsThoseThatPrintAreTaken() {
    assertThat(said("gdb p init_task.prio")).isEqualTo("$1 = 120\n");
    assertThat(said("print init_task.prio")).isEqualTo("$1 = 120\n");
    assertThat(said("gdb ptype struct list_head")).isEqualTo(said("whatis struct list_head"));
    assertThat(said("gdb info threads")).contains("vmcore-gdbserver gdb VMCORE");
  }

  @Test
  void whatIsStoppedEndsTheCommandAlone() {
    stops = true;
    assertThat(said("ps")).isEqualTo("\n");
    assertThat(said("eval 1")).startsWith("hexadecimal: 1");
    assertThat(shell.hasEnded()).isFalse();
    shell.run("quit");
    assertThat(shell.hasEnded()).isTrue();
  }

  /** A file that reads itself. */
  @Test
  void filesOfCommandsWithinEachOtherComeToAnEnd() {
    assertThat(said("< some")).contains("$1 = 1\n", "too deep");
  }

  @Test
  void foreachAsksOfEachTaskThatIsWanted() {
    assertThat(said("foreach 64 66 bt"))
        .containsSubsequence("PID: 64 ", "do_syscall_64", "PID: 66 ", "do_syscall_64");
    assertThat(said("foreach user sig")).containsSubsequence("PID: 1 ", "PID: 62 ", "PID: 64 ");
    assertThat(said("foreach 'mt-.*' files")).doesNotContain("PID: 64 ").contains("PID: 66 ");
    assertThat(said("foreach nobody bt")).contains("no task has the PID, address or name");
    assertThat(said("foreach user")).contains("takes one of the commands");
  }
}
