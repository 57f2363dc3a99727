package org.vmcore.gdbstub.inspect.analyze;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.inspect.analyze.Analysis.Confidence;
import org.vmcore.gdbstub.inspect.analyze.Analysis.Culprit;
import org.vmcore.gdbstub.inspect.analyze.Analysis.Fault;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.linux.oops.FailureClass;
import org.vmcore.gdbstub.linux.oops.LogLine;
import org.vmcore.gdbstub.linux.oops.Oops;
import org.vmcore.gdbstub.linux.oops.OopsReader;
import org.vmcore.gdbstub.linux.oops.OutOfMemory;
import org.vmcore.gdbstub.linux.oops.PointerPattern;
import org.vmcore.gdbstub.linux.oops.Signature;
import org.vmcore.gdbstub.linux.oops.StackEntry;

/** What a log alone tells. */
final class LogVerdict {
  private static final String LOG = "monitor log";

  /** As modules do that are not the kernel's, and what reports add of themselves. */
  private static final Pattern TAINTS = Pattern.compile("\\btaint(?:s|ing) (?:the )?kernel");

  private final List<LogLine> lines;
  private final List<Oops> reports;
  private final Optional<Oops> first;

  LogVerdict(List<LogLine> lines) {
    this.lines = lines;
    this.reports = OopsReader.read(lines);
    this.first = OopsReader.first(reports);
  }

  /** The report that tells what went wrong. */
  Optional<Oops> first() {
    return first;
  }

  /**
   * The whole of it.
   *
   * @throws NoAnswerException when the log tells of no failure
   */
  Analysis analysis() throws NoAnswerException {
    Oops oops =
        first.orElseThrow(
            () -> NoAnswerException.notThere("the log tells of no oops, no panic and no warning"));
    return new Analysis(
        oops.title(),
        oops.type(),
        failure(oops),
        failure(oops).words(),
        oops.damaged() ? Confidence.LOW : Confidence.MEDIUM,
        culprit(oops),
        fault(oops),
        List.of(),
        List.of(),
        statements(oops),
        signature(failure(oops), oops.stack(), oops.title()),
        rows(),
        linesThatMatter(),
        oops.release(),
        MachineVerdict.modules(oops.stack()),
        List.of());
  }

  /** That of a stack, as far as that is not chance. */
  Signature signature(FailureClass failure, List<StackEntry> stack, String title) {
    return switch (failure) {
      case OUT_OF_MEMORY -> Signature.withoutStack(OutOfMemory.identity(lines), title);
      case STACK_CORRUPTION -> Signature.of(stack, title).innermost();
      default -> Signature.of(stack, title);
    };
  }

  /** A report's class; that of a bad access by what the address is. */
  static FailureClass failure(Oops oops) {
    boolean sysrq = oops.function().filter("sysrq_handle_crash"::equals).isPresent();
    if (sysrq) {
      return FailureClass.SYSRQ;
    }
    boolean vague =
        oops.failure() == FailureClass.BAD_ACCESS
            || oops.failure() == FailureClass.GENERAL_PROTECTION;
    return vague
        ? pattern(oops).map(PointerPattern::failure).orElse(oops.failure())
        : oops.failure();
  }

  static Optional<PointerPattern> pattern(Oops oops) {
    return oops.address().isPresent()
        ? PointerPattern.of(oops.address().getAsLong(), 8)
        : Optional.empty();
  }

  static Optional<Culprit> culprit(Oops oops) {
    return oops.function()
        .map(name -> Culprit.of(name, oops.module(), oops.source(), oops.stack()));
  }

  private static Optional<Fault> fault(Oops oops) {
    return oops.address().isEmpty() && oops.access().isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Fault(
                OptionalLong.empty(),
                oops.address(),
                oops.access().map(access -> access.name().toLowerCase(java.util.Locale.ROOT)),
                pattern(oops).map(PointerPattern::meaning),
                Optional.empty()));
  }

  /** What the log says, each with its line. */
  List<Statement> statements(Oops oops) {
    List<Statement> statements = new ArrayList<>();
    add(statements, "the log tells of: " + failure(oops).words(), headline(oops));
    oops.source().ifPresent(place -> add(statements, "the kernel names " + place, headline(oops)));
    if (oops.command().isPresent()) {
      add(
          statements,
          "on CPU %s, in %s (PID %s)"
              .formatted(
                  number(oops.cpu().isPresent() ? oops.cpu().getAsInt() : -1),
                  oops.command().get(),
                  number(oops.pid().isPresent() ? oops.pid().getAsInt() : -1)),
          "the report's 'CPU:' line");
    }
    int before = (int) reports.stream().takeWhile(report -> !report.equals(oops)).count();
    if (before > 0) {
      add(
          statements,
          before + (before == 1 ? " report stands" : " reports stand") + " before it in the log",
          "line %d: %s".formatted(reports.get(0).firstLine() + 1, reports.get(0).title()));
    }
    oops.tainted()
        .ifPresent(
            taint ->
                add(
                    statements,
                    "the kernel was tainted before it" + taintedSince(oops),
                    "'" + taint.strip() + "'"));
    if (oops.damaged()) {
      add(
          statements,
          "the report is cut or mixed with others: its title is not to be trusted",
          headline(oops));
    }
    return statements;
  }

  /** By the first line that says so or, of what says nothing, by the first report before. */
  private String taintedSince(Oops oops) {
    for (int i = 0; i < Math.min(oops.firstLine(), lines.size()); i++) {
      if (TAINTS.matcher(lines.get(i).text()).find()) {
        return ", since line %d of the log: %s".formatted(i + 1, lines.get(i).text().strip());
      }
    }
    return reports.stream()
        .filter(report -> report.firstLine() < oops.firstLine() && report.tainted().isEmpty())
        .findFirst()
        .map(report -> ", since the report in line %d of the log".formatted(report.firstLine() + 1))
        .orElse("");
  }

  private static String number(int value) {
    return value < 0 ? "?" : Integer.toString(value);
  }

  private static void add(List<Statement> statements, String says, String evidence) {
    statements.add(new Statement(says, evidence, Optional.of(LOG)));
  }

  static String headline(Oops oops) {
    return "line %d of the log: %s".formatted(oops.firstLine() + 1, oops.headline());
  }

  List<Analysis.Report> rows() {
    return reports.stream()
        .map(
            oops ->
                new Analysis.Report(
                    oops.firstLine() + 1,
                    oops.title(),
                    oops.headline(),
                    oops.damaged(),
                    oops.panicked(),
                    oops.cpu(),
                    oops.pid(),
                    oops.command(),
                    oops.tainted()))
        .toList();
  }

  List<String> linesThatMatter() {
    return new LinesThatMatter(lines, reports).list();
  }
}
