package org.vmcore.gdbstub.inspect;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.MonitorCommand.Call;
import org.vmcore.gdbstub.inspect.MonitorCommand.UsageException;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.rsp.Target.Console;
import org.vmcore.gdbstub.stub.DebuggerView;
import org.vmcore.gdbstub.stub.VmcoreTarget.MachineMonitor;

/** Runs {@code monitor} command lines for one debugger. */
public final class MonitorCommands implements MachineMonitor {
  static final List<MonitorCommand> ALL =
      List.of(
          new HelpCommand(),
          new InfoCommand(),
          new CpusCommand(),
          new VmcoreinfoCommand(),
          new VtopCommand(),
          new WhyCommand(),
          new SpacesCommand(),
          new SpaceCommand(),
          new SysCommand(),
          new LogCommand("log"),
          new LogCommand("dmesg"),
          new PsCommand(),
          new TaskCommand(),
          new BtCommand(),
          new VmCommand(),
          new ThreadsCommand(),
          new StructCommand("struct"),
          new StructCommand("union"),
          new SymCommand(),
          new SearchCommand(),
          new PercpuCommand(),
          new ModCommand(),
          new FilesCommand(),
          new MountCommand(),
          new IrqCommand(),
          new TimerCommand(),
          new RunqCommand(),
          new KmemCommand(),
          new DevCommand());

  private final DebuggerView view;

  public MonitorCommands(DebuggerView view) {
    this.view = view;
  }

  /** The commands that need no debugger, to be run by themselves. */
  public static List<Inspection> inspections() {
    return ALL.stream().filter(Inspection.class::isInstance).map(Inspection.class::cast).toList();
  }

  static Optional<MonitorCommand> named(String name) {
    return ALL.stream().filter(command -> command.name().equals(name)).findFirst();
  }

  @Override
  public void run(String commandLine, CrashedCpu cpu, Console console) {
    List<String> words = List.of(commandLine.strip().split("\\s+", -1));
    String name = words.get(0).isEmpty() ? "help" : words.get(0).toLowerCase(Locale.ROOT);
    Optional<MonitorCommand> command = named(name);
    if (command.isEmpty()) {
      console.print("unknown command '" + name + "'; try: monitor help\n");
      return;
    }
    try {
      command.get().run(new Call(view, Optional.of(cpu), console), words.subList(1, words.size()));
    } catch (UsageException e) {
      console.print(
          "%s: %s\n%s\n".formatted(name, e.getMessage(), HelpCommand.usage(command.get())));
    } catch (MissingFactException e) {
      console.print(name + ": " + e.getMessage() + "\n");
    }
  }
}
