package org.vmcore.gdbstub.linux.irq;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * The interrupt descriptor table of x86-64 (Intel SDM vol. 3A 6.14.1): gates of 16 bytes with the
 * address of the code in three pieces, and bit 15 of the third word when it is in use.
 */
public final class GateTable {
  private static final int GATE = 16;
  private static final int GATES = 256;
  private static final int PRESENT = 0x8000;

  private GateTable() {}

  /** Where the CPU goes at a vector. */
  public record Gate(int vector, long handler) {}

  /** Those in use. */
  public static List<Gate> read(TypedMemory memory) throws KernelReadException {
    Optional<ByteBuffer> table =
        memory.memory().wordBytes() == Long.BYTES
            ? memory.address("idt_table").flatMap(at -> memory.memory().bytes(at, GATE * GATES))
            : Optional.empty();
    if (table.isEmpty()) {
      throw new KernelReadException(
          KernelReadException.Reason.ABSENT, "there is no idt_table of x86-64");
    }
    List<Gate> gates = new ArrayList<>();
    for (int vector = 0; vector < GATES; vector++) {
      int at = vector * GATE;
      int attributes = table.get().getShort(at + 4) & 0xffff;
      if ((attributes & PRESENT) != 0) {
        long low = table.get().getShort(at) & 0xffff;
        long middle = table.get().getShort(at + 6) & 0xffff;
        long high = table.get().getInt(at + 8);
        gates.add(new Gate(vector, high << 32 | middle << 16 | low));
      }
    }
    return gates;
  }
}
