package org.vmcore.gdbstub.inspect.shell;

/**
 * A line of crash: a command and where its output goes. As in crash, {@code |} and {@code >} within
 * quotation marks, apostrophes or parentheses are the command's own, as in {@code eval (1 | 2)}.
 *
 * @param command without what stands behind it
 * @param operand of the destination: a program's command line, or a file
 */
record ShellLine(String command, Destination destination, String operand) {
  /** Where output goes. */
  enum Destination {
    /** Where the session's output goes. */
    HERE,
    PROGRAM,
    FILE,
    END_OF_FILE
  }

  static ShellLine parse(String line) {
    int depth = 0;
    char quote = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if ((c == '"' || c == '\'') && startsWord(line, i)) {
        quote = c;
      } else if (c == '(') {
        depth++;
      } else if (c == ')') {
        depth--;
      } else if (depth <= 0 && c == '|') {
        return of(line, i, i + 1, Destination.PROGRAM);
      } else if (depth <= 0 && c == '>' && !isOfCommand(line, i)) {
        boolean appends = line.startsWith(">>", i);
        return of(
            line, i, i + (appends ? 2 : 1), appends ? Destination.END_OF_FILE : Destination.FILE);
      }
    }
    return new ShellLine(line.strip(), Destination.HERE, "");
  }

  /** Of {@code mm->pgd}, and of {@code eval 1 >> 3}, where no file is called so. */
  private static boolean isOfCommand(String line, int at) {
    boolean arrow = at > 0 && line.charAt(at - 1) == '-';
    boolean two = line.startsWith(">>", at) || (at > 0 && line.charAt(at - 1) == '>');
    return arrow || (two && line.matches("\\s*eval\\s.*"));
  }

  private static boolean startsWord(String line, int at) {
    return at == 0 || Character.isWhitespace(line.charAt(at - 1));
  }

  private static ShellLine of(String line, int end, int from, Destination destination) {
    return new ShellLine(line.substring(0, end).strip(), destination, line.substring(from).strip());
  }
}
