package org.vmcore.arch.api;

import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * One CPU as its notes in the dump describe it.
 *
 * @param index position among the dump's CPUs, from 0; not a CPU number where CPUs were offline
 * @param number the CPU's number where a note tells it (QEMU's do)
 * @param pid of the task that ran on it, where a note tells it; idle tasks are all 0
 * @param userMode whether the registers are those of a user program
 * @param programCounter for messages and for telling CPUs apart
 * @param pageTableRoot the control register that points at this CPU's page tables, where a note has
 *     it
 */
public record CpuState(
    int index,
    OptionalInt number,
    OptionalInt pid,
    RegisterValues registers,
    boolean userMode,
    long programCounter,
    OptionalLong pageTableRoot) {

  /** The same CPU with registers that are known from elsewhere. */
  public CpuState with(RegisterValues completed) {
    return new CpuState(index, number, pid, completed, userMode, programCounter, pageTableRoot);
  }
}
