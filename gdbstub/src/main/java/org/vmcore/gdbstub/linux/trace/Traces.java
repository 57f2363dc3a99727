package org.vmcore.gdbstub.linux.trace;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.KernelReadException.Reason;
import org.vmcore.gdbstub.linux.types.MemberHistory;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * What ftrace recorded: {@code struct trace_array}, one of the machine and others of the
 * directories below {@code instances} of tracefs (Linux kernel/trace/trace.h).
 */
public final class Traces {
  private static final MemberHistory BUFFER =
      MemberHistory.added("3.10", "trace_buffer.buffer", "")
          .since(
              "5.7",
              "array_buffer.buffer",
              "1c5eb4481e01, \"tracing: Rename trace_buffer to array_buffer\"");

  private final TypedMemory memory;
  private final KernelObject array;
  private final KernelObject ring;
  private final long pageBytes;

  private Traces(TypedMemory memory, KernelObject array, long pageBytes)
      throws KernelReadException {
    this.memory = memory;
    this.array = array;
    // What the pointer leads to is not known where it stands. Renamed in 5.7: 13292494379f,
    // "tracing: Make struct ring_buffer less ambiguous".
    long address = BUFFER.in(array).value();
    boolean renamed = memory.types().has("struct trace_buffer", "buffers");
    this.ring = memory.object(renamed ? "struct trace_buffer" : "struct ring_buffer", address);
    this.pageBytes = pageBytes;
  }

  /**
   * Those of the machine, or of an instance.
   *
   * @param instance its name; empty for the machine's
   * @param pageBytes of a page of memory
   */
  public static Optional<Traces> of(TypedMemory memory, String instance, long pageBytes)
      throws KernelReadException {
    for (KernelObject array : arrays(memory)) {
      if (name(array).equals(instance)) {
        return Optional.of(new Traces(memory, array, pageBytes));
      }
    }
    return Optional.empty();
  }

  /** The names of all that there are; the machine's has none. */
  public static List<String> names(TypedMemory memory) throws KernelReadException {
    List<String> names = new ArrayList<>();
    for (KernelObject array : arrays(memory)) {
      names.add(name(array));
    }
    return names;
  }

  private static Iterable<KernelObject> arrays(TypedMemory memory) throws KernelReadException {
    return memory
        .variable("ftrace_trace_arrays", "struct list_head")
        .list("struct trace_array", "list");
  }

  private static String name(KernelObject array) throws KernelReadException {
    return array.value("name") == 0 ? "" : array.string("name");
  }

  /** The name of its tracer, such as {@code function}; {@code nop} for none. */
  public String tracer() throws KernelReadException {
    return array.string("current_trace->name");
  }

  /** Each CPU's. */
  public List<TraceBuffer> buffers() throws KernelReadException {
    long table = ring.value("buffers");
    // Since 6.8 (commit 2808e31ec12e, "ring-buffer: Add interface for configuring trace sub buffer
    // size") more than a page each.
    long order = ring.has("subbuf_order") ? ring.value("subbuf_order") : 0;
    long bytes = pageBytes << (order & 7);
    int count = new PerCpu(memory).count();
    List<TraceBuffer> buffers = new ArrayList<>();
    for (int cpu = 0; cpu < count; cpu++) {
      OptionalLong buffer = memory.memory().word(table + (long) cpu * memory.memory().wordBytes());
      if (buffer.isEmpty()) {
        throw new KernelReadException(
            Reason.UNREADABLE, "the buffers of traces at %#x cannot be read".formatted(table));
      }
      if (buffer.getAsLong() != 0) {
        KernelObject one = memory.object("struct ring_buffer_per_cpu", buffer.getAsLong());
        buffers.add(new TraceBuffer(memory, one, cpu, (int) bytes));
      }
    }
    return buffers;
  }

  /** All events, by time; those of one moment by CPU. */
  public static List<TraceBuffer.Event> events(List<TraceBuffer> buffers)
      throws KernelReadException {
    List<TraceBuffer.Event> events = new ArrayList<>();
    for (TraceBuffer buffer : buffers) {
      for (ByteBuffer page : buffer.pages()) {
        events.addAll(buffer.events(page));
      }
    }
    events.sort(Comparator.comparing(TraceBuffer.Event::time, Long::compareUnsigned));
    return events;
  }
}
