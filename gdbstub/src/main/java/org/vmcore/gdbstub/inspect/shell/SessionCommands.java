package org.vmcore.gdbstub.inspect.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.Queries;
import org.vmcore.gdbstub.inspect.query.Form;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.tasks.TaskContext;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** The commands that are about the session, not about the machine. */
final class SessionCommands {
  static final Set<String> NAMES = Set.of("alias", "set", "extend", "help", "q", "echo");

  private final Shell shell;
  private final CrashedMachine machine;
  private final Text out;

  SessionCommands(Shell shell, CrashedMachine machine, Text out) {
    this.shell = shell;
    this.machine = machine;
    this.out = out;
  }

  void run(String name, String rest, List<String> words)
      throws NoAnswerException, MissingFactException {
    switch (name) {
      case "alias" -> alias(words, rest);
      case "set" -> set(words);
      case "help" -> help(words);
      case "q" -> shell.end();
      case "echo" -> out.print("%s\n", rest);
      default ->
          out.print(
              "extend: not needed: what crash's extensions do is done by commands, scripts (--json)"
                  + " and debuggers\n");
    }
  }

  private void alias(List<String> words, String rest) {
    if (words.isEmpty()) {
      out.print("ORIGIN   ALIAS    COMMAND\n");
      shell
          .aliases()
          .all()
          .forEach(
              (name, meaning) ->
                  out.line(
                      "%-8s %-8s %s",
                      shell.aliases().isBuiltin(name) ? "builtin" : "runtime", name, meaning));
    } else if (words.size() == 1) {
      String meaning = shell.aliases().all().get(words.get(0));
      out.print("%s\n", meaning == null ? "alias does not exist: " + words.get(0) : meaning);
    } else {
      String name = words.get(0);
      String meaning = rest.substring(rest.indexOf(name) + name.length()).strip();
      String set = meaning.replaceAll("^\"(.*)\"$", "$1");
      shell.aliases().put(name, set);
      out.line("ORIGIN   ALIAS    COMMAND");
      out.line("%-8s %-8s %s", "runtime", name, set);
    }
  }

  private void set(List<String> words) throws NoAnswerException, MissingFactException {
    String first = words.isEmpty() ? "" : words.get(0);
    Optional<String> value = words.size() > 1 ? Optional.of(words.get(1)) : Optional.empty();
    switch (first) {
      case "" -> show(shell.task());
      case "-p" -> {
        shell.choose(machine.tasks().panicTask().orElse(null));
        show(shell.task());
      }
      case "-c" -> {
        shell.choose(ranOn(value.orElse("")));
        show(shell.task());
      }
      case "-v" -> {
        out.print("        scroll: %s\n", shell.isScrolling() ? "on" : "off");
        out.print("         radix: %d\n", shell.radix());
      }
      case "scroll" -> {
        value.ifPresent(text -> shell.setScroll(text.equals("on")));
        out.print("scroll: %s\n", shell.isScrolling() ? "on" : "off");
      }
      case "radix", "hex", "dec" -> radix(first, value);
      case "refresh",
          "print_max",
          "print_array",
          "console",
          "debug",
          "core",
          "vi",
          "emacs",
          "namelist",
          "dumpfile",
          "silent",
          "edit",
          "unwind",
          "zero_excluded",
          "null-stop",
          "gdb",
          "scope",
          "offline",
          "redzone",
          "error",
          "hash",
          "memory_module" ->
          out.print("%s: is as it is here\n", first);
      default -> {
        shell.choose(shell.find(first));
        show(shell.task());
      }
    }
  }

  private void radix(String name, Optional<String> value) throws NoAnswerException {
    String chosen =
        switch (name) {
          case "hex" -> "16";
          case "dec" -> "10";
          default -> value.orElse(String.valueOf(shell.radix()));
        };
    switch (chosen) {
      case "16", "hex" -> shell.setRadix(Text.HEXADECIMAL);
      case "10", "dec" -> shell.setRadix(Text.DECIMAL);
      default -> throw NoAnswerException.usage("radix is 10 or 16");
    }
    out.print(
        "output radix: %d (%s)\n",
        shell.radix(), shell.radix() == Text.DECIMAL ? "decimal" : "hex");
  }

  private Task ranOn(String word) throws NoAnswerException, MissingFactException {
    for (CrashedCpu cpu : machine.cpus()) {
      if (String.valueOf(cpu.number()).equals(word)) {
        Optional<Task> task = machine.tasks().list().current(cpu.number());
        if (task.isPresent()) {
          return task.get();
        }
      }
    }
    throw NoAnswerException.notThere("there is no CPU " + word);
  }

  private void show(Task task) throws MissingFactException {
    TaskContext.of(machine, task).print(out);
  }

  private void help(List<String> words) throws NoAnswerException {
    if (!words.isEmpty()) {
      String name = words.get(0);
      Query<?> query =
          Queries.named(name)
              .orElseThrow(
                  () -> NoAnswerException.notThere("there is no command '%s'".formatted(name)));
      out.lay(new Form(query).usage(""));
      return;
    }
    for (Queries.Group group : Queries.groups()) {
      List<String> names = new ArrayList<>();
      for (Query<?> query : group.ofDumps()) {
        names.add(new Form(query).name());
      }
      if (!names.isEmpty()) {
        out.print("%-22s %s\n", group.title() + ":", String.join(" ", names));
      }
    }
    out.print("%-22s %s\n", "This session:", "set alias repeat foreach help extend q !SHELL <FILE");
    out.print("\n'help COMMAND' explains one; output may go to '| PROGRAM', '> FILE'.\n");
  }
}
