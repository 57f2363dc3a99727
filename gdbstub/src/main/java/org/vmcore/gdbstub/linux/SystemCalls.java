package org.vmcore.gdbstub.linux;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/** The table of system calls (Linux include/linux/syscalls.h). */
public final class SystemCalls {
  private static final String TABLE = "sys_call_table";

  /** More than any architecture has. */
  private static final int MAX_CALLS = 1024;

  /** What stands where there is none (kernel/sys_ni.c). */
  private static final String NONE = "ni_syscall";

  private SystemCalls() {}

  /**
   * A system call.
   *
   * @param address of the function
   */
  public record SystemCall(int number, long address, String function) {}

  /** All that there are, up to what is no longer a function. */
  public static List<SystemCall> read(LinuxKernel kernel) throws KernelReadException {
    long table =
        kernel
            .address(TABLE)
            .orElseThrow(
                () ->
                    new KernelReadException(
                        KernelReadException.Reason.ABSENT,
                        "the kernel has no symbol '" + TABLE + "'"));
    SymbolNames symbols = kernel.symbolNames();
    List<SystemCall> calls = new ArrayList<>();
    for (int i = 0; i < MAX_CALLS; i++) {
      OptionalLong word = kernel.memory().word(table + (long) i * kernel.memory().wordBytes());
      if (word.isEmpty()) {
        break;
      }
      long address = word.getAsLong();
      Optional<SymbolNames.Located> found = symbols.at(address);
      boolean code =
          found.isPresent()
              && found.get().offset() == 0
              && "TtWw".indexOf(found.get().symbol().type()) >= 0;
      if (!code) {
        break;
      }
      String name = found.get().symbol().name();
      if (!name.contains(NONE)) {
        calls.add(new SystemCall(i, address, name));
      }
    }
    return calls;
  }
}
