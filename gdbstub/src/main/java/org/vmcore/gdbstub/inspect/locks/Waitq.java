package org.vmcore.gdbstub.inspect.locks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Place;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.tasks.NamedTask;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.locks.WaitQueues;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code waitq}, laid out after the command of that name in crash. */
@Command(
    name = "waitq",
    description = "List the tasks on a wait queue.",
    footer =
        """
        'waits' finds out what each task waits for.
          waitq kauditd_wait
          waitq ext4_inode_info.i_wb_list ffff888003a10000
        """)
public final class Waitq extends Query<Waitq.Answer> {
  @Parameters(
      arity = "1..2",
      paramLabel = "SYMBOL|ADDRESS|STRUCT.MEMBER ADDRESS",
      hideParamSyntax = true,
      description = "A wait_queue_head_t, or a structure that has one as its member.")
  private List<String> words = List.of();

  /**
   * @param queue its address
   */
  record Answer(@Hex long queue, List<NamedTask> tasks) {}

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    long queue =
        words.size() > 1
            ? Place.parse(call.symbols(), words.get(1)) + offset(call, words.get(0))
            : Place.parse(call.symbols(), words.get(0));
    Listing<Long> found = WaitQueues.waiting(call.typed(), queue);
    call.notes().incomplete(found.problem());
    List<NamedTask> tasks = new ArrayList<>();
    for (long address : found.all()) {
      Optional<Task> task = call.machine().tasks().list().at(address);
      task.ifPresent(known -> tasks.add(NamedTask.of(known)));
    }
    return new Answer(queue, tasks);
  }

  private static long offset(Call call, String path)
      throws NoAnswerException, MissingFactException {
    String[] parts = path.split("\\.", 2);
    Optional<Compound> type = call.typed().types().compound("struct " + parts[0]);
    OptionalLong offset =
        parts.length < 2 || type.isEmpty() ? OptionalLong.empty() : type.get().offsetOf(parts[1]);
    return offset.orElseThrow(
        () -> NoAnswerException.notThere("the kernel has no member '" + path + "'"));
  }

  @Override
  public void print(Answer answer, Text out) {
    answer.tasks().forEach(task -> task.print(out));
    if (answer.tasks().isEmpty()) {
      out.print("wait queue %x is empty\n", answer.queue());
    }
  }
}
