package org.vmcore.gdbstub.inspect.address;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.address.Identification.OnStack;
import org.vmcore.gdbstub.inspect.tasks.TaskFinder;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.stack.StackSize;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** Which task's stack an address is on; stacks are unwound when one of their addresses is asked. */
final class StackPlaces {
  private final CrashedMachine machine;
  private final int stackBytes;
  private final TreeMap<Long, Task> byStack = new TreeMap<>(Long::compareUnsigned);
  private final Map<Task, List<Frame>> frames = new HashMap<>();

  StackPlaces(CrashedMachine machine) throws MissingFactException {
    this.machine = machine;
    this.stackBytes = StackSize.of(machine.linux());
    for (Task task : TaskFinder.every(machine)) {
      if (task.stack() != 0) {
        byStack.put(task.stack(), task);
      }
    }
  }

  Optional<OnStack> at(long address) throws MissingFactException {
    Map.Entry<Long, Task> below = byStack.floorEntry(address);
    if (below == null || Long.compareUnsigned(address - below.getKey(), stackBytes) >= 0) {
      return Optional.empty();
    }
    Task task = below.getValue();
    List<Frame> all = frames.get(task);
    if (all == null) {
      all = machine.stacks().of(task).frames();
      frames.put(task, all);
    }
    OptionalInt number = frame(all, address, task);
    Optional<String> function =
        number.isPresent()
            ? machine.stacks().function(all.get(number.getAsInt())).map(f -> f.symbol().name())
            : Optional.empty();
    return Optional.of(
        new OnStack(
            task.pid(), task.address(), task.comm(), address - task.stack(), number, function));
  }

  /** The last frame that is at the address or below; stacks grow down. */
  private OptionalInt frame(List<Frame> all, long address, Task task) {
    OptionalInt found = OptionalInt.empty();
    for (int i = 0; i < all.size(); i++) {
      Frame frame = all.get(i);
      boolean here =
          Long.compareUnsigned(frame.place() - task.stack(), stackBytes) < 0
              && Long.compareUnsigned(frame.place(), address) <= 0;
      if (here && frame.kind() != Frame.Kind.USER) {
        found = OptionalInt.of(i);
      }
    }
    return found;
  }
}
