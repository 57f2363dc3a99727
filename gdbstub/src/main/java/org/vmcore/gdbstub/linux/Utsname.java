package org.vmcore.gdbstub.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/** The kernel's own {@code struct new_utsname}, which {@code uname} shows. */
public final class Utsname {
  /** In the order of the structure (Linux include/uapi/linux/utsname.h). */
  private static final String[] FIELDS = {
    "sysname", "nodename", "release", "version", "machine", "domainname"
  };

  /** __NEW_UTS_LEN + 1. */
  private static final int FIELD_BYTES = 65;

  private Utsname() {}

  /**
   * Reads it from where VMCOREINFO says it is: {@code init_uts_ns}, since Linux 2.6.24, and the
   * name in it, since 5.11; before that it came after a reference count of 32 bits.
   *
   * @return the fields by their names, or empty when what is there is no Linux' utsname
   */
  public static Map<String, String> read(KernelMemory memory, Vmcoreinfo vmcoreinfo) {
    OptionalLong namespace = vmcoreinfo.symbol("init_uts_ns");
    if (namespace.isEmpty()) {
      return Map.of();
    }
    long name = vmcoreinfo.offset("uts_namespace.name").orElse(Integer.BYTES);
    Optional<ByteBuffer> bytes =
        memory.bytes(namespace.getAsLong() + name, FIELDS.length * FIELD_BYTES);
    if (bytes.isEmpty()) {
      return Map.of();
    }
    Map<String, String> fields = new LinkedHashMap<>();
    for (String field : FIELDS) {
      byte[] text = new byte[FIELD_BYTES];
      bytes.get().get(text);
      String value = new String(text, ISO_8859_1);
      fields.put(field, value.substring(0, Math.max(0, value.indexOf(0))));
    }
    return "Linux".equals(fields.get("sysname")) ? fields : Map.of();
  }
}
