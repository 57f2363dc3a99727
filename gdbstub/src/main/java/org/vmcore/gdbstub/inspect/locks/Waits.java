package org.vmcore.gdbstub.inspect.locks;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.address.Identifier;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.locks.TaskWaits;
import org.vmcore.gdbstub.linux.locks.Wait;
import org.vmcore.gdbstub.linux.locks.WaitKind;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.stack.StackSize;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.tasks.LastRuns;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.tasks.TaskState;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.machine.MachineStacks;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code waits}. */
@Command(
    name = "waits",
    description = "Show who waits for what and for whom, and deadlocks.",
    footer =
        """
        Of each blocked task it tells the lock, completion, work, page or queue that it waits for,
        and who has it: first circles of tasks that wait for one another, then those that others
        wait for and do not wait themselves, each with all that wait for it, then the rest; the
        longest waits first. What a task waits for is proven by the list that it is on; where none
        is found, the functions on its stack tell. A reader that has a rwsem is the last that took
        it, and may have given it back; a kernel with lockdep keeps who has a lock and where it took it,
        and then that is told. For what a lock is in: whatis ADDRESS
        """)
public final class Waits extends Query<Waits.Answer> {
  /** What tasks may have that others want. */
  private static final Set<WaitKind> LOCKS =
      EnumSet.of(
          WaitKind.MUTEX, WaitKind.RWSEM, WaitKind.SEMAPHORE, WaitKind.RT_MUTEX, WaitKind.WORK);

  private static final String CLONE = "(\\.(isra|part|constprop|cold|llvm)\\b.*)$";

  private static final long NANOS = 1_000_000;

  @Option(
      names = "-a",
      description = "All that sleep, those too that only wait for something to do.")
  private boolean all;

  /** The question about all that sleep. */
  static Waits ofAll() {
    Waits waits = new Waits();
    waits.all = true;
    return waits;
  }

  /**
   * @param deadlocks circles; each waits for the next, and the last for the first
   * @param waits all of them, the longest first
   */
  record Answer(List<Circle> deadlocks, List<Waiting> waits) {}

  /** What a task waits for. */
  record Found(Task task, Wait waited) {}

  /** Tasks that wait for one another. */
  record Circle(List<Integer> pids) {}

  @Override
  public int version() {
    return 2;
  }

  @Override
  public Answer answer(Call call) throws MissingFactException {
    TypedMemory memory = call.typed();
    MachineStacks stacks = call.machine().stacks();
    List<Task> tasks = call.machine().tasks().list().all();
    call.machine().tasks().list().problems().forEach(call.notes()::incomplete);
    SymbolNames symbols = call.symbols();
    TaskWaits waits =
        new TaskWaits(
            memory,
            tasks,
            address -> function(symbols, address),
            StackSize.of(call.machine().linux()));
    LastRuns runs = LastRuns.read(memory, tasks, call.cpus());
    Identifier identifier = new Identifier(call, Optional.empty());
    List<Found> found = new ArrayList<>();
    for (Task task : tasks) {
      call.stillBusy();
      if (!sleeps(task)) {
        continue;
      }
      MachineStacks.Stack stack = stacks.of(task);
      if (stack.cpu().isPresent() || stack.frames().isEmpty()) {
        continue;
      }
      List<String> functions = new ArrayList<>();
      for (Frame frame : stack.frames()) {
        if (frame.kind() != Frame.Kind.USER) {
          functions.add(stacks.function(frame).map(f -> plain(f.symbol().name())).orElse(""));
        }
      }
      found.add(new Found(task, waits.of(task, stack.frames().get(0).place(), functions)));
    }
    call.notes().incomplete(waits.reasons());
    Holders holders = new Holders(call, found);
    WaitGraph graph =
        new WaitGraph(
            found.stream()
                .filter(this::isWanted)
                .map(one -> waiting(one, symbols, identifier, holders, runs))
                .toList());
    return new Answer(
        graph.deadlocks().stream()
            .map(circle -> new Circle(circle.stream().map(Waiting::pid).toList()))
            .toList(),
        graph.all());
  }

  private boolean isWanted(Found one) {
    return all
        || one.task().state() == TaskState.UNINTERRUPTIBLE
        || LOCKS.contains(one.waited().kind());
  }

  private static boolean sleeps(Task task) {
    return task.state() == TaskState.UNINTERRUPTIBLE
        || task.state() == TaskState.INTERRUPTIBLE
        || task.state() == TaskState.IDLE;
  }

  private static String plain(String symbol) {
    return symbol.replaceFirst(CLONE, "");
  }

  private static String function(SymbolNames symbols, long address) {
    return symbols
        .at(address)
        .filter(found -> "tTwW".indexOf(found.symbol().type()) >= 0)
        .map(found -> plain(found.symbol().name()))
        .orElse("");
  }

  private static Waiting waiting(
      Found found, SymbolNames symbols, Identifier identifier, Holders holders, LastRuns runs) {
    Task task = found.task();
    Wait wait = found.waited();
    Optional<String> what = Optional.empty();
    if (wait.function() != 0) {
      what = Optional.of(function(symbols, wait.function())).filter(name -> !name.isEmpty());
    } else if (wait.lock().isPresent()) {
      what =
          Optional.of(identifier.of(wait.lock().getAsLong()).text())
              .filter(text -> !text.isEmpty());
    }
    List<Waiting.Holder> having = holders.of(wait);
    OptionalLong ago = runs.ago(task);
    return new Waiting(
        task.pid(),
        task.address(),
        task.comm(),
        task.state(),
        wait.kind(),
        wait.lock(),
        what,
        holders.owner(wait, having),
        having,
        wait.how(),
        wait.where(),
        ago.isPresent() ? OptionalLong.of(ago.getAsLong() / NANOS) : OptionalLong.empty());
  }

  @Override
  public void print(Answer answer, Text out) {
    new WaitsText(out).print(answer);
  }
}
