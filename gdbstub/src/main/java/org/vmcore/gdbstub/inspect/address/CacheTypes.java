package org.vmcore.gdbstub.inspect.address;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.KernelTypes;

/**
 * What type the objects of a cache are: where the cache is called as the type is, or nearly so and
 * the type has just the size of its objects.
 */
final class CacheTypes {
  /** Caches whose names tell little. */
  private static final Map<String, String> KNOWN =
      Map.of(
          "filp", "file",
          "cred_jar", "cred",
          "skbuff_head_cache", "sk_buff",
          "mnt_cache", "mount",
          "sock_inode_cache", "socket_alloc",
          "radix_tree_node", "xa_node");

  private static final List<String> ENDINGS =
      List.of("", "_struct", "_info", "_node", "_inode", "_inode_info", "_entry");

  private final KernelTypes types;
  private final Map<String, Optional<Compound>> found = new HashMap<>();

  CacheTypes(KernelTypes types) {
    this.types = types;
  }

  /**
   * @param size of an object in bytes
   */
  Optional<Compound> of(String cache, long size) {
    return found.computeIfAbsent(cache, name -> find(name, size));
  }

  private Optional<Compound> find(String cache, long size) {
    String stem = cache.replaceFirst("_(cache|cachep|jar|pool)$", "");
    List<String> names = new ArrayList<>(List.of(KNOWN.getOrDefault(cache, cache)));
    for (String base : List.of(stem, stem.replaceFirst("_inode$", ""))) {
      ENDINGS.forEach(ending -> names.add(base + ending));
    }
    Optional<Compound> same = types.compound("struct " + names.get(0));
    // The tail of such as task_struct depends on the processor, and is not all allocated.
    if (same.filter(type -> Math.abs(type.size().orElse(0) - size) < size / 2).isPresent()) {
      return same;
    }
    return names.stream()
        .flatMap(name -> types.compound("struct " + name).stream())
        .filter(type -> type.size().orElse(0) == size)
        .findFirst();
  }
}
