package org.vmcore.gdbstub.inspect.address;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.inspect.MonitorCommands;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.linux.mm.PageStates;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.RealDumps;
import org.vmcore.gdbstub.stub.DebuggerView;
import org.vmcore.testing.Corpus;

/** Addresses of which the guest itself printed what they are. */
class WhatisCorpusTest {
  private static final String FOLDER = "x86_64/kdump-btf-null-deref/";
  private static final int PAGE = 4096;

  /** Of the trace that the guest printed. */
  private static final String[] FUNCTIONS = {
    "crashme_level3", "crashme_write", "proc_reg_write", "vfs_write", "ksys_write"
  };

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

  private Identifier identifier(Optional<Task> task) throws Exception {
    return new Identifier(new Call(machine, new Call.Listener() {}), task);
  }

  private Identification identify(long address) throws Exception {
    return identifier(Optional.empty()).of(address);
  }

  private static List<MatchResult> guest(String pattern) throws Exception {
    String text = Files.readString(Corpus.file(FOLDER + "gt-from-guest.txt"));
    List<MatchResult> found = Pattern.compile(pattern).matcher(text).results().toList();
    assertThat(found).as(pattern).isNotEmpty();
    return found;
  }

  private static long hex(String digits) {
    return Long.parseUnsignedLong(digits, 16);
  }

  private String monitor(String line) {
    StringBuilder out = new StringBuilder();
    new MonitorCommands(new DebuggerView(machine)).run(line, machine.cpus().get(0), out::append);
    return out.toString();
  }

  @Test
  void whatKmallocGaveIsAnObjectInUse() throws Exception {
    MatchResult given = guest("kmalloc256 va=(\\w+) pa=(\\w+)").get(0);
    long address = hex(given.group(1));
    Identification found = identify(address + 100);

    Identification.InSlab slab = found.slab().orElseThrow();
    assertThat(slab.cache()).isEqualTo("kmalloc-256");
    assertThat(slab.object()).isEqualTo(address);
    assertThat(slab.offset()).isEqualTo(100);
    assertThat(slab.allocated()).contains(true);
    assertThat(found.physical()).hasValue(hex(given.group(2)) + 100);
    assertThat(found.page().orElseThrow().use()).isEqualTo(PageStates.Use.SLAB);
    assertThat(found.area()).contains("direct map");
    assertThat(found.unreadable()).isEmpty();
    assertThat(found.text()).startsWith("slab object kmalloc-256+100, at ");
  }

  /** SLUB's own count of what of a slab is in use has been kept by others than its list. */
  @Test
  void asManyObjectsAreInUseAsTheSlabCounts() throws Exception {
    Identifier identifier = identifier(Optional.empty());
    int checked = 0;
    for (Task task : machine.tasks().list().all()) {
      Identification.InPage page = identifier.of(task.address()).page().orElseThrow();
      KernelObject slab =
          machine
              .requireTypes()
              .object("struct slab", page.pageStruct() - (page.frame() - page.head()) * Long.SIZE);
      boolean ofCpu = slab.value("frozen") != 0;
      long stride = slab.value("slab_cache->size");
      long first = task.address() - identifier.of(task.address()).slab().orElseThrow().offset();
      long start = identifier.of(first).physical().orElseThrow() - page.head() * PAGE;
      long free = 0;
      for (long i = 0; i < slab.value("objects"); i++) {
        Identification one = identifier.of(first - start + i * stride);
        free += one.slab().orElseThrow().allocated().orElseThrow() ? 0 : 1;
      }
      if (!ofCpu) {
        assertThat(free).isEqualTo(slab.value("objects") - slab.value("inuse"));
        checked++;
      }
    }
    assertThat(checked).isPositive();
  }

  @Test
  void whatVmallocGaveIsAnAreaOfItsCaller() throws Exception {
    List<MatchResult> pages = guest("vmalloc-page va=(\\w+) pa=(\\w+)");
    Identifier identifier = identifier(Optional.empty());
    for (MatchResult page : pages) {
      Identification found = identifier.of(hex(page.group(1)) + 8);
      Identification.InVmalloc area = found.vmalloc().orElseThrow();
      assertThat(area.start()).isEqualTo(hex(pages.get(0).group(1)));
      assertThat(area.end()).isEqualTo(area.start() + (pages.size() + 1L) * PAGE);
      // It was the module's init function, whose code is gone.
      assertThat(area.caller().orElseThrow()).startsWith("0xffffffffc0");
      assertThat(found.physical()).hasValue(hex(page.group(2)) + 8);
      assertThat(found.page().orElseThrow().frame()).isEqualTo(hex(page.group(2)) / PAGE);
    }
  }

  @Test
  void symbolsAreOfModulesAndOfTheKernel() throws Exception {
    for (MatchResult symbol : guest("(?:kernel|module)-(?:text|data|rodata):(\\w+) va=(\\w+)")) {
      Identification.InSymbol found = identify(hex(symbol.group(2)) + 1).symbol().orElseThrow();
      assertThat(found.name()).isEqualTo(symbol.group(1));
      assertThat(found.offset()).isEqualTo(1);
      assertThat(found.module().isPresent()).isEqualTo(symbol.group().startsWith("module"));
    }
  }

