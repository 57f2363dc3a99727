package org.vmcore.gdbstub.inspect.tasks;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.types.StructMembers;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code task}. */
@Command(
    name = "task",
    description = "Show a task, and read user addresses as it did.",
    footer =
        """
        In the threads of CPUs user addresses are read through that task's page tables from now
        on; 'cpu' goes back to those of what ran. Threads that are tasks ('monitor threads
        tasks') always see their own. Have gdb forget what it has cached: maint flush dcache
        """)
public final class ShowTask extends Query<ShowTask.Answer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "[PID|TASK|NAME|cpu]",
      hideParamSyntax = true,
      description = "Which; by default that of the selected thread.")
  private @Nullable String name;

  @Option(
      names = "-R",
      paramLabel = "MEMBER,...",
      description = "Show these members of its task_struct or thread_info alone.")
  private @Nullable String members;

  @Option(names = "-x", description = "Print their integers in hexadecimal.")
  private boolean hexadecimal;

  @Option(names = "-d", description = "Print them in decimal.")
  private boolean decimal;

  /** */
  sealed interface Answer permits Chosen, Forgotten, Members {}

  /** Some members of a task's structures. */
  record Members(NamedTask task, StructMembers members) implements Answer {}

  /**
   * A task.
   *
   * @param stack lowest address of its kernel stack
   * @param mm address of its {@code mm_struct}; empty for a thread of the kernel
   * @param tables where its page tables are; empty where that cannot be told
   */
  record Chosen(
      TaskRow task, int tgid, @Hex long stack, @Hex OptionalLong mm, @Hex OptionalLong tables)
      implements Answer {}

  /** No task any more: each CPU sees what was its own. */
  record Forgotten(boolean eachCpusOwn) implements Answer {}

  @Override
  public int version() {
    return 2;
  }

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if ("cpu".equals(name)) {
      call.view().forgetSpace();
      return new Forgotten(true);
    }
    Task task = new TaskFinder(call).one(Optional.ofNullable(name));
    if (members != null) {
      KernelObject object = call.machine().tasks().list().object(task);
      // In the task since 4.9 where the architecture has it so, else at the stack's end (Linux
      // commit c65eacbe290b, "sched/core: Allow putting thread_info into task_struct").
      KernelObject info =
          object.has("thread_info")
              ? object.member("thread_info")
              : call.typed().object("struct thread_info", task.stack());
      return new Members(
          NamedTask.of(task), StructMembers.of(call, List.of(object, info), members));
    }
    OptionalLong root = OptionalLong.empty();
    try {
      root = call.machine().tasks().requirePageTableRoot(task);
    } catch (KernelReadException e) {
      call.notes().incomplete("page tables: " + e.getMessage());
    }
    if (root.isPresent()) {
      call.view().chooseTask(root.getAsLong());
    }
    return new Chosen(
        new TaskRows(call).of(task),
        task.tgid(),
        task.stack(),
        task.mm() == 0 ? OptionalLong.empty() : OptionalLong.of(task.mm()),
        root);
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer instanceof Members some) {
      some.task().print(out);
      some.members()
          .print(out, hexadecimal ? Text.HEXADECIMAL : decimal ? Text.DECIMAL : out.radix());
      return;
    }
    if (!(answer instanceof Chosen found)) {
      out.print("user addresses are each CPU's own again\n");
      return;
    }
    TaskRow task = found.task();
    new NamedTask(task.pid(), task.task(), task.cpu(), task.comm()).print(out);
    out.print("STATE: %s\n", task.state().kernelName());
    out.print("TGID: %d  PPID: %d\n", found.tgid(), task.ppid());
    out.print("STACK: %s\n", out.pointer(found.stack()));
    if (found.mm().isEmpty()) {
      out.print("it has no user memory\n");
    } else if (found.tables().isEmpty()) {
      out.print("its page tables cannot be found\n");
    } else {
      String mm = out.pointer(found.mm().getAsLong());
      out.print("MM: %s  TABLES: %x\n", mm, found.tables().getAsLong());
      out.print("user addresses are read as PID %d does\n", task.pid());
    }
  }
}
