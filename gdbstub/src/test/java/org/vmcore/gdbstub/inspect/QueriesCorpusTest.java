package org.vmcore.gdbstub.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.RealDumps;
import org.vmcore.gdbstub.stub.DebuggerView;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.NeedsCorpus;

/** On a real dump that carries its types, against what the guest itself had printed. */
@NeedsCorpus
class QueriesCorpusTest {
  private static final String FOLDER = "x86_64/kdump-btf-null-deref/";

  private CrashedMachine machine;

  @BeforeEach
  void open() throws Exception {
    machine = RealDumps.open(FOLDER + "vmcore.d31.zlib");
  }

  @AfterEach
  void close() throws Exception {
    if (machine != null) {
      machine.close();
    }
  }

  private String monitor(String line) {
    CrashedCpu cpu = machine.cpus().get(0);
    StringBuilder out = new StringBuilder();
    new MonitorCommands(new DebuggerView(machine)).run(line, cpu, out::append);
    return out.toString();
  }

  private static String guest() throws Exception {
    return Files.readString(Corpus.file(FOLDER + "gt-from-guest.txt"));
  }

  private static Matcher guest(String pattern) throws Exception {
    Matcher matcher = Pattern.compile(pattern).matcher(guest());
    assertThat(matcher.find()).as(pattern).isTrue();
    return matcher;
  }

  /** /proc/modules has name, size, ..., base and the taints of the module in parentheses. */
  @Test
  void modListsWhatProcModulesListed() throws Exception {
    List<String> expected = new ArrayList<>();
    List<String> tainted = new ArrayList<>();
    for (String line : Files.readAllLines(Corpus.file(FOLDER + "modules.txt"))) {
      String[] words = line.split(" ", -1);
      expected.add(words[0] + " " + words[5].substring(2) + " " + words[1]);
      if (words.length > 6 && !words[6].isEmpty()) {
        tainted.add(words[0] + " " + words[6].replaceAll("[()+-]", ""));
      }
    }

    List<String> listed = new ArrayList<>();
    for (String line : monitor("mod").lines().skip(1).toList()) {
      String[] words = line.split(" +", -1);
      listed.add(words[1] + " " + words[2] + " " + words[3]);
    }

    assertThat(listed).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(tainted).isNotEmpty();
    assertThat(monitor("mod -t").lines().skip(1).map(line -> line.replaceAll(" +", " ")))
        .containsExactlyElementsOf(tainted);
  }

  @Test
  void symNamesAddressesOfTheKernelAndOfModules() throws Exception {
    String text = guest("crashme_level3 va=(\\w+)").group(1);

    assertThat(monitor("sym crashme_level3")).isEqualTo(text + " (t) crashme_level3 [crashme]\n");
    long inside = Long.parseUnsignedLong(text, 16) + 0x67;
    assertThat(monitor("sym %x".formatted(inside)))
        .isEqualTo("%x (t) crashme_level3+103 [crashme]\n".formatted(inside));
    assertThat(monitor("sym 0x" + guest("kernel-data:jiffies va=(\\w+)").group(1)))
        .endsWith(" (D) jiffies\n");
    assertThat(monitor("sym -q crashme_level").lines()).hasSize(3);
    assertThat(monitor("sym no_such_symbol")).startsWith("sym: symbol not found: no_such_symbol\n");
  }

  @Test
  void structShowsLayoutsValuesAndMembers() throws Exception {
    assertThat(monitor("struct list_head -o"))
        .isEqualTo(
            """
            struct list_head {
               [0] struct list_head *next;
               [8] struct list_head *prev;
            }
            SIZE: 16
            """);
    assertThat(monitor("struct qstr -o"))
        .isEqualTo(
            """
            struct qstr {
                   union {
                       struct {
               [0]         u32 hash;
               [4]         u32 len;
                       };
               [0]     u64 hash_len;
                   };
               [8] const unsigned char *name;
            }
            SIZE: 16
            """);
    assertThat(monitor("struct task_struct.comm,pid,tasks init_task"))
        .startsWith("  comm = \"swapper/0\\000\\000\\000\\000\\000\\000\",\n  pid = 0,\n")
        .contains("  tasks = {\n    next = 0xffff");
    assertThat(monitor("struct uts_namespace.name init_uts_ns")).contains("sysname = \"Linux\\000");
    assertThat(monitor("struct no_such")).isEqualTo("struct: the kernel has no type 'no_such'\n");
    assertThat(monitor("struct"))
        .startsWith("struct: lacks NAME[.MEMBER,...]\nusage: monitor struct NAME");
    assertThat(monitor("struct task_struct.nope init_task"))
        .startsWith("struct: struct task_struct has no member 'nope'\n");
    assertThat(monitor("struct list_head 8")).startsWith("struct: struct list_head at 0x");
  }

  /** The module had printed where each CPU has its variable, and what it put there. */
  @Test
  void percpuShowsEachCopyOfAModulesVariable() throws Exception {
    String copies = monitor("percpu crashme_pcpu -x");

    assertThat(copies).startsWith("PER-CPU DATA TYPE:\n  u64 crashme_pcpu;\nPER-CPU ADDRESSES:\n");
    Matcher truth =
        Pattern.compile("percpu-module:crashme_pcpu va=(\\w+) .*data=(\\w+)").matcher(guest());
    int cpus = 0;
    while (truth.find()) {
      String copy = "[%d]: %s = 0x%s\n".formatted(cpus++, truth.group(1), truth.group(2));
      assertThat(copies).contains(copy);
    }
    assertThat(cpus).isEqualTo(2);
    assertThat(monitor("percpu cpu_number 1")).isEqualTo("per_cpu(cpu_number, 1) = 1\n");
    assertThat(monitor("percpu cpu_number 2")).startsWith("percpu: there is no CPU 2\n");
  }

