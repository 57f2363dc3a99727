package org.vmcore.arch.x86;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.dumpreader.api.Note;

/**
 * QEMU's own note of a CPU (QEMU target/i386/arch_dump.c, struct QEMUCPUState), the same for 32 and
 * 64 bits.
 *
 * <pre>
 * QEMU, type 0
 *     0  version  u32: 1
 *     4  size     u32: of the whole descriptor
 *     8  rax rbx rcx rdx rsi rdi rsp rbp r8..r15, rip, rflags  18 x u64
 *   152  cs ds es fs gs ss ldt tr gdt idt                      10 x 24
 *   392  cr0..cr4                                               5 x u64
 *   432  kernel_gs_base  u64, since QEMU 3.0
 *
 * each of the ten: selector u32, limit u32, flags u32, padding u32, base u64
 * </pre>
 */
public final class QemuCpuState {
  private static final int RIP = 136;
  private static final int SEGMENTS = 152;
  private static final int SEGMENT_SIZE = 24;
  private static final int SEGMENT_BASE = 16;
  private static final int CR0 = 392;
  private static final int KERNEL_GS_BASE = 432;

  private final ByteBuffer bytes;

  private QemuCpuState(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  /** The segments whose base is not always 0 on Linux. */
  public enum Segment {
    FS(3),
    GS(4);

    private final int index;

    Segment(int index) {
      this.index = index;
    }
  }

  /** The notes of a dump, in CPU order. */
  public static List<QemuCpuState> of(List<Note> notes) {
    List<QemuCpuState> states = new ArrayList<>();
    for (Note note : notes) {
      parse(note).ifPresent(states::add);
    }
    return states;
  }

  private static Optional<QemuCpuState> parse(Note note) {
    ByteBuffer bytes = ByteBuffer.wrap(note.descriptor()).order(ByteOrder.LITTLE_ENDIAN);
    return note.name().equals(Note.QEMU)
            && note.type() == 0
            && bytes.limit() >= KERNEL_GS_BASE
            && bytes.getInt(0) == 1
        ? Optional.of(new QemuCpuState(bytes))
        : Optional.empty();
  }

  public long rip() {
    return bytes.getLong(RIP);
  }

  public long base(Segment segment) {
    return bytes.getLong(SEGMENTS + segment.index * SEGMENT_SIZE + SEGMENT_BASE);
  }

  /**
   * @param number 0, 2, 3 or 4: there is no CR1, whatever the note has in its place
   */
  public long controlRegister(int number) {
    return bytes.getLong(CR0 + number * Long.BYTES);
  }

  public OptionalLong kernelGsBase() {
    return bytes.limit() >= KERNEL_GS_BASE + Long.BYTES
        ? OptionalLong.of(bytes.getLong(KERNEL_GS_BASE))
        : OptionalLong.empty();
  }
}
