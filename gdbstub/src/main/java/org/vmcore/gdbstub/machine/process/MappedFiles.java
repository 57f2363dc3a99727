package org.vmcore.gdbstub.machine.process;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.gdbstub.linux.mm.CachedFile;
import org.vmcore.gdbstub.linux.tasks.Mapping;

/**
 * The files that a process has mapped, as far as the kernel had their pages in its cache: what a
 * debugger is given of programs and libraries that are on a dead machine's disks.
 */
public final class MappedFiles {
  private final ProcessMemory memory;
  private final Map<String, Mapping.BackingFile> byPath = new LinkedHashMap<>();

  MappedFiles(ProcessMemory memory) {
    this.memory = memory;
    for (Mapping mapping : memory.mappings()) {
      mapping.file().ifPresent(file -> byPath.putIfAbsent(mapping.region().file(), file));
    }
  }

  /**
   * The file of a name, where its first page is in the cache. A name that is no file's path may go
   * through symbolic links, as that of ld.so does, and then is known by its last part.
   */
  public Optional<FileImage> find(String name) {
    Mapping.BackingFile file = byPath.get(name);
    if (file == null) {
      String last = name.substring(name.lastIndexOf('/'));
      List<Mapping.BackingFile> same =
          byPath.entrySet().stream()
              .filter(entry -> entry.getKey().endsWith(last))
              .map(Map.Entry::getValue)
              .toList();
      file = same.size() == 1 && last.length() > 1 ? same.get(0) : null;
    }
    if (file == null) {
      return Optional.empty();
    }
    Optional<CachedFile> cached = memory.cached(file);
    return cached
        .filter(found -> found.physicalAddress(0).isPresent())
        .map(found -> new FileImage(name, found, memory));
  }
}
