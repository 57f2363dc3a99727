package org.vmcore.gdbstub.linux.log;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * One message of the kernel.
 *
 * @param sequence its number since the boot, where the kernel keeps it with the message
 * @param nanoseconds when, by the clock that starts near 0 at the boot
 * @param level 0 (emerg) to 7 (debug)
 * @param facility 0 for the kernel's own, else who wrote it to /dev/kmsg, as syslog(3) numbers them
 * @param caller {@code T} and the thread or {@code C} and the CPU that printed it
 * @param device what is told udev beside the text, as {@code SUBSYSTEM=pci}
 * @param text in ISO-8859-1, one line or several, without the last line's end; it may hold anything
 */
public record LogRecord(
    OptionalLong sequence,
    OptionalLong nanoseconds,
    OptionalInt level,
    OptionalInt facility,
    Optional<String> caller,
    List<String> device,
    String text) {
  public LogRecord {
    device = List.copyOf(device);
  }

  /** One without a device. */
  public LogRecord(
      OptionalLong sequence,
      OptionalLong nanoseconds,
      OptionalInt level,
      OptionalInt facility,
      Optional<String> caller,
      String text) {
    this(sequence, nanoseconds, level, facility, caller, List.of(), text);
  }

  /** A caller that is a CPU and not a thread (Linux kernel/printk/printk.c, printk_caller_id()). */
  private static final int CALLER_IS_CPU = 1 << 31;

  /** The same with a text that goes on. */
  LogRecord followedBy(String more) {
    return new LogRecord(sequence, nanoseconds, level, facility, caller, device, text + more);
  }

  static String caller(int id) {
    return (id & CALLER_IS_CPU) != 0 ? "C" + (id & ~CALLER_IS_CPU) : "T" + id;
  }
}
