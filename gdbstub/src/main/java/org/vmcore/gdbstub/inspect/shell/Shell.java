package org.vmcore.gdbstub.inspect.shell;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.Queries;
import org.vmcore.gdbstub.inspect.query.Answering;
import org.vmcore.gdbstub.inspect.query.BytesQuery;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.Form;
import org.vmcore.gdbstub.inspect.query.Nearest;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Words;
import org.vmcore.gdbstub.inspect.tasks.TaskFinder;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.machine.CrashedMachine;

/**
 * A session of crash: takes lines as people type them there, or have in files, and answers with the
 * queries. What crash hands on to the gdb in it, which is not here, it says so of.
 */
public final class Shell {
  /** Files of commands within each other; what is deeper is a circle. */
  private static final int MAX_DEPTH = 8;

  private static final Pattern TYPE = Pattern.compile("\\*?\\s*(\\w+)(\\..*)?");

  private static final ShellIo.Sink NOWHERE = text -> {};

  private final CrashedMachine machine;
  private final ShellIo io;
  private final Aliases aliases = new Aliases();
  private int radix = Text.DECIMAL;
  private boolean scroll = true;
  private @Nullable Task task;
  private boolean failed;
  private boolean ended;
  private int depth;

  /** Nothing is read yet. */
  public Shell(CrashedMachine machine, ShellIo io) {
    this.machine = machine;
    this.io = io;
  }

  /** Whether the session was told to end. */
  public boolean hasEnded() {
    return ended;
  }

  /** Whether any command could not be done. */
  public boolean hasFailed() {
    return failed;
  }

  /** Whether long output is to be shown a screen at a time. */
  public boolean isScrolling() {
    return scroll;
  }

  /** The first words that a line may have. */
  public Set<String> commands() {
    Set<String> names = new TreeSet<>(SessionCommands.NAMES);
    Queries.ofDumps().forEach(query -> names.add(Answering.name(query)));
    names.addAll(aliases.names());
    return names;
  }

  /** What a line means whose first word may be an alias. */
  public String expanded(String line) {
    return aliases.expand(line);
  }

  /** Runs the lines of a text, up to its end or to one that ends the session. */
  public void runAll(String lines) {
    for (String line : lines.lines().toList()) {
      if (!ended) {
        run(line);
      }
    }
  }

  /** Runs a line. */
  public void run(String line) {
    String text = line.strip();
    try {
      if (text.startsWith("!")) {
        io.run(text.substring(1));
      } else if (text.startsWith("<")) {
        runFile(text.substring(1).strip());
      } else if (!text.isEmpty() && !text.startsWith("#")) {
        runCommand(ShellLine.parse(text));
      }
    } catch (IOException e) {
      failed = true;
      say("crash: " + Text.format("%s", String.valueOf(e.getMessage())));
    } catch (ShellIo.StoppedException e) {
      say("");
    }
  }

  private void say(String line) {
    try (ShellIo.Sink sink = io.here()) {
      sink.print(line + "\n");
    } catch (IOException | ShellIo.StoppedException e) {
      // There is nobody to tell.
      return;
    }
  }

  private void runFile(String name) throws IOException {
    if (depth == MAX_DEPTH) {
      throw new IOException(name + ": files of commands within each other too deep");
    }
    depth++;
    try {
      runAll(io.read(name));
    } finally {
      depth--;
    }
  }

  private void runCommand(ShellLine line) throws IOException {
    boolean lacksOperand =
        line.destination() != ShellLine.Destination.HERE && line.operand().isEmpty();
    if (lacksOperand) {
      throw new IOException("where is the output to go?");
    }
    try (ShellIo.Sink sink = sink(line)) {
      Text out = new Text(sink::print, machine.pointerBytes() * 2).withRadix(radix);
      command(aliases.expand(line.command()), out, sink);
    }
  }

  private ShellIo.Sink sink(ShellLine line) throws IOException {
    return switch (line.destination()) {
      case HERE -> io.here();
      case PROGRAM -> io.program(line.operand());
      case FILE -> io.file(line.operand(), false);
      case END_OF_FILE -> io.file(line.operand(), true);
    };
  }

  private void command(String line, Text out, ShellIo.Sink sink) {
    String name = line.split("\\s", 2)[0];
    String rest = line.substring(name.length()).strip();
    try {
      if (SessionCommands.NAMES.contains(name)) {
        new SessionCommands(this, machine, out).run(name, rest, words(rest));
      } else if (name.equals("repeat")) {
        repeat(rest, out, sink);
      } else {
        query(name, rest, out, sink);
      }
    } catch (NoAnswerException e) {
      failed = true;
      out.print("%s: %s\n", name, String.valueOf(e.getMessage()));
    } catch (MissingFactException | KernelReadException e) {
      failed = true;
      out.print("%s: %s\n", name, Answering.reason(e, machine));
    }
  }

  private static List<String> words(String text) {
    return Words.of(text);
  }

  /** {@code repeat [-SECONDS] COMMAND}: a dump does not change, so that once is as good as ever. */
  private void repeat(String rest, Text out, ShellIo.Sink sink) throws NoAnswerException {
    String command = rest.replaceFirst("^-\\d+\\s+", "");
    if (command.isEmpty()) {
      throw NoAnswerException.usage("takes a command");
    }
    command(aliases.expand(command), out, sink);
  }

