package org.vmcore.gdbstub.linux.pstore;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A record of pstore, with all that is in it. */
public final class PersistentRecord {
  /**
   * Names of {@code enum pstore_type_id} (Linux include/linux/pstore.h, {@code pstore_type_names}),
   * which have kept their numbers since there are any.
   */
  private static final List<String> TYPES =
      List.of(
          "dmesg",
          "mce",
          "console",
          "ftrace",
          "rtas",
          "powerpc-ofw",
          "powerpc-common",
          "pmsg",
          "powerpc-opal");

  private final String name;
  private final Place place;
  private final long address;
  private final Optional<Instant> time;
  private final byte[] content;

  /** Where the kernel had it. */
  public enum Place {
    /** In a file of the file system pstore: what a machine left before this boot, or an oops. */
    FILE,
    /** What a zone had in it when its driver was loaded. */
    LEFT,
    /** In the zone itself, which outlives the machine. */
    ZONE
  }

  PersistentRecord(String name, Place place, long address, Optional<Instant> time, byte[] content) {
    this.name = name;
    this.place = place;
    this.address = address;
    this.time = time;
    this.content = content;
  }

  /** As the file system pstore calls its files (fs/pstore/inode.c, pstore_mkfile()). */
  static String name(long type, String backend, long id) {
    String kind = type >= 0 && type < TYPES.size() ? TYPES.get((int) type) : "unknown";
    return "%s-%s-%s".formatted(kind, backend, Long.toUnsignedString(id));
  }

  /** The name that its file has, or would have after the next boot. */
  public String name() {
    return name;
  }

  public Place place() {
    return place;
  }

  /** Address of the bytes that the kernel has of it. */
  public long address() {
    return address;
  }

  /** When it was written, of those that tell. */
  public Optional<Instant> time() {
    return time;
  }

  /** What its file reads as. */
  public byte[] content() {
    return content.clone();
  }
}
