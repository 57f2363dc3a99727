package org.vmcore.gdbstub.port.flow;

import java.util.List;
import java.util.Set;

/** An architecture's instructions, and how its functions are called. */
public interface CodeReader {
  /** The instruction at an offset of code, which may end too soon; it is at an address. */
  CodeStep at(byte[] code, int offset, long address);

  /** The registers that parameters are passed in, in their order. */
  List<String> arguments();

  /** What a called function need not keep. */
  Set<String> clobbered();

  /** What a called function returns its value in. */
  String result();
}
