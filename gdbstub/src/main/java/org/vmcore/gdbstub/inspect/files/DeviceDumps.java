package org.vmcore.gdbstub.inspect.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.vmcore.dumpreader.api.Note;

/**
 * What drivers saved of their devices, as notes beside memory (Linux include/uapi/linux/vmcore.h,
 * since 4.18, commit 2724273e8fd0, "vmcore: add API to collect hardware dump in second kernel"): a
 * name of {@value #NAME_BYTES} bytes, padded with zeros, and the data.
 */
public final class DeviceDumps {
  /** NT_VMCOREDD. */
  private static final int TYPE = 0x700;

  private static final String OWNER = "LINUX";
  private static final int NAME_BYTES = 44;

  private DeviceDumps() {}

  /** A device's. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record DeviceDump(String name, byte[] data) {}

  /** Whether a note is one. */
  public static boolean is(Note note) {
    return note.type() == TYPE
        && note.name().equals(OWNER)
        && note.descriptor().length >= NAME_BYTES;
  }

  /** What is in one. */
  public static DeviceDump of(Note note) {
    byte[] descriptor = note.descriptor();
    int end = 0;
    while (end < NAME_BYTES && descriptor[end] != 0) {
      end++;
    }
    return new DeviceDump(
        new String(descriptor, 0, end, ISO_8859_1),
        Arrays.copyOfRange(descriptor, NAME_BYTES, descriptor.length));
  }

  /** Those among a dump's notes. */
  static List<DeviceDump> among(List<Note> notes) {
    List<DeviceDump> found = new ArrayList<>();
    notes.stream().filter(DeviceDumps::is).forEach(note -> found.add(of(note)));
    return found;
  }
}
