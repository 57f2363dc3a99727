package org.vmcore.gdbstub.inspect.stacks;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.vmcore.arch.api.Architecture;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.stack.Frame.Kind;
import org.vmcore.gdbstub.port.LinuxPorts;

/**
 * Stacks, laid out as crash's {@code bt} does.
 *
 * @param offsets whether to tell where in its function each frame is
 * @param hexadecimal whether that is told so
 */
record StackText(Architecture architecture, boolean offsets, boolean hexadecimal) {
  /** A frame farther away than this is on another stack. */
  private static final long STACK = 32 << 10;

  /** The frames. */
  void frames(StackRow stack, Text out) {
    if (stack.frames().isEmpty()) {
      out.print("(no registers of it are known)\n");
    }
    int number = 0;
    Optional<FrameRow> before = Optional.empty();
    for (FrameRow frame : stack.frames()) {
      boolean registers = frame.isInterrupted() || frame.isUser();
      boolean elsewhere = before.isPresent() && isElsewhere(before.get(), frame);
      if (frame.isInterrupted()) {
        String label = architecture.programCounter().toUpperCase(Locale.ROOT);
        out.print("    [exception %s: %s]\n", label, where(frame));
      }
      if (registers) {
        registers(frame, out);
      }
      if (elsewhere) {
        out.print("--- <%s stack> ---\n", stackName(before.orElseThrow()));
      }
      if (!registers || (elsewhere && frame.isInterrupted())) {
        line(number++, frame, out);
        frame.source().ifPresent(source -> out.print("    %s\n", source.text()));
      }
      if (frame.kind() == Kind.INNERMOST && stack.cpu().isPresent()) {
        registers(frame, out);
      }
      if (stack.words().isPresent()) {
        words(stack, frame, out);
      }
      before = Optional.of(frame);
    }
  }

  /** All addresses of code, without those that no call returns to being told from the others. */
  void texts(StackRow stack, boolean fromPointer, Text out) {
    if (fromPointer && !stack.frames().isEmpty() && !stack.frames().get(0).isUser()) {
      FrameRow first = stack.frames().get(0);
      out.print(
          "              START: %s at %x\n", first.shownFunction().orElse("(unknown)"), first.pc());
    }
    for (FrameRow frame : stack.frames()) {
      if (frame.isUser()) {
        registers(frame, out);
        continue;
      }
      out.print(
          "  [%x] %s at %x%s\n",
          frame.stack(),
          offsets ? where(frame) : frame.shownFunction().orElse("(unknown)"),
          frame.pc(),
          module(frame));
    }
  }

  /** All that looks like saved registers. */
  void exceptions(StackRow stack, Text out) {
    out.lay(stack.name().isPresent() && stack.frames().isEmpty() ? "(none found)\n" : "");
    for (FrameRow frame : stack.frames()) {
      String mode = frame.isUser() ? "USER" : "KERNEL";
      out.print("\n  %s-MODE EXCEPTION FRAME AT: %x\n", mode, frame.stack());
      if (!frame.isUser()) {
        String label = architecture.programCounter().toUpperCase(Locale.ROOT);
        out.print("    [exception %s: %s]\n", label, where(frame));
      }
      registers(frame, out);
    }
  }

  /** All words. */
  void raw(StackRow stack, Text out) {
    stack.words().ifPresent(words -> rows(words.start(), words.meanings(), "", out));
  }

  /** The words from behind a frame's place up to the next frame's, its own return address. */
  private void words(StackRow stack, FrameRow frame, Text out) {
    int word = architecture.wordBits() / Byte.SIZE;
    StackRow.Words all = stack.words().orElseThrow();
    long next =
        stack.frames().stream()
            .mapToLong(FrameRow::stack)
            .filter(at -> Long.compareUnsigned(at, frame.stack()) > 0)
            .findFirst()
            .orElse(frame.stack());
    long from = (frame.stack() + word - all.start()) / word;
    long to = (next + word - all.start()) / word;
    if (from >= 0 && to <= all.meanings().size() && from < to) {
      rows(frame.stack() + word, all.meanings().subList((int) from, (int) to), "    ", out);
    }
  }

  private void rows(long start, List<String> meanings, String indent, Text out) {
    int word = architecture.wordBits() / Byte.SIZE;
    for (int i = 0; i < meanings.size(); i += 2) {
      out.lay(indent);
      out.print("%x: ", start + (long) i * word);
      for (String one : meanings.subList(i, Math.min(i + 2, meanings.size()))) {
        out.row(" %-" + 2 * word + "s", one);
      }
      out.print("\n");
    }
  }

  private static String module(FrameRow frame) {
    return frame.module().map(module -> " [" + module + "]").orElse("");
  }

  /** {@code PID: 1 TASK: ... CPU: 0 COMMAND: "init"}, for which its frames need not be known. */
  static void head(StackRow stack, Text out) {
    if (stack.name().isPresent()) {
      out.print("CPU %d %s STACK:\n", stack.cpu().orElse(0), stack.name().get());
      return;
    }
    if (stack.task().isPresent()) {
      stack.task().get().print(out);
      return;
    }
    String pid = stack.pid().isPresent() ? String.valueOf(stack.pid().getAsInt()) : "?";
    out.print("PID: %-7s  TASK: ?  CPU: %-3d  COMMAND: \"?\"\n", pid, stack.cpu().orElse(0));
  }

  private static boolean isElsewhere(FrameRow before, FrameRow frame) {
    return !frame.isUser() && Long.compareUnsigned(frame.stack() - before.stack(), STACK) >= 0;
  }

  /** Which of the CPU's own stacks it was, by the function that was entered on it. */
  private String stackName(FrameRow last) {
    String name = last.function().orElse("");
    for (String special : List.of("nmi", "debug", "mce", "double_fault")) {
      if (last.kind() == Kind.CALLER && name.contains(special)) {
        return special.replace("_", "").toUpperCase(Locale.ROOT) + " exception";
      }
    }
    return LinuxPorts.of(architecture).interruptStackName();
  }

  private void registers(FrameRow frame, Text out) {
    frame.registers().ifPresent(values -> out.lay(RegisterLines.of(architecture, values)));
  }

  private void line(int number, FrameRow frame, Text out) {
    out.print(
        "%3s [%x] %s%s at %x%s%s\n",
        "#" + number,
        frame.stack(),
        frame.kind() == Kind.GUESSED ? "? " : "",
        offsets ? where(frame) : frame.shownFunction().orElse("(unknown)"),
        frame.pc(),
        module(frame),
        frame.replaces().map(other -> " (replaces " + other + ")").orElse(""));
  }

  private String where(FrameRow frame) {
    return frame
        .shownFunction()
        .map(function -> function + "+" + offset(frame.offset().orElse(0)))
        .orElse("unknown or invalid address");
  }

  private String offset(long offset) {
    return hexadecimal ? "0x" + Long.toHexString(offset) : String.valueOf(offset);
  }
}
