package org.vmcore.gdbstub.rsp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Locale;
import java.util.Optional;

/**
 * {@code qXfer:libraries:read} (GDB manual, "Library List Format"), for gdb.
 *
 * <pre>
 *   &lt;library-list>
 *     &lt;library name="/usr/lib/debug/boot/vmlinux">&lt;segment address="0xffffffff97600000"/>...
 *     &lt;library name="/lib/modules/.../loop.ko">&lt;section address="0xffffffffc02b7000"/>...
 *   &lt;/library-list>
 * </pre>
 *
 * gdb adds a section's address to the one that the section has in the file (solib-target.c).
 */
record Libraries(Session session, Target.Libraries libraries) implements Target.TransferObject {
  @Override
  public String name() {
    return "libraries";
  }

  @Override
  public Optional<byte[]> read(String annex) {
    if (!annex.isEmpty()) {
      return Optional.empty();
    }
    session.awaitFiles();
    Features features = session.features();
    session
        .target()
        .describeDebugger(features.opensFilesItself(session.target()), features.hasOwnProgram());
    StringBuilder xml = new StringBuilder("<library-list>\n");
    for (Target.Library library : libraries.all()) {
      String unit = library.unit().name().toLowerCase(Locale.ROOT);
      xml.append("  <library name=\"").append(escape(library.file())).append("\">\n");
      for (long address : library.addresses()) {
        xml.append("    <").append(unit);
        xml.append(" address=\"0x").append(Long.toHexString(address)).append("\"/>\n");
      }
      xml.append("  </library>\n");
    }
    return Optional.of(xml.append("</library-list>\n").toString().getBytes(UTF_8));
  }

  /** A module's name is any bytes. */
  private static String escape(String text) {
    return Xml.escape(text.replaceAll("[^ -~]", "?"));
  }
}
