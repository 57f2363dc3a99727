package org.vmcore.gdbstub.linux.oops;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.linux.oops.Oops.Access;
import org.vmcore.gdbstub.linux.oops.OopsRule.Culprit;
import org.vmcore.gdbstub.linux.oops.StackEntry.Kind;

/** The lines of one report, and what they tell. */
final class Report {
  private static final Pattern ACCESS =
      Pattern.compile(
          "\\b(Read|Write|read|write|execute|instruction fetch)(?: access| of size|-)?");

  private static final Pattern SIZED =
      Pattern.compile("^ *(Read|Write)(?: of size \\d+)? (?:at addr (\\S+) )?by ");
  private static final Pattern PF = Pattern.compile("#PF: \\w+ (read|write|instruction fetch)");

  /** Of arm64 (Linux arch/arm64/mm/fault.c): what the syndrome says of an abort. */
  private static final Pattern ABORT = Pattern.compile("\\bWnR = ([01])\\b|EC = 0x2[01]: (IABT)");

  /**
   * Of s390: bits 52 and 53 of the translation-exception identification (Principles of Operation,
   * chapter 3), of which one says that it was a fetch, the other that it was a store.
   */
  private static final Pattern TEID = Pattern.compile("TEID: \\p{XDigit}{13}([4-7c-f]|[89ab])");

  private static final Pattern ADDRESS =
      Pattern.compile(
          "(?:at virtual address|for address:|address:|non-canonical address| at| to)"
              + " (?:0x)?([\\p{XDigit}]{8,16})\\b");

  private static final Pattern HEADER =
      Pattern.compile(
          "CPU: (\\d{1,5}) (?:UID: \\d+ )?PID: (\\d{1,10}) Comm: (.{1,64}?) (?:Kdump: loaded )?"
              + "(?:Not tainted|(Tainted: .{1,40}?)) {1,12}(\\S*\\d\\.\\d\\S*)");

  private static final Pattern SOURCE =
      Pattern.compile(
          "(?:kernel BUG at|WARNING: CPU: \\d+ PID: -?\\d+ at|WARNING:|behaviour in|^UBSAN: [\\w-]+"
              + " in) (\\S{1,200}:\\d{1,7})");

  private static final Pattern LOCK_AT =
      Pattern.compile(" at: (?:\\[<[\\p{XDigit}]+>\\] )?(?<f>[\\w.$]{1,200})\\+0x");

  private static final Pattern PANIC =
      Pattern.compile("^(?:---\\[ end )?Kernel panic - not syncing|^Rebooting in \\d+ seconds");
  private static final Pattern NUMBER = Pattern.compile("(?<![\\w.])\\d+(?![\\w.])");
  private static final Pattern HEX =
      Pattern.compile("\\b(?:0x[\\p{XDigit}]+|[\\p{XDigit}]{12,16})\\b");
  private static final String CORRUPTED = "corrupted";
  private static final int MAX_TITLE = 160;

  private final OopsRules.Match begin;
  private final int first;
  private final int end;
  private final List<LogLine> lines;
  private final List<Trace> traces;

  Report(OopsRules.Match begin, int first, int end, List<LogLine> lines) {
    this.begin = begin;
    this.first = first;
    this.end = end;
    this.lines = lines;
    this.traces = Trace.in(lines.subList(1, lines.size()));
  }

  int end() {
    return end;
  }

  Oops read() {
    OopsRule rule = begin.rule();
    Culprits culprits = new Culprits(rule, traces, lineFunction());
    boolean mixed =
        rule.culprit() == Culprit.FAULT
            && lineFunction().isPresent()
            && isMixed(lines, rule, culprits.warnsIn());
    Optional<StackEntry> culprit = mixed ? Optional.empty() : culprits.find();
    Optional<String> function = culprit.map(StackEntry::function).map(KernelNames::known);
    Optional<Access> access = access();
    boolean named = rule.title().contains("{function}");
    boolean damaged =
        (named && function.isEmpty())
            || (needsStack(rule.culprit()) && !culprits.hasStack())
            || mixed
            || rule.culprit() == Culprit.LINE
            || lacksAccess(rule, access)
            || hasEmptyStack();
    String title = title(rule, function, access);
    Optional<Matcher> header = header();
    return new Oops(
        rule.failure(),
        title,
        type(rule, access, function).filter(t -> !t.isEmpty()),
        damaged,
        lines.stream().anyMatch(line -> PANIC.matcher(line.text()).find()),
        first,
        lines.get(0).text().strip(),
        function,
        culprit.flatMap(StackEntry::module),
        source(),
        access,
        address(),
        header.map(h -> OptionalInt.of(Integer.parseInt(h.group(1)))).orElse(OptionalInt.empty()),
        header.map(Report::pid).orElse(OptionalInt.empty()),
        header.map(h -> h.group(3)),
        header.map(h -> h.group(5)),
        header.flatMap(h -> Optional.ofNullable(h.group(4))),
        culprits.stack());
  }

