package org.vmcore.gdbstub.app;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.Version;
import org.vmcore.gdbstub.inspect.Answer;
import org.vmcore.gdbstub.inspect.Banner;
import org.vmcore.gdbstub.inspect.Inspection;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.machine.CrashedMachine;

/**
 * What somebody wants to know first of a crash: sections in the order in which people ask. What the
 * dump does not tell is no section, and the reason stands at the end.
 */
final class CrashReport {
  /** A whole machine's words would bury the rest; the command itself prints all. */
  private static final int MAX_TEXT = 200_000;

  private final CrashedMachine machine;
  private final Map<String, Inspection> inspections = new LinkedHashMap<>();
  private final List<ReportSection> sections = new ArrayList<>();
  private final List<String> untold = new ArrayList<>();
  private Map<String, String> banner = Map.of();
  private Optional<String> cause = Optional.empty();

  private CrashReport(CrashedMachine machine, List<Inspection> inspections) {
    this.machine = machine;
    inspections.forEach(inspection -> this.inspections.put(inspection.name(), inspection));
  }

  /**
   * @param inspections of which those named {@code bt} and {@code log} are shown
   */
  static CrashReport of(CrashedMachine machine, List<Inspection> inspections) {
    CrashReport report = new CrashReport(machine, inspections);
    report.collect();
    return report;
  }

  private void collect() {
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
  }

  private void add(String name, ReportSection.Source source) {
    try {
      source.of(machine).ifPresent(sections::add);
    } catch (MissingFactException | KernelReadException | Inspection.FailedException e) {
      untold.add(name + ": " + e.getMessage());
    }
  }

  private Optional<ReportSection> summary(CrashedMachine crashed) throws MissingFactException {
    banner = Banner.lines(crashed);
    Map<String, String> facts = new LinkedHashMap<>();
    banner.forEach((name, value) -> facts.put(label(name), value));
    return Optional.of(
        new ReportSection(
            "summary", "Summary", ReportDump.facts(facts), new LinkedHashMap<>(banner)));
  }

  /** {@code LOAD AVERAGE} as a person writes it; PID and CPU are written so. */
  private static String label(String name) {
    String words =
        name.length() <= 3 ? name : name.charAt(0) + name.substring(1).toLowerCase(Locale.ROOT);
    return words.replace("Cpus", "CPUs");
  }

  private Optional<ReportSection> backtrace(CrashedMachine crashed)
      throws Inspection.FailedException {
    Optional<Answer> answer = answer("bt");
    return answer
        .filter(found -> !found.text().isBlank())
        .map(
            found ->
                new ReportSection(
                    "backtrace",
                    "Backtrace",
                    Html.scrolling(
                        "Backtrace", Html.element("pre", bounded(found.text()).strip()) + "\n"),
                    found.tree()));
  }

  private Optional<ReportSection> log(CrashedMachine crashed) throws Inspection.FailedException {
    Optional<ReportLog> log = answer("log").map(found -> ReportLog.of(found.text()));
    cause = log.flatMap(ReportLog::cause);
    return log.flatMap(ReportLog::section);
  }

  private Optional<Answer> answer(String name) throws Inspection.FailedException {
    Inspection inspection = inspections.get(name);
    return inspection == null
        ? Optional.empty()
        : Optional.of(inspection.inspect(machine, List.of(), text -> {}));
  }

  private static String bounded(String text) {
    return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "\n...";
  }

  List<ReportSection> sections() {
    return List.copyOf(sections);
  }

  /** Sentences that say why a section is missing. */
  List<String> untold() {
    return List.copyOf(untold);
  }

  /** What a reader must know before believing the rest. */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>(machine.dump().info().incomplete());
    machine.vmlinuxMismatch().ifPresent(warnings::add);
    return warnings;
  }

  /** The kernel's own words for what went wrong, where they are known. */
  String title() {
    return Optional.ofNullable(banner.get("PANIC"))
        .map(words -> words.replace(" (check log for details)", "").replaceAll("^\"|\"$", ""))
        .or(() -> cause)
        .orElse("Kernel crash");
  }

  /** Which machine, which kernel, when. */
  String subtitle() {
    List<String> words = new ArrayList<>();
    for (String name : List.of("NODENAME", "RELEASE", "DATE")) {
      Optional.ofNullable(banner.get(name)).ifPresent(words::add);
    }
    return words.isEmpty() ? machine.dump().info().file() : String.join(" · ", words);
  }

  /** All of it for scripts. */
  Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("title", title());
    tree.put("warnings", warnings());
    for (ReportSection section : sections) {
      tree.put(section.id(), section.tree());
    }
    tree.put("untold", untold());
    tree.put("info", MachineReport.of(machine));
    tree.put("generator", "vmcore-gdbserver " + Version.get());
    return tree;
  }
}
