package org.vmcore.gdbstub.stub;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.rsp.Target.LocalFiles;
import org.vmcore.gdbstub.symbols.offer.ServedSymbols;

/** Files of symbols for LLDB. */
record LocalSymbols(ServedSymbols symbols) implements LocalFiles {
  @Override
  public Optional<String> program() {
    return symbols.onDisk().vmlinux().map(Path::toString);
  }

  @Override
  public List<String> libraries(boolean hasProgram) {
    return symbols.onDisk().libraries(hasProgram).stream().map(Path::toString).toList();
  }
}
