package org.vmcore.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.testing.Command;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.RealDump;

/** A stock gdb that is given no file at all, and what it shows of a real dump. */
class ServedSymbolsTest {
  private static final Pattern FRAME =
      Pattern.compile("(?m)^#\\d+ +(?:0x[0-9a-f]+ in )?(\\w+)[\\w.]* \\(");

  @TempDir private Path directory;

  private static List<String> frames(String shown) {
    return FRAME.matcher(shown).results().map(frame -> frame.group(1)).toList();
  }

  /** The trace that the dying kernel printed, down to the system call. */
  private static final List<String> TRACE =
      List.of(
          "crashme_level3",
          "crashme_level2",
          "crashme_level1",
          "crashme_write",
          "proc_reg_write",
          "vfs_write",
          "ksys_write",
          "do_syscall_64");

  @Test
  void aDumpThatCameAloneHasNamesAndTypes() {
    RealDump dump = RealDump.typed();
    try (Program server = Program.serve(dump.file())) {
      String shown =
          Gdb.batch()
              .connect(server)
              .ex("bt", "p init_task.comm", "p sizeof(struct task_struct)", "info symbol vfs_write")
              .run()
              .all();

      CallTrace.assertShows(shown, CallTrace.printed(dump.lastWords()));
      assertThat(shown)
          .contains("$1 = \"swapper/0")
          .contains("vfs_write in section .text")
          .doesNotContain("corrupt stack");
    }
  }

  /** Per-CPU symbols are offsets, which KASLR does not move: nm says where in the window it is. */
  @Test
  void aVmlinuxIsServedWithModulesLinesAndPerCpuSymbols() {
    CorpusDump dump = CorpusDump.RAW_ELF;
    try (Program server =
        Program.serve(dump.file(), "--vmlinux", dump.vmlinux(), "--debug-dir", dump.modules())) {
      String shown =
          Gdb.batch()
              .connect(server)
              .ex("bt", "p &runqueues", "info sharedlibrary", "p crashme_state")
              .run()
              .all();

      assertThat(frames(shown)).as(shown).startsWith(TRACE.toArray(String[]::new));
      assertThat(shown)
          .containsPattern("#0 .*crashme_level3 .*crashme\\.c:\\d+")
          .contains("0x8000000000020a80 <runqueues>")
          .contains("magic = ")
          .doesNotContain("corrupt stack");
      for (String module : modules(dump)) {
        assertThat(shown).containsPattern("Yes +/.*/%s\\.ko".formatted(module.replace('_', '.')));
      }
    }
  }

  private static List<String> modules(CorpusDump dump) {
    return dump.text("modules.txt").lines().map(line -> line.replaceFirst(" .*", "")).toList();
  }

  @Test
  void modulesWithoutAFileAreListedAllTheSame() {
    CorpusDump dump = CorpusDump.RAW_ELF;
    try (Program server = Program.serve(dump.file(), "--vmlinux", dump.vmlinux())) {
      String shown = Gdb.batch().connect(server).ex("info sharedlibrary").run().all();
      for (String module : modules(dump)) {
        assertThat(shown).contains(module + ".ko (no file)");
      }
    }
  }

  /** The crash was in a module, whose names the kernel itself kept. */
  @Test
  void modulesWithoutAFileHaveTheNamesThatTheDumpHas() {
    CorpusDump dump = CorpusDump.RAW_ELF;
    try (Program server = Program.serve(dump.file(), "--vmlinux", dump.vmlinux())) {
      String shown = Gdb.batch().connect(server).ex("bt", "info symbol &crashme_state").run().all();
      assertThat(frames(shown)).as(shown).startsWith(TRACE.toArray(String[]::new));
      assertThat(shown).containsPattern("crashme_state in section .* of .*crashme\\.ko");
    }
  }

  @Test
  void vmlinuxIsFoundByItsBuildIdInADebugDirectory() throws IOException {
    CorpusDump dump = CorpusDump.RAW_ELF;
    String id = "18ea0daec7fca29a772ce6db3d2391f6e93ab555";
    Path file = directory.resolve(".build-id/18/" + id.substring(2) + ".debug");
    Files.createDirectories(file.getParent());
    Files.createSymbolicLink(file, dump.vmlinux());
    try (Program server = Program.serve(dump.file(), "--debug-dir", directory)) {
      String shown = Gdb.batch().connect(server).ex("p &runqueues").run().all();
      assertThat(shown).contains("0x8000000000020a80 <runqueues>");
    }
  }

  /** The other kernel's vmlinux has no place here, and the dump's own symbols take its. */
  @Test
  void aVmlinuxOfAnotherBuildIsNotServed() {
    try (Program server =
        Program.serve(CorpusDump.ZLIB.file(), "--vmlinux", CorpusDump.RAW_ELF.vmlinux())) {
      String shown = Gdb.batch().connect(server).ex("bt").run().all();
      assertThat(server.output()).contains("is not the kernel of this dump");
      assertThat(frames(shown)).as(shown).startsWith(TRACE.toArray(String[]::new));
    }
  }

  @Test
  void aVmlinuxOfAnotherBuildIsServedToThoseWhoInsist() {
    try (Program server =
        Program.serve(
            CorpusDump.ZLIB.file(), "--vmlinux", CorpusDump.RAW_ELF.vmlinux(), "--any-build-id")) {
      String shown = Gdb.batch().connect(server).ex("p &runqueues").run().all();
      assertThat(server.output()).contains("is not the kernel of this dump", "all the same");
      // nm of that vmlinux; the dump's own has it elsewhere.
      assertThat(shown).contains("0x8000000000020a80 <runqueues>");
    }
  }

