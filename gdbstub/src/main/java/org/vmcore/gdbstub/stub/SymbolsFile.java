package org.vmcore.gdbstub.stub;

import java.io.IOException;
import org.vmcore.gdbstub.rsp.Target.OfferedFile;
import org.vmcore.gdbstub.symbols.offer.ServedFile;

/** A file of symbols as the protocol offers it. */
record SymbolsFile(ServedFile file) implements OfferedFile {
  @Override
  public String name() {
    return file.name();
  }

  @Override
  public long size() throws IOException {
    return file.content().open().size();
  }

  @Override
  public int read(long position, byte[] destination, int offset, int length) throws IOException {
    return file.content().open().read(position, destination, offset, length);
  }
}
