package org.vmcore.gdbstub.linux.trace;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;
import org.vmcore.gdbstub.linux.trace.PrintFormat.UnknownException;
import org.vmcore.gdbstub.linux.trace.TraceEvents.Field;

/** What events say, as the kernel prints them (Linux kernel/trace/trace_output.c). */
public final class TraceText {
  /** The system of what is no tracepoint. */
  private static final String OWN = "ftrace";

  private final TraceEvents events;
  private final LongFunction<String> functions;
  private final int word;
  private final Map<Integer, Optional<PrintFormat>> formats = new HashMap<>();

  /**
   * @param functions the name of what an address is in, without how far
   * @param word bytes of a pointer
   */
  public TraceText(TraceEvents events, LongFunction<String> functions, int word) {
    this.events = events;
    this.functions = functions;
    this.word = word;
  }

  /** The number of an event's kind. */
  public static int type(TraceBuffer.Event event) {
    return event.data().limit() < Short.BYTES ? 0 : Short.toUnsignedInt(event.data().getShort(0));
  }

  /** The whole of it, in one line or several, without the last one's end. */
  public String of(TraceBuffer.Event event) {
    Optional<TraceEvents.Format> found = events.of(type(event));
    if (found.isEmpty()) {
      return "unknown type " + type(event);
    }
    TraceEvents.Format format = found.get();
    FieldReader fields = new FieldReader(format, event.data());
    String text;
    try {
      text =
          format.system().equals(OWN) && format.name().equals("kernel_stack")
              ? stack(event, format, fields)
              : printed(format, fields);
    } catch (UnknownException e) {
      text = plain(format, fields);
    }
    text = text.stripTrailing();
    if (format.system().equals(OWN)) {
      return switch (format.name()) {
        case "function" -> text.strip().replace("<--", "<-").replace("<- ", "<-");
        case "print", "bprint", "bputs", "kernel_stack" -> text;
        default -> format.name() + ": " + text;
      };
    }
    return format.name() + ": " + text;
  }

  private String printed(TraceEvents.Format format, FieldReader fields) throws UnknownException {
    Optional<PrintFormat> how = formats.get(format.number());
    if (how == null) {
      how = parsed(format);
      formats.put(format.number(), how);
    }
    if (how.isEmpty()) {
      throw new UnknownException("its format");
    }
    List<Object> values = new PrintExpressions(how.get(), fields).all();
    return Printf.format(how.get().format(), values, functions);
  }

  private static Optional<PrintFormat> parsed(TraceEvents.Format format) {
    try {
      return Optional.of(PrintFormat.parse(format.printFormat()));
    } catch (UnknownException e) {
      return Optional.empty();
    }
  }

  /** The functions that led to the event before. */
  private String stack(TraceBuffer.Event event, TraceEvents.Format format, FieldReader fields)
      throws UnknownException {
    int at = format.field("caller").map(Field::offset).orElse(2 * Integer.BYTES);
    StringBuilder text = new StringBuilder("<stack trace>");
    for (; at + word <= event.data().limit(); at += word) {
      long address = fields.number(at, word, false);
      if (address == -1 || address == 0) {
        break;
      }
      text.append("\n => ").append(functions.apply(address));
    }
    return text.toString();
  }

  /** Each field by its name, where the kernel's own way is not to be followed. */
  private static String plain(TraceEvents.Format format, FieldReader fields) {
    List<String> shown = new ArrayList<>();
    for (Field field : format.fields()) {
      try {
        Object value = fields.value(field.name());
        shown.add(
            field.name()
                + "="
                + (value instanceof byte[] bytes ? HexFormat.of().formatHex(bytes) : value));
      } catch (UnknownException e) {
        shown.add(field.name() + "=?");
      }
    }
    return String.join(" ", shown);
  }
}
