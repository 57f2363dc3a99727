package org.vmcore.gdbstub.linux.stack;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.vmcore.arch.api.Register;
import org.vmcore.arch.api.RegisterValues;

/**
 * What is known of the registers in one frame, zero-extended.
 *
 * @param values by gdb's names
 */
public record FrameRegisters(Map<String, Long> values) {
  public FrameRegisters {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /** The registers of up to 64 bits that a CPU or a task has. */
  public static FrameRegisters of(RegisterValues registers) {
    Map<String, Long> known = new LinkedHashMap<>();
    for (Register register : registers.set().registers()) {
      OptionalLong value = registers.value(register.name());
      if (value.isPresent()) {
        known.put(register.name(), value.getAsLong());
      }
    }
    return new FrameRegisters(known);
  }

  public OptionalLong value(String name) {
    Long value = values.get(name);
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }

  public boolean has(String name) {
    return values.containsKey(name);
  }

  /** The value of a register that is known. */
  public long get(String name) {
    return value(name).orElseThrow();
  }

  /** The same with another value of one of them. */
  public FrameRegisters with(String name, long value) {
    Map<String, Long> changed = new LinkedHashMap<>(values);
    changed.put(name, value);
    return new FrameRegisters(changed);
  }
}
