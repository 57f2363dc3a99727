package org.vmcore.gdbstub.inspect.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.HexAddress;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;

/** {@code kmem -p}, all pages, and {@code kmem -g}, what their flags are called. */
final class KmemPages {
  private KmemPages() {}

  /** By physical address. */
  record Pages(Rows<PageRow> pages) implements Kmem.Answer {}

  /**
   * @param flags that were asked for; none for all
   */
  record Flags(@Hex OptionalLong flags, List<Flag> names) implements Kmem.Answer {}

  /** A flag; several may share a bit. */
  record Flag(String name, long bit) {}

  static Pages all(Call call) throws MissingFactException {
    PageKnowledge known = PageKnowledge.of(call);
    return new Pages(
        Rows.of(
            call,
            out -> {
              for (long[] run : known.frames().ranges()) {
                for (long frame = run[0]; frame < run[0] + run[1]; frame++) {
                  out.accept(PageRow.of(known, frame));
                }
              }
            }));
  }

  static Flags flags(Call call, List<String> words) throws NoAnswerException, MissingFactException {
    OptionalLong chosen =
        words.isEmpty() ? OptionalLong.empty() : OptionalLong.of(HexAddress.parse(words.get(0)));
    List<Flag> flags = new ArrayList<>();
    PageKnowledge.of(call)
        .states()
        .flagBits()
        .forEach(
            (name, bit) -> {
              if (chosen.isEmpty() || (bit < Long.SIZE && (chosen.getAsLong() >>> bit & 1) != 0)) {
                flags.add(new Flag(name, bit));
              }
            });
    return new Flags(chosen, flags);
  }

  static void print(Pages pages, Text out) {
    PageRow.head(out);
    int unused = pages.pages().forEach(page -> page.print(out));
  }

  static void print(Flags answer, Text out) {
    String indent = "";
    if (answer.flags().isPresent()) {
      out.print("FLAGS: %x\n", answer.flags().getAsLong());
      indent = "  ";
    }
    int width = answer.names().stream().mapToInt(f -> f.name().length()).max().orElse(9);
    out.row(indent + "%-" + width + "s  BIT  VALUE\n", "PAGE-FLAG");
    for (Flag flag : answer.names()) {
      out.row(indent + "%-" + width + "s  %3d  %07x\n", flag.name(), flag.bit(), 1L << flag.bit());
    }
  }
}
