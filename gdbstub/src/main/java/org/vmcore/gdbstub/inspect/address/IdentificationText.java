package org.vmcore.gdbstub.inspect.address;

import static org.vmcore.gdbstub.inspect.view.Text.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.vmcore.gdbstub.inspect.address.Identification.InPage;
import org.vmcore.gdbstub.inspect.address.Identification.InPageStruct;
import org.vmcore.gdbstub.inspect.address.Identification.InPerCpu;
import org.vmcore.gdbstub.inspect.address.Identification.InSlab;
import org.vmcore.gdbstub.inspect.address.Identification.InSymbol;
import org.vmcore.gdbstub.inspect.address.Identification.InUserMemory;
import org.vmcore.gdbstub.inspect.address.Identification.InVmalloc;
import org.vmcore.gdbstub.inspect.address.Identification.MappedBy;
import org.vmcore.gdbstub.inspect.address.Identification.OfFile;
import org.vmcore.gdbstub.inspect.address.Identification.OnStack;
import org.vmcore.gdbstub.inspect.address.Identification.SlabEvent;

/** What an address is, in words. */
final class IdentificationText {
  private IdentificationText() {}

  /** The first of what is known, which is the nearest. */
  static String brief(Identification of) {
    List<String> all = lines(of);
    return all.isEmpty() ? "" : all.get(0);
  }

  /** All that is known, the nearest first; without why it cannot be read. */
  static List<String> lines(Identification of) {
    List<String> lines = new ArrayList<>();
    of.perCpu().ifPresent(one -> lines.add(perCpu(one)));
    of.symbol().ifPresent(one -> lines.add(symbol(one)));
    of.stack().ifPresent(one -> lines.add(stack(one)));
    of.slab()
        .ifPresent(
            one -> {
              lines.add(slab(one));
              one.history().forEach(event -> lines.add(event(event)));
            });
    of.pageStruct().ifPresent(one -> lines.add(pageStruct(one)));
    of.user().ifPresent(one -> lines.add(user(one)));
    of.vmalloc().ifPresent(one -> lines.add(vmalloc(one)));
    of.page().ifPresent(one -> lines.add(page(one)));
    of.area()
        .ifPresent(
            area ->
                lines.add(
                    of.physical().isPresent()
                        ? format("%s, physical %x", area, of.physical().getAsLong())
                        : area));
    return lines;
  }

  private static String plus(long offset) {
    return offset == 0 ? "" : format("%s%d", offset < 0 ? "" : "+", offset);
  }

  private static String symbol(InSymbol one) {
    String of = one.module().map(module -> format(" [%s]", module)).orElse("");
    return format("%s%s%s", one.name(), plus(one.offset()), of);
  }

  private static String perCpu(InPerCpu one) {
    return one.name().isPresent()
        ? format("per-CPU variable %s%s of CPU %d", one.name().get(), plus(one.offset()), one.cpu())
        : format("per-CPU memory of CPU %d, offset %x", one.cpu(), one.offset());
  }

  private static String stack(OnStack one) {
    String frame =
        one.frame().isPresent()
            ? format(
                ", frame #%d %s", one.frame().getAsInt(), one.function().orElse("(user program)"))
            : ", not in use";
    return format("stack of PID %d (%s)+%x%s", one.pid(), one.comm(), one.offset(), frame);
  }

  private static String slab(InSlab one) {
    String state = one.allocated().map(used -> used ? "" : "free ").orElse("");
    String of =
        one.type()
            .map(type -> format(", %s%s", type, one.member().map(m -> "." + m).orElse("")))
            .orElse("");
    return format(
        "%sslab object %s%s, at %x, %d bytes%s",
        state, one.cache(), plus(one.offset()), one.object(), one.size(), of);
  }

  private static String event(SlabEvent one) {
    return format(
        "%s by PID %d%s (%s): %s",
        one.freed() ? "freed" : "allocated",
        one.pid(),
        one.cpu().isPresent() ? format(" on CPU %d", one.cpu().getAsInt()) : "",
        one.by(),
        String.join(" < ", one.stack()));
  }

  private static String pageStruct(InPageStruct one) {
    return format(
        "struct page of frame %x, physical %x%s",
        one.frame(),
        one.described(),
        one.member().filter(m -> !m.isEmpty()).map(m -> format(", member %s", m)).orElse(""));
  }

  private static String vmalloc(InVmalloc one) {
    String by = one.caller().map(caller -> format(" by %s", caller)).orElse("");
    String registers =
        one.registers().isPresent() ? format(", physical %x", one.registers().getAsLong()) : "";
    return format(
        "vmalloc area %x-%x%s%s%s",
        one.start(),
        one.end(),
        by,
        one.flags().isEmpty() ? "" : " (" + String.join(", ", one.flags()) + ")",
        registers);
  }

  private static String page(InPage one) {
    StringBuilder text = new StringBuilder(use(one));
    text.append(format("; frame %x, struct page %x", one.frame(), one.pageStruct()));
    if (one.head() != one.frame()) {
      text.append(format(" in the piece from frame %x", one.head()));
    }
    text.append(format(", %d references", one.references()));
    if (!one.flags().isEmpty()) {
      text.append(format(", %s", String.join("|", one.flags())));
    }
    return text.toString();
  }

  private static String use(InPage one) {
    if (one.file().isPresent()) {
      OfFile file = one.file().get();
      return format(
          "page of %s, offset %x (%s on %s, inode %d)",
          file.path().orElse("a file without a name"),
          one.fileOffset().orElse(0),
          file.fileSystem(),
          file.device(),
          file.inode());
    }
    return switch (one.use()) {
      case ANONYMOUS -> "anonymous page" + mappedBy(one.mappedBy());
      case FREE -> format("free page, of order %d", one.freeOrder().orElse(0));
      case UNUSED -> "page that nobody holds";
      case KERNEL -> "page of the kernel's";
      default -> one.use().name().toLowerCase(Locale.ROOT).replace('_', ' ') + " page";
    };
  }

  private static String mappedBy(List<MappedBy> all) {
    if (all.isEmpty()) {
      return "";
    }
    MappedBy first = all.get(0);
    String more = all.size() > 1 ? format(" and %d more", all.size() - 1) : "";
    return format(" of PID %d (%s) at %x%s", first.pid(), first.comm(), first.at(), more);
  }

  private static String user(InUserMemory one) {
    String file =
        one.file().isEmpty()
            ? ", anonymous"
            : one.fileOffset().isEmpty()
                ? format(" %s", one.file().get())
                : format(" %s, offset %x", one.file().get(), one.fileOffset().getAsLong());
    return format(
        "user memory of PID %d (%s), %x-%x %s%s",
        one.pid(), one.comm(), one.start(), one.end(), one.permissions(), file);
  }
}
