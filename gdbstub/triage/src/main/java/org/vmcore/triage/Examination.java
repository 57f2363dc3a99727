package org.vmcore.triage;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.gdbstub.Version;
import org.vmcore.gdbstub.app.LogFile;
import org.vmcore.gdbstub.inspect.analyze.Analysis;
import org.vmcore.gdbstub.inspect.analyze.Analyze;
import org.vmcore.gdbstub.inspect.machine.MachineState;
import org.vmcore.gdbstub.inspect.query.Answering;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Notes;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.SystemState;
import org.vmcore.gdbstub.linux.Taint;
import org.vmcore.gdbstub.linux.log.LogRecord;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineOptions;

/** Makes the record of one source. Whatever is wrong with it is in the record. */
final class Examination {
  /** dump_stack_print_info() (Linux lib/dump_stack.c), and dmi_setup() at boot (dmi_scan.c). */
  private static final Pattern HARDWARE =
      Pattern.compile("(?:Hardware name|DMI): (?<name>\\S.{2,})");

  private static final int DIGITS = 16;

  /** What a machine is called that nobody has named. */
  private static final Set<String> NO_HOSTS =
      Set.of("(none)", "localhost", "localhost.localdomain");

  /** A machine without a clock begins in 1970. */
  private static final Instant CLOCK_SET = Instant.parse("1990-01-01T00:00:00Z");

  private final MachineOptions options;

  Examination(MachineOptions options) {
    this.options = options;
  }

  /**
   * The record.
   *
   * @return empty when it was only found among others, and is neither a dump nor a log with a crash
   */
  Optional<Entry> of(Source source) {
    if (source.refusal().isPresent()) {
      return Optional.of(refused(source));
    }
    long begun = System.nanoTime();
    Entry entry = begin(source);
    boolean known = examine(source, entry);
    entry.put(Column.TOOK_MS, (System.nanoTime() - begun) / 1_000_000);
    source.state().ifPresent(state -> dateByFile(entry, state));
    return known ? Optional.of(entry) : Optional.empty();
  }

  /** The record of one that was not examined. */
  static Entry refused(Source source) {
    Entry entry = begin(source);
    entry.fail(source.refusal().orElse("not examined"));
    return entry;
  }

  private static Entry begin(Source source) {
    Entry entry = new Entry();
    entry.put(Column.SOURCE, source.name());
    entry.put(Column.PROGRAM, Version.get());
    entry.put(Column.EXAMINED, Instant.now().truncatedTo(ChronoUnit.SECONDS));
    source
        .state()
        .ifPresent(
            state -> {
              entry.put(Column.SIZE, state.size());
              entry.put(Column.VERSION, state.version());
            });
    return entry;
  }

  private static void dateByFile(Entry entry, Source.State state) {
    entry.put(Column.CRASHED_KNOWN, entry.get(Column.CRASHED) == null ? 0 : 1);
    if (entry.get(Column.CRASHED) == null) {
      long millis = state.modifiedMillis();
      entry.put(Column.CRASHED, Instant.ofEpochSecond(millis / 1000));
    }
  }

  /** Whether it is of a kind that is to be recorded. */
  private boolean examine(Source source, Entry entry) {
    try {
      Optional<String> text = LogFile.read(source.path());
      if (text.isPresent()) {
        log(text.get(), entry);
        return !source.found() || entry.is(Entry.CRASH);
      }
      dump(source.path(), entry);
    } catch (UnsupportedDumpException e) {
      entry.fail(Source.words(e));
      return !source.found();
    } catch (IOException | DumpException e) {
      entry.fail(Source.words(e));
    } catch (RuntimeException e) {
      entry.fail("internal error: " + e);
    }
    return true;
  }

  private static void log(String text, Entry entry) {
    entry.put(Column.KIND, "log");
    hardware(text.lines().toList(), entry);
    Analyze analyze = new Analyze();
    try {
      verdict(analyze, analyze.answer(text), new Notes(), entry);
    } catch (NoAnswerException e) {
      entry.put(Column.STATUS, Entry.NONE);
      entry.put(Column.REASON, e.getMessage());
    }
  }

