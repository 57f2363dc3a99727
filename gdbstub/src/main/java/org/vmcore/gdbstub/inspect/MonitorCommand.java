package org.vmcore.gdbstub.inspect;

import com.google.errorprone.annotations.FormatMethod;
import java.util.List;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.rsp.Target.Console;
import org.vmcore.gdbstub.stub.DebuggerView;

/**
 * One {@code monitor} command. To add one: a class here, a line in {@link MonitorCommands#ALL}, a
 * test.
 */
interface MonitorCommand {

  /** The word it is called by. */
  String name();

  /** Its arguments, as {@code monitor help} shows them; empty when it takes none. */
  String arguments();

  /** One line without a full stop. */
  String summary();

  /** What {@code monitor help NAME} adds to the summary: whole lines. */
  String help();

  /**
   * Runs it.
   *
   * @param call who asked and for which CPU
   * @throws UsageException when the arguments are not of its form
   * @throws MissingFactException when the dump does not tell what is needed
   */
  void run(Call call, List<String> arguments) throws UsageException, MissingFactException;

  /**
   * @param view what the debugger that asked has chosen
   * @param selected the CPU whose thread it has selected; empty without a debugger
   */
  record Call(DebuggerView view, Optional<CrashedCpu> selected, Console console) {
    /** The CPU that is meant: without a debugger the one that brought the machine down. */
    CrashedCpu cpu() throws MissingFactException {
      return selected.isPresent() ? selected.get() : Inspection.cpu(view.machine());
    }

    @FormatMethod
    void print(String format, Object... values) {
      console.print(format.formatted(values));
    }
  }

  /** Arguments that the command does not take; the message says what is wrong with them. */
  final class UsageException extends Exception {
    UsageException(String message) {
      super(message);
    }
  }
}
