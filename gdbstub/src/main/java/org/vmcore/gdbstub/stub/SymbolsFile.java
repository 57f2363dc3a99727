package org.vmcore.gdbstub.stub;

import java.io.IOException;
import org.vmcore.gdbstub.rsp.Target.OfferedFile;
import org.vmcore.gdbstub.symbols.offer.ServedSymbols;

/**
 * A file of symbols as the protocol offers it.
 *
 * @param opened run when a debugger opens it
 */
record SymbolsFile(ServedSymbols.File file, Runnable opened) implements OfferedFile {
  @Override
  public String name() {
    return file.name();
  }

  @Override
  public long size() throws IOException {
    opened.run();
    return file.content().open().size();
  }

  @Override
  public int read(long position, byte[] destination, int offset, int length) throws IOException {
    return file.content().open().read(position, destination, offset, length);
  }
}
