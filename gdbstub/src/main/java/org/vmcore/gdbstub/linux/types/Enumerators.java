package org.vmcore.gdbstub.linux.types;

import java.util.LinkedHashMap;
import java.util.Map;

/** The names that an enumeration gives to numbers. */
public final class Enumerators {
  private Enumerators() {}

  /**
   * Those of an enumeration, in the order of its declaration; none where the kernel has no such.
   *
   * @param type as {@code enum pageflags}
   */
  public static Map<String, Long> of(KernelTypes types, String type) {
    Map<String, Long> names = new LinkedHashMap<>();
    if (types.find(type).map(found -> found.get().resolved()).orElse(null)
        instanceof Type.Enumeration enumeration) {
      enumeration.enumerators().forEach(one -> names.putIfAbsent(one.name(), one.value()));
    }
    return names;
  }
}
