package org.vmcore.gdbstub.linux.oops;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A stack trace in a report.
 *
 * @param purpose whose stack it is
 * @param entries the innermost first
 */
record Trace(Purpose purpose, List<StackEntry> entries) {

  /** Whose stack is shown. */
  enum Purpose {
    /** Of whom the report is about. */
    FAILURE,
    /** How a page or an object came to be. */
    ALLOCATED,
    /** Who gave it away, or handled it before. */
    HISTORY,
    /** How locks came to depend on each other. */
    LOCKS,
    /** Another CPU's or task's. */
    OTHER
  }

  /** What a line says of the stack that comes next. */
  private record Heading(Pattern pattern, Purpose purpose) {}

  private static final List<Heading> HEADINGS =
      List.of(
          new Heading(
              Pattern.compile("page last allocated via|^page_owner tracks"), Purpose.ALLOCATED),
          new Heading(
              Pattern.compile("(?i)^allocated by task|allocated by task \\d|alloc info"),
              Purpose.HISTORY),
          new Heading(
              Pattern.compile(
                  "(?i)\\bfreed by task|page last free|last potentially related work|second to last"
                      + " potentially|aux(iliary)? stack"),
              Purpose.HISTORY),
          new Heading(
              Pattern.compile("^Uninit was |^ ?Local variable |^chained origin|^<?\\w* ?origin:"),
              Purpose.HISTORY),
          new Heading(
              Pattern.compile(
                  "^\\s*-> #\\d+|dependency chain|state was registered at|which (?:became|lock"
                      + " already)|^\\s*\\.\\.\\. |^\\s*the dependencies between|^the shortest"
                      + " dependencies|acquired at:|to a (?:SOFTIRQ|HARDIRQ)"),
              Purpose.LOCKS),
          new Heading(Pattern.compile("^stack backtrace:"), Purpose.FAILURE),
          new Heading(Pattern.compile("^Showing all locks held"), Purpose.OTHER),
          new Heading(Pattern.compile("kthread stack dump|Stack dump where"), Purpose.OTHER),
          new Heading(Pattern.compile("^NMI backtrace for cpu"), Purpose.FAILURE));

  private static final Pattern BEGINS =
      Pattern.compile("^(?:Call [Tt]race|Backtrace|backtrace|Stack trace|Trace):");

  /** The stacks in some lines, in their order. */
  static List<Trace> in(List<LogLine> lines) {
    List<Trace> traces = new ArrayList<>();
    Purpose purpose = Purpose.FAILURE;
    List<StackEntry> entries = new ArrayList<>();
    Optional<String> armCaller = Optional.empty();
    boolean aside = false;
    for (LogLine line : lines) {
      String text = line.text();
      String stripped = text.strip();
      Optional<Purpose> next = heading(stripped);
      boolean begins = BEGINS.matcher(stripped).find();
      if (next.isPresent() || (begins && hasFrames(entries))) {
        add(armCaller, entries);
        armCaller = Optional.empty();
        close(purpose, entries, traces);
        entries = new ArrayList<>();
        purpose = next.orElse(purpose);
      }
      Optional<StackEntry> entry = aside ? Optional.empty() : StackEntry.of(text);
      aside = stripped.endsWith(" at:");
      if (entry.isPresent()) {
        String function = entry.get().function();
        add(armCaller.filter(caller -> !caller.equals(function)), entries);
        armCaller = StackEntry.armCaller(text);
        entries.add(entry.get());
      }
    }
    add(armCaller, entries);
    close(purpose, entries, traces);
    return traces;
  }

  /** The caller that only the line of whom it called names: the last one. */
  private static void add(Optional<String> armCaller, List<StackEntry> entries) {
    armCaller.ifPresent(caller -> entries.add(StackEntry.frame(caller)));
  }

  private static boolean hasFrames(List<StackEntry> entries) {
    return entries.stream().anyMatch(entry -> entry.kind() == StackEntry.Kind.FRAME);
  }

  private static void close(Purpose purpose, List<StackEntry> entries, List<Trace> traces) {
    if (!entries.isEmpty()) {
      traces.add(new Trace(purpose, List.copyOf(entries)));
    }
  }

  private static Optional<Purpose> heading(String text) {
    for (Heading heading : HEADINGS) {
      Matcher matcher = heading.pattern().matcher(text);
      if (matcher.find()) {
        return Optional.of(heading.purpose());
      }
    }
    return Optional.empty();
  }
}
