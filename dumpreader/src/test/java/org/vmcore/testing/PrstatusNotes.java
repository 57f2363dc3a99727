package org.vmcore.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.vmcore.testing.Truth.Register;

/**
 * The registers of an x86-64 kdump-compressed file of version 4 or newer, read straight from its
 * notes and by nothing but their layout.
 */
final class PrstatusNotes {
  /**
   * The sub-header comes after one block ({@code disk_dump_header}, makedumpfile diskdump_mod.h).
   */
  private static final int SUB_HEADER = 4096;

  /** {@code offset_note} and {@code size_note} of {@code kdump_sub_header}, in the same file. */
  private static final int OFFSET_NOTE = SUB_HEADER + 48;

  /** Words of four bytes before a note's name: sizes of name and descriptor, and type (elf(5)). */
  private static final int NOTE_HEADER = 12;

  /** NT_PRSTATUS (elf.h). */
  private static final int PRSTATUS = 1;

  /** {@code pr_reg} in {@code struct elf_prstatus} (Linux include/linux/elfcore.h) of 64 bits. */
  private static final int PR_REG = 112;

  /** {@code struct user_regs_struct} (Linux arch/x86/include/asm/user_64.h), as gdb says it. */
  private static final List<String> ORDER =
      List.of(
          "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss"
              .split(" ", -1));

  private PrstatusNotes() {}

  /** One note is one CPU, in their order, where all CPUs were online. */
  static List<Register> of(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer where = read(channel, OFFSET_NOTE, 2 * Long.BYTES);
      ByteBuffer notes = read(channel, where.getLong(), (int) where.getLong());
      List<Register> registers = new ArrayList<>();
      int cpu = 0;
      while (notes.remaining() > NOTE_HEADER) {
        int nameSize = notes.getInt();
        int size = notes.getInt();
        int type = notes.getInt();
        int start = notes.position() + padded(nameSize);
        if (type == PRSTATUS) {
          for (int i = 0; i < ORDER.size(); i++) {
            long value = notes.getLong(start + PR_REG + i * Long.BYTES);
            registers.add(new Register(cpu, ORDER.get(i), value));
          }
          cpu++;
        }
        notes.position(Math.min(start + padded(size), notes.limit()));
      }
      assertThat(cpu).as("CPUs with a note in %s", file).isPositive();
      return registers;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int padded(int size) {
    return (size + 3) & ~3;
  }

  private static ByteBuffer read(FileChannel channel, long position, int size) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining() && channel.read(buffer, position + buffer.position()) >= 0) {}
    return buffer.flip();
  }
}
