package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.vmcore.gdbstub.machine.CrashedMachine;

/**
 * Lets another program ask the questions of {@link org.vmcore.gdbstub.inspect.Queries}. An
 * implementation is an {@link Extension}.
 */
public interface ToolServer {
  /**
   * Answers one client until it goes away.
   *
   * @throws IOException when what it says or is told cannot be read or written
   */
  void serve(CrashedMachine machine, InputStream in, OutputStream out) throws IOException;
}
