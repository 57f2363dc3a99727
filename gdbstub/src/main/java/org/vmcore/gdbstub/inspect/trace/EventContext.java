package org.vmcore.gdbstub.inspect.trace;

import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.trace.TraceBuffer;
import org.vmcore.gdbstub.linux.types.Enumerators;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * Where an event was recorded, as the kernel's file {@code trace} has it (Linux
 * kernel/trace/trace_output.c, trace_print_lat_fmt()). All begin with {@code struct trace_entry}:
 * {@code u16 type; u8 flags; u8 preempt_count; int pid}.
 */
final class EventContext {
  private static final int FLAGS_AT = 2;
  private static final int COUNT_AT = 3;
  private static final int PID_AT = 4;
  private static final int HEAD_BYTES = 8;

  /** enum trace_flag_type (include/linux/trace_events.h). */
  private static final int IRQS_OFF = 1;

  /** Of lazy preemption; before it of machines that could not tell whether interrupts were on. */
  private static final int NEED_RESCHED_LAZY = 2;

  private static final int NEED_RESCHED = 4;
  private static final int HARDIRQ = 8;
  private static final int SOFTIRQ = 0x10;
  private static final int PREEMPT_RESCHED = 0x20;
  private static final int NMI = 0x40;
  private static final int BH_OFF = 0x80;

  private static final long NANOS_PER_MICRO = 1000;
  private static final long MICROS_PER_SECOND = 1_000_000;

  private final boolean migration;
  private final boolean bottomHalves;

  /**
   * @param migration whether the kernel counts who may not change the CPU (since 5.15, commit
   *     54357f0c9149, "tracing: Add migrate-disabled counter to tracing output")
   * @param bottomHalves whether it tells of software interrupts that are off
   */
  EventContext(boolean migration, boolean bottomHalves) {
    this.migration = migration;
    this.bottomHalves = bottomHalves;
  }

  /** As a kernel has it. */
  static EventContext of(TypedMemory memory) {
    // What fills in the counts has this name since they are two, or a few versions before.
    return new EventContext(
        memory.address("tracing_gen_ctx_irq_test").isPresent(),
        Enumerators.of(memory.types(), "enum trace_flag_type").containsKey("TRACE_FLAG_BH_OFF"));
  }

  /** Of the task that ran; 0 where the event has none. */
  static int pid(TraceBuffer.Event event) {
    return event.data().limit() < HEAD_BYTES ? 0 : event.data().getInt(PID_AT);
  }

  /** Five characters, or four. */
  String of(TraceBuffer.Event event) {
    if (event.data().limit() < HEAD_BYTES) {
      return migration ? "?????" : "????";
    }
    int flags = event.data().get(FLAGS_AT);
    int count = event.data().get(COUNT_AT);
    boolean bottomHalf = (flags & BH_OFF) != 0;
    String interrupts = (flags & IRQS_OFF) != 0 ? bottomHalf ? "D" : "d" : bottomHalf ? "b" : ".";
    return interrupts
        + reschedule(flags & (NEED_RESCHED | NEED_RESCHED_LAZY | PREEMPT_RESCHED))
        + within(flags)
        + (migration ? digit(count & 0xf) + digit(count >> 4 & 0xf) : digit(count & 0xff));
  }

  private static String reschedule(int flags) {
    return switch (flags) {
      case NEED_RESCHED | NEED_RESCHED_LAZY | PREEMPT_RESCHED -> "B";
      case NEED_RESCHED | PREEMPT_RESCHED -> "N";
      case NEED_RESCHED_LAZY | PREEMPT_RESCHED -> "L";
      case NEED_RESCHED | NEED_RESCHED_LAZY -> "b";
      case NEED_RESCHED_LAZY -> "l";
      case NEED_RESCHED -> "n";
      case PREEMPT_RESCHED -> "p";
      default -> ".";
    };
  }

  private static String within(int flags) {
    boolean hard = (flags & HARDIRQ) != 0;
    boolean soft = (flags & SOFTIRQ) != 0;
    if ((flags & NMI) != 0) {
      return hard ? "Z" : "z";
    }
    return hard ? soft ? "H" : "h" : soft ? "s" : ".";
  }

  private static String digit(int value) {
    return value == 0 ? "." : Integer.toHexString(value);
  }

  void head(String tracer, int entries, long written, int cpus, Text out) {
    out.print("# tracer: %s\n#\n", tracer);
    out.print("# entries-in-buffer/entries-written: %d/%d   #P:%d\n", entries, written, cpus);
    out.print(
        "#\n#                                _-----=> irqs-off%s\n",
        bottomHalves ? "/BH-disabled" : "");
    out.lay(
        """
        #                               / _----=> need-resched
        #                              | / _---=> hardirq/softirq
        #                              || / _--=> preempt-depth
        """);
    out.lay(
        migration
            ? """
            #                              ||| / _-=> migrate-disable
            #                              |||| /     delay
            #           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
            #              | |         |   |||||     |         |
            """
            : """
            #                              ||| /     delay
            #           TASK-PID     CPU#  ||||   TIMESTAMP  FUNCTION
            #              | |         |   ||||      |         |
            """);
  }

  static void print(Trace.Event event, Text out) {
    long micros = Long.divideUnsigned(event.time() + NANOS_PER_MICRO / 2, NANOS_PER_MICRO);
    out.print(
        "%16s-%-7d [%03d] %s %5d.%06d: ",
        event.comm(),
        event.pid(),
        event.cpu(),
        event.context(),
        Long.divideUnsigned(micros, MICROS_PER_SECOND),
        Long.remainderUnsigned(micros, MICROS_PER_SECOND));
    out.lay(event.text() + "\n");
  }
}
