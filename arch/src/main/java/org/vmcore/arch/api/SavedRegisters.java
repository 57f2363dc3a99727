package org.vmcore.arch.api;

import java.nio.ByteOrder;
import java.util.OptionalLong;

/** Collects registers that the kernel saved of a task; what cannot be read stays unavailable. */
public final class SavedRegisters {
  private final SwitchedOutTask task;
  private final RegisterValues.Builder values;

  public SavedRegisters(RegisterSet set, ByteOrder order, SwitchedOutTask task) {
    this.task = task;
    this.values = RegisterValues.builder(set, order);
  }

  /** Sets a register to a value if there is one. */
  public SavedRegisters set(String register, OptionalLong value) {
    value.ifPresent(known -> values.set(register, known));
    return this;
  }

  /** Sets a register to a member of the task. */
  public SavedRegisters member(String register, String path) {
    return set(register, task.member(path));
  }

  /** Sets a register to a word in memory. */
  public SavedRegisters word(String register, long virtualAddress) {
    return set(register, task.word(virtualAddress));
  }

  /** Sets registers to words that follow one another in memory. */
  public SavedRegisters words(Iterable<String> registers, long virtualAddress, int wordBytes) {
    long at = virtualAddress;
    for (String register : registers) {
      word(register, at);
      at += wordBytes;
    }
    return this;
  }

  public RegisterValues build() {
    return values.build();
  }
}
