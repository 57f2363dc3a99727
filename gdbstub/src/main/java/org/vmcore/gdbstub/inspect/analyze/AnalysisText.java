package org.vmcore.gdbstub.inspect.analyze;

import java.util.List;
import java.util.Locale;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.oops.Signature;

/** An {@link Analysis} on a screen. */
final class AnalysisText {
  private static final int SHOWN_FRAMES = 8;
  private static final int SHOWN_REPORTS = 10;

  private final Text out;

  AnalysisText(Text out) {
    this.out = out;
  }

  void print(Analysis analysis) {
    field("TITLE", analysis.title());
    field(
        "KIND",
        analysis.kind()
            + analysis.type().map(type -> " (" + type + ")").orElse("")
            + ", confidence "
            + analysis.confidence().name().toLowerCase(Locale.ROOT));
    analysis
        .culprit()
        .ifPresent(
            culprit ->
                field(
                    "CULPRIT",
                    culprit.function()
                        + culprit.module().map(module -> " [" + module + "]").orElse("")
                        + culprit.source().map(source -> " at " + source).orElse("")
                        + culprit.subsystem().map(name -> ", " + name).orElse("")));
    analysis.fault().ifPresent(this::fault);
    for (Statement statement : analysis.statements()) {
      out.print("\n%s\n    %s\n", statement.says(), statement.evidence());
      statement.command().ifPresent(command -> out.print("    > %s\n", command));
    }
    code(analysis);
    list("LOG", analysis.log(), Integer.MAX_VALUE);
    if (analysis.reports().size() > 1) {
      list(
          "REPORTS",
          analysis.reports().stream()
              .map(r -> "line %d: %s%s".formatted(r.line(), r.title(), r.damaged() ? " ?" : ""))
              .toList(),
          SHOWN_REPORTS);
    }
    signature(analysis.signature());
    for (Analysis.KnownIssue known : analysis.known()) {
      out.print("\nKNOWN: %s (%s)\n    %s\n", known.name(), known.rule(), known.advice());
      known.link().ifPresent(link -> out.print("    %s\n", link));
    }
  }

  private void field(String name, String value) {
    out.print("%10s: %s\n", name, value);
  }

  private void fault(Analysis.Fault fault) {
    StringBuilder text = new StringBuilder(fault.access().orElse("access"));
    if (fault.address().isPresent()) {
      text.append(" of 0x").append(Long.toHexString(fault.address().getAsLong()));
    }
    fault.meaning().ifPresent(meaning -> text.append(", ").append(meaning));
    fault.member().ifPresent(member -> text.append(", struct ").append(member));
    if (fault.pc().isPresent()) {
      text.append(", at pc 0x").append(Long.toHexString(fault.pc().getAsLong()));
    }
    field("FAULT", text.toString());
  }

  private void code(Analysis analysis) {
    if (!analysis.instructions().isEmpty()) {
      out.print("\nCODE\n");
      for (Analysis.Instruction one : analysis.instructions()) {
        out.print(
            "  %s 0x%x <%s>: %s\n",
            one.failed() ? "=>" : "  ", one.address(), one.place(), one.text());
      }
    }
    if (!analysis.registers().isEmpty()) {
      out.print("\nREGISTERS\n");
      for (Analysis.Register one : analysis.registers()) {
        out.print("    %-6s 0x%016x  %s\n", one.name(), one.value(), one.meaning().orElse(""));
      }
    }
  }

  private void list(String title, List<String> lines, int shown) {
    if (lines.isEmpty()) {
      return;
    }
    out.print("\n%s\n", title);
    lines.stream().limit(shown).forEach(line -> out.print("    %s\n", line));
    if (lines.size() > shown) {
      out.print("    and %d more\n", lines.size() - shown);
    }
  }

  private void signature(Signature signature) {
    out.print("\nSIGNATURE\n");
    signature
        .stackId()
        .ifPresent(id -> out.print("    stack      %s  %s\n", id, shown(signature.stack())));
    signature
        .functionsId()
        .ifPresent(id -> out.print("    functions  %s  %s\n", id, shown(signature.functions())));
    out.print("    title      %s  %s\n", signature.titleId(), signature.title());
  }

  private static String shown(List<String> names) {
    String first = String.join(" < ", names.subList(0, Math.min(names.size(), SHOWN_FRAMES)));
    return names.size() > SHOWN_FRAMES ? first + " < ..." : first;
  }
}
