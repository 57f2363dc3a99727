package org.vmcore.gdbstub.stub;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Optional;
import org.vmcore.gdbstub.rsp.Target.TransferObject;
import org.vmcore.gdbstub.symbols.offer.ServedSymbols;

/**
 * {@code qXfer:libraries:read} (GDB manual, "Library List Format"): gdb adds an address to those of
 * the section in the file, which are 0 in a module, and takes 0 for that of the section before.
 */
record LibraryList(ServedSymbols symbols) implements TransferObject {
  @Override
  public String name() {
    return "libraries";
  }

  @Override
  public Optional<byte[]> read(String annex) {
    if (!annex.isEmpty()) {
      return Optional.empty();
    }
    StringBuilder xml = new StringBuilder("<library-list>\n");
    for (ServedSymbols.Library library : symbols.libraries()) {
      xml.append("  <library name=\"").append(escape(library.name())).append("\">\n");
      for (long address : library.sections()) {
        xml.append("    <section address=\"0x").append(Long.toHexString(address)).append("\"/>\n");
      }
      xml.append("  </library>\n");
    }
    return Optional.of(xml.append("</library-list>\n").toString().getBytes(UTF_8));
  }

  /** A module's name is any bytes. */
  private static String escape(String text) {
    return text.replaceAll("[^ -~]", "?")
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace("\"", "&quot;");
  }
}