  @Test
  void perCpuVariablesHaveTheirCpu() throws Exception {
    List<Integer> cpus = new ArrayList<>();
    for (MatchResult copy : guest("percpu-module:crashme_pcpu va=(\\w+)")) {
      Identification.InPerCpu found = identify(hex(copy.group(1))).perCpu().orElseThrow();
      assertThat(found.name()).contains("crashme_pcpu");
      cpus.add(found.cpu());
    }
    assertThat(cpus).containsExactly(0, 1);
  }

  @Test
  void stacksHaveTheirTaskAndFrame() throws Exception {
    String oops = Files.readString(Corpus.file(FOLDER + "oops.txt"));
    MatchResult told =
        Pattern.compile("(?s)PID: (\\d+) Comm.*?RSP: 0018:(\\w+)")
            .matcher(oops)
            .results()
            .toList()
            .get(0);
    int pid = Integer.parseInt(told.group(1));
    long pointer = hex(told.group(2));
    Identification.OnStack innermost = identify(pointer).stack().orElseThrow();
    assertThat(innermost.pid()).isEqualTo(pid);
    long lowest = pointer - innermost.offset();
    assertThat(lowest % (4 * PAGE)).isZero();
    assertThat(identify(lowest).stack().orElseThrow().frame()).isEmpty();
    assertThat(identify(lowest + 4 * PAGE).stack().map(Identification.OnStack::pid))
        .isNotEqualTo(Optional.of(pid));

    List<String> functions = new ArrayList<>();
    Identifier identifier = identifier(Optional.empty());
    for (long at = pointer; at < lowest + 4 * PAGE; at += Long.BYTES) {
      identifier.of(at).stack().orElseThrow().function().ifPresent(functions::add);
    }
    assertThat(functions.stream().distinct()).containsSubsequence(FUNCTIONS);
  }

  @Test
  void userMemoryIsOfARegionAndAPage() throws Exception {
    MatchResult text = guest("user-text:main pid=(\\d+) va=(\\w+) pa=(\\w+)").get(0);
    Task task = machine.tasks().list().pid(Integer.parseInt(text.group(1))).orElseThrow();
    Identifier identifier = identifier(Optional.of(task));
    Identification code = identifier.of(hex(text.group(2)));
    assertThat(code.user().orElseThrow().file().orElseThrow()).endsWith("/memtouch");
    assertThat(code.user().orElseThrow().permissions()).isEqualTo("r-xp");
    Identification.InPage page = code.page().orElseThrow();
    assertThat(page.frame()).isEqualTo(hex(text.group(3)) / PAGE);
    assertThat(page.use()).isEqualTo(PageStates.Use.FILE);
    assertThat(page.file().orElseThrow().path()).isPresent();
    assertThat(page.fileOffset()).isEqualTo(code.user().orElseThrow().fileOffset());

    for (MatchResult one : guest("user-(?:4k|2m|heap)\\S* pid=\\d+ va=(\\w+) pa=(\\w+)")) {
      Identification found = identifier.of(hex(one.group(1)));
      assertThat(found.page().orElseThrow().use()).isEqualTo(PageStates.Use.ANONYMOUS);
      assertThat(found.page().orElseThrow().mappedBy())
          .extracting(Identification.MappedBy::pid)
          .contains(task.pid());
      assertThat(found.page().orElseThrow().mappedBy().get(0).at() & -PAGE)
          .isEqualTo(hex(one.group(1)) & -PAGE);
    }
  }

  @Test
  void whatCannotBeReadHasAReasonAndPagesHaveDescriptors() throws Exception {
    assertThat(identify(8).unreadable().orElseThrow()).contains("is not mapped (PGD entry");
    assertThat(identify(8).isKnown()).isFalse();
    long pages = hex(guest("vmemmap_base=(\\w+)").get(0).group(1));
    Identification.InPageStruct found = identify(pages + 64 * 0x123 + 8).pageStruct().orElseThrow();
    assertThat(found.frame()).isEqualTo(0x123);
    assertThat(found.offset()).isEqualTo(8);
  }

  @Test
  void namesAreDeclared() {
    assertThat(monitor("whatis struct list_head"))
        .isEqualTo(
            """
            struct list_head {
                struct list_head *next;
                struct list_head *prev;
            }
            SIZE: 16
            """);
    assertThat(monitor("whatis list_head")).startsWith("struct list_head {");
    assertThat(monitor("whatis gfp_t")).isEqualTo("typedef unsigned int gfp_t;\nSIZE: 4\n");
    assertThat(monitor("whatis runqueues")).isEqualTo("struct rq runqueues;\n");
    assertThat(monitor("whatis jiffies")).startsWith("jiffies is at ");
    assertThat(monitor("whatis nothing_at_all")).startsWith("whatis: no address, type or symbol");
    assertThat(monitor("whatis -")).startsWith("whatis: '-' is for the command line only");
    assertThat(monitor("whatis ffffffff81000000 zz")).startsWith("whatis: 'zz' is not a hexa");
  }
}
