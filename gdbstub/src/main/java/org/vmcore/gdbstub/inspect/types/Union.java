package org.vmcore.gdbstub.inspect.types;

import picocli.CommandLine.Command;

/** {@code union}, laid out after the command of that name in crash. */
@Command(
    name = "union",
    description = "Show the layout of a union, or one in memory.",
    footer =
        """
        Without an address it shows the declaration, with one the values there, of the whole or of
        some members. A typedef will do for NAME. A member may be a path as in C, through pointers
        too. For example:
          union acpi_object -o
          union thread_union.stack init_thread_union
        """)
public final class Union extends Struct {
  public Union() {
    super("union");
  }
}
