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
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** {@code kmem -p}, all pages, and {@code kmem -g}, what their flags are called. */
final class KmemPages {
  private static final String PAGE = "struct page";

  private KmemPages() {}

  /** By physical address. */
  record Pages(Rows<PageRow> pages) implements Kmem.Answer {}

  /**
   * By physical address.
   *
   * @param digits that each member has in hexadecimal
   */
  record Members(List<String> names, List<Integer> digits, Rows<PageValues> pages)
      implements Kmem.Answer {}

  /**
   * @param page address of its {@code struct page}
   * @param values in hexadecimal
   */
  record PageValues(@Hex long page, List<String> values) {}

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

  /** Those that physical addresses are in. */
  static Pages at(Call call, List<String> words) throws NoAnswerException, MissingFactException {
    PageKnowledge known = PageKnowledge.of(call);
    List<Long> frames = new ArrayList<>();
    for (String word : words) {
      long frame = HexAddress.parse(word) / known.frames().pageBytes();
      if (known.frames().ranges().stream()
          .noneMatch(run -> frame >= run[0] && frame < run[0] + run[1])) {
        throw NoAnswerException.notThere("no page is at " + word);
      }
      frames.add(frame);
    }
    return new Pages(
        Rows.of(
            call,
            out -> {
              for (long frame : frames) {
                out.accept(PageRow.of(known, frame));
              }
            }));
  }

  /**
   * Members of all pages, or of those that some addresses are of.
   *
   * @param names of numbers, or of structs of one such
   */
  static Members members(Call call, List<String> names, List<String> words)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (!words.isEmpty()) {
      throw NoAnswerException.usage("-m is of all pages");
    }
    TypedMemory memory = call.typed();
    List<String> paths = new ArrayList<>();
    List<Integer> digits = new ArrayList<>();
    for (String name : names) {
      KernelObject page = memory.object(PAGE, 0);
      String path = page.has(name + ".counter") ? name + ".counter" : name;
      path = page.has(path + ".f") ? path + ".f" : path;
      if (!page.has(path)) {
        throw NoAnswerException.notThere("struct page has no member '" + name + "'");
      }
      paths.add(path);
      digits.add((int) (2 * page.member(path).type().resolved().size().orElse(Long.BYTES)));
    }
    PageKnowledge known = PageKnowledge.of(call);
    return new Members(
        names,
        digits,
        Rows.of(
            call,
            out -> {
              for (long[] run : known.frames().ranges()) {
                for (long frame = run[0]; frame < run[0] + run[1]; frame++) {
                  OptionalLong address = known.frames().descriptor(frame);
                  if (address.isPresent()) {
                    out.accept(values(memory.object(PAGE, address.getAsLong()), paths, digits));
                  }
                }
              }
            }));
  }

  private static PageValues values(KernelObject page, List<String> paths, List<Integer> digits)
      throws KernelReadException {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < paths.size(); i++) {
      String all = Text.format("%016x", page.value(paths.get(i)));
      values.add(all.substring(all.length() - digits.get(i)));
    }
    return new PageValues(page.address(), values);
  }

  static void print(Members answer, Text out) {
    StringBuilder head = new StringBuilder(Text.format("%" + out.digits() + "s", "PAGE"));
    for (int i = 0; i < answer.names().size(); i++) {
      head.append(Text.format("  %" + answer.digits().get(i) + "s", answer.names().get(i)));
    }
    out.line("%s", head.toString());
    int unused =
        answer
            .pages()
            .forEach(
                page ->
                    out.line("%s  %s", out.pointer(page.page()), String.join("  ", page.values())));
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
