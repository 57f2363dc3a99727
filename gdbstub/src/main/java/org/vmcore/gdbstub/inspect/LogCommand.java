package org.vmcore.gdbstub.inspect;

import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.linux.SystemState;
import org.vmcore.gdbstub.linux.log.KernelLog;
import org.vmcore.gdbstub.linux.log.LogRecord;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** {@code monitor log}, laid out after the command of that name in crash; also called dmesg. */
final class LogCommand extends KernelCommand {
  private static final String LEVEL = "--level";

  LogCommand(String name) {
    super(
        name,
        "[-T|-t] [-m] [-c] [--level LEVEL,...]",
        "Print the kernel's log",
        """
        Each message has the seconds since the boot; -T makes them dates in UTC, -t leaves them out.
        -m shows the level as a number in angle brackets, -c who printed it: T and a thread's or C
        and a CPU's number. --level shows only messages of these levels: emerg, alert, crit, err,
        warn, notice, info, debug; 'err+' means err and whatever is worse. Bytes that are no text of
        ASCII are shown as dots.
          %1$s --level warn+
          %1$s -T
        """
            .formatted(name));
  }

  /** What is asked for. */
  private static final class Wanted {
    private boolean times = true;
    private boolean dates;
    private boolean levels;
    private boolean callers;
    private Optional<BitSet> only = Optional.empty();

    boolean includes(LogRecord record) {
      return only.isEmpty()
          || (record.level().isPresent() && only.get().get(record.level().getAsInt()));
    }
  }

  @Override
  Answer answer(Call call, List<String> arguments) throws UsageException, MissingFactException {
    Wanted wanted = parse(arguments);
    KernelLog log = read(machine(call));
    Optional<Instant> boot = Optional.empty();
    if (wanted.dates) {
      boot = Optional.of(boot(machine(call)));
    }
    LogText layout = new LogText(wanted.times, boot, wanted.callers, wanted.levels);
    StringBuilder text = new StringBuilder();
    List<Object> tree = new ArrayList<>();
    for (LogRecord record : log.records()) {
      if (wanted.includes(record)) {
        layout.append(text, record);
        tree.add(layout.tree(record));
      }
    }
    text.append(note(log.problem()));
    return new Answer(text.toString(), tree);
  }

  /**
   * The log of a machine.
   *
   * @throws MissingFactException when it cannot be found
   */
  static KernelLog read(CrashedMachine machine) throws MissingFactException {
    Optional<Vmcoreinfo> vmcoreinfo = machine.vmcoreinfo().filter(KernelLog::isTold);
    return vmcoreinfo.isPresent()
        ? KernelLog.read(machine.kernelMemory(), vmcoreinfo.get())
        : KernelLog.read(machine.linux());
  }

  private static Instant boot(CrashedMachine machine) throws MissingFactException {
    SystemState state = new SystemState(machine.linux());
    return state
        .bootTime()
        .or(
            () ->
                Banner.date(machine, state)
                    .flatMap(now -> state.uptime().map(uptime -> now.minus(uptime))))
        .orElseThrow(
            () ->
                new MissingFactException(
                    "when the machine was booted is not known, as far as BTF, --vmlinux or --types"
                        + " tells"));
  }

  private static Wanted parse(List<String> arguments) throws UsageException {
    Wanted wanted = new Wanted();
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      switch (argument) {
        case "-T" -> wanted.dates = true;
        case "-t" -> wanted.times = false;
        case "-m" -> wanted.levels = true;
        case "-c" -> wanted.callers = true;
        default -> {
          if (argument.startsWith(LEVEL + "=")) {
            wanted.only = Optional.of(levels(argument.substring(LEVEL.length() + 1)));
          } else if (argument.equals(LEVEL) && i + 1 < arguments.size()) {
            wanted.only = Optional.of(levels(arguments.get(++i)));
          } else {
            throw new UsageException("unknown option " + argument);
          }
        }
      }
    }
    if (wanted.dates && !wanted.times) {
      throw new UsageException("-T and -t exclude each other");
    }
    return wanted;
  }

  private static BitSet levels(String names) throws UsageException {
    BitSet levels = new BitSet();
    for (String name : names.toLowerCase(Locale.ROOT).split(",", -1)) {
      boolean andWorse = name.endsWith("+");
      int level = LogText.LEVELS.indexOf(andWorse ? name.substring(0, name.length() - 1) : name);
      if (level < 0) {
        throw new UsageException(
            "no level is called '" + name + "'; there are " + String.join(", ", LogText.LEVELS));
      }
      levels.set(andWorse ? 0 : level, level + 1);
    }
    return levels;
  }
}
