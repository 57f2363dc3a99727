package org.vmcore.gdbstub.inspect.tasks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.VirtualRead;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.linux.SystemState;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/** Reads more of tasks than a table of them has. */
final class TaskDetails {
  /** RLIMIT_* in the order of include/uapi/asm-generic/resource.h. */
  private static final List<String> LIMITS =
      List.of(
          "CPU",
          "FSIZE",
          "DATA",
          "STACK",
          "CORE",
          "RSS",
          "NPROC",
          "NOFILE",
          "MEMLOCK",
          "AS",
          "LOCKS",
          "SIGPENDING",
          "MSGQUEUE",
          "NICE",
          "RTPRIO",
          "RTTIME");

  /** Of arguments or environment together; ARG_MAX is 128 KiB unless the stack may be larger. */
  private static final int MAX_ARGUMENTS = 1 << 20;

  private static final long NANOS_PER_SECOND = 1_000_000_000;

  private final Call call;
  private final boolean times;
  private final boolean limits;
  private final boolean arguments;

  TaskDetails(Call call, boolean times, boolean limits, boolean arguments) {
    this.call = call;
    this.times = times;
    this.limits = limits;
    this.arguments = arguments;
  }

  TaskDetail of(Task task) throws MissingFactException, KernelReadException {
    KernelObject object = call.machine().tasks().list().object(task);
    Optional<List<String>> words = Optional.empty();
    List<String> environment = List.of();
    Optional<String> problem = Optional.empty();
    if (arguments && task.mm() != 0) {
      try {
        words = Optional.of(strings(task, object, "mm->arg_start", "mm->arg_end"));
        environment = strings(task, object, "mm->env_start", "mm->env_end");
      } catch (KernelReadException e) {
        words = Optional.empty();
        problem = Optional.ofNullable(e.getMessage());
      }
    }
    return new TaskDetail(
        NamedTask.of(task),
        times ? Optional.of(times(object)) : Optional.empty(),
        limits ? limits(object) : List.of(),
        words,
        environment,
        problem);
  }

  /**
   * Since the boot; the time in suspend counts in {@code start_boottime} alone. Before 3.17 the
   * time was a {@code struct timespec}.
   */
  private TaskDetail.Times times(KernelObject task)
      throws MissingFactException, KernelReadException {
    KernelObject start = task.member("start_time");
    long began =
        start.has("tv_sec")
            ? start.value("tv_sec") * NANOS_PER_SECOND + start.value("tv_nsec")
            : start.value();
    long uptime =
        new SystemState(call.machine().linux()).uptime().map(Duration::toNanos).orElse(began);
    return new TaskDetail.Times(
        Math.max(uptime - began, 0) / NANOS_PER_SECOND,
        began,
        task.value("utime"),
        task.value("stime"));
  }

  private static List<TaskDetail.Limit> limits(KernelObject task) throws KernelReadException {
    List<TaskDetail.Limit> found = new ArrayList<>();
    KernelObject all = task.member("signal->rlim");
    for (int i = 0; i < Math.min(all.length(), LIMITS.size()); i++) {
      KernelObject one = all.element(i);
      found.add(
          new TaskDetail.Limit(
              LIMITS.get(i), limit(one.value("rlim_cur")), limit(one.value("rlim_max"))));
    }
    return found;
  }

  /** RLIM_INFINITY is all ones, of a word. */
  private static OptionalLong limit(long value) {
    return value == -1 || value == 0xffff_ffffL ? OptionalLong.empty() : OptionalLong.of(value);
  }

  private List<String> strings(Task task, KernelObject object, String from, String to)
      throws MissingFactException, KernelReadException {
    long start = object.value(from);
    long length = object.value(to) - start;
    if (length < 0 || length > MAX_ARGUMENTS) {
      throw new KernelReadException(
          KernelReadException.Reason.IMPLAUSIBLE, "its arguments have %d bytes".formatted(length));
    }
    byte[] bytes = new byte[(int) length];
    VirtualRead read =
        call.machine().tasks().userMemoryOf(task).read(start, bytes, 0, bytes.length);
    Fault fault = read.fault();
    if (fault != null) {
      throw new KernelReadException(KernelReadException.Reason.UNREADABLE, fault.message());
    }
    String text = new String(bytes, ISO_8859_1);
    return text.isEmpty() ? List.of() : List.of(text.split("\0", -1));
  }
}