  private void dump(Path path, Entry entry) throws IOException, DumpException {
    entry.put(Column.KIND, "dump");
    try (CrashedMachine machine = CrashedMachine.open(path, options)) {
      entry.put(Column.SIZE, machine.dump().info().fileSize());
      entry.put(Column.FORMAT, machine.dump().info().format());
      entry.put(Column.DUMP_LEVEL, machine.dump().info().dumpLevel());
      List<String> incomplete = machine.dump().info().incomplete();
      entry.put(Column.INCOMPLETE, incomplete.isEmpty() ? null : String.join("\n", incomplete));
      entry.put(Column.BUILD_ID, machine.buildId());
      entry.put(Column.ARCHITECTURE, machine.architecture().map(Architecture::name));
      machine(machine, entry);
      Call call = new Call(machine, new Call.Listener() {});
      Analyze analyze = new Analyze();
      try {
        verdict(analyze, analyze.answer(call), call.notes(), entry);
      } catch (NoAnswerException e) {
        entry.put(Column.STATUS, Entry.NONE);
        entry.put(Column.REASON, e.getMessage());
      } catch (MissingFactException | KernelReadException e) {
        entry.fail(Answering.reason(e));
      }
    }
  }

  private static void machine(CrashedMachine machine, Entry entry) {
    try {
      MachineState state = MachineState.quick(machine, new Notes());
      entry.put(Column.HOST, state.nodename().filter(name -> !NO_HOSTS.contains(name)));
      entry.put(Column.RELEASE, state.release());
      entry.put(Column.KERNEL_VERSION, state.kernelVersion());
      entry.put(
          Column.CRASHED,
          state
              .date()
              .filter(CLOCK_SET::isBefore)
              .map(date -> date.truncatedTo(ChronoUnit.SECONDS)));
      entry.put(Column.UPTIME_SECONDS, state.uptimeSeconds());
      entry.put(Column.CPUS, state.cpus());
      entry.put(Column.MEMORY_BYTES, state.memoryBytes());
      entry.put(Column.PANIC, state.panic());
      entry.put(Column.COMMAND, state.panicTask().map(MachineState.PanicTask::comm));
      entry.put(Column.PID, state.panicTask().map(MachineState.PanicTask::pid));
      entry.put(Column.CPU, state.panicTask().map(MachineState.PanicTask::cpu));
      long taint = new SystemState(machine.linux()).taint().orElse(0);
      entry.put(Column.TAINT, taint == 0 ? null : Taint.letters(Taint.of(taint)));
      hardware(machine.log().records().stream().map(LogRecord::text).toList(), entry);
    } catch (MissingFactException e) {
      // What is missing is missing in the record.
      entry.put(Column.HOST, machine.utsname().get("nodename"));
      entry.put(Column.RELEASE, machine.vmcoreinfo().flatMap(info -> info.value("OSRELEASE")));
    }
  }

  private static void hardware(List<String> lines, Entry entry) {
    for (String line : lines) {
      Matcher matcher = HARDWARE.matcher(line);
      if (matcher.find()) {
        // Behind the comma stand version and date of the BIOS, which change by themselves.
        String name = matcher.group("name").replaceFirst(",? BIOS .*", "");
        entry.put(Column.HARDWARE, name.strip());
        return;
      }
    }
  }

  private static void verdict(Analyze analyze, Analysis analysis, Notes notes, Entry entry) {
    entry.put(Column.STATUS, Entry.CRASH);
    entry.put(Column.CLASS, analysis.failure().name().toLowerCase(Locale.ROOT));
    entry.put(Column.TITLE, analysis.title());
    entry.put(Column.CONFIDENCE, analysis.confidence().name().toLowerCase(Locale.ROOT));
    entry.put(Column.CULPRIT, analysis.culprit().map(Analysis.Culprit::function));
    entry.put(Column.CULPRIT_MODULE, analysis.culprit().flatMap(Analysis.Culprit::module));
    entry.put(Column.CULPRIT_SOURCE, analysis.culprit().flatMap(Analysis.Culprit::source));
    entry.put(Column.SIGNATURE_STACK, analysis.signature().stackId());
    entry.put(Column.SIGNATURE_FUNCTIONS, analysis.signature().functionsId());
    entry.put(Column.SIGNATURE_TITLE, analysis.signature().titleId());
    entry.put(Column.STACK, String.join(" ", analysis.signature().stack()));
    entry.put(
        Column.MODULES, analysis.modules().isEmpty() ? null : String.join(" ", analysis.modules()));
    if (entry.get(Column.RELEASE) == null) {
      entry.put(Column.RELEASE, analysis.release());
    }
    entry.put(Column.GROUP_ID, Groups.id(analysis));
    StringBuilder text = new StringBuilder();
    try {
      Answering.asText(analyze, analysis, notes, new Text(text::append, DIGITS));
    } catch (NoAnswerException | MissingFactException | KernelReadException e) {
      text.append(e.getMessage());
    }
    entry.put(Column.VERDICT, text.toString().strip());
  }
}
