package org.vmcore.gdbstub.inspect;

import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.machine.CrashedCpu;

/** {@code monitor cpus}. */
final class CpusCommand implements MonitorCommand {
  @Override
  public String name() {
    return "cpus";
  }

  @Override
  public String arguments() {
    return "";
  }

  @Override
  public String summary() {
    return "List the CPUs and what each was doing";
  }

  @Override
  public String help() {
    return """
        '*' marks the CPU of the selected thread; gdb's thread number is the CPU's plus one.
        TABLES is the physical address of the page tables it ran on, where that is known.
        """;
  }

  @Override
  public void run(Call call, List<String> arguments) throws MissingFactException {
    call.print("  CPU    PID  MODE    PC                  TABLES\n");
    CrashedCpu selected = call.cpu();
    for (CrashedCpu cpu : call.view().machine().cpus()) {
      OptionalInt pid = cpu.state().pid();
      OptionalLong tables = call.view().machine().spaces().pageTableRoot(cpu);
      call.print(
          "%c %3d %6s  %-6s  %-18s  %s%s\n",
          cpu.equals(selected) ? '*' : ' ',
          cpu.number(),
          pid.isPresent() ? String.valueOf(pid.getAsInt()) : "?",
          cpu.hasRegisters() ? cpu.state().userMode() ? "user" : "kernel" : "?",
          cpu.hasRegisters()
              ? "%#018x".formatted(cpu.state().programCounter())
              : "not in this dump",
          tables.isPresent() ? Long.toHexString(tables.getAsLong()) : "kernel's",
          cpu.crashed() ? "  crashed" : "");
    }
  }
}
