package org.vmcore.gdbstub.app;

import java.util.Locale;
import java.util.stream.Stream;
import org.vmcore.gdbstub.stub.DebuggerView;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What debuggers see as threads, for the commands that serve a machine. */
final class ThreadsOption {
  @Option(
      names = "--threads",
      paramLabel = "cpus|tasks",
      converter = Converter.class,
      completionCandidates = Names.class,
      defaultValue = "cpus",
      description = {
        "What debuggers see as threads: the CPUs, or the CPUs and then every task that ran on none,"
            + " so that 'thread apply all bt' shows what each was waiting for (default:"
            + " ${DEFAULT-VALUE}).",
        "'monitor threads' changes it in a running session."
      })
  private DebuggerView.Threads threads = DebuggerView.Threads.CPUS;

  DebuggerView.Threads shown() {
    return threads;
  }

  static final class Names implements Iterable<String> {
    @Override
    public java.util.Iterator<String> iterator() {
      return Stream.of(DebuggerView.Threads.values()).map(Names::of).iterator();
    }

    static String of(DebuggerView.Threads threads) {
      return threads.name().toLowerCase(Locale.ROOT);
    }
  }

  static final class Converter implements ITypeConverter<DebuggerView.Threads> {
    @Override
    public DebuggerView.Threads convert(String value) {
      for (DebuggerView.Threads threads : DebuggerView.Threads.values()) {
        if (Names.of(threads).equals(value)) {
          return threads;
        }
      }
      throw new TypeConversionException("'" + value + "' is neither cpus nor tasks");
    }
  }
}
