package org.vmcore.gdbstub.linux.oops;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A function in a stack trace.
 *
 * @param function without what the compiler put behind its name
 * @param offset in it, where told
 * @param module that it is of
 * @param place its source file and line, where the log was annotated with them
 */
public record StackEntry(
    Kind kind,
    String function,
    OptionalLong offset,
    Optional<String> module,
    Optional<String> place) {

  /** How the kernel came upon it. */
  public enum Kind {
    /** The program counter when the exception came. */
    PC,
    /** A frame. */
    FRAME,
    /** Marked with a question mark: found on the stack, which proves nothing. */
    DOUBTFUL
  }

  /** A name as the kernel has it; Rust's, shown as people write them, have blanks. */
  private static final String NAME =
      "(?<name>[\\p{Alpha}_.$][\\w.$]{0,511}|<[^+]{1,500}>::[\\w:]{1,100}|[\\w:<>{}#,"
          + " ]{1,300}::[\\w:<>{}#]{1,100})";

  private static final String PLACE = "\\+(?<offset>0x[\\p{XDigit}]{1,16})/0x[\\p{XDigit}]{1,16}";

  private static final String REST =
      "(?: {0,2}\\[(?<module>[\\w-]{1,64})(?: [\\p{XDigit}]{1,64})?\\])?"
          + "(?: (?<source>[\\w./+-]{1,300}:\\d{1,7}))?";

  private static final String ADDRESS = "\\[?<?(?:0x)?[\\p{XDigit}]{8,16}>?\\]?";

  /** x86, arm64, s390x, riscv, ppc64, with addresses or without. */
  private static final Pattern FRAME =
      Pattern.compile(
          "^\\s{0,16}(?:</?\\w{1,12}>\\s{0,4})?(?:"
              + ADDRESS
              + "\\s{1,4}){0,2}(?<doubt>\\? )?(?:\\(\\[?<?[\\p{XDigit}]{4,16}>?\\]?\\) )?"
              + NAME
              + PLACE
              + REST
              + "(?<unreliable> \\(unreliable\\))?\\s{0,8}(?:\\(.{0,100})?$");

  /** A frame of a function that was compiled into another, in a log annotated with its lines. */
  private static final Pattern INLINE =
      Pattern.compile(
          "^\\s{1,16}(?<doubt>\\? )?(?<name>[\\p{Alpha}_][\\w.]{0,200}) "
              + "(?<source>[\\w./+-]{1,300}:\\d{1,7}) \\[inline\\]\\s{0,4}$");

  /** arm's: who was called, and from where. */
  private static final Pattern ARM =
      Pattern.compile(
          "^\\s{0,8}(?:\\[<[\\p{XDigit}]{8}>\\] )?\\(?(?<name>[\\p{Alpha}_.$][\\w.$]{0,200})"
              + "(?: \\[(?<module>[\\w-]{1,64})\\])?\\)? from (?:\\[<[\\p{XDigit}]{8}>\\] )?"
              + "\\(?(?<caller>[\\w.$]{1,200})(?:\\+(?<offset>0x[\\p{XDigit}]{1,8}))?.{0,400}$");

  /** The program counter's line; of a program in user mode there is no function. */
  private static final Pattern PC =
      Pattern.compile(
          "(?:^|[\\s>])(?:RIP(?:: [\\p{XDigit}]{4}:|:? )|E?IP(?:: [\\p{XDigit}]{4}:|: | is at )"
              + "|PC is at |pc ?: |epc ?: ?|NIP(?: \\[| : | )|ERA: |Krnl PSW : |PSW : )"
              + "[^+]{0,80}?(?:(?<=[\\s:(\\]])|^)"
              + NAME
              + PLACE
              + REST);

  /** What the compiler and the linker put behind the names of what they made of a function. */
  private static final Pattern CLONE =
      Pattern.compile(
          "\\.(?:isra|part|constprop|cold|llvm|lto_priv|cfi_jt|cfi|clone)(?:\\.\\d{1,20})?"
              + "|\\.(?:unlikely|warm|localalias|__uniq)(?:\\.\\d{1,40})?|\\$[0-9a-f]{16,40}$");

  /** A function's name without what was put behind it. */
  public static String plain(String function) {
    return function.indexOf('.') > 0 || function.indexOf('$') > 0
        ? CLONE.matcher(function).replaceAll("")
        : function;
  }

  /** What a line tells, if it is of a stack trace. */
  static Optional<StackEntry> of(String line) {
    boolean offset = line.contains("+0x");
    if (offset) {
      Matcher frame = FRAME.matcher(line);
      if (frame.find()) {
        boolean doubt = frame.group("doubt") != null || frame.group("unreliable") != null;
        return Optional.of(entry(doubt ? Kind.DOUBTFUL : Kind.FRAME, frame));
      }
      Matcher pc = PC.matcher(line);
      if (pc.find()) {
        return Optional.of(entry(Kind.PC, pc));
      }
    }
    if (line.contains(" from ") && (offset || line.contains("[<"))) {
      Matcher arm = ARM.matcher(line);
      if (arm.find()) {
        return Optional.of(
            new StackEntry(
                Kind.FRAME,
                plain(arm.group("name")),
                OptionalLong.empty(),
                Optional.ofNullable(arm.group("module")),
                Optional.empty()));
      }
    }
    if (line.endsWith("[inline]")) {
      Matcher inline = INLINE.matcher(line);
      if (inline.find()) {
        return Optional.of(
            new StackEntry(
                inline.group("doubt") == null ? Kind.FRAME : Kind.DOUBTFUL,
                inline.group("name"),
                OptionalLong.empty(),
                Optional.empty(),
                Optional.of(inline.group("source"))));
      }
    }
    return Optional.empty();
  }

  /** The same, known otherwise. */
  public StackEntry as(Kind other) {
    return new StackEntry(other, function, offset, module, place);
  }

  /** A frame of which nothing but the function is known. */
  static StackEntry frame(String function) {
    return new StackEntry(
        Kind.FRAME, function, OptionalLong.empty(), Optional.empty(), Optional.empty());
  }

  /** The caller that an arm kernel's line names beside the function that was called. */
  static Optional<String> armCaller(String line) {
    if (!line.contains(" from ")) {
      return Optional.empty();
    }
    Matcher arm = ARM.matcher(line);
    return arm.find()
        ? Optional.of(plain(arm.group("caller"))).filter(caller -> !caller.startsWith("0x"))
        : Optional.empty();
  }

  private static StackEntry entry(Kind kind, Matcher matcher) {
    return new StackEntry(
        kind,
        plain(matcher.group("name")),
        OptionalLong.of(Long.parseUnsignedLong(matcher.group("offset").substring(2), 16)),
        Optional.ofNullable(matcher.group("module")),
        Optional.ofNullable(matcher.group("source")));
  }
}
