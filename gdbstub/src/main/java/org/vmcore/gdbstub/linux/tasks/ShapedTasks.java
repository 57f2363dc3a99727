package org.vmcore.gdbstub.linux.tasks;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.SymbolTable;
import org.vmcore.gdbstub.linux.types.KernelTypes;
import org.vmcore.gdbstub.linux.types.MadeTypes;
import org.vmcore.gdbstub.linux.types.MadeTypes.Placed;
import org.vmcore.gdbstub.linux.types.TypeRef;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * Types of tasks for a kernel that has no others, with those members that {@link TaskShape} finds.
 * What reads tasks does so as with any other types, and is told that the rest is not there.
 */
public final class ShapedTasks {
  private ShapedTasks() {}

  /**
   * Empty where the tasks cannot be told.
   *
   * @param initTask address of {@code init_task}
   */
  public static Optional<TypedMemory> open(
      KernelMemory memory, SymbolTable symbols, long initTask) {
    return TaskShape.find(memory, initTask)
        .map(
            found ->
                new TypedMemory(memory, KernelTypes.of(types(memory.wordBytes(), found)), symbols));
  }

  private static MadeTypes types(int word, TaskShape.Layout found) {
    MadeTypes types = new MadeTypes(word);
    TypeRef list = types.list();
    TypeRef task = types.declare("task_struct");
    TypeRef thread = types.declare("thread_struct");
    // By the names that x86, and powerpc and s390, have for it.
    types.define(
        "thread_struct",
        word,
        List.of(new Placed("sp", types.word(), 0), new Placed("ksp", types.word(), 0)));
    Map<String, TypeRef> known =
        Map.ofEntries(
            Map.entry("tasks", list),
            Map.entry("thread_group", list),
            Map.entry("comm", types.text(TaskRing.NAME_BYTES)),
            Map.entry("pid", types.integer()),
            Map.entry("tgid", types.integer()),
            Map.entry("real_parent", types.pointerTo(task)),
            Map.entry("stack", types.word()),
            Map.entry("mm", types.word()),
            Map.entry("flags", types.unsignedInteger()),
            Map.entry("state", types.unsignedInteger()),
            Map.entry("cpu", types.unsignedInteger()));
    List<Placed> members = new ArrayList<>();
    found
        .members()
        .forEach(
            (name, offset) ->
                members.add(
                    name.equals("thread.sp")
                        ? new Placed("thread", thread, offset)
                        : new Placed(name, requireNonNull(known.get(name)), offset)));
    long end = members.stream().mapToLong(Placed::offset).max().orElse(0) + TaskRing.NAME_BYTES;
    types.define("task_struct", end, members);
    if (found.cpuInThreadInfo().isPresent()) {
      types.declare("thread_info");
      types.define(
          "thread_info",
          found.cpuInThreadInfo().getAsInt() + Integer.BYTES,
          List.of(new Placed("cpu", types.unsignedInteger(), found.cpuInThreadInfo().getAsInt())));
    }
    return types;
  }
}
