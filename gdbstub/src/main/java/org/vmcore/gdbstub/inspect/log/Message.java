package org.vmcore.gdbstub.inspect.log;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.log.LogRecord;

/**
 * A message of the kernel.
 *
 * @param seq its number since the boot
 * @param timestampNs when, by the clock that starts near 0 at the boot
 * @param time the same as a date, where dates were asked for
 * @param facility 0 for the kernel's own, else who wrote it to /dev/kmsg, as syslog(3) numbers them
 * @param caller {@code T} and the thread or {@code C} and the CPU that printed it
 * @param device what is told udev beside the text, as {@code SUBSYSTEM=pci}
 * @param text one line or several
 */
public record Message(
    OptionalLong seq,
    OptionalLong timestampNs,
    Optional<Instant> time,
    Optional<Level> level,
    OptionalInt facility,
    Optional<String> caller,
    List<String> device,
    String text) {

  /**
   * @param boot when the clock was 0, to make its times dates
   */
  public static Message of(LogRecord record, Optional<Instant> boot) {
    OptionalLong nanos = record.nanoseconds();
    return new Message(
        record.sequence(),
        nanos,
        nanos.isEmpty() ? Optional.empty() : boot.map(b -> date(b, nanos.getAsLong())),
        record.level().isEmpty() ? Optional.empty() : Level.of(record.level().getAsInt()),
        record.facility(),
        record.caller(),
        record.device(),
        record.text());
  }

  /**
   * @param nanos unsigned
   */
  private static Instant date(Instant boot, long nanos) {
    return boot.plusSeconds(Long.divideUnsigned(nanos, Level.NANOS_PER_SECOND))
        .plusNanos(Long.remainderUnsigned(nanos, Level.NANOS_PER_SECOND));
  }
}
