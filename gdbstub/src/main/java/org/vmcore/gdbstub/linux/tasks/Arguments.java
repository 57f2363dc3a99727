package org.vmcore.gdbstub.linux.tasks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Optional;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** The command lines of processes. */
public final class Arguments {
  /** As much as a line in a table can be of use. */
  private static final int MOST_BYTES = 4096;

  private Arguments() {}

  /**
   * A process's arguments with blanks between, or its name in brackets where it has none that can
   * be read, as ps(1) shows it.
   *
   * @param memory as the task saw it
   */
  public static String of(TypedMemory typed, Tasks tasks, Task task, VirtualMemory memory) {
    try {
      Optional<AddressSpace> space = tasks.addressSpace(task);
      if (space.isPresent()) {
        Program program = new Program(typed, space.get(), tasks.object(task));
        Program.Range range = program.arguments();
        byte[] bytes = new byte[(int) Math.max(0, Math.min(range.size(), MOST_BYTES))];
        int got = memory.read(range.start(), bytes, 0, bytes.length).length();
        String text = new String(bytes, 0, got, ISO_8859_1).replace('\0', ' ').strip();
        if (!text.isEmpty()) {
          return text;
        }
      }
    } catch (KernelReadException e) {
      // Then its name will do.
    }
    return "[" + task.comm() + "]";
  }
}
