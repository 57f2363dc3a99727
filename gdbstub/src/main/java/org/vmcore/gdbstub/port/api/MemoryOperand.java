package org.vmcore.gdbstub.port.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.stack.FrameRegisters;

/**
 * Where an instruction accesses memory.
 *
 * @param base register, by gdb's name
 * @param index register that is multiplied by {@code scale} and added
 * @param displacement that is added
 */
public record MemoryOperand(
    Optional<String> base, Optional<String> index, int scale, long displacement) {

  /** The address, if the registers are known. */
  public OptionalLong address(FrameRegisters registers) {
    long address = displacement;
    if (base.isPresent()) {
      OptionalLong value = registers.value(base.get());
      if (value.isEmpty()) {
        return OptionalLong.empty();
      }
      address += value.getAsLong();
    }
    if (index.isPresent()) {
      OptionalLong value = registers.value(index.get());
      if (value.isEmpty()) {
        return OptionalLong.empty();
      }
      address += value.getAsLong() * scale;
    }
    return OptionalLong.of(address);
  }

  /** {@code rdi + rax*8 + 0x18}. */
  public String text() {
    List<String> parts = new ArrayList<>();
    base.ifPresent(parts::add);
    index.ifPresent(name -> parts.add(scale == 1 ? name : name + "*" + scale));
    if (displacement != 0 || parts.isEmpty()) {
      boolean negative = displacement < 0 && !parts.isEmpty();
      parts.add(
          (negative ? "-" : "") + "0x" + Long.toHexString(negative ? -displacement : displacement));
    }
    return String.join(" + ", parts).replace("+ -", "- ");
  }
}
