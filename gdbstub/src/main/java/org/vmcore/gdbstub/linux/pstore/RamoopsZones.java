package org.vmcore.gdbstub.linux.pstore;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.KernelReadException.Reason;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * The zones of memory that ramoops keeps over a boot (Linux fs/pstore/ram.c and ram_core.c). A dump
 * has them only where they are of the machine's ordinary memory, as with {@code reserve_mem}, or if
 * a hypervisor made it; what was in them when the driver was loaded is in the kernel's own.
 */
final class RamoopsZones {
  private static final String BACKEND = "ramoops";

  /** Of {@code enum pstore_type_id}. */
  private static final int DMESG = 0;

  private static final int CONSOLE = 2;
  private static final int FTRACE = 3;
  private static final int PMSG = 7;

  /** More than anybody's memory is divided into. */
  private static final int MAX_ZONES = 1 << 12;

  private final TypedMemory memory;
  private final Reasons reasons;
  private final List<PersistentRecord> found = new ArrayList<>();
  private int unread;
  private String why = "";

  private RamoopsZones(TypedMemory memory, Reasons reasons) {
    this.memory = memory;
    this.reasons = reasons;
  }

  /**
   * Those of the driver's only variable.
   *
   * @param address of its {@code struct ramoops_context}
   */
  static List<PersistentRecord> read(TypedMemory memory, long address, Reasons reasons) {
    RamoopsZones zones = new RamoopsZones(memory, reasons);
    Optional<Integer> unread = reasons.optional(() -> zones.all(address));
    if (unread.orElse(0) > 0) {
      reasons.add(
          "%d zones of ramoops are not told of; the first: %s".formatted(unread.get(), zones.why));
    }
    return zones.found;
  }

  /** How many zones cannot be read. */
  private int all(long address) throws KernelReadException {
    KernelObject context = memory.object("struct ramoops_context", address);
    each(context, "dprzs", context.value("max_dump_cnt"), DMESG);
    one(context.member("cprz"), CONSOLE, 0);
    each(context, "fprzs", context.value("max_ftrace_cnt"), FTRACE);
    one(context.member("mprz"), PMSG, 0);
    return unread;
  }

  private void each(KernelObject context, String member, long count, int type)
      throws KernelReadException {
    if (context.value(member) == 0) {
      return;
    }
    KernelObject first = context.member(member).dereference();
    for (int i = 0; i < Math.min(count, MAX_ZONES); i++) {
      one(first.moved((long) i * memory.memory().wordBytes()), type, i);
    }
  }

  private void one(KernelObject pointer, int type, int id) throws KernelReadException {
    if (pointer.value() == 0) {
      return;
    }
    KernelObject zone = pointer.dereference();
    reasons.optional(() -> left(zone, type, id)).flatMap(one -> one).ifPresent(found::add);
    try {
      kept(zone, type, id).ifPresent(found::add);
    } catch (KernelReadException e) {
      // Of most dumps that is all of them, which are told of in a sentence.
      why = unread == 0 ? String.valueOf(e.getMessage()) : why;
      unread++;
    }
  }

  private static Optional<PersistentRecord> left(KernelObject zone, int type, int id)
      throws KernelReadException {
    long bytes = zone.value("old_log_size");
    long address = zone.value("old_log");
    // Those of the log are read again from the zone whenever files are made of them.
    if (type == DMESG || address == 0 || bytes == 0) {
      return Optional.empty();
    }
    String name = PersistentRecord.name(type, BACKEND, id);
    check(name, 0, bytes, PersistentRecords.MAX_BYTES);
    return Optional.of(
        new PersistentRecord(
            name,
            PersistentRecord.Place.LEFT,
            address,
            Optional.empty(),
            zone.member("old_log").dereference().bytes((int) bytes)));
  }

  /** A ring: {@code start} is where the next byte goes once it is full. */
  private static Optional<PersistentRecord> kept(KernelObject zone, int type, int id)
      throws KernelReadException {
    KernelObject buffer = zone.member("buffer").dereference();
    long bytes = buffer.value("size.counter");
    long start = buffer.value("start.counter");
    if (bytes == 0) {
      return Optional.empty();
    }
    String name = PersistentRecord.name(type, BACKEND, id);
    check(name, start, bytes, Math.min(zone.value("buffer_size"), PersistentRecords.MAX_BYTES));
    byte[] ring = buffer.member("data").bytes((int) bytes);
    byte[] content = new byte[ring.length];
    int after = ring.length - (int) start;
    System.arraycopy(ring, (int) start, content, 0, after);
    System.arraycopy(ring, 0, content, after, (int) start);
    if (type == DMESG) {
      return KmsgRecord.parse(content)
          .map(
              record ->
                  new PersistentRecord(
                      record.inflated() ? name : name + ".enc.z",
                      PersistentRecord.Place.ZONE,
                      buffer.address(),
                      record.time(),
                      record.text()));
    }
    return Optional.of(
        new PersistentRecord(
            name, PersistentRecord.Place.ZONE, buffer.address(), Optional.empty(), content));
  }

  private static void check(String name, long start, long bytes, long room)
      throws KernelReadException {
    if (start < 0 || start > bytes || bytes < 0 || bytes > room) {
      throw new KernelReadException(
          Reason.IMPLAUSIBLE,
          "%s has %d bytes from %d on in a zone for %d".formatted(name, bytes, start, room));
    }
  }
}
