package org.vmcore.gdbstub.inspect;

import java.util.List;
import org.vmcore.gdbstub.inspect.MonitorCommand.UsageException;

/** Addresses in the arguments of commands. */
final class Addresses {
  private Addresses() {}

  /** The only argument, as a hexadecimal address, with 0x or, as in crash, without. */
  static long only(List<String> arguments) throws UsageException {
    if (arguments.size() != 1) {
      throw new UsageException("takes one address");
    }
    return parse(arguments.get(0));
  }

  static long parse(String text) throws UsageException {
    String digits = text.startsWith("0x") || text.startsWith("0X") ? text.substring(2) : text;
    try {
      return Long.parseUnsignedLong(digits, 16);
    } catch (NumberFormatException e) {
      throw new UsageException("'" + text + "' is not a hexadecimal address");
    }
  }
}
