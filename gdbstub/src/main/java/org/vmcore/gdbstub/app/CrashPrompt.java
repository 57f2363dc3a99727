package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jline.reader.Candidate;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.reader.impl.history.DefaultHistory;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.shell.Shell;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.Member;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** The prompt: history, completion, and Ctrl-C for the command alone. The one user of JLine. */
final class CrashPrompt {
  private static final int MAX_CANDIDATES = 200;
  private static final int MAX_HISTORY = 2000;

  private CrashPrompt() {}

  /** Asks for lines until the session ends. */
  static void run(Shell shell, CrashedMachine machine, CrashIo io) throws IOException {
    try (Terminal terminal = TerminalBuilder.builder().system(true).dumb(true).build()) {
      terminal.handle(Terminal.Signal.INT, signal -> io.stop());
      // Quotation marks, backslashes and exclamation marks are the commands' own.
      DefaultParser parser = new DefaultParser();
      parser.setEscapeChars(new char[0]);
      parser.setQuoteChars(new char[0]);
      LineReader reader =
          LineReaderBuilder.builder()
              .terminal(terminal)
              .appName("vmcore-gdbserver")
              .parser(parser)
              .completer((r, line, candidates) -> complete(shell, machine, line, candidates))
              .variable(LineReader.HISTORY_SIZE, MAX_HISTORY)
              .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
              .history(new DefaultHistory())
              .build();
      historyFile().ifPresent(file -> reader.setVariable(LineReader.HISTORY_FILE, file));
      while (!shell.hasEnded()) {
        String line;
        try {
          line = reader.readLine("crash> ");
        } catch (UserInterruptException e) {
          continue;
        } catch (EndOfFileException e) {
          break;
        }
        io.begin(shell.isScrolling());
        shell.run(line);
        System.out.flush();
      }
    }
  }

  /** Beside what else is kept, and by the same rules. */
  private static Optional<Path> historyFile() {
    String none = System.getenv("VMCORE_GDBSERVER_NO_CACHE");
    Map<String, String> environment = System.getenv();
    String home = environment.getOrDefault("HOME", "");
    String cache =
        environment.getOrDefault("XDG_CACHE_HOME", home.isEmpty() ? "" : home + "/.cache");
    return none != null || cache.isEmpty()
        ? Optional.empty()
        : Optional.of(Path.of(cache, "vmcore-gdbserver", "crash-history"));
  }

  private static void complete(
      Shell shell, CrashedMachine machine, ParsedLine line, List<Candidate> candidates) {
    String word = line.word();
    List<String> found = new ArrayList<>();
    if (line.wordIndex() == 0) {
      found.addAll(shell.commands());
    } else {
      try {
        words(machine, line.words().get(0), word, found);
      } catch (MissingFactException e) {
        // What is not known is not offered.
        return;
      }
    }
    found.stream()
        .distinct()
        .filter(name -> name.startsWith(word))
        .limit(MAX_CANDIDATES)
        .forEach(name -> candidates.add(new Candidate(name, name, null, null, null, null, false)));
  }

  private static void words(CrashedMachine machine, String command, String word, List<String> found)
      throws MissingFactException {
    switch (command) {
      case "struct", "union", "*", "whatis", "list", "tree" -> {
        members(machine, word, found);
        structures(machine, word, found);
        symbols(machine, word, found);
      }
      case "ps", "bt", "task", "vm", "files", "set", "sig", "net", "foreach", "mount" -> {
        for (Task task : machine.tasks().list().all()) {
          found.add(String.valueOf(task.pid()));
          found.add(task.comm());
        }
      }
      default -> symbols(machine, word, found);
    }
  }

  private static void symbols(CrashedMachine machine, String word, List<String> found)
      throws MissingFactException {
    if (!word.isEmpty()) {
      machine.linux().symbolNames().matching(name -> name.startsWith(word), MAX_CANDIDATES).stream()
          .map(SymbolNames.Named::name)
          .forEach(found::add);
    }
  }

  /** As far as the kernel's own table lists its types. */
  private static void structures(CrashedMachine machine, String word, List<String> found)
      throws MissingFactException {
    TypeTable types = machine.requireTypes().types().kernel();
    for (int id = types.firstId(); !word.isEmpty() && id < types.endId(); id++) {
      if (types.type(id) instanceof Compound compound) {
        found.add(compound.name());
      }
    }
  }

  /** The members of the struct whose name stands before a dot. */
  private static void members(CrashedMachine machine, String word, List<String> found)
      throws MissingFactException {
    int dot = word.lastIndexOf('.');
    if (dot > 0) {
      String begun = word.substring(0, dot + 1);
      Optional<Compound> type =
          machine.requireTypes().types().compound("struct " + word.substring(0, dot));
      if (type.isPresent()) {
        type.get().members().stream().map(Member::name).forEach(name -> found.add(begun + name));
      }
    }
  }
}
