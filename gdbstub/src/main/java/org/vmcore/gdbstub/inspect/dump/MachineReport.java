package org.vmcore.gdbstub.inspect.dump;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.inspect.files.DeviceDumps;
import org.vmcore.gdbstub.inspect.machine.MachineState;
import org.vmcore.gdbstub.inspect.query.Notes;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.machine.CrashTime;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;

/**
 * All that {@code info} tells.
 *
 * @param system none where the kernel's memory cannot be read; the reason is with {@code kernel}
 */
public record MachineReport(
    File dump,
    Kernel kernel,
    SymbolsReport symbols,
    Optional<MachineState> system,
    List<Cpu> cpus,
    MemoryReport memory,
    List<NoteReport> notes)
    implements Info.Answer {
  /**
   * @param incomplete is told why what is not told of the system is not
   */
  public static MachineReport of(CrashedMachine machine, Notes incomplete) {
    return new MachineReport(
        File.of(machine),
        Kernel.of(machine),
        SymbolsReport.of(machine),
        system(machine, incomplete),
        machine.cpus().stream().map(Cpu::of).toList(),
        MemoryReport.of(machine.dump().memory(), machine.crashKernel()),
        machine.dump().notes().stream().map(NoteReport::of).toList());
  }

  /**
   * The file.
   *
   * @param size in bytes
   * @param variant of the format
   * @param dumpLevel makedumpfile's -d, and {@code leftOut} the same in words
   * @param erased what makedumpfile's filter erased
   * @param missing why it is not complete
   * @param header fields of the format's own header
   */
  public record File(
      String file,
      long size,
      String format,
      String variant,
      List<String> compression,
      OptionalInt dumpLevel,
      Optional<List<String>> leftOut,
      List<String> erased,
      boolean complete,
      List<String> missing,
      Map<String, String> header) {
    public static File of(CrashedMachine machine) {
      DumpInfo info = machine.dump().info();
      return new File(
          info.file(),
          info.fileSize(),
          info.format(),
          info.variant(),
          info.compression().stream().sorted().toList(),
          info.dumpLevel(),
          info.dumpLevel().isPresent()
              ? Optional.of(DumpLevel.kinds(info.dumpLevel().getAsInt()))
              : Optional.empty(),
          machine.dump().erased(),
          info.incomplete().isEmpty(),
          info.incomplete(),
          info.headerFields());
    }
  }

  /**
   * The kernel.
   *
   * @param crashTime when it wrote VMCOREINFO
   * @param vmcoreinfoFrom where VMCOREINFO is
   * @param facts that its memory is read by
   * @param unreadable why its memory cannot be read
   */
  public record Kernel(
      String architecture,
      Optional<String> release,
      Optional<String> buildId,
      Optional<Instant> crashTime,
      Optional<String> vmcoreinfoFrom,
      @Hex OptionalLong kaslrOffset,
      Optional<List<Fact>> facts,
      Optional<String> unreadable) {
    static Kernel of(CrashedMachine machine) {
      Optional<Vmcoreinfo> vmcoreinfo = machine.vmcoreinfo();
      OptionalLong kaslrOffset = OptionalLong.empty();
      Optional<List<Fact>> facts = Optional.empty();
      Optional<String> unreadable = Optional.empty();
      try {
        KernelSpace space = machine.kernelSpace();
        kaslrOffset = space.kaslrOffset();
        facts = Optional.of(space.facts().stream().map(Fact::of).toList());
      } catch (MissingFactException e) {
        unreadable = Optional.of(String.valueOf(e.getMessage()));
      }
      return new Kernel(
          machine
              .architecture()
              .map(Architecture::name)
              .orElseGet(() -> machine.dump().info().machine().orElse("unknown")),
          vmcoreinfo.flatMap(info -> info.value("OSRELEASE")),
          machine.buildId(),
          CrashTime.written(machine),
          vmcoreinfo.map(info -> machine.vmcoreinfoSource()),
          kaslrOffset,
          facts,
          unreadable);
    }
  }

  /**
   * Something that the kernel's memory is read by.
   *
   * @param from where it was found
   */
  public record Fact(String name, String value, String from) {
    static Fact of(KernelSpace.Fact fact) {
      return new Fact(fact.name(), fact.value(), fact.source());
    }
  }

  private static Optional<MachineState> system(CrashedMachine machine, Notes incomplete) {
    try {
      return Optional.of(MachineState.of(machine, incomplete));
    } catch (MissingFactException e) {
      // The reason is among the facts of the kernel.
      return Optional.empty();
    }
  }

  /**
   * A CPU.
   *
   * @param registers whether the dump has them
   * @param mode {@code user} or {@code kernel}
   * @param pc its program counter
   * @param crashed whether it brought the machine down
   */
  public record Cpu(
      int cpu,
      OptionalInt pid,
      boolean registers,
      Optional<String> mode,
      @Hex OptionalLong pc,
      boolean crashed) {
    static Cpu of(CrashedCpu cpu) {
      boolean known = cpu.hasRegisters();
      return new Cpu(
          cpu.number(),
          cpu.state().pid(),
          known,
          known ? Optional.of(cpu.state().userMode() ? "user" : "kernel") : Optional.empty(),
          known ? OptionalLong.of(cpu.state().programCounter()) : OptionalLong.empty(),
          cpu.crashed());
    }
  }

  /**
   * A note of the file.
   *
   * @param size of its descriptor, in bytes
   * @param device whose driver saved it, of one that is a device's dump
   */
  public record NoteReport(String owner, int type, int size, Optional<String> device) {
    static NoteReport of(Note note) {
      return new NoteReport(
          note.name(),
          note.type(),
          note.descriptor().length,
          DeviceDumps.is(note) ? Optional.of(DeviceDumps.of(note).name()) : Optional.empty());
    }
  }
}
