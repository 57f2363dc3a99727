package org.vmcore.gdbstub.inspect;

import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.Visible;
import org.vmcore.gdbstub.inspect.query.Answering;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.Form;
import org.vmcore.gdbstub.inspect.query.Nearest;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Words;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.rsp.Target.Console;
import org.vmcore.gdbstub.stub.DebuggerView;
import org.vmcore.gdbstub.stub.VmcoreTarget.MachineMonitor;

/** Runs {@code monitor} command lines for one debugger. */
public final class MonitorCommands implements MachineMonitor {
  private static final String HELP = "help";

  /** What ends a gdbserver; ours serves others too, and is not ended by one of them. */
  private static final Set<String> FAREWELLS = Set.of("exit", "quit", "q");

  private final DebuggerView view;

  public MonitorCommands(DebuggerView view) {
    this.view = view;
  }

  @Override
  public void run(String commandLine, CrashedCpu cpu, Console console) {
    List<String> words = Words.of(commandLine);
    String name = words.isEmpty() ? HELP : words.get(0).toLowerCase(Locale.ROOT);
    List<String> rest = words.isEmpty() ? words : words.subList(1, words.size());
    Text out = new Text(console::print, view.machine().pointerBytes() * 2);
    if (name.equals(HELP)) {
      help(rest, out);
      return;
    }
    if (FAREWELLS.contains(name)) {
      out.print(
          "The server goes on for other debuggers. 'detach' or 'quit', without 'monitor', ends"
              + " this session.\n");
      return;
    }
    Optional<Query<?>> query = Queries.named(name);
    if (query.isEmpty()) {
      out.print("%s\n", unknown(name));
      return;
    }
    Form form = new Form(query.get());
    try {
      Form.Wish wish = form.take(rest);
      if (wish.help()) {
        out.lay(form.usage());
      } else {
        answer(query.get(), wish, cpu, console, out);
      }
    } catch (NoAnswerException e) {
      if (e.reason() == NoAnswerException.Reason.USAGE) {
        out.print("%s: %s\nusage: monitor %s\n", name, e.getMessage(), form.synopsis());
      } else {
        out.print("%s: %s\n", name, Answering.reason(e, view.machine()));
      }
    } catch (MissingFactException | KernelReadException e) {
      out.print("%s: %s\n", name, Answering.reason(e, view.machine()));
    }
  }

  private void answer(Query<?> query, Form.Wish wish, CrashedCpu cpu, Console console, Text out)
      throws NoAnswerException, MissingFactException, KernelReadException {
    Call call =
        new Call(
            view,
            cpu,
            new Call.Listener() {
              @Override
              public void stillBusy() {
                console.stillBusy();
              }
            });
    if (wish.json()) {
      Answering.asJson(query, call, new ConsoleWriter(console));
      console.print("\n");
    } else {
      Answering.asText(query, call, out);
    }
  }

  /** Hands on what was written when it is told to. */
  private static final class ConsoleWriter extends StringWriter {
    private final Console console;

    ConsoleWriter(Console console) {
      this.console = console;
    }

    @Override
    public void flush() {
      console.print(toString());
      getBuffer().setLength(0);
    }
  }

  private static String unknown(String name) {
    List<String> names = new ArrayList<>(List.of(HELP));
    Queries.all().forEach(query -> names.add(Answering.name(query)));
    String meant = Nearest.of(name, names).map(near -> "; did you mean '" + near + "'?").orElse("");
    return "unknown command '" + name + "'" + meant + "; try: monitor help";
  }

  /** {@code help [COMMAND]}. */
  private static void help(List<String> words, Text out) {
    if (words.isEmpty()) {
      out.print("%-11s %s\n", HELP, "List the commands; with the name of one, explain it");
      for (Query<?> query : Queries.all()) {
        out.print("%-11s %s\n", Answering.name(query), new Form(query).summary());
      }
      return;
    }
    String name = words.get(0).toLowerCase(Locale.ROOT);
    if (name.equals(HELP)) {
      out.print("usage: monitor help [COMMAND]\nList the commands; or explain one.\n");
      return;
    }
    Optional<Query<?>> query = Queries.named(name);
    out.lay(
        query.isPresent()
            ? new Form(query.get()).usage()
            : "help: " + Visible.line(unknown(name)) + "\n");
  }
}
