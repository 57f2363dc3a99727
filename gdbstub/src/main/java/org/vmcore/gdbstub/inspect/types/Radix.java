package org.vmcore.gdbstub.inspect.types;

import org.vmcore.gdbstub.inspect.view.Text;
import picocli.CommandLine.Option;

/** How integers are printed: the options of all that print some. */
final class Radix {
  @Option(names = "-x", description = "Print integers in hexadecimal.")
  private boolean hexadecimal;

  @Option(names = "-d", description = "Print integers in decimal.")
  private boolean decimal;

  /**
   * The same as a letter.
   *
   * @param format such as {@code x} of gdb's {@code p/x}; others change nothing
   */
  void set(String format) {
    hexadecimal |= format.equals("x");
    decimal |= format.equals("d");
  }

  /** 16 or 10; what who asks is used to where neither was said. */
  int of(Text out) {
    return hexadecimal ? Text.HEXADECIMAL : decimal ? Text.DECIMAL : out.radix();
  }
}
