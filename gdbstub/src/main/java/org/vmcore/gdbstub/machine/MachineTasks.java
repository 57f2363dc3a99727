package org.vmcore.gdbstub.machine;

import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.gdbstub.linux.tasks.AddressSpace;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.tasks.Tasks;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.port.LinuxPorts;

/**
 * The tasks of a machine with what its architecture knows of them: the registers of those that did
 * not run, and the memory that each saw. Safe for use by several threads.
 */
public final class MachineTasks {
  /** Address spaces that are kept, with their caches of translations. */
  private static final int MAX_SPACES = 64;

  private final Architecture architecture;
  private final ByteOrder byteOrder;
  private final KernelSpace kernel;
  private final Tasks tasks;
  private final MachineCpus cpus;
  private final Map<Long, VirtualMemory> spaces =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, VirtualMemory> eldest) {
          return size() > MAX_SPACES;
        }
      };

  MachineTasks(
      Architecture architecture,
      ByteOrder byteOrder,
      KernelSpace kernel,
      Tasks tasks,
      MachineCpus cpus) {
    this.architecture = architecture;
    this.byteOrder = byteOrder;
    this.kernel = kernel;
    this.tasks = tasks;
    this.cpus = cpus;
  }

  /** What the kernel says of its tasks. */
  public Tasks list() {
    return tasks;
  }

  /** The task on the CPU that crashed. */
  public Optional<Task> panicTask() {
    return cpus.all().stream()
        .filter(CrashedCpu::crashed)
        .findFirst()
        .flatMap(cpu -> tasks.current(cpu.number()));
  }

  /**
   * Where the page tables of a task's process are; empty for a thread of the kernel, and where that
   * cannot be told.
   */
  public OptionalLong pageTableRoot(Task task) {
    try {
      return requirePageTableRoot(task);
    } catch (KernelReadException e) {
      // For those who have another way; the others use the method below.
      return OptionalLong.empty();
    }
  }

  /**
   * Where the page tables of a task's process are; empty for a thread of the kernel.
   *
   * @throws KernelReadException with what of the kernel does not tell
   */
  public OptionalLong requirePageTableRoot(Task task) throws KernelReadException {
    Optional<AddressSpace> space = tasks.addressSpace(task);
    if (space.isEmpty()) {
      return OptionalLong.empty();
    }
    Optional<Long> asce = space.get().asce();
    if (asce.isPresent()) {
      return OptionalLong.of(asce.get());
    }
    Translation translation = kernel.virtual().translate(space.get().pgd());
    if (translation instanceof Translation.Mapped mapped) {
      return OptionalLong.of(mapped.physicalAddress());
    }
    throw new KernelReadException(
        KernelReadException.Reason.UNREADABLE, "pgd: " + ((Fault) translation).message());
  }

  /** Memory as a task saw it that does not run. */
  public VirtualMemory memoryOf(Task task) {
    synchronized (spaces) {
      VirtualMemory known = spaces.get(task.mm());
      if (known != null) {
        return known;
      }
    }
    // The root is looked for in the dump: nobody who knows theirs waits for that.
    VirtualMemory made = architecture.taskSpace(kernel, pageTableRoot(task));
    synchronized (spaces) {
      VirtualMemory other = spaces.putIfAbsent(task.mm(), made);
      return other != null ? other : made;
    }
  }

  /**
   * Memory as a task's program saw it, where the kernel's may not be part of it.
   *
   * @throws MissingFactException when its page tables cannot be found
   */
  public VirtualMemory userMemoryOf(Task task) throws MissingFactException {
    String why = "it is a thread of the kernel";
    try {
      OptionalLong root = requirePageTableRoot(task);
      if (root.isPresent()) {
        return architecture.addressSpace(kernel, root.getAsLong());
      }
    } catch (KernelReadException e) {
      why = String.valueOf(e.getMessage());
    }
    throw new MissingFactException(
        "the page tables of process %d (%s) cannot be found: %s"
            .formatted(task.tgid(), task.comm(), why));
  }

  /**
   * The registers of a task that does not run. Where its program counter cannot be told it is all
   * ones, where no code is: gdb 13 drops a target that has none.
   */
  public RegisterValues registersOf(Task task) {
    RegisterValues registers;
    try {
      registers = LinuxPorts.of(architecture).switchedOut(byteOrder, tasks.switchedOut(task));
    } catch (KernelReadException e) {
      // Debuggers show each of them as unavailable.
      registers = RegisterValues.builder(architecture.registers(), byteOrder).build();
    }
    if (registers.value(architecture.programCounter()).isEmpty()) {
      registers = registers.toBuilder().set(architecture.programCounter(), -1).build();
    }
    CpuState saved =
        new CpuState(
            0,
            OptionalInt.empty(),
            OptionalInt.of(task.pid()),
            registers,
            false,
            0,
            OptionalLong.empty());
    return architecture.withCurrentTask(saved, task.address()).registers();
  }
}
