package org.vmcore.dist;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine;

/** What there is for each command of crash, by its name there. */
final class CrashNames {
  /** Those of crash 9.0.2 that are commands of ours, as its {@code help} lists them. */
  private static final List<String> SAME =
      List.of(
          ("ascii bpf bt btop dev dis eval files foreach fuser ipcs irq kmem list log mach mod"
                  + " mount net p ps pte ptob ptov rd runq sbitmapq search sig struct swap sym sys"
                  + " task timer tree union vm vtop waitq whatis")
              .split(" "));

  private static final String AT_THE_PROMPT = "at the prompt of [`crash`](#crash)";

  /** The others. */
  private static final Map<String, String> OTHERS =
      Map.ofEntries(
          Map.entry("*", "[`struct`](#struct) and [`union`](#union); " + AT_THE_PROMPT),
          Map.entry("alias", AT_THE_PROMPT),
          Map.entry("exit", AT_THE_PROMPT),
          Map.entry("q", AT_THE_PROMPT),
          Map.entry("help", "`help COMMAND`, and " + AT_THE_PROMPT),
          Map.entry("repeat", AT_THE_PROMPT + ", once: a dump does not change"),
          Map.entry("set", AT_THE_PROMPT),
          Map.entry("extend", "not needed: scripts take `--json`, debuggers are stock"),
          Map.entry("gdb", "a real one: [`gdb`](#gdb)"),
          Map.entry("wr", "not here: a dump is never written"));

  private CrashNames() {}

  /** A table of them all: the name, and what there is. */
  static String table(Map<String, CommandLine> commands) {
    Map<String, String> rows = new TreeMap<>(OTHERS);
    for (String name : SAME) {
      CommandLine command = commands.get(name);
      if (command == null) {
        throw new IllegalStateException("there is no command " + name);
      }
      rows.put(name, "[`%1$s`](#%1$s): %2$s".formatted(name, Commands.summary(command)));
    }
    StringBuilder out = new StringBuilder("| crash | here |\n|---|---|\n");
    rows.forEach((name, text) -> out.append("| `%s` | %s |\n".formatted(name, cell(text))));
    return out.toString();
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }
}