  private void query(String name, String rest, Text out, ShellIo.Sink sink)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (name.startsWith("p/")) {
      query("p", name.substring(1) + " " + rest, out, sink);
      return;
    }
    Optional<Query<?>> found = Queries.named(name).filter(query -> !query.isOfSession());
    if (found.isPresent()) {
      answer(found.get(), words(rest), out, sink);
      return;
    }
    Optional<String> type = typeCommand((name + " " + rest).strip());
    if (type.isPresent()) {
      answer(Queries.named(type.get()).orElseThrow(), typeWords(name, rest), out, sink);
      return;
    }
    if (name.equals("gdb") && rest.matches("(p|print|px|pd|ptype|whatis|p/.)\\s.*")) {
      command(aliases.expand(rest), out, sink);
      return;
    }
    failed = true;
    if (name.startsWith("gdb")) {
      out.print("gdb: connect one of your own: vmcore-gdbserver gdb VMCORE\n");
    } else if (name.equals("wr")) {
      out.print("wr: a dump is never written\n");
    } else {
      out.print("crash: command not found: %s%s\n", name, nearest(name));
    }
  }

  private String nearest(String name) {
    Set<String> names = new TreeSet<>(SessionCommands.NAMES);
    Queries.ofDumps().forEach(query -> names.add(new Form(query).name()));
    return Nearest.of(name, names).map(near -> "; did you mean " + near + "?").orElse("");
  }

  /** {@code *NAME}, and a type's name alone, are what {@code struct} or {@code union} shows. */
  private Optional<String> typeCommand(String line) {
    Optional<TypedMemory> memory;
    String first = line.replaceFirst("^\\*\\s*", "*").split("\\s", 2)[0];
    // Without types it is the command that says so.
    Optional<String> untyped = first.startsWith("*") ? Optional.of("struct") : Optional.empty();
    try {
      memory = machine.linux().types();
    } catch (MissingFactException e) {
      return untyped;
    }
    Matcher type = TYPE.matcher(first);
    if (!type.matches()) {
      return Optional.empty();
    } else if (memory.isEmpty()) {
      return untyped;
    }
    String name = type.group(1);
    for (String keyword : List.of("struct", "union")) {
      if (memory.get().types().compound(keyword + " " + name).isPresent()) {
        return Optional.of(keyword);
      }
    }
    return memory.get().types().compound(name).isPresent()
        ? Optional.of("struct")
        : Optional.empty();
  }

  private static List<String> typeWords(String name, String rest) {
    return words((name + " " + rest).replaceFirst("^\\*\\s*", ""));
  }

  private <A> void answer(Query<A> query, List<String> words, Text out, ShellIo.Sink sink)
      throws NoAnswerException, MissingFactException, KernelReadException {
    Form form = new Form(query);
    try {
      Form.Wish wish = form.take(words);
      if (wish.help()) {
        out.lay(form.usage(""));
      } else if (wish.json()) {
        Answering.asJson(query, call(sink), new SinkWriter(sink));
        sink.print("\n");
      } else if (query instanceof BytesQuery<A> ofBytes && writes(ofBytes, sink)) {
        write(ofBytes, call(sink), sink);
      } else {
        Answering.asText(query, call(sink), out);
      }
    } catch (IOException e) {
      throw NoAnswerException.notThere(String.valueOf(e.getMessage()));
    } catch (NoAnswerException e) {
      if (e.reason() != NoAnswerException.Reason.USAGE) {
        throw e;
      }
      failed = true;
      out.print("%s: %s\n", Answering.name(query), String.valueOf(e.getMessage()));
      out.print("usage: %s\n", form.synopsis());
    }
  }

  private static boolean writes(BytesQuery<?> query, ShellIo.Sink sink) {
    return query.isOfBytes() && (query.output().isPresent() || sink.bytes().isPresent());
  }

  /** Bytes go to the file that is named, or where the line's output goes. */
  private <A> void write(BytesQuery<A> query, Call call, ShellIo.Sink sink)
      throws IOException, NoAnswerException, MissingFactException, KernelReadException {
    A answer = query.answer(call);
    Optional<String> file = query.output();
    if (file.isPresent()) {
      try (ShellIo.Sink written = io.file(file.get(), false)) {
        query.write(answer, written.bytes().orElseThrow());
      }
      query.copied().ifPresent(this::say);
    } else {
      query.write(answer, sink.bytes().orElseThrow());
    }
    call.notes().incomplete().forEach(sentence -> say(Answering.name(query) + ": " + sentence));
  }

  private Call call(ShellIo.Sink sink) {
    Call call =
        new Call(
            machine,
            new Call.Listener() {
              @Override
              public void stillBusy() {
                io.stillBusy();
              }

              @Override
              public void shown() {
                sink.shown();
              }
            });
    return task == null ? call : call.of(task);
  }

  Aliases aliases() {
    return aliases;
  }

  int radix() {
    return radix;
  }

  void setRadix(int chosen) {
    radix = chosen;
  }

  void setScroll(boolean chosen) {
    scroll = chosen;
  }

  /** The task that commands are about which name none. */
  Task task() throws MissingFactException {
    return task == null ? new TaskFinder(call(NOWHERE)).selected() : task;
  }

  void choose(@Nullable Task chosen) {
    task = chosen;
  }

  Task find(String word) throws NoAnswerException, MissingFactException {
    return new TaskFinder(call(NOWHERE)).byNumber(Optional.of(word));
  }

  void end() {
    ended = true;
  }
}
