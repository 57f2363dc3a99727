package org.vmcore.gdbstub.machine;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.vmcore.gdbstub.linux.symbols.SymbolTable;
import org.vmcore.gdbstub.symbols.read.Vmlinux;

/**
 * A vmlinux's symbols where the kernel ran. Per-CPU symbols that start at zero are offsets: below
 * the image, they do not move with it.
 *
 * @param slide from link-time addresses to those at run time
 */
record RelocatedSymbols(Vmlinux vmlinux, long slide) implements SymbolTable {
  @Override
  public Map<String, Long> find(Set<String> names) {
    long image = vmlinux.firstLoadAddress();
    Map<String, Long> relocated = new TreeMap<>();
    vmlinux
        .find(names)
        .forEach(
            (name, address) ->
                relocated.put(
                    name, Long.compareUnsigned(address, image) >= 0 ? address + slide : address));
    return relocated;
  }
}
