package org.vmcore.gdbstub.inspect.tasks;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.HexAddress;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.tasks.Tasks;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** Which tasks somebody means. */
public final class TaskFinder {
  /** What no name of a command has, or hardly any. */
  private static final Pattern REGULAR = Pattern.compile("[*+?\\[\\]^$|\\\\]");

  private final Call call;
  private final Tasks tasks;

  public TaskFinder(Call call) throws MissingFactException {
    this.call = call;
    this.tasks = call.machine().tasks().list();
  }

  /** The idle tasks of a dump's CPUs, then all others. */
  public static List<Task> every(CrashedMachine machine) throws MissingFactException {
    return each(machine).toList();
  }

  /** The same, each when it is asked for. */
  public static Stream<Task> each(CrashedMachine machine) throws MissingFactException {
    Tasks tasks = machine.tasks().list();
    Stream<Task> idle = machine.cpus().stream().flatMap(cpu -> tasks.idle(cpu.number()).stream());
    return Stream.concat(idle, tasks.each());
  }

  /**
   * The tasks of a PID, at the address of a {@code task_struct}, or of a name.
   *
   * @throws NoAnswerException when there are none
   */
  public List<Task> named(String name) throws NoAnswerException, MissingFactException {
    List<Task> found =
        every(call.machine()).stream()
            .filter(
                task ->
                    name.equals(Integer.toString(task.pid()))
                        || name.replaceFirst("^0x", "").equals(Long.toHexString(task.address()))
                        || name.equals(task.comm())
                        || isMatch(name, task.comm()))
            .toList();
    if (found.isEmpty()) {
      throw NoAnswerException.notThere("no task has the PID, address or name '" + name + "'");
    }
    return found;
  }

  /** As in crash, where a name may be a regular expression. */
  private static boolean isMatch(String name, String comm) {
    if (!REGULAR.matcher(name).find()) {
      return false;
    }
    try {
      return Pattern.compile(name).matcher(comm).find();
    } catch (PatternSyntaxException e) {
      return false;
    }
  }

  /**
   * The one task of a PID, an address or a name; without one, that of the selected thread.
   *
   * @throws NoAnswerException when there is none or more than one
   */
  Task one(Optional<String> name) throws NoAnswerException, MissingFactException {
    if (name.isEmpty()) {
      return selected();
    }
    List<Task> found = named(name.get());
    // The idle tasks of all CPUs have PID 0.
    if (found.size() > 1 && !name.get().equals("0")) {
      throw NoAnswerException.usage(
          "%d tasks are named '%s'; name one by its PID".formatted(found.size(), name.get()));
    }
    return found.get(0);
  }

  /** The task that is meant where none is named. */
  public Task selected() throws MissingFactException {
    Optional<Task> task = call.task();
    return task.isPresent() ? task.get() : current();
  }

  private Task current() throws MissingFactException {
    return tasks
        .current(call.cpu().number())
        .orElseThrow(() -> new MissingFactException("it cannot be told what the CPU ran"));
  }

  /** The task of a PID or at an address; without either, the one that is meant. */
  public Task byNumber(Optional<String> number) throws NoAnswerException, MissingFactException {
    if (number.isEmpty()) {
      return selected();
    }
    String text = number.get();
    if (text.matches("\\d{1,7}")) {
      int pid = Integer.parseInt(text);
      Optional<Task> found = pid == 0 ? tasks.idle(call.cpu().number()) : tasks.pid(pid);
      return found.orElseThrow(() -> NoAnswerException.notThere("no task has the PID " + text));
    }
    return tasks
        .at(HexAddress.parse(text))
        .orElseThrow(() -> NoAnswerException.notThere("there is no task at " + text));
  }
}
