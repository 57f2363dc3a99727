package org.vmcore.gdbstub.machine;

import org.vmcore.arch.api.CpuState;

/**
 * A CPU of the machine that crashed.
 *
 * @param number the CPU's number in Linux
 * @param crashed whether this is the one that brought the machine down
 * @param hasRegisters whether the dump has registers of this CPU; raw memory has of none
 */
public record CrashedCpu(int number, boolean crashed, boolean hasRegisters, CpuState state) {}
