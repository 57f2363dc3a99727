package org.vmcore.gdbstub.inspect;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.MonitorCommand.UsageException;
import org.vmcore.gdbstub.linux.SystemState;
import org.vmcore.gdbstub.linux.tasks.AddressSpace;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineTasks;

/** Tasks as crash prints and names them. */
final class TaskLines {
  private static final int KIB = 1024;

  private final CrashedMachine machine;
  private final MachineTasks tasks;
  private final OptionalLong memoryPages;

  /** Addresses of the tasks that CPUs ran. */
  private final Set<Long> running = new HashSet<>();

  TaskLines(CrashedMachine machine) throws MissingFactException {
    this.machine = machine;
    this.tasks = machine.tasks();
    this.memoryPages = new SystemState(machine.linux()).memoryPages();
    for (CrashedCpu cpu : machine.cpus()) {
      tasks.list().current(cpu.number()).ifPresent(task -> running.add(task.address()));
    }
  }

  /** The idle tasks of the dump's CPUs, then all others. */
  List<Task> everyTask() {
    List<Task> all = new ArrayList<>();
    for (CrashedCpu cpu : machine.cpus()) {
      tasks.list().idle(cpu.number()).ifPresent(all::add);
    }
    all.addAll(tasks.list().all());
    return all;
  }

  /**
   * The tasks that a user means: by PID, by the address of their {@code task_struct}, or by name.
   *
   * @throws UsageException when there are none
   */
  List<Task> named(String name) throws UsageException {
    List<Task> found =
        everyTask().stream()
            .filter(
                task ->
                    name.equals(Integer.toString(task.pid()))
                        || name.replaceFirst("^0x", "").equals(Long.toHexString(task.address()))
                        || name.equals(task.comm()))
            .toList();
    if (found.isEmpty()) {
      throw new UsageException("no task has the PID, address or name '" + name + "'");
    }
    return found;
  }

  /**
   * The one task that a user means; without an argument, that of the selected thread.
   *
   * @throws UsageException when there is none or more than one
   */
  Task meant(MonitorCommand.Call call, List<String> arguments)
      throws UsageException, MissingFactException {
    if (arguments.isEmpty()) {
      Optional<Task> selected = call.view().selectedTask();
      Optional<Task> task =
          selected.isPresent() ? selected : tasks.list().current(call.cpu().number());
      return task.orElseThrow(() -> new MissingFactException("it cannot be told what the CPU ran"));
    }
    if (arguments.size() > 1) {
      throw new UsageException("takes one PID, or the address of a task, or its name");
    }
    List<Task> found = named(arguments.get(0));
    if (found.size() > 1) {
      throw new UsageException(
          "%d tasks are named '%s'; name one by its PID".formatted(found.size(), arguments.get(0)));
    }
    return found.get(0);
  }

  String tableHeading() {
    String task = machine.pointerBytes() == Long.BYTES ? "      TASK      " : "  TASK  ";
    return "      PID    PPID  CPU %s  ST  %%MEM      VSZ      RSS  COMM\n".formatted(task);
  }

  /**
   * A task in the table.
   *
   * @param text a line
   */
  record Row(String text, Map<String, Object> tree) {}

  /** One task in the table; {@code >} marks those that ran. */
  Row row(Task task) {
    Optional<AddressSpace> space = space(task);
    long rss = kibibytes(space, AddressSpace::residentPages);
    long size = kibibytes(space, AddressSpace::totalPages);
    boolean ran = running.contains(task.address());
    String text =
        String.format(
            Locale.ROOT,
            "%c%8d%8d%4d  %s  %2s%6.1f%9d%9d  %s\n",
            ran ? '>' : ' ',
            task.pid(),
            task.ppid(),
            task.cpu().orElse(0),
            pointer(task.address()),
            task.state().abbreviation(),
            percentOfMemory(rss),
            size,
            rss,
            task.kernelThread() ? "[" + shown(task) + "]" : shown(task));
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("pid", task.pid());
    tree.put("ppid", task.ppid());
    task.cpu().ifPresent(cpu -> tree.put("cpu", cpu));
    tree.put("task", "0x" + Long.toHexString(task.address()));
    tree.put("state", task.state().abbreviation());
    tree.put("running", ran);
    tree.put("vsz_kib", size);
    tree.put("rss_kib", rss);
    tree.put("comm", task.comm());
    tree.put("kernel_thread", task.kernelThread());
    return new Row(text, tree);
  }

  private Optional<AddressSpace> space(Task task) {
    try {
      return tasks.list().addressSpace(task);
    } catch (KernelReadException e) {
      return Optional.empty();
    }
  }

  private double percentOfMemory(long kibibytes) {
    return memoryPages.isEmpty() || memoryPages.getAsLong() == 0
        ? 0
        : 100.0 * kibibytes * KIB / machine.pageBytes() / memoryPages.getAsLong();
  }

  /** Reads a number of pages. */
  @FunctionalInterface
  interface Pages {
    long of(AddressSpace space) throws KernelReadException;
  }

  long kibibytes(Optional<AddressSpace> space, Pages pages) {
    try {
      return space.isEmpty() ? 0 : pages.of(space.get()) * machine.pageBytes() / KIB;
    } catch (KernelReadException e) {
      return 0;
    }
  }

  /** An address as wide as the machine's are, without 0x, as crash prints it. */
  String pointer(long address) {
    return machine.pointerBytes() == Long.BYTES
        ? "%016x".formatted(address)
        : "%08x".formatted(address);
  }

  /** A name may hold any bytes. */
  static String shown(Task task) {
    return task.comm().replaceAll("[^\\x20-\\x7e]", "?");
  }
}
