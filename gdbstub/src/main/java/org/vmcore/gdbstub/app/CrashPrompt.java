package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.nio.file.Path;
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
import org.vmcore.gdbstub.inspect.shell.Shell;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** The prompt: history, completion, and Ctrl-C for the command alone. The one user of JLine. */
final class CrashPrompt {
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
    List<String> words = line.words().subList(0, line.wordIndex() + 1);
    CrashCompletion.of(shell, machine, words)
        .forEach(name -> candidates.add(new Candidate(name, name, null, null, null, null, false)));
  }
}
