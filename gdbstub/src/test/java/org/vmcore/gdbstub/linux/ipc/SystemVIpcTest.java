package org.vmcore.gdbstub.linux.ipc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.ipc.SystemVIpc.Common;
import org.vmcore.gdbstub.linux.ipc.SystemVIpc.MessageQueue;
import org.vmcore.gdbstub.linux.ipc.SystemVIpc.Semaphores;
import org.vmcore.gdbstub.linux.ipc.SystemVIpc.SharedMemory;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;

/** A namespace as kernels since 4.20 have it: an IDR is an xarray. */
class SystemVIpcTest {
  /** A pointer to a node (include/linux/xarray.h, xa_mk_node). */
  private static final long NODE = 2;

  private final MadeKernel kernel =
      new MadeKernel(
          """
          struct kuid {
            unsigned int val;
          };
          struct kern_ipc_perm {
            int id;
            unsigned int key;
            struct kuid uid;
            unsigned int mode;
          };
          struct shmid_kernel {
            struct kern_ipc_perm shm_perm;
            unsigned long shm_nattch;
            unsigned long shm_segsz;
          };
          struct sem_array {
            struct kern_ipc_perm sem_perm;
            int sem_nsems;
          };
          struct msg_queue {
            unsigned long q_stime;
            struct kern_ipc_perm q_perm;
            unsigned long q_cbytes;
            unsigned long q_qnum;
          };
          struct xarray {
            void *xa_head;
          };
          struct idr {
            struct xarray idr_rt;
          };
          struct ipc_ids {
            int in_use;
            struct idr ipcs_idr;
          };
          struct ipc_namespace {
            struct ipc_ids ids[3];
          };
          struct xa_node {
            unsigned int shift;
            void *slots[4];
          };
          """);
  private final Made namespace = kernel.object("ipc_namespace");

  private SystemVIpc ipc() throws KernelReadException {
    return new SystemVIpc(
        kernel.memory(), kernel.memory().object("struct ipc_namespace", namespace.address()));
  }

  /** IPC_SEM_IDS is 0, IPC_MSG_IDS 1, IPC_SHM_IDS 2 (ipc/util.h), each of 16 bytes here. */
  private void head(int kind, long pointer) {
    kernel.word(namespace.address() + kind * 16L + 8, pointer);
  }

  private static Common common(Made object, long key, long id) {
    return new Common(object.address(), key, id, 1000, 0640);
  }

  private static Made fill(Made object, String permissions, long key, long id, long mode) {
    return object
        .set(permissions + ".key", key)
        .set(permissions + ".id", id)
        .set(permissions + ".uid.val", 1000)
        .set(permissions + ".mode", mode);
  }

  /** SHM_DEST is 01000, SHM_LOCKED 02000 (include/linux/shm.h). */
  @Test
  void eachKindIsInATreeOfItsOwn() throws Exception {
    Made memory = fill(kernel.object("shmid_kernel"), "shm_perm", 0xfeed0001L, 3, 03640);
    memory.set("shm_segsz", 8192).set("shm_nattch", 2);
    Made semaphores = fill(kernel.object("sem_array"), "sem_perm", 7, 1, 0640);
    semaphores.set("sem_nsems", 5);
    Made queue = fill(kernel.object("msg_queue"), "q_perm", 9, 2, 0640);
    queue.set("q_cbytes", 120).set("q_qnum", 4);
    head(0, semaphores.at("sem_perm"));
    head(1, queue.at("q_perm"));
    head(2, memory.at("shm_perm"));

    assertThat(ipc().sharedMemory().all())
        .containsExactly(new SharedMemory(common(memory, 0xfeed0001L, 3), 8192, 2, true, true));
    assertThat(ipc().semaphores().all())
        .containsExactly(new Semaphores(common(semaphores, 7, 1), 5));
    assertThat(ipc().messageQueues().all())
        .containsExactly(new MessageQueue(common(queue, 9, 2), 120, 4));
  }

  @Test
  void oneThatCannotBeReadIsToldAndTheOthersAreThere() throws Exception {
    Made memory = fill(kernel.object("shmid_kernel"), "shm_perm", 1, 1, 0640);
    Made node = kernel.object("xa_node");
    long lost = MadeKernel.BASE - 0x1000;
    kernel.word(node.at("slots"), lost).word(node.at("slots") + 8, memory.at("shm_perm"));
    head(2, node.address() + NODE);

    Listing<SharedMemory> found = ipc().sharedMemory();

    assertThat(found.all())
        .containsExactly(new SharedMemory(common(memory, 1, 1), 0, 0, false, false));
    assertThat(found.problem().orElseThrow()).contains(Long.toHexString(lost));
  }

  @Test
  void aNamespaceMayHaveNone() throws Exception {
    assertThat(ipc().semaphores().all()).isEmpty();
    assertThat(ipc().semaphores().problem()).isEmpty();
  }
}
