package org.vmcore.gdbstub.linux.locks;

import java.util.OptionalLong;

/**
 * What a task waits for.
 *
 * @param lock address of the lock, the completion, the head of the queue, the page, the word with
 *     the bit, or the work; empty where it is not known
 * @param owner address of the task that has it, or does it
 * @param reader whether the owner was the last of several that read
 * @param function of a work, what it does; else 0
 * @param how which function waits, and {@code where} what called that
 */
public record Wait(
    WaitKind kind,
    OptionalLong lock,
    OptionalLong owner,
    boolean reader,
    long function,
    String how,
    String where) {}
