package org.vmcore.gdbstub.inspect.trace;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.BytesQuery;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.CpuList;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.trace.SavedNames;
import org.vmcore.gdbstub.linux.trace.TraceBuffer;
import org.vmcore.gdbstub.linux.trace.TraceDat;
import org.vmcore.gdbstub.linux.trace.TraceEvents;
import org.vmcore.gdbstub.linux.trace.TraceText;
import org.vmcore.gdbstub.linux.trace.Traces;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code trace}, after the extension of that name of crash. */
@Command(
    name = "trace",
    description = "Show what ftrace recorded, or write it for trace-cmd.",
    footer =
        """
        'show', which is the default, prints the events of all CPUs by time, as the file trace of
        tracefs has them. 'dump -t' writes them as a file that 'trace-cmd report' and kernelshark read.
          trace show -c 0
          trace dump -t trace.dat
        """)
public final class Trace extends BytesQuery<Trace.Answer> {
  @Parameters(
      arity = "0..2",
      paramLabel = "[show|dump -t [FILE]]",
      hideParamSyntax = true,
      description = "What to do; the file, without which the bytes go to the output.")
  private List<String> words = List.of();

  @Option(names = "-c", paramLabel = "CPUS", description = "Only these CPUs' events: 0,2-3.")
  private @Nullable String cpus;

  @Option(names = "-i", paramLabel = "INSTANCE", description = "Of an instance of tracefs.")
  private String instance = "";

  @Option(names = "-t", description = "Write a trace.dat.")
  private boolean dat;

  /** */
  sealed interface Answer permits Events, Dump {}

  /**
   * All events, by time.
   *
   * @param written how many were, of which some may have been overwritten
   */
  record Events(String tracer, int entries, long written, int cpus, Rows<Event> events)
      implements Answer {}

  /**
   * An event.
   *
   * @param time in nanoseconds, by the clock of the buffer
   * @param comm the task's name when it was traced
   * @param event its kind
   * @param context what the kernel's file trace has before the time: of interrupts, of preemption
   * @param text as the kernel prints it
   */
  record Event(
      int cpu, long time, int pid, String comm, String event, String context, String text) {}

  /**
   * What a file is written of.
   *
   * @param pages of traces
   */
  record Dump(int cpus, long pages, long bytes) implements Answer {}

  /** What {@link #write} takes. */
  private List<List<ByteBuffer>> pages = List.of();

  private @Nullable TraceDat file;
  private EventContext context = new EventContext(true, true);
  private int pageBytes;

  @Override
  public boolean isOfBytes() {
    return !words.isEmpty() && words.get(0).equals("dump");
  }

  @Override
  public Optional<String> output() {
    return isOfBytes() && words.size() > 1 ? Optional.of(words.get(1)) : Optional.empty();
  }

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    String what = words.isEmpty() ? "show" : words.get(0);
    boolean known =
        (what.equals("show") && words.size() < 2 && !dat) || (what.equals("dump") && dat);
    if (!known) {
      throw NoAnswerException.usage("takes show, or dump -t and a file");
    }
    TypedMemory memory = call.typed();
    Traces traces =
        Traces.of(memory, instance, call.machine().pageBytes())
            .orElseThrow(
                () -> NoAnswerException.notThere("there is no instance '" + instance + "'"));
    List<TraceBuffer> buffers = new ArrayList<>(traces.buffers());
    int all = buffers.size();
    if (cpus != null) {
      List<Integer> wanted = CpuList.parse(call, cpus);
      buffers.removeIf(buffer -> !wanted.contains(buffer.cpu()));
    }
    context = EventContext.of(memory);
    TraceEvents kinds = TraceEvents.read(memory);
    call.notes().incomplete(kinds.problem());
    Map<Integer, String> names = names(call, memory);
    Answer answer =
        dat
            ? dump(call, buffers, new TraceDat(memory, kinds, names, symbols(call.symbols())))
            : events(call, traces, buffers, all, kinds, names);
    buffers.forEach(buffer -> call.notes().incomplete(buffer.problem()));
    return answer;
  }

  private Events events(
      Call call,
      Traces traces,
      List<TraceBuffer> buffers,
      int all,
      TraceEvents kinds,
      Map<Integer, String> names)
      throws MissingFactException, KernelReadException {
    List<TraceBuffer.Event> found = Traces.events(buffers);
    long overrun = 0;
    for (TraceBuffer buffer : buffers) {
      overrun += buffer.overrun();
    }
    SymbolNames symbols = call.symbols();
    TraceText text =
        new TraceText(
            kinds,
            address ->
                symbols
                    .at(address)
                    .map(located -> located.symbol().name())
                    .orElse("0x" + Long.toHexString(address)),
            call.machine().pointerBytes());
    return new Events(
        traces.tracer(),
        found.size(),
        found.size() + overrun,
        all,
        Rows.of(call, out -> found.forEach(event -> out.accept(event(event, kinds, names, text)))));
  }

  private Event event(
      TraceBuffer.Event event, TraceEvents kinds, Map<Integer, String> names, TraceText text) {
    int pid = EventContext.pid(event);
    return new Event(
        event.cpu(),
        event.time(),
        pid,
        pid == 0 ? "<idle>" : names.getOrDefault(pid, "<...>"),
        kinds.of(TraceText.type(event)).map(TraceEvents.Format::name).orElse("?"),
        context.of(event),
        text.of(event));
  }

  /** As the kernel kept them with the traces, else as the tasks were called at last. */
  private static Map<Integer, String> names(Call call, TypedMemory memory)
      throws MissingFactException {
    Map<Integer, String> names = new HashMap<>();
    for (Task task : call.machine().tasks().list().all()) {
      names.put(task.pid(), task.comm());
    }
    try {
      names.putAll(SavedNames.read(memory));
    } catch (KernelReadException e) {
      call.notes().incomplete(e);
    }
    return names;
  }

  /** As /proc/kallsyms has them. */
  private static String symbols(SymbolNames symbols) {
    StringBuilder text = new StringBuilder();
    for (SymbolNames.Named one : symbols.all(module -> true)) {
      text.append("%016x %c %s".formatted(one.address(), one.type(), one.name()));
      one.module().ifPresent(module -> text.append("\t[").append(module).append(']'));
      text.append('\n');
    }
    return text.toString();
  }

  private Dump dump(Call call, List<TraceBuffer> buffers, TraceDat written)
      throws KernelReadException {
    file = written;
    pageBytes = (int) call.machine().pageBytes();
    List<List<ByteBuffer>> all = new ArrayList<>();
    long count = 0;
    for (TraceBuffer buffer : buffers) {
      List<ByteBuffer> its = buffer.pages();
      all.add(its);
      count += its.size();
      pageBytes = its.isEmpty() ? pageBytes : its.get(0).limit();
    }
    pages = all;
    return new Dump(all.size(), count, count * pageBytes);
  }

  @Override
  public void write(Answer answer, OutputStream out) throws IOException, KernelReadException {
    if (file != null) {
      file.write(pages, pageBytes, out);
    }
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer instanceof Dump dump) {
      out.print(
          "%d pages of %d CPUs, %d bytes: give a file, or direct the output to one\n",
          dump.pages(), dump.cpus(), dump.bytes());
    } else if (answer instanceof Events events) {
      context.head(events.tracer(), events.entries(), events.written(), events.cpus(), out);
      int unused = events.events().forEach(event -> EventContext.print(event, out));
    }
  }
}
