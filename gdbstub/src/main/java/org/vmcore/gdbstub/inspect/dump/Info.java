package org.vmcore.gdbstub.inspect.dump;

import java.util.Optional;
import org.vmcore.gdbstub.Version;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.machine.CrashedMachine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code info}; and {@code info version}, by which the kernel's own gdb scripts take a server for
 * QEMU, and only then know the current CPU (Linux scripts/gdb/linux/utils.py, get_gdbserver_type).
 */
@Command(name = "info", description = "Tell what a dump is and what is in it.")
public final class Info extends Query<Info.Answer> {
  private static final String VERSION = "version";
  private static final int MAP_ROWS = 16;

  @Parameters(
      arity = "0..1",
      paramLabel = VERSION,
      description = "Tell which program serves which dump instead.")
  private Optional<String> what = Optional.empty();

  private Optional<CrashedMachine> machine = Optional.empty();

  /** */
  public sealed interface Answer permits MachineReport, Program {}

  /**
   * @param program with its version
   * @param dump its file
   */
  record Program(String program, String dump) implements Answer {}

  @Override
  public int version() {
    return 5;
  }

  @Override
  public Answer answer(Call call) throws NoAnswerException {
    machine = Optional.of(call.machine());
    if (what.isEmpty()) {
      return MachineReport.of(call.machine(), call.notes());
    }
    if (!what.get().equals(VERSION)) {
      throw NoAnswerException.usage("knows no other word than '" + VERSION + "'");
    }
    return new Program("vmcore-gdbserver " + Version.get(), call.machine().dump().info().file());
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer instanceof Program served) {
      out.print("%s serving %s\n", served.program(), served.dump());
    } else if (answer instanceof MachineReport report) {
      CrashedMachine of = machine.orElseThrow();
      ReportText.print(report, of.pointerBytes() * 2, out);
      out.lay(MemoryMapText.of(map(of)));
    }
  }

  /** Of physical memory, as it is drawn. */
  public static MemoryMap map(CrashedMachine machine) {
    return MemoryMap.of(machine.dump().memory(), machine.crashKernel(), MAP_ROWS);
  }
}
