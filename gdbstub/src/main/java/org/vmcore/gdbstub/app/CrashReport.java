package org.vmcore.gdbstub.app;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.analyze.Analysis;
import org.vmcore.gdbstub.inspect.analyze.Analyze;
import org.vmcore.gdbstub.inspect.log.MachineLog;
import org.vmcore.gdbstub.inspect.log.Message;
import org.vmcore.gdbstub.inspect.machine.Banner;
import org.vmcore.gdbstub.inspect.machine.MachineState;
import org.vmcore.gdbstub.inspect.query.Answering;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Notes;
import org.vmcore.gdbstub.inspect.stacks.Bt;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.machine.CrashedMachine;

/**
 * What somebody wants to know first of a crash: sections in the order in which people ask. What the
 * dump does not tell is no section, and the reason stands at the end.
 *
 * @param title what went wrong: as the analysis calls it, else in the kernel's own words
 * @param subtitle which machine, which kernel, when
 * @param warnings what a reader must know before believing the rest
 * @param untold sentences that say why a section is missing
 */
record CrashReport(
    String title,
    String subtitle,
    List<String> warnings,
    List<ReportSection> sections,
    List<String> untold) {
  /** A whole machine's words would bury the rest; the command itself prints all. */
  private static final int MAX_TEXT = 200_000;

  /** What a dump tells. */
  static CrashReport of(CrashedMachine machine) {
    return new Collector(machine).report();
  }

  /** What a section tells, if there is one of that name. */
  @SuppressWarnings("unchecked") // Each section has data of one type, which ReportData names.
  <T> Optional<T> data(String id) {
    return sections.stream()
        .filter(section -> section.id().equals(id))
        .findFirst()
        .map(section -> (T) section.data());
  }

  /** Collects the sections. */
  private static final class Collector {
    private final CrashedMachine machine;
    private final List<ReportSection> sections = new ArrayList<>();
    private final List<String> untold = new ArrayList<>();
    private Map<String, String> banner = Map.of();
    private Optional<String> panic = Optional.empty();
    private Optional<String> cause = Optional.empty();
    private Optional<String> title = Optional.empty();

    Collector(CrashedMachine machine) {
      this.machine = machine;
    }

    CrashReport report() {
      add("analysis", this::analysis);
      add("summary", this::summary);
      add("backtrace", this::backtrace);
      add("log", this::log);
      add("CPUs", ReportCpus::list);
      add("registers", ReportCpus::registers);
      add("tasks", ReportTasks::of);
      add("taint", ReportModules::taint);
      add("modules", ReportModules::list);
      add("memory", ReportDump::memory);
      add("dump", ReportDump::dump);
      List<String> warnings = new ArrayList<>(machine.dump().info().incomplete());
      machine.vmlinuxMismatch().ifPresent(warnings::add);
      return new CrashReport(
          title.or(() -> panic).or(() -> cause).orElse("Kernel crash"),
          subtitle(),
          warnings,
          List.copyOf(sections),
          List.copyOf(untold));
    }

    private void add(String name, ReportSection.Source source) {
      try {
        source.of(machine).ifPresent(sections::add);
      } catch (NoAnswerException | MissingFactException | KernelReadException e) {
        untold.add(name + ": " + Answering.reason(e));
      }
    }

    private Optional<ReportSection> analysis(CrashedMachine crashed)
        throws NoAnswerException, MissingFactException, KernelReadException {
      Analyze query = new Analyze();
      Call call = new Call(crashed, new Call.Listener() {});
      Analysis analysis = query.answer(call);
      StringBuilder text = new StringBuilder();
      Answering.asText(
          query, analysis, call.notes(), new Text(text::append, crashed.pointerBytes() * 2));
      title = Optional.of(analysis.title());
      return Optional.of(
          new ReportSection(
              "analysis",
              "What happened",
              Html.scrolling("What happened", Html.element("pre", text.toString().strip()) + "\n"),
              analysis));
    }

    private Optional<ReportSection> summary(CrashedMachine crashed) throws MissingFactException {
      Notes notes = new Notes();
      MachineState state = MachineState.of(crashed, notes);
      notes.incomplete().forEach(sentence -> untold.add("summary: " + sentence));
      panic = state.panic();
      banner = Banner.lines(state, crashed.pointerBytes() * 2);
      Map<String, String> facts = new LinkedHashMap<>();
      banner.forEach((name, value) -> facts.put(label(name), value));
      return Optional.of(new ReportSection("summary", "Summary", ReportDump.facts(facts), state));
    }

    /** {@code LOAD AVERAGE} as a person writes it; PID and CPU are written so. */
    private static String label(String name) {
      String words =
          name.length() <= 3 ? name : name.charAt(0) + name.substring(1).toLowerCase(Locale.ROOT);
      return words.replace("Cpus", "CPUs");
    }

    private Optional<ReportSection> backtrace(CrashedMachine crashed)
        throws NoAnswerException, MissingFactException, KernelReadException {
      StringBuilder text = new StringBuilder();
      Call.Listener nobody = new Call.Listener() {};
      Answering.asText(
          new Bt(), new Call(crashed, nobody), new Text(text::append, crashed.pointerBytes() * 2));
      String shown =
          text.length() <= MAX_TEXT ? text.toString() : text.substring(0, MAX_TEXT) + "\n...";
      return shown.isBlank()
          ? Optional.empty()
          : Optional.of(
              new ReportSection(
                  "backtrace",
                  "Backtrace",
                  Html.scrolling("Backtrace", Html.element("pre", shown.strip()) + "\n"),
                  new Bt().answer(new Call(crashed, nobody))));
    }

    private Optional<ReportSection> log(CrashedMachine crashed) throws MissingFactException {
      ReportLog log =
          ReportLog.of(
              MachineLog.read(crashed).records().stream()
                  .map(record -> Message.of(record, Optional.empty()))
                  .toList());
      cause = log.cause();
      return log.section();
    }

    private String subtitle() {
      List<String> words = new ArrayList<>();
      for (String name : List.of("NODENAME", "RELEASE", "DATE")) {
        Optional.ofNullable(banner.get(name)).ifPresent(words::add);
      }
      return words.isEmpty() ? machine.dump().info().file() : String.join(" · ", words);
    }
  }
}
