package org.vmcore.gdbstub.linux.tasks;

import java.util.OptionalLong;
import org.vmcore.arch.api.SwitchedOutTask;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** A task as an architecture asks about it. */
record SavedTask(TypedMemory typed, KernelObject task) implements SwitchedOutTask {
  @Override
  public OptionalLong member(String path) {
    try {
      return task.has(path)
          ? OptionalLong.of(typed.memory().truncate(task.value(path)))
          : OptionalLong.empty();
    } catch (KernelReadException e) {
      // The architecture says which registers it lacks.
      return OptionalLong.empty();
    }
  }

  @Override
  public OptionalLong offset(String struct, String member) {
    return typed
        .types()
        .compound(struct)
        .map(type -> type.offsetOf(member))
        .orElse(OptionalLong.empty());
  }

  @Override
  public OptionalLong size(String struct) {
    return typed.types().compound(struct).map(Compound::size).orElse(OptionalLong.empty());
  }

  @Override
  public OptionalLong word(long virtualAddress) {
    return typed.memory().word(virtualAddress);
  }

  @Override
  public byte[] bytes(long virtualAddress, int length) {
    return typed.memory().upTo(virtualAddress, length);
  }

  @Override
  public OptionalLong symbol(String name) {
    return typed.address(name).map(OptionalLong::of).orElse(OptionalLong.empty());
  }
}
