package org.vmcore.dumpreader.api;

/**
 * One PT_LOAD of an ELF vmcore, as written.
 *
 * @param virtualAddress {@code p_vaddr}; equals {@code physicalAddress} in QEMU's dumps without
 *     paging, and may be false on 32-bit kdumps past low memory
 * @param physicalAddress {@code p_paddr}
 * @param fileSize {@code p_filesz}, bytes in the file
 * @param memorySize {@code p_memsz}, bytes of memory described
 */
public record Segment(long virtualAddress, long physicalAddress, long fileSize, long memorySize) {}
