package org.vmcore.dumpreader.format.s390;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.note.RegisterNotes;

/**
 * What a CPU of IBM Z stores of itself in its prefix area when it is stopped (z/Architecture
 * Principles of Operation, "Store Status": from absolute 4608 = 0x1200 of the prefix area on), as
 * the notes that Linux makes of it (arch/s390/kernel/crash_dump.c).
 */
final class S390Status {
  /** Where the first byte is kept, from the prefix on. */
  static final int ADDRESS = 0x1200;

  /** Up to the end of the control registers. */
  static final int SIZE = 0x200;

  private static final int GENERAL_REGISTERS = 0x80;
  private static final int PSW = 0x100;
  private static final int ACCESS_REGISTERS = 0x140;
  private static final int CONTROL_REGISTERS = 0x180;

  private static final int PRSTATUS_SIZE = 336;
  private static final String LINUX = "LINUX";

  /** Linux include/uapi/linux/elf.h. */
  private static final int NT_S390_CTRS = 0x304;

  private static final int NT_S390_PREFIX = 0x305;

  private S390Status() {}

  /**
   * @param area {@link #SIZE} bytes
   * @param fileOffset of the prefix area in the file
   */
  static List<Note> notes(byte[] area, long prefix, long fileOffset) {
    long at = fileOffset + ADDRESS;
    ByteBuffer prstatus = ByteBuffer.allocate(PRSTATUS_SIZE).position(RegisterNotes.PR_REG);
    prstatus.put(area, PSW, 16).put(area, GENERAL_REGISTERS, 128).put(area, ACCESS_REGISTERS, 64);
    return List.of(
        new Note(Note.CORE, Note.NT_PRSTATUS, at, prstatus.array()),
        new Note(
            LINUX,
            NT_S390_CTRS,
            at + CONTROL_REGISTERS,
            Arrays.copyOfRange(area, CONTROL_REGISTERS, CONTROL_REGISTERS + 128)),
        new Note(
            LINUX,
            NT_S390_PREFIX,
            fileOffset,
            ByteBuffer.allocate(Integer.BYTES).putInt((int) prefix).array()));
  }
}
