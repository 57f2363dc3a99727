package org.vmcore.gdbstub.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.gdbstub.inspect.Answer;
import org.vmcore.gdbstub.inspect.Inspection;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.gdbstub.machine.RealDumps;
import org.vmcore.gdbstub.rsp.Target.Console;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** The report of a real crash, and of what a hostile machine would put into one. */
class CrashReportTest {
  private static final String FOLDER = "x86_64/kdump-btf-null-deref/";
  private static final String HOSTILE = "</pre><script>alert('1')</script>&\u0000\u202e\u001b[31m";

  @TempDir private Path directory;

  /** An answer that is known beforehand. */
  private record Said(String name, String text) implements Inspection {
    @Override
    public String arguments() {
      return "";
    }

    @Override
    public String summary() {
      return "";
    }

    @Override
    public String help() {
      return "";
    }

    @Override
    public Answer inspect(CrashedMachine machine, List<String> arguments, Console console) {
      return new Answer(text, List.of(text));
    }
  }

  private static CrashedMachine machine() throws Exception {
    return CrashedMachine.open(
        RealDumps.file(FOLDER + "vmcore.d31.zlib"), MachineOptions.defaults());
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
      String page = ReportPage.of(CrashReport.of(machine, List.of()));

      Document document = parsed(page);
      assertThat(titles(document.getElementsByTagName("h2")))
          .containsExactly(
              "Summary",
              "CPUs",
              "Registers of CPU 1",
              "Tasks",
              "Taint",
              "Modules",
              "Memory",
              "The dump");
      assertThat(page).contains("crashme_level3+103 [crashme]").contains("6.1.192-vmcorebtf");
      for (String module : Files.readAllLines(RealDumps.file(FOLDER + "modules.txt"))) {
        assertThat(page).contains(">" + module.split(" ", 2)[0] + "</td>");
      }
    }
  }

  @Test
  void needsNothingElse() throws Exception {
    try (CrashedMachine machine = machine()) {
      Document document = parsed(ReportPage.of(CrashReport.of(machine, List.of())));
      for (String name : List.of("script", "link", "img", "iframe", "object", "image", "use")) {
        assertThat(document.getElementsByTagName(name).getLength()).as(name).isZero();
      }
      String style = document.getElementsByTagName("style").item(0).getTextContent();
      assertThat(style).contains("prefers-color-scheme: dark").doesNotContain("url(", "@import");
    }
  }

  @Test
  void whatTheMachineSaidStaysText() throws Exception {
    String oops = "[    6.1] BUG: kernel NULL pointer dereference " + HOSTILE;
    try (CrashedMachine machine = machine()) {
      CrashReport report =
          CrashReport.of(
              machine, List.of(new Said("log", "before\n" + oops), new Said("bt", HOSTILE)));
      String page = ReportPage.of(report);

      Document document = parsed(page);
      assertThat(document.getElementsByTagName("script").getLength()).isZero();
      assertThat(document.getElementsByTagName("mark").getLength()).isEqualTo(1);
      assertThat(page).doesNotContain("\u0000", "\u202e", "\u001b");
      assertThat(report.title()).isEqualTo("Oops: 0002 [#1] SMP PTI");
      assertThat(report.tree()).containsKeys("log", "backtrace");
    }
    String table =
        Html.table(HOSTILE, List.of(Html.Column.code(HOSTILE)), List.of(List.of(HOSTILE)));
    assertThat(parsed(table).getElementsByTagName("script").getLength()).isZero();
  }

  @Test
  void theLogBeginsALittleBeforeTheFirstOfTheLastWords() {
    StringBuilder log = new StringBuilder();
    for (int i = 0; i < 1000; i++) {
      log.append("line ").append(i).append('\n');
    }
    ReportLog end = ReportLog.of(log + "[  9.9][ T1] Kernel panic - not syncing: x\nafter\n");

    assertThat(end.cause()).contains("Kernel panic - not syncing: x");
    assertThat(end.lines()).startsWith("line 988").endsWith("after").hasSize(14);
    assertThat(ReportLog.of(log.toString()).lines()).startsWith("line 940").endsWith("line 999");
  }

  @Test
  void isWrittenOnceAndNotOverAnother() throws Exception {
    String dump = RealDumps.file(FOLDER + "vmcore.d31.zlib").toString();
    Path page = directory.resolve("report.html");

    assertThat(Main.run("report", dump)).isEqualTo(2);
    assertThat(Main.run("report", dump, "-o", page.toString())).isZero();
    assertThat(page).content().startsWith("<!DOCTYPE html>");
    assertThat(Main.run("report", dump, "-o", page.toString())).isEqualTo(2);
    assertThat(directory.toFile().list()).containsExactly("report.html");
  }

  @Test
  void countsEveryTaskInTheTree() throws Exception {
    try (CrashedMachine machine = machine()) {
      Object tasks = CrashReport.of(machine, List.of()).tree().get("tasks");
      int count = machine.tasks().list().all().size() + machine.cpus().size();
      assertThat(tasks)
          .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
          .containsEntry("count", count);
    }
  }

  private static List<String> titles(NodeList nodes) {
    return IntStream.range(0, nodes.getLength())
        .mapToObj(i -> nodes.item(i).getTextContent())
        .toList();
  }
}
