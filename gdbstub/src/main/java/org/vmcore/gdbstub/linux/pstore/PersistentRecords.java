package org.vmcore.gdbstub.linux.pstore;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.gdbstub.linux.pstore.PersistentRecord.Place;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.KernelReadException.Reason;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Walk;

/**
 * The records of pstore: the files of its file system, whose list was called {@code allpstore}
 * before 5.8 (Linux fs/pstore/inode.c), and the zones of ramoops. Those of other drivers are on a
 * disk or in firmware, but for what was read of them into files.
 */
public final class PersistentRecords {
  /** More than any driver keeps in a record. */
  static final int MAX_BYTES = 16 << 20;

  private PersistentRecords() {}

  /** Name of the driver that keeps records; empty where there is none. */
  public static Optional<String> backend(TypedMemory memory) throws KernelReadException {
    OptionalLong driver =
        memory.address("psinfo").map(memory.memory()::word).orElse(OptionalLong.empty());
    return driver.isEmpty() || driver.getAsLong() == 0
        ? Optional.empty()
        : Optional.of(memory.object("struct pstore_info", driver.getAsLong()).string("name"));
  }

  /**
   * All that are in memory, the files first; what is in a file is not told again of the zone that
   * it came from.
   *
   * @param ramoops where that driver, which may be a module, has its {@code oops_cxt}
   * @param reasons told why some cannot be read
   * @throws KernelReadException where the kernel has no pstore
   */
  public static List<PersistentRecord> read(
      TypedMemory memory, OptionalLong ramoops, Reasons reasons) throws KernelReadException {
    Optional<Long> list = memory.address("records_list").or(() -> memory.address("allpstore"));
    if (list.isEmpty()) {
      throw new KernelReadException(Reason.ABSENT, "this kernel has no pstore");
    }
    List<PersistentRecord> found = new ArrayList<>();
    Walk files =
        memory.object("struct list_head", list.get()).list("struct pstore_private", "list");
    files.problem().ifPresent(reasons::add);
    for (KernelObject file : files) {
      reasons.optional(() -> file(file)).ifPresent(found::add);
    }
    Set<String> known = new HashSet<>();
    found.forEach(record -> known.add(identity(record)));
    if (ramoops.isPresent()) {
      for (PersistentRecord record : RamoopsZones.read(memory, ramoops.getAsLong(), reasons)) {
        boolean ofNow = record.place() == Place.ZONE && record.time().isEmpty();
        if (ofNow || known.add(identity(record))) {
          found.add(record);
        }
      }
    }
    return found;
  }

  private static String identity(PersistentRecord record) {
    return record.name() + record.time();
  }

  /** What is left in a {@code struct pstore_private} since 4.12 of what was its own before. */
  private static PersistentRecord file(KernelObject file) throws KernelReadException {
    KernelObject record = file.member("record").dereference();
    KernelObject buffer = record.member("buf");
    long bytes = record.value("size") + record.value("ecc_notice_size");
    String name =
        PersistentRecord.name(record.value("type"), record.string("psi->name"), record.value("id"));
    if (bytes < 0 || bytes > MAX_BYTES) {
      throw new KernelReadException(Reason.IMPLAUSIBLE, "%s has %d bytes".formatted(name, bytes));
    }
    return new PersistentRecord(
        record.value("compressed") == 0 ? name : name + ".enc.z",
        Place.FILE,
        buffer.value(),
        time(record.value("time.tv_sec"), record.value("time.tv_nsec")),
        buffer.dereference().bytes((int) bytes));
  }

  static Optional<Instant> time(long seconds, long nanoseconds) {
    try {
      return seconds == 0
          ? Optional.empty()
          : Optional.of(Instant.ofEpochSecond(seconds, nanoseconds));
    } catch (DateTimeException | ArithmeticException e) {
      return Optional.empty();
    }
  }
}