  private static boolean isFrame(LogLine line) {
    return StackEntry.of(line.text()).filter(e -> e.kind() == Kind.FRAME).isPresent();
  }

  private static boolean needsStack(Culprit culprit) {
    return culprit != Culprit.NONE && culprit != Culprit.LOCK_HELD;
  }

  /**
   * Whether a warning's stack is mixed with another's: the log does not tell them apart, and CPUs
   * announce more than one task, or none before its frames.
   *
   * @param isSure whether its stack is known by where it warned
   */
  private static boolean isMixed(List<LogLine> lines, OopsRule rule, boolean isSure) {
    boolean foreign = false;
    List<String> tasks = new ArrayList<>();
    for (LogLine line : lines) {
      String text = line.text();
      if (text.startsWith("---[ end trace")
          || text.startsWith("Kernel Offset:")
          || line.context().isPresent()) {
        break;
      }
      Matcher header = HEADER.matcher(text);
      if (header.find() && !tasks.contains(header.group(2))) {
        tasks.add(header.group(2));
      }
      foreign |= tasks.isEmpty() && isFrame(line);
    }
    return (tasks.size() > 1 || (foreign && !tasks.isEmpty() && !isSure))
        && rule.failure() != FailureClass.RCU_STALL;
  }

  /** Whether a stack trace was announced, and the machine went on to panic instead. */
  private boolean hasEmptyStack() {
    boolean announced = false;
    for (LogLine line : lines) {
      String text = line.text().strip();
      if (announced && text.startsWith("Kernel panic - not syncing")) {
        return true;
      }
      if (isFrame(line)) {
        return false;
      }
      announced |= text.startsWith("Call Trace:") || text.startsWith("Call trace:");
    }
    return false;
  }

  private static OptionalInt pid(Matcher header) {
    try {
      return OptionalInt.of(Integer.parseInt(header.group(2)));
    } catch (NumberFormatException e) {
      return OptionalInt.empty();
    }
  }

  /** The function that the report's lines name, before its stack. */
  private Optional<String> lineFunction() {
    Culprit culprit = begin.rule().culprit();
    if (culprit == Culprit.LOCK || culprit == Culprit.LOCK_HELD || culprit == Culprit.LOCK_ORDER) {
      return lockFunction();
    }
    return begin.rule().pattern().pattern().contains("(?<f>")
        ? Optional.ofNullable(begin.groups().group("f")).map(StackEntry::plain)
        : Optional.empty();
  }

  private Optional<String> lockFunction() {
    boolean released = false;
    for (LogLine line : lines) {
      String text = line.text();
      Matcher at = LOCK_AT.matcher(text);
      if (at.find()) {
        return Optional.of(StackEntry.plain(at.group("f")));
      }
      if (released) {
        return StackEntry.of(text).map(StackEntry::function);
      }
      released = text.endsWith(" at:");
      if (text.strip().startsWith("last function: ")) {
        return Optional.of(text.strip().substring("last function: ".length()));
      }
    }
    return Optional.empty();
  }