  /** VMCOREINFO tells no build id before Linux 5.9, but the memory does, where the symbols say. */
  @Test
  @Tag("slow")
  void theMemoryOfAnOldKernelTellsItsBuild() throws IOException {
    CorpusDump dump = CorpusDump.RAW_ELF;
    String text;
    try (InputStream start = Files.newInputStream(dump.file())) {
      text = new String(start.readNBytes(1 << 20), ISO_8859_1);
    }
    Path old = directory.resolve("vmcoreinfo");
    int start = text.indexOf("OSRELEASE=");
    Files.writeString(
        old,
        text.substring(start, text.indexOf('\n', text.indexOf("CRASHTIME=", start)) + 1)
            .replaceAll("BUILD-ID=.*\n", "")
            .replaceAll("SYMBOL\\(kallsyms.*\n", ""));
    for (CorpusDump kernel : List.of(dump, CorpusDump.ZLIB)) {
      Command.Result told =
          Program.run("info", "--vmcoreinfo", old, "--vmlinux", kernel.vmlinux(), dump.file());
      assertThat(told.err().contains("is not the kernel of this dump"))
          .as(told.toString())
          .isEqualTo(kernel != dump);
    }
  }

  /** A file that takes another's place after its build id was compared. */
  @Test
  void aVmlinuxThatIsReplacedIsNotServed() throws IOException {
    Path vmlinux = directory.resolve("vmlinux");
    Files.copy(CorpusDump.RAW_ELF.vmlinux(), vmlinux);
    try (Program server = Program.serve(CorpusDump.RAW_ELF.file(), "--vmlinux", vmlinux)) {
      Path other = directory.resolve("other");
      Files.copy(CorpusDump.ZLIB.vmlinux(), other);
      Files.move(other, vmlinux, StandardCopyOption.REPLACE_EXISTING);
      String shown = Gdb.batch().connect(server).ex("p &runqueues", "p $pc").run().all();
      assertThat(server.output()).contains("replaced by another build");
      assertThat(shown).contains("No symbol table is loaded").contains("0xffffffffc00d0067");
    }
  }

  @Test
  @Tag("slow")
  void vmlinuxComesFromADebuginfodServerWhenADebuggerNeedsIt() throws IOException {
    List<String> asked = new CopyOnWriteArrayList<>();
    HttpServer debuginfod =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    debuginfod.createContext(
        "/",
        exchange -> {
          asked.add(exchange.getRequestURI().getPath());
          exchange.sendResponseHeaders(200, 0);
          Files.copy(CorpusDump.RAW_ELF.vmlinux(), exchange.getResponseBody());
          exchange.close();
        });
    debuginfod.start();
    Map<String, String> environment =
        Map.of(
            "DEBUGINFOD_URLS",
            "http://127.0.0.1:" + debuginfod.getAddress().getPort(),
            "DEBUGINFOD_CACHE_PATH",
            directory.toString());
    try {
      List<String> info = Program.words("info", CorpusDump.RAW_ELF.file());
      String told = Command.of(info).environment(environment).run().out();
      assertThat(told).containsPattern("no vmlinux in \\S+, /usr/lib/debug");
      assertThat(asked).isEmpty();
      try (Program server = Program.serveWithEnvironment(environment, CorpusDump.RAW_ELF.file())) {
        String shown = Gdb.batch().connect(server).ex("p &runqueues").run().all();
        assertThat(shown).contains("0x8000000000020a80 <runqueues>");
        assertThat(server.output()).contains("by its build id");
        assertThat(asked).hasSize(1);
      }
    } finally {
      debuginfod.stop(0);
    }
  }

  @Test
  void nothingIsServedToThoseWhoWantNothing() {
    try (Program server = Program.serve(RealDump.typed().file(), "--no-serve-symbols")) {
      String shown = Gdb.batch().connect(server).ex("bt 1", "info sharedlibrary").run().all();
      assertThat(shown).contains("in ?? ()").contains("No shared libraries loaded");
    }
  }

  /** Addresses that the guest listed, one in a hundred, have the name that it had for them. */
  @Test
  @Tag("slow")
  void everySymbolOfTheGuestResolves() {
    RealDump dump = RealDump.typed();
    Map<String, List<String>> names = new LinkedHashMap<>();
    for (String line : dump.kallsyms()) {
      String[] words = line.split("[ \t]", -1);
      if (words[0].startsWith("ffff")) {
        names.computeIfAbsent(words[0], address -> new ArrayList<>()).add(asGdbShows(words[2]));
      }
    }
    List<String> asked = new ArrayList<>(names.keySet());
    int step = 97;
    List<String> some =
        IntStream.range(0, asked.size() / step).mapToObj(i -> asked.get(i * step)).toList();
    assertThat(some).hasSizeGreaterThan(200);
    String[] commands =
        some.stream()
            .flatMap(address -> Stream.of("echo @@", "info symbol 0x" + address))
            .toArray(String[]::new);
    try (Program server = Program.serve(dump.file())) {
      String shown = Gdb.batch().connect(server).ex(commands).run().all();
      String[] answers = shown.split("@@", -1);
      SoftAssertions softly = new SoftAssertions();
      for (int i = 0; i < some.size(); i++) {
        String symbol = asGdbShows(answers[i + 1].replaceFirst("(?s) in section .*", "").strip());
        softly.assertThat(names.get(some.get(i))).as(some.get(i)).contains(symbol);
      }
      softly.assertAll();
    }
  }

  /**
   * gdb takes what the compiler appended to the names of clones for an encoding of Ada's, and "__".
   */
  private static String asGdbShows(String name) {
    return name.replaceFirst("[.]\\d+$", "").replaceFirst("[.]cold$", "[cold]").replace("__", ".");
  }
}
