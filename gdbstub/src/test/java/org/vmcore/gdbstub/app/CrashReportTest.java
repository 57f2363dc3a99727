package org.vmcore.gdbstub.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.gdbstub.inspect.log.Message;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.testing.RealDump;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** The report of a real crash, and of what a hostile machine would put into one. */
class CrashReportTest {
  private static final RealDump DUMP = RealDump.typed();
  private static final String HOSTILE = "</pre><script>alert('1')</script>&\u0000\u202e\u001b[31m";

  @TempDir private Path directory;

  private static CrashedMachine machine() throws Exception {
    return CrashedMachine.open(DUMP.file(), MachineOptions.defaults());
  }

  /** The page is XML as well as HTML, so that the JDK can tell whether tags match. */
  private static Document parsed(String page) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(page.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void tellsOfTheCrashInOrder() throws Exception {
    try (CrashedMachine machine = machine()) {
      String page = ReportPage.of(CrashReport.of(machine));

      Document document = parsed(page);
      assertThat(titles(document.getElementsByTagName("h2")))
          .containsExactly(
              "What happened",
              "Summary",
              "Backtrace",
              "End of the log",
              "CPUs",
              "Registers of CPU " + DUMP.crashedCpu(),
              "Tasks",
              "Taint",
              "Modules",
              "Memory",
              "The dump");
      assertThat(page).contains("vfs_write+").contains(DUMP.release());
      for (String module : DUMP.moduleList()) {
        assertThat(page).contains(">" + module.split(" ", 2)[0] + "</td>");
      }
    }
  }

  @Test
  void needsNothingElse() throws Exception {
    try (CrashedMachine machine = machine()) {
      Document document = parsed(ReportPage.of(CrashReport.of(machine)));
      for (String name : List.of("script", "link", "img", "iframe", "object", "image", "use")) {
        assertThat(document.getElementsByTagName(name).getLength()).as(name).isZero();
      }
      String style = document.getElementsByTagName("style").item(0).getTextContent();
      assertThat(style).contains("prefers-color-scheme: dark").doesNotContain("url(", "@import");
    }
  }

  private static Message message(String text) {
    return new Message(
        OptionalLong.empty(),
        OptionalLong.of(6_100_000_000L),
        Optional.empty(),
        Optional.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        List.of(),
        text);
  }

  @Test
  void whatTheMachineSaidStaysText() throws Exception {
    ReportLog log =
        ReportLog.of(
            List.of(message("before"), message("BUG: kernel NULL pointer dereference " + HOSTILE)));
    ReportSection backtrace =
        new ReportSection("backtrace", HOSTILE, Html.element("pre", HOSTILE), HOSTILE);
    CrashReport report =
        new CrashReport(
            HOSTILE,
            HOSTILE,
            List.of(HOSTILE),
            List.of(backtrace, log.section().orElseThrow()),
            List.of(HOSTILE));

    String page = ReportPage.of(report);

    Document document = parsed(page);
    assertThat(document.getElementsByTagName("script").getLength()).isZero();
    assertThat(document.getElementsByTagName("mark").getLength()).isEqualTo(1);
    assertThat(page).doesNotContain("\u0000", "\u202e", "\u001b");
    String table =
        Html.table(HOSTILE, List.of(Html.Column.code(HOSTILE)), List.of(List.of(HOSTILE)));
    assertThat(parsed(table).getElementsByTagName("script").getLength()).isZero();
  }

  @Test
  void theLogBeginsALittleBeforeTheFirstOfTheLastWords() {
    List<Message> log = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      log.add(message("line " + i));
    }
    ReportLog usual = ReportLog.of(log);
    log.add(message("Kernel panic - not syncing: x"));
    log.add(message("after"));
    ReportLog end = ReportLog.of(log);

    assertThat(end.cause()).contains("Kernel panic - not syncing: x");
    assertThat(end.messages())
        .extracting(Message::text)
        .startsWith("line 988")
        .endsWith("after")
        .hasSize(14);
    assertThat(usual.messages())
        .extracting(Message::text)
        .startsWith("line 940")
        .endsWith("line 999");
  }

  @Test
  void isWrittenOnceAndNotOverAnother() throws Exception {
    String dump = DUMP.file().toString();
    Path page = directory.resolve("report.html");

    CapturedRun nowhere = CapturedRun.of("report", dump);
    assertThat(nowhere.exitCode()).isEqualTo(2);
    assertThat(nowhere.err()).contains("-o report.html");
    assertThat(CapturedRun.of("report", dump, "-o", page.toString()).exitCode()).isZero();
    assertThat(page).content().startsWith("<!DOCTYPE html>");
    CapturedRun again = CapturedRun.of("report", dump, "-o", page.toString());
    assertThat(again.exitCode()).isEqualTo(2);
    assertThat(again.err()).contains("report.html exists; give --force");
    assertThat(directory.toFile().list()).containsExactly("report.html");
  }

  @Test
  void countsEveryTask() throws Exception {
    try (CrashedMachine machine = machine()) {
      ReportTasks tasks = CrashReport.of(machine).<ReportTasks>data("tasks").orElseThrow();
      int count = machine.tasks().list().all().size() + machine.cpus().size();
      assertThat(tasks.count()).isEqualTo(count);
      assertThat(tasks.all()).hasSize(count);
    }
  }

  private static List<String> titles(NodeList nodes) {
    return IntStream.range(0, nodes.getLength())
        .mapToObj(i -> nodes.item(i).getTextContent())
        .toList();
  }
}
