package org.vmcore.gdbstub.linux.oops;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * What makes two crashes the same one, at three levels. Addresses, offsets, what the compiler puts
 * behind names, how an architecture enters its kernel, and what an interrupt came upon in which it
 * happened are no part of it.
 *
 * @param stack {@code module:function}, the innermost first, without what reports and stops; the
 *     kernel's own functions have no module before them. Of an end of memory, what there was too
 *     little of ({@link OutOfMemory})
 * @param functions the same without modules and without those that everybody calls, which one
 *     compiler makes part of their callers and another does not
 * @param title what the failure is called
 * @param stackId of the first, {@code functionsId} of the second, {@code titleId} of the third:
 *     twelve hexadecimal digits; empty where there is no stack
 */
public record Signature(
    List<String> stack,
    List<String> functions,
    String title,
    Optional<String> stackId,
    Optional<String> functionsId,
    String titleId) {
  /** What a stack is told by; further out it is how the machine came to be busy with it. */
  private static final int MAX_FRAMES = 24;

  private static final int ID_BYTES = 6;

  /** Of a stack from where it happened, the innermost first. */
  public static Signature of(List<StackEntry> entries, String title) {
    List<String> stack = new ArrayList<>();
    List<String> functions = new ArrayList<>();
    boolean reporting = true;
    String last = "";
    for (StackEntry entry : entries) {
      String name = StackEntry.plain(entry.function());
      reporting = reporting && KernelNames.isReport(name);
      if (!stack.isEmpty() && KernelNames.isBelowInterrupts(name)) {
        break;
      }
      if (reporting || KernelNames.isEntry(name) || stack.size() == MAX_FRAMES) {
        continue;
      }
      String known = KernelNames.known(name).replaceFirst("^sys_", "");
      if (known.equals(last)) {
        // The wrapper of a system call, which is a function of its own on some architectures.
        continue;
      }
      last = known;
      stack.add(entry.module().map(module -> module + ":" + known).orElse(known));
      if (!KernelNames.isCommon(name)) {
        functions.add(known);
      }
    }
    return of(stack, functions, title);
  }

  /**
   * Of a failure whose stack is chance.
   *
   * @param identity what tells it from others, in the place of a stack
   */
  public static Signature withoutStack(List<String> identity, String title) {
    return of(identity, identity, title);
  }

  /** That of the innermost function alone, where what lies behind it was overwritten. */
  public Signature innermost() {
    return of(stack.stream().limit(1).toList(), functions.stream().limit(1).toList(), title);
  }

  private static Signature of(List<String> stack, List<String> functions, String title) {
    return new Signature(stack, functions, title, id(stack), id(functions), digest(title));
  }

  private static Optional<String> id(List<String> names) {
    return names.isEmpty() ? Optional.empty() : Optional.of(digest(String.join("\n", names)));
  }

  private static String digest(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, ID_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
