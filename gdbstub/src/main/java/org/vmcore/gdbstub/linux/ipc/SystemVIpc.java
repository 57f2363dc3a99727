package org.vmcore.gdbstub.linux.ipc;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import org.vmcore.gdbstub.linux.types.MemberHistory;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.XArray;

/**
 * What a namespace has of System V's IPC (Linux ipc/util.h): shared memory, semaphores and message
 * queues are each in an IDR, which is a radix tree since 4.11 (commit 0a835c4f090a, "Reimplement
 * IDR and IDA using the radix tree").
 */
public final class SystemVIpc {
  /** IPC_SEM_IDS, IPC_MSG_IDS, IPC_SHM_IDS (ipc/util.h). */
  private static final int SEMAPHORES = 0;

  private static final int MESSAGES = 1;
  private static final int SHARED_MEMORY = 2;

  private static final int PERMISSIONS = 0777;

  /** SHM_DEST and SHM_LOCKED (include/linux/shm.h). */
  private static final long DESTROYED = 01000;

  private static final long LOCKED = 02000;

  /** Numbers of users became structures. */
  private static final MemberHistory UID =
      MemberHistory.named("uid")
          .since("3.7", "uid.val", "1efdb69b0bb4, \"userns: Convert ipc to use kuid and kgid\"");

  private final TypedMemory memory;
  private final KernelObject namespace;
  private Optional<String> problem = Optional.empty();

  /**
   * @param namespace a {@code struct ipc_namespace}
   */
  public SystemVIpc(TypedMemory memory, KernelObject namespace) {
    this.memory = memory;
    this.namespace = namespace;
  }

  /**
   * What all kinds have.
   *
   * @param address of the structure
   * @param uid of its owner
   * @param mode who may do what, as of a file
   */
  public record Common(long address, long key, long id, long uid, int mode) {}

  /**
   * Shared memory.
   *
   * @param attached how often it is in use
   */
  public record SharedMemory(
      Common common, long bytes, long attached, boolean destroyed, boolean locked) {}

  /** A set of semaphores. */
  public record Semaphores(Common common, long count) {}

  /**
   * A queue of messages.
   *
   * @param bytes of the messages in it
   */
  public record MessageQueue(Common common, long bytes, long messages) {}

  @FunctionalInterface
  private interface Maker<T> {
    T make(Common common, KernelObject object, long mode) throws KernelReadException;
  }

  public Listing<SharedMemory> sharedMemory() throws KernelReadException {
    return all(
        SHARED_MEMORY,
        "struct shmid_kernel",
        "shm_perm",
        (common, object, mode) ->
            new SharedMemory(
                common,
                object.value("shm_segsz"),
                object.value("shm_nattch"),
                (mode & DESTROYED) != 0,
                (mode & LOCKED) != 0));
  }

  public Listing<Semaphores> semaphores() throws KernelReadException {
    return all(
        SEMAPHORES,
        "struct sem_array",
        "sem_perm",
        (common, object, mode) -> new Semaphores(common, object.value("sem_nsems")));
  }

  public Listing<MessageQueue> messageQueues() throws KernelReadException {
    return all(
        MESSAGES,
        "struct msg_queue",
        "q_perm",
        (common, object, mode) ->
            new MessageQueue(common, object.value("q_cbytes"), object.value("q_qnum")));
  }

  private <T> Listing<T> all(int kind, String type, String permissions, Maker<T> maker)
      throws KernelReadException {
    problem = Optional.empty();
    KernelObject tree = namespace.member("ids").element(kind).member("ipcs_idr.idr_rt");
    List<T> found = new ArrayList<>();
    for (XArray.Entry entry : XArray.entries(memory, tree)) {
      try {
        KernelObject object =
            memory.object("struct kern_ipc_perm", entry.address()).containerOf(type, permissions);
        KernelObject common = object.member(permissions);
        long mode = common.value("mode");
        found.add(
            maker.make(
                new Common(
                    object.address(),
                    common.value("key") & 0xffff_ffffL,
                    common.value("id"),
                    UID.in(common).value() & 0xffff_ffffL,
                    (int) (mode & PERMISSIONS)),
                object,
                mode));
      } catch (KernelReadException e) {
        problem = problem.or(() -> Optional.ofNullable(e.getMessage()));
      }
    }
    return new Listing<>(found, problem);
  }
}
