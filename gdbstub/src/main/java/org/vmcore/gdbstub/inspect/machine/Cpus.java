package org.vmcore.gdbstub.inspect.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.machine.CrashedCpu;
import picocli.CommandLine.Command;

/** {@code cpus}. */
@Command(
    name = "cpus",
    description = "List the CPUs and what each was doing.",
    footer =
        """
        '*' marks the CPU of the selected thread; gdb's thread number is the CPU's plus one.
        TABLES is the physical address of the page tables it ran on, where that is known.
        """)
public final class Cpus extends Query<Cpus.Answer> {
  /** By number. */
  record Answer(List<Cpu> cpus) {}

  /** Which half of the machine it was in. */
  enum Mode {
    KERNEL,
    USER
  }

  /**
   * A CPU.
   *
   * @param selected whether a debugger has selected its thread; without one, what {@code crashed}
   *     is
   * @param crashed whether it brought the machine down
   * @param mode none where the dump has no registers of it
   * @param pc its program counter
   * @param tables physical address of the page tables it ran on; none for the kernel's
   */
  record Cpu(
      int cpu,
      boolean selected,
      boolean crashed,
      OptionalInt pid,
      Optional<Mode> mode,
      @Hex OptionalLong pc,
      @Hex OptionalLong tables) {}

  @Override
  public Answer answer(Call call) throws MissingFactException {
    CrashedCpu selected = call.cpu();
    List<Cpu> cpus = new ArrayList<>();
    for (CrashedCpu cpu : call.machine().cpus()) {
      boolean known = cpu.hasRegisters();
      cpus.add(
          new Cpu(
              cpu.number(),
              cpu.equals(selected),
              cpu.crashed(),
              cpu.state().pid(),
              known
                  ? Optional.of(cpu.state().userMode() ? Mode.USER : Mode.KERNEL)
                  : Optional.empty(),
              known ? OptionalLong.of(cpu.state().programCounter()) : OptionalLong.empty(),
              call.machine().spaces().pageTableRoot(cpu)));
    }
    return new Answer(cpus);
  }

  @Override
  public void print(Answer answer, Text out) {
    out.print("  CPU    PID  MODE    PC                  TABLES\n");
    for (Cpu cpu : answer.cpus()) {
      out.print(
          "%c %3d %6s  %-6s  %-18s  %s%s\n",
          cpu.selected() ? '*' : ' ',
          cpu.cpu(),
          cpu.pid().isPresent() ? String.valueOf(cpu.pid().getAsInt()) : "?",
          cpu.mode().map(mode -> mode == Mode.USER ? "user" : "kernel").orElse("?"),
          cpu.pc().isPresent() ? Text.format("%#018x", cpu.pc().getAsLong()) : "not in this dump",
          cpu.tables().isPresent() ? Long.toHexString(cpu.tables().getAsLong()) : "kernel's",
          cpu.crashed() ? "  crashed" : "");
    }
  }
}
