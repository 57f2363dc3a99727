package org.vmcore.arch.api;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.Note;

/**
 * Where one architecture's NT_PRSTATUS has what (Linux include/linux/elfcore.h, struct
 * elf_prstatus, whose members before pr_reg are the same on all).
 *
 * <pre>
 *          32-bit  64-bit
 * pr_pid   24      32      u32
 * pr_reg   72      112     registers of one word each: elf_gregset_t
 * then     pr_fpvalid u32, padded
 * </pre>
 *
 * @param wordBytes 4 or 8
 * @param size bytes of the whole structure
 * @param registers names of the words of pr_reg, in order
 */
public record Prstatus(int wordBytes, int size, List<String> registers) {
  public Prstatus {
    registers = List.copyOf(registers);
  }

  /** Its registers, as those of a program's core. */
  public CoreRegisters core() {
    return CoreRegisters.ofWords(wordBytes, registers);
  }

  private int pidOffset() {
    return wordBytes == Long.BYTES ? 32 : 24;
  }

  private int registerOffset() {
    return wordBytes == Long.BYTES ? 112 : 72;
  }

  public boolean describes(Note note) {
    return note.name().equals(Note.CORE)
        && note.type() == Note.NT_PRSTATUS
        && note.descriptor().length >= size;
  }

  /** The notes of this layout, in file order. */
  public List<Note> notes(Dump dump) {
    return dump.notes().stream().filter(this::describes).toList();
  }

  /**
   * Whether a dump has notes of exactly this size, for architectures that no other shares it with.
   */
  public boolean isOf(Dump dump) {
    return notes(dump).stream().anyMatch(note -> note.descriptor().length == size);
  }

  public int pid(Note note, ByteOrder order) {
    return buffer(note, order).getInt(pidOffset());
  }

  /** A register, zero-extended. */
  public long register(Note note, ByteOrder order, String name) {
    int at = registerOffset() + registers.indexOf(name) * wordBytes;
    ByteBuffer buffer = buffer(note, order);
    return wordBytes == Long.BYTES ? buffer.getLong(at) : Integer.toUnsignedLong(buffer.getInt(at));
  }

  /** All registers of a note; those of the set that it does not have stay unavailable. */
  public RegisterValues.Builder values(Note note, ByteOrder order, RegisterSet set) {
    RegisterValues.Builder values = RegisterValues.builder(set, order);
    for (String name : registers) {
      values.set(name, register(note, order, name));
    }
    return values;
  }

  /**
   * Whether QEMU wrote the notes of a dump, which then have the CPU's number plus one for a pid, on
   * architectures where nothing in them says so. The kernel adds its VMCOREINFO, and has kernel
   * addresses in the PT_LOADs; QEMU without paging repeats the physical ones.
   */
  public static boolean isByQemu(Dump dump) {
    boolean physical =
        !dump.segments().isEmpty()
            && dump.segments().stream()
                .allMatch(segment -> segment.virtualAddress() == segment.physicalAddress());
    return physical || dump.vmcoreinfo().isEmpty();
  }

  private static ByteBuffer buffer(Note note, ByteOrder order) {
    return ByteBuffer.wrap(note.descriptor()).order(order);
  }
}
