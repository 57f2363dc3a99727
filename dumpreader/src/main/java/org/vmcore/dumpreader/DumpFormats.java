package org.vmcore.dumpreader;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Every dump format, and the one place where an input is asked which of them it is. */
public final class DumpFormats {
  /** In the order in which they are asked; each recognises its own first bytes. */
  static final List<DumpFormat> ALL =
      List.of(new ElfVmcore(), new KdumpCompressed(), new FlattenedFile());

  private DumpFormats() {}

  /**
   * Opens a dump of any known format, told by its content.
   *
   * @throws UnsupportedDumpException when the input is no dump that is known here
   * @throws DamagedDumpException when its headers are damaged
   */
  public static Dump open(DumpInput input, OpenOptions options) throws IOException, DumpException {
    for (DumpFormat format : ALL) {
      Optional<Dump> dump = format.open(input, options);
      if (dump.isPresent()) {
        return dump.get();
      }
    }
    throw new UnsupportedDumpException(
        input,
        "not a kernel crash dump",
        "expected an ELF vmcore or a kdump-compressed file (`file` tells what it is)");
  }
}
