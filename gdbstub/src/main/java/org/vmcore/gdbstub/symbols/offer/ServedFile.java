package org.vmcore.gdbstub.symbols.offer;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.DumpInput;

/**
 * A file under the name that debuggers know it by: where it is on this disk, or where something
 * like it is, so that a debugger that looks for it there (gdb's {@code set sysroot}) finds it.
 *
 * @param name absolute
 */
public record ServedFile(String name, Content content) {
  /** What is in a file; for those that read it through the server. */
  public static final class Content {
    private final Maker maker;
    private @Nullable DumpInput made;

    Content(Maker maker) {
      this.maker = maker;
    }

    /** The same each time. */
    public synchronized DumpInput open() throws IOException {
      if (made == null) {
        made = maker.make();
      }
      return made;
    }
  }

  /** Makes the content when it is first read. */
  @FunctionalInterface
  interface Maker {
    DumpInput make() throws IOException;
  }
}
