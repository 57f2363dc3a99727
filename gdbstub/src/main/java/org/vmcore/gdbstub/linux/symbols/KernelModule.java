package org.vmcore.gdbstub.linux.symbols;

import java.util.Map;
import java.util.Optional;

/**
 * A loaded module.
 *
 * @param name with underscores, as the kernel lists it
 * @param structure address of its {@code struct module}
 * @param base address of its memory, of the code where that is apart (since 6.4)
 * @param size bytes of all its memory
 * @param buildId the GNU build id in lower-case hexadecimal, where it was kept
 * @param sections run-time addresses of the sections that are still in memory, in the order of the
 *     module's file; empty where the kernel does not keep them (CONFIG_KALLSYMS)
 * @param symbols where its own symbol table is; empty without CONFIG_KALLSYMS
 */
public record KernelModule(
    String name,
    long structure,
    long base,
    long size,
    Optional<String> buildId,
    Map<String, Long> sections,
    Optional<ModuleSymbols> symbols) {}
