package org.vmcore.gdbstub.port.api;

/**
 * A stack of a CPU's own, on which it handles interrupts or exceptions.
 *
 * @param name as crash calls it, such as {@code NMI EXCEPTION}
 * @param start its lowest address
 * @param length in bytes
 */
public record OwnStack(int cpu, String name, long start, long length) {}
