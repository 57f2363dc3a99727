package org.vmcore.gdbstub.linux.trace;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * The kinds of events that a kernel can trace, by their numbers: {@code ftrace_events}, a list of
 * {@code struct trace_event_call} (Linux include/linux/trace_events.h).
 */
public final class TraceEvents {
  /** Numbers begin at 1; __TRACE_LAST_TYPE is far below. */
  private static final int MAX_TYPE = 0xffff;

  private static final Pattern NAME = Pattern.compile("[A-Za-z_][\\w.:-]*");

  private final Map<Integer, Format> byNumber;
  private final List<Field> common;
  private final Optional<String> problem;

  /**
   * A field of an event.
   *
   * @param type as C declares it, such as {@code char[16]} or {@code __data_loc char[]}
   * @param length of an array's elements in number; 0 of what is none
   */
  public record Field(String name, String type, int offset, int size, boolean signed, int length) {}

  /**
   * A kind of event.
   *
   * @param fields in the order of memory, without those that all have
   * @param printFormat a format of printf and what it is given, as C
   */
  public record Format(
      int number, String system, String name, List<Field> fields, String printFormat) {
    public Format {
      fields = List.copyOf(fields);
    }

    /** The field of a name. */
    public Optional<Field> field(String wanted) {
      return fields.stream().filter(field -> field.name().equals(wanted)).findFirst();
    }
  }

  private TraceEvents(Map<Integer, Format> byNumber, List<Field> common, Optional<String> problem) {
    this.byNumber = byNumber;
    this.common = common;
    this.problem = problem;
  }

  /** Reads all of them. */
  public static TraceEvents read(TypedMemory memory) throws KernelReadException {
    Map<Integer, Format> formats = new TreeMap<>();
    Optional<String> problem = Optional.empty();
    for (KernelObject call :
        memory
            .variable("ftrace_events", "struct list_head")
            .list("struct trace_event_call", "list")) {
      try {
        Format format = format(memory, call);
        if (format.number() > 0 && format.number() <= MAX_TYPE) {
          formats.put(format.number(), format);
        }
      } catch (KernelReadException e) {
        problem = problem.or(() -> Optional.ofNullable(e.getMessage()));
      }
    }
    KernelObject common = memory.variable("ftrace_common_fields", "struct list_head");
    return new TraceEvents(formats, fields(common), problem);
  }

  private static Format format(TypedMemory memory, KernelObject call) throws KernelReadException {
    KernelObject kind = call.member("class").dereference();
    return new Format(
        (int) call.value("event.type"),
        kind.string("system"),
        name(call),
        fields(fieldsOf(memory, call, kind)),
        call.value("print_fmt") == 0 ? "" : call.string("print_fmt"));
  }

  /**
   * The name is behind a pointer in a union; where the event is a tracepoint's, what the pointer
   * leads to has the name. Which it is tells a flag, whose bits have moved, or the name itself.
   */
  private static String name(KernelObject call) throws KernelReadException {
    String own = call.string("name");
    return NAME.matcher(own).matches() ? own : call.string("tp->name");
  }

  /** System calls' entries have their fields elsewhere ({@code syscall_get_enter_fields()}). */
  private static KernelObject fieldsOf(TypedMemory memory, KernelObject call, KernelObject kind)
      throws KernelReadException {
    if (kind.member("fields").value("next") == 0 && call.value("data") != 0) {
      return memory.object("struct syscall_metadata", call.value("data")).member("enter_fields");
    }
    return kind.member("fields");
  }

  /** Each was put before those that were there. */
  private static List<Field> fields(KernelObject head) throws KernelReadException {
    List<Field> fields = new ArrayList<>();
    if (head.value("next") == 0) {
      return fields;
    }
    for (KernelObject field : head.list("struct ftrace_event_field", "link")) {
      fields.add(
          new Field(
              field.string("name"),
              field.string("type"),
              (int) field.value("offset"),
              (int) field.value("size"),
              field.value("is_signed") != 0,
              field.has("len") ? (int) field.value("len") : 0));
    }
    Collections.reverse(fields);
    return fields;
  }

  /** That of a number. */
  public Optional<Format> of(int number) {
    return Optional.ofNullable(byNumber.get(number));
  }

  /** All, by number. */
  public Collection<Format> all() {
    return Collections.unmodifiableCollection(byNumber.values());
  }

  /** What is at the beginning of each event: {@code struct trace_entry}. */
  public List<Field> common() {
    return Collections.unmodifiableList(common);
  }

  /** Why some are missing, if some are. */
  public Optional<String> problem() {
    return problem;
  }

  /** What the file {@code format} of an event has in tracefs (kernel/trace/trace_events.c). */
  public String description(Format format) {
    StringBuilder text = new StringBuilder();
    text.append("name: ").append(format.name()).append('\n');
    text.append("ID: ").append(format.number()).append("\nformat:\n");
    common.forEach(field -> describe(field, text));
    text.append('\n');
    format.fields().forEach(field -> describe(field, text));
    return text.append("\nprint fmt: ").append(format.printFormat()).append('\n').toString();
  }

  private static void describe(Field field, StringBuilder text) {
    int bracket = field.type().startsWith("__data_loc") ? -1 : field.type().indexOf('[');
    String type = bracket < 0 ? field.type() : field.type().substring(0, bracket);
    String array =
        bracket < 0
            ? ""
            : field.length() > 0 ? "[" + field.length() + "]" : field.type().substring(bracket);
    text.append("\tfield:").append(type).append(' ').append(field.name()).append(array);
    text.append(";\toffset:").append(field.offset());
    text.append(";\tsize:").append(field.size());
    text.append(";\tsigned:").append(field.signed() ? 1 : 0).append(";\n");
  }
}
