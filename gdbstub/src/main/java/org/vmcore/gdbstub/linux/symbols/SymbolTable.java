package org.vmcore.gdbstub.linux.symbols;

import java.util.Map;
import java.util.Set;

/** Names of the kernel's code and data with their addresses. */
@FunctionalInterface
public interface SymbolTable {
  /** The addresses of those of {@code names} that are known, in one pass. */
  Map<String, Long> find(Set<String> names);
}
