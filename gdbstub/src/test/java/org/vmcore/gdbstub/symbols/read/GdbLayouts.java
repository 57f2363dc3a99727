package org.vmcore.gdbstub.symbols.read;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.vmcore.gdbstub.demo.Tools;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.Member;
import org.vmcore.gdbstub.linux.types.TypeTable;

/** The layouts of all structs that gdb reads in a file. */
final class GdbLayouts {
  /** Prints each struct's size, and the offset, width and size of each member. */
  private static final String SCRIPT =
      """
      import gdb, re
      names = re.findall(r'^(?:\\d+:)?\\s+struct (\\w+);', gdb.execute('info types -q', to_string=True), re.M)
      for name in sorted(set(names)):
          try:
              t = gdb.lookup_type('struct ' + name)
          except gdb.error:
              continue
          if t.code != gdb.TYPE_CODE_STRUCT or not t.fields():
              continue
          print('%s %d' % (name, t.sizeof))
          for f in t.fields():
              print('  %s %d %d %d' % (f.name or '', f.bitpos, f.bitsize, f.type.sizeof))
      """;

  private GdbLayouts() {}

  /** What we read of the structs that {@link #of} has. */
  static List<String> describe(DwarfTypes types, List<String> expected) {
    List<String> lines = new ArrayList<>();
    for (String line : expected) {
      if (!line.startsWith(" ")) {
        String name = line.substring(0, line.indexOf(' '));
        Compound struct = (Compound) types.named(TypeTable.Kind.STRUCT, name).get(0).get();
        lines.add(name + " " + struct.size().getAsLong());
        for (Member member : struct.members()) {
          lines.add(
              "  %s %d %d %d"
                  .formatted(
                      member.name(),
                      member.bitOffset(),
                      member.bitWidth(),
                      member.type().get().size().orElse(0)));
        }
      }
    }
    return lines;
  }

  /**
   * What gdb reads; the test is skipped where it is not installed.
   *
   * @param directory for a script
   */
  static List<String> of(Path file, Path directory) throws IOException, InterruptedException {
    Path script = Files.writeString(directory.resolve("layouts.py"), SCRIPT);
    return Tools.run("gdb-multiarch", "-nx", "-q", "-batch", "-x", "" + script, "" + file)
        .lines()
        .toList();
  }
}