  private String title(OopsRule rule, Optional<String> function, Optional<Access> access) {
    String template = rule.title();
    String line = lines.get(0).text().strip();
    if (isNameless(rule, function)) {
      return normal(line);
    }
    if (lacksAccess(rule, access) && !line.contains(" on address")) {
      template = "KASAN: {1} in {f}" + (line.contains(" at addr ") ? " at addr ADDR" : "");
    }
    String title = template;
    for (int group = 1; group <= Math.min(3, begin.groups().groupCount()); group++) {
      String value = begin.groups().group(group);
      title = title.replace("{" + group + "}", value == null ? "" : normal(value));
    }
    if (title.contains("{f}")) {
      title =
          title.replace("{f}", begin.groups().group("f").replaceAll("\\.\\d+(?=\\.|$)", ".NUM"));
    }
    if (title.contains("{next}")) {
      title = title.replace("{next}", lines.size() > 1 ? normal(lines.get(1).text()) : "");
    }
    title = title.replace("{access} ", access.map(a -> a.word() + " ").orElse(""));
    title = title.replace(" {access}", access.map(a -> " " + a.word()).orElse(""));
    title = title.replace("{function}", function.orElse(CORRUPTED));
    return title.length() > MAX_TITLE ? title.substring(0, MAX_TITLE) : title;
  }

  /** Text without what differs from machine to machine. */
  private static String normal(String text) {
    String plain = HEX.matcher(text.strip()).replaceAll("ADDR");
    return NUMBER.matcher(plain).replaceAll("NUM");
  }

  /** Whether a report calls itself a warning, of lockdep or others, and names no function. */
  private boolean isNameless(OopsRule rule, Optional<String> function) {
    return function.isEmpty()
        && (rule.culprit() == Culprit.LOCK || rule.culprit() == Culprit.CALLER)
        && rule.title().contains("{function}")
        && lines.get(0).text().strip().startsWith("WARNING: ");
  }

  /** Whether KASAN's second line, which tells what was done, is lost. */
  private static boolean lacksAccess(OopsRule rule, Optional<Access> access) {
    return rule.title().contains("{access}") && access.isEmpty();
  }

  private Optional<String> type(OopsRule rule, Optional<Access> access, Optional<String> function) {
    String word = access.orElse(Access.READ) == Access.WRITE ? "WRITE" : "READ";
    if (isNameless(rule, function)) {
      return Optional.of("WARNING");
    }
    return Optional.of(rule.type().replace("{ACCESS}", word));
  }

  private Optional<Access> access() {
    for (LogLine line : lines.subList(0, Math.min(lines.size(), 12))) {
      for (Pattern pattern : List.of(SIZED, PF)) {
        Matcher matcher = pattern.matcher(line.text());
        if (matcher.find()) {
          return Optional.of(access(matcher.group(1)));
        }
      }
      Matcher abort = ABORT.matcher(line.text());
      if (abort.find()) {
        return Optional.of(
            abort.group(2) != null
                ? Access.EXECUTE
                : abort.group(1).equals("1") ? Access.WRITE : Access.READ);
      }
      Matcher identification = TEID.matcher(line.text());
      if (identification.find()) {
        boolean fetched = "89ab".contains(identification.group(1));
        return Optional.of(fetched ? Access.READ : Access.WRITE);
      }
      if (line.text().contains("KFENCE: ")) {
        Matcher matcher = ACCESS.matcher(line.text());
        if (matcher.find()) {
          return Optional.of(access(matcher.group(1)));
        }
      }
    }
    return Optional.empty();
  }

  private static Access access(String word) {
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "read" -> Access.READ;
      case "write" -> Access.WRITE;
      default -> Access.EXECUTE;
    };
  }

  private OptionalLong address() {
    if (begin.rule().failure() == FailureClass.STACK_OVERFLOW) {
      // It was printed by %p, which hides it (Linux Documentation/core-api/printk-formats.rst).
      return OptionalLong.empty();
    }
    for (LogLine line : lines.subList(0, Math.min(lines.size(), 4))) {
      Matcher matcher = ADDRESS.matcher(line.text());
      if (matcher.find()) {
        return OptionalLong.of(Long.parseUnsignedLong(matcher.group(1), 16));
      }
    }
    return OptionalLong.empty();
  }

  private Optional<String> source() {
    Matcher matcher = SOURCE.matcher(lines.get(0).text());
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  private Optional<Matcher> header() {
    for (LogLine line : lines) {
      Matcher matcher = HEADER.matcher(line.text());
      if (matcher.find()) {
        return Optional.of(matcher);
      }
    }
    return Optional.empty();
  }
}
