package org.vmcore.arch.api;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What the psABI supplement of an architecture lays down for its ELF and DWARF files.
 *
 * @param machine {@code e_machine}
 * @param flags {@code e_flags} of an executable, where its ABI insists on some
 * @param absolute32 number of the relocation that sets 4 bytes to an address, or {@link #NONE}
 * @param absolute64 the same of 8 bytes
 * @param dwarfRegisters DWARF's numbers of registers, by gdb's names
 */
public record ElfAbi(
    int machine, int flags, int absolute32, int absolute64, Map<String, Integer> dwarfRegisters) {
  /** There is no such relocation. */
  public static final int NONE = -1;

  public ElfAbi {
    dwarfRegisters = Collections.unmodifiableMap(new LinkedHashMap<>(dwarfRegisters));
  }

  /** Those of a machine, without registers yet. */
  public static ElfAbi of(int machine, int absolute32, int absolute64) {
    return new ElfAbi(machine, 0, absolute32, absolute64, Map.of());
  }

  public ElfAbi withFlags(int others) {
    return new ElfAbi(machine, others, absolute32, absolute64, dwarfRegisters);
  }

  /**
   * With registers that are numbered in a row.
   *
   * @param first number of the first
   * @param names separated by blanks
   */
  public ElfAbi with(int first, String names) {
    Map<String, Integer> numbers = new LinkedHashMap<>(dwarfRegisters);
    int number = first;
    for (String name : names.split(" ", -1)) {
      numbers.put(name, number++);
    }
    return new ElfAbi(machine, flags, absolute32, absolute64, numbers);
  }

  /** With registers that have a prefix and a number each, from 0 on. */
  public ElfAbi with(int first, String prefix, int count) {
    Map<String, Integer> numbers = new LinkedHashMap<>(dwarfRegisters);
    for (int i = 0; i < count; i++) {
      numbers.put(prefix + i, first + i);
    }
    return new ElfAbi(machine, flags, absolute32, absolute64, numbers);
  }

  /** Bytes that a relocation sets to an address; 0 for one that does something else. */
  public int absoluteBytes(long relocation) {
    return relocation == absolute32 ? Integer.BYTES : relocation == absolute64 ? Long.BYTES : 0;
  }

  /** DWARF's number of a register; empty where it has none. */
  public OptionalInt dwarfNumber(String register) {
    Integer number = dwarfRegisters.get(register);
    return number == null ? OptionalInt.empty() : OptionalInt.of(number);
  }
}