  @Test
  void searchFindsWhatTheGuestHadWritten() throws Exception {
    Matcher percpu = guest("percpu-module:crashme_pcpu va=(\\w+) pa=(\\w+) data=(\\w+)");
    Matcher text = guest("crashme_ro va=(\\w+)");
    long physical = Long.parseUnsignedLong(percpu.group(2), 16);

    assertThat(monitor("search -p " + percpu.group(3)))
        .isEqualTo("%x: %s\n".formatted(physical, percpu.group(3)));
    assertThat(monitor("search -p -w badc0de0").lines()).hasSize(2);
    assertThat(monitor("search -c \"crashme read-only data\""))
        .contains(text.group(1) + ": crashme read-only data...")
        .as("once where the module is mapped, once where all memory is")
        .hasLineCount(2);
    assertThat(monitor("search -V -c crashme read-only data"))
        .startsWith(text.group(1) + ": crashme read-only data...")
        .hasLineCount(1);
    assertThat(monitor("search -K -c crashme read-only data"))
        .doesNotContain(text.group(1))
        .hasLineCount(1);
    assertThat(monitor("search -s %s %s".formatted(percpu.group(1), percpu.group(3))))
        .isEqualTo("%s: %s\n".formatted(percpu.group(1), percpu.group(3)));
    assertThat(monitor("search -s %s -l 8 %s".formatted(percpu.group(1), percpu.group(3))))
        .isEqualTo("%s: %s\n".formatted(percpu.group(1), percpu.group(3)));
    // All there is: holes cost a look each, however large they are.
    assertThat(monitor("search -s 0 -e ffffffffffffffff -c NOTTHEREATALL")).isEmpty();
  }

  /** Its /init mounted these, and wrote to /proc/crashme to crash. */
  @Test
  void mountAndFilesShowPaths() {
    assertThat(monitor("mount").lines().map(line -> line.replaceAll("^\\w+ \\w+ ", "")))
        .containsSequence("rootfs   rootfs  /", "proc     proc    /proc", "sysfs    sys     /sys");
    assertThat(monitor("files 1"))
        .contains(
            "COMMAND: \"init\"\nROOT: /    CWD: /\n", "REG  /proc/crashme\n", "CHR  /dev/console");
    assertThat(monitor("files 2")).contains("COMMAND: \"kthreadd\"", "No open files\n");
    assertThat(monitor("files 999999")).startsWith("files: no task has the PID 999999\n");
  }

  /** kmem -z has the zones of the kernel's own "Zone ranges", dev what its drivers register. */
  @Test
  void kmemAndDevListWhatIsKept() throws Exception {
    assertThat(monitor("kmem -z")).contains("NAME: \"DMA32\"\n  SIZE: 49116  PRESENT: 49019  ");
    assertThat(monitor("dev")).contains("tty_fops", "virtblk_fops");
    String module = guest("crashme_level3 va=(\\w+)").group(1);
    long page = Long.parseUnsignedLong(module, 16) & -4096;
    assertThat(monitor("kmem -v").lines())
        .as("the area that a module's code is in")
        .anyMatch(line -> line.contains("  %x - ".formatted(page)));
  }

  @Test
  void irqTimerRunqAndKmemAnswer() {
    assertThat(monitor("irq -u").lines().map(line -> line.replaceAll(" +\\w+ +\\w+ +", " ")))
        .anyMatch(line -> line.endsWith(" \"ttyS0\""));
    assertThat(monitor("timer")).contains("<process_timeout>", "[BASE_DEF]");
    assertThat(monitor("timer -r")).contains("[ktime_get_real]", "<tick_sched_timer>");
    assertThat(monitor("irq -s").lines()).anyMatch(line -> line.matches(" +4: +0 +366 .* ttyS0"));
    assertThat(monitor("irq -a")).contains(" 25 virtio0-req.0        0\n");
    assertThat(monitor("irq -b")).contains("<run_timer_softirq>");
    assertThat(monitor("runq")).contains("CPU 1 RUNQUEUE", "CURRENT: PID: 1      TASK: ");
    assertThat(monitor("kmem -s dentry").lines()).hasSize(2);
    assertThat(monitor("kmem")).contains("    TOTAL MEM ", " SLAB ", " COMMIT LIMIT ");
  }

  /** The dump has none of the page cache; its directory entries it has. */
  @Test
  void catTellsWhatIsMissing() {
    assertThat(monitor("cat /init"))
        .containsPattern(
            "\\(3809 bytes at 0: physical address 0x\\w+ is filtered out of the dump\\)")
        .endsWith("(not all: 3809 of 3809 bytes are not there)\n");
    assertThat(monitor("cat /inot"))
        .isEqualTo("cat: no name 'inot' is in memory in /; did you mean 'init'?\n");
    assertThat(monitor("cat /dev")).isEqualTo("cat: /dev is no regular file but of type DIR\n");
    assertThat(monitor("cat init")).contains("usage: monitor cat PATH|INODE");
  }

  @Test
  void searchLooksAtStacksAndAroundWhatItFinds() {
    assertThat(monitor("search -t ffff922b80190000"))
        .contains("COMMAND: \"swapper/0\"\nffffffff98403b18: ffff922b80190000\n\nPID: 0");
    assertThat(monitor("search -T ffff922b80190000").lines().filter(l -> l.startsWith("PID")))
        .hasSize(1);
    assertThat(monitor("search -x 1 -w badc0de0"))
        .startsWith(
            """
            ffff922b8b823058:  00000000                              ....
            ffff922b8b82305c:  badc0de0
            ffff922b8b823060:  00000000                              ....
            """);
  }
}
