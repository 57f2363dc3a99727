package org.vmcore.arch.api;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The general registers as a process's core file has them: {@code elf_gregset_t}, the {@code
 * pr_reg} of its NT_PRSTATUS (Linux include/uapi/linux/elfcore.h), and what else of the layout
 * differs between architectures.
 *
 * @param wordBytes of a {@code long} of the program, 4 or 8
 * @param userIdBytes of {@code __kernel_uid_t}, which NT_PRPSINFO has; 2 or 4
 * @param slots in the order of memory
 */
public record CoreRegisters(int wordBytes, int userIdBytes, List<Slot> slots) {

  /**
   * @param register its name for gdb; empty for padding
   * @param bytes which may be more than the register has
   */
  public record Slot(String register, int bytes) {}

  public CoreRegisters {
    slots = List.copyOf(slots);
  }

  /** One word for each register. */
  public static CoreRegisters ofWords(int wordBytes, List<String> registers) {
    return new CoreRegisters(wordBytes, Integer.BYTES, slots(registers, wordBytes));
  }

  /** Slots of one size. */
  public static List<Slot> slots(List<String> registers, int bytes) {
    return registers.stream().map(register -> new Slot(register, bytes)).toList();
  }

  /** The same with more slots behind. */
  public CoreRegisters and(List<Slot> more) {
    List<Slot> all = new ArrayList<>(slots);
    all.addAll(more);
    return new CoreRegisters(wordBytes, userIdBytes, all);
  }

  /** The same where users' numbers have 16 bits. */
  public CoreRegisters withShortUserIds() {
    return new CoreRegisters(wordBytes, Short.BYTES, slots);
  }

  public int bytes() {
    return slots.stream().mapToInt(Slot::bytes).sum();
  }

  /** As a core file has them; a register that is not known is zero there. */
  public byte[] encode(RegisterValues values, ByteOrder order) {
    ByteBuffer out = ByteBuffer.allocate(bytes()).order(order);
    for (Slot slot : slots) {
      byte[] wide =
          ByteBuffer.allocate(Long.BYTES).order(order).putLong(value(values, slot)).array();
      int from = order == ByteOrder.BIG_ENDIAN ? Long.BYTES - slot.bytes() : 0;
      out.put(Arrays.copyOfRange(wide, from, from + slot.bytes()));
    }
    return out.array();
  }

  private static long value(RegisterValues values, Slot slot) {
    return slot.register().isEmpty() ? 0 : values.value(slot.register()).orElse(0);
  }
}
