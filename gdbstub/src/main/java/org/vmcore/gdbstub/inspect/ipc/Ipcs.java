package org.vmcore.gdbstub.inspect.ipc;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.tasks.TaskFinder;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.ipc.SystemVIpc;
import org.vmcore.gdbstub.linux.ipc.SystemVIpc.Common;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ipcs}, laid out after the command of that name in crash. */
@Command(
    name = "ipcs",
    description = "List System V's shared memory, semaphores and message queues.",
    footer =
        """
        All three kinds, or those that options choose, of the first namespace or of a task's.
        """)
public final class Ipcs extends Query<Ipcs.Answer> {
  @Parameters(arity = "0..1", paramLabel = "ID", description = "Only those with this number.")
  private @Nullable Long id;

  @Option(names = "-m", description = "Shared memory.")
  private boolean memory;

  @Option(names = "-M", description = "The same, as in crash.", hidden = true)
  private boolean memoryMore;

  @Option(names = "-s", description = "Semaphores.")
  private boolean semaphores;

  @Option(names = "-q", description = "Message queues.")
  private boolean queues;

  @Option(names = "-n", paramLabel = "PID|TASK", description = "Of this task's namespace.")
  private @Nullable String ofTask;

  /** What was asked for; none of a kind that was not. */
  record Answer(
      Optional<List<SharedMemory>> sharedMemory,
      Optional<List<Semaphores>> semaphores,
      Optional<List<MessageQueue>> messageQueues) {}

  /**
   * @param shmidKernel address of that structure
   * @param attached how often it is in use
   * @param status {@code dest} of what goes with its last user, {@code locked} of what is not
   *     swapped
   */
  record SharedMemory(
      @Hex long shmidKernel,
      @Hex long key,
      long shmid,
      long uid,
      String permissions,
      long bytes,
      long attached,
      List<String> status) {}

  /**
   * @param semArray address of that structure
   * @param count of the set
   */
  record Semaphores(
      @Hex long semArray, @Hex long key, long semid, long uid, String permissions, long count) {}

  /**
   * @param msgQueue address of that structure
   */
  record MessageQueue(
      @Hex long msgQueue,
      @Hex long key,
      long msqid,
      long uid,
      String permissions,
      long usedBytes,
      long messages) {}

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    KernelObject namespace = call.typed().variable("init_ipc_ns", "struct ipc_namespace");
    if (ofTask != null) {
      Task task = new TaskFinder(call).byNumber(Optional.of(ofTask));
      namespace =
          call.machine().tasks().list().object(task).member("nsproxy->ipc_ns").dereference();
    }
    SystemVIpc ipc = new SystemVIpc(call.typed(), namespace);
    boolean all = !(memory || memoryMore || semaphores || queues);
    Answer answer =
        new Answer(
            all || memory || memoryMore ? Optional.of(shared(call, ipc)) : Optional.empty(),
            all || semaphores ? Optional.of(sets(call, ipc)) : Optional.empty(),
            all || queues ? Optional.of(queues(call, ipc)) : Optional.empty());
    boolean none =
        answer.sharedMemory().orElse(List.of()).isEmpty()
            && answer.semaphores().orElse(List.of()).isEmpty()
            && answer.messageQueues().orElse(List.of()).isEmpty();
    if (id != null && none) {
      throw NoAnswerException.notThere("nothing has the number " + id);
    }
    return answer;
  }

  private boolean isWanted(Common common) {
    return id == null || id == common.id();
  }

  private static String octal(Common common) {
    return Integer.toOctalString(common.mode());
  }

  private List<SharedMemory> shared(Call call, SystemVIpc ipc) throws KernelReadException {
    Listing<SystemVIpc.SharedMemory> found = ipc.sharedMemory();
    call.notes().incomplete(found.problem());
    return found.all().stream()
        .filter(one -> isWanted(one.common()))
        .map(
            one ->
                new SharedMemory(
                    one.common().address(),
                    one.common().key(),
                    one.common().id(),
                    one.common().uid(),
                    octal(one.common()),
                    one.bytes(),
                    one.attached(),
                    one.destroyed()
                        ? (one.locked() ? List.of("dest", "locked") : List.of("dest"))
                        : one.locked() ? List.of("locked") : List.of()))
        .toList();
  }

  private List<Semaphores> sets(Call call, SystemVIpc ipc) throws KernelReadException {
    Listing<SystemVIpc.Semaphores> found = ipc.semaphores();
    call.notes().incomplete(found.problem());
    return found.all().stream()
        .filter(one -> isWanted(one.common()))
        .map(
            one ->
                new Semaphores(
                    one.common().address(),
                    one.common().key(),
                    one.common().id(),
                    one.common().uid(),
                    octal(one.common()),
                    one.count()))
        .toList();
  }

  private List<MessageQueue> queues(Call call, SystemVIpc ipc) throws KernelReadException {
    Listing<SystemVIpc.MessageQueue> found = ipc.messageQueues();
    call.notes().incomplete(found.problem());
    return found.all().stream()
        .filter(one -> isWanted(one.common()))
        .map(
            one ->
                new MessageQueue(
                    one.common().address(),
                    one.common().key(),
                    one.common().id(),
                    one.common().uid(),
                    octal(one.common()),
                    one.bytes(),
                    one.messages()))
        .toList();
  }

  @Override
  public void print(Answer answer, Text out) {
    answer
        .sharedMemory()
        .ifPresent(
            list -> {
              head(out, "SHMID_KERNEL", "SHMID", "BYTES      NATTCH STATUS", list.isEmpty());
              for (SharedMemory one : list) {
                begin(out, one.shmidKernel(), one.key(), one.shmid(), one.uid(), one.permissions());
                out.line(
                    "%-10d %-6d %s", one.bytes(), one.attached(), String.join(" ", one.status()));
              }
              out.print("\n");
            });
    answer
        .semaphores()
        .ifPresent(
            list -> {
              head(out, "SEM_ARRAY", "SEMID", "NSEMS", list.isEmpty());
              for (Semaphores one : list) {
                begin(out, one.semArray(), one.key(), one.semid(), one.uid(), one.permissions());
                out.line("%-10d", one.count());
              }
              out.print("\n");
            });
    answer
        .messageQueues()
        .ifPresent(
            list -> {
              head(out, "MSG_QUEUE", "MSQID", "USED-BYTES   MESSAGES", list.isEmpty());
              for (MessageQueue one : list) {
                begin(out, one.msgQueue(), one.key(), one.msqid(), one.uid(), one.permissions());
                out.line("%-12d %-12d", one.usedBytes(), one.messages());
              }
              out.print("\n");
            });
  }

  /** The columns that all kinds have. */
  private static void begin(
      Text out, long address, long key, long id, long uid, String permissions) {
    String structure = Text.format("%-" + out.digits() + "x", address);
    out.print("%s %08x %-10d %-5d %-5s ", structure, key, id, uid, permissions);
  }

  private static void head(Text out, String structure, String id, String rest, boolean none) {
    out.line("%-" + out.digits() + "s KEY      %-10s UID   PERMS %s", structure, id, rest);
    if (none) {
      out.print("(none allocated)\n");
    }
  }
}
