package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The functions of a crash, as the dying kernel printed them and as gdb's {@code bt} shows them.
 */
final class CallTrace {
  /** The trace's lines, without the ones marked "?", which the kernel does not believe either. */
  private static final Pattern PRINTED =
      Pattern.compile("(?m)^\\[ *[0-9.]+\\]  (?:RIP: 0010:)?([\\w.]+)\\+0x[0-9a-f]+/");

  /** The user's code segment is 0x33 (Linux arch/x86/include/asm/segment.h). */
  private static final Pattern USER = Pattern.compile("\\] RIP: 0033:0x([0-9a-f]+)");

  private static final Pattern FRAME =
      Pattern.compile("(?m)^#\\d+ +(?:0x[0-9a-f]+ in )?([\\w.]+) \\(");

  private CallTrace() {}

  /** The functions of the trace in a kernel's log, the innermost first. */
  static List<String> printed(String log) {
    List<String> printed = names(PRINTED, log);
    // It prints the trace, from within panic(); the registers were saved after it returned.
    printed.remove("dump_stack_lvl");
    // As older kernels, such as 5.10, call it.
    printed.remove("dump_stack");
    return printed;
  }

  /** The address in the user program that asked for what crashed, as the trace ends with it. */
  static long userInstruction(String log) {
    return USER.matcher(log)
        .results()
        .map(line -> Long.parseUnsignedLong(line.group(1), 16))
        .findFirst()
        .orElseThrow();
  }

  /** Functions without what the compiler appended for its clones, such as {@code .isra.0}. */
  private static List<String> names(Pattern pattern, String text) {
    List<String> names = new ArrayList<>();
    pattern
        .matcher(text)
        .results()
        .map(line -> line.group(1).replaceFirst("\\..*", ""))
        // The label within it that the call returns to.
        .map(name -> name.replace("entry_SYSCALL_64_after_hwframe", "entry_SYSCALL_64"))
        .forEach(names::add);
    return names;
  }

  /**
   * Fails unless a backtrace has all these functions in their order. Others may come between: gdb
   * shows inlined functions, and what ran after the printing.
   */
  static void assertShows(String backtrace, List<String> functions) {
    List<String> frames = names(FRAME, backtrace);
    Iterator<String> frame = frames.iterator();
    for (String name : functions) {
      boolean found = false;
      while (!found && frame.hasNext()) {
        found = frame.next().equals(name);
      }
      assertThat(found).as("%s in its place in %s of:%n%s", name, frames, backtrace).isTrue();
    }
  }
}
