package org.vmcore.gdbstub.inspect.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.types.StructValue;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Sizes;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.FirmwareMap;
import org.vmcore.gdbstub.linux.SystemState;
import org.vmcore.gdbstub.linux.mm.AddressArea;
import org.vmcore.gdbstub.linux.mm.DirectMap;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.port.LinuxPorts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mach}, laid out after the command of that name in crash. */
@Command(
    name = "mach",
    description = "Show facts of the machine: memory, CPUs, areas of addresses.")
public final class Mach extends Query<Mach.Answer> {
  @Option(names = "-m", description = "What x86's firmware said of physical memory.")
  private boolean map;

  @Option(names = "-c", description = "What x86's kernel keeps of each CPU.")
  private boolean processors;

  @Option(names = "-x", description = "With -c, print integers in hexadecimal.")
  private boolean hexadecimal;

  @Option(names = "-d", description = "The same in decimal.")
  private boolean decimal;

  /** */
  sealed interface Answer permits Facts, Map, Processors {}

  /** By number. */
  record Processors(List<Processor> processors) implements Answer {}

  /** A CPU's {@code struct cpuinfo_x86}. */
  record Processor(int cpu, StructValue info) {}

  /**
   * @param processorMhz the processors' clock
   * @param hz ticks in a second
   * @param virtualBase address that physical address 0 is mapped to
   */
  record Facts(
      Optional<String> machine,
      OptionalLong memoryBytes,
      int cpus,
      OptionalInt processorMhz,
      OptionalInt hz,
      long pageSize,
      @Hex OptionalLong virtualBase,
      @Hex OptionalLong vmallocBase,
      @Hex OptionalLong vmemmapBase,
      long stackSize,
      List<Area> areas)
      implements Answer {}

  /** Addresses that are of one kind on this architecture. */
  record Area(String name, @Hex long start, @Hex long last) {}

  /** By address. */
  record Map(List<Range> ranges) implements Answer {}

  /**
   * @param end the address after its last
   */
  record Range(@Hex long start, @Hex long end, String type) {}

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (map) {
      return new Map(
          FirmwareMap.read(call.typed()).stream()
              .map(one -> new Range(one.start(), one.end(), one.type()))
              .toList());
    }
    if (processors) {
      return processors(call);
    }
    MachineState state = MachineState.quick(call.machine(), call.notes());
    Optional<DirectMap> direct = DirectMap.of(call.machine().linux());
    List<Area> areas = new ArrayList<>();
    for (AddressArea area :
        LinuxPorts.of(call.machine().requireArchitecture()).areas(call.machine().linux())) {
      if (!area.name().startsWith("fixmap ")) {
        areas.add(new Area(area.name(), area.first(), area.last()));
      }
    }
    return new Facts(
        state.machine(),
        state.memoryBytes(),
        call.cpus().size(),
        state.processorMhz(),
        new SystemState(call.machine().linux()).ticksPerSecond(),
        call.machine().pageBytes(),
        direct.isPresent() ? OptionalLong.of(direct.get().offset()) : OptionalLong.empty(),
        word(call, "vmalloc_base"),
        word(call, "vmemmap_base"),
        call.machine().stacks().stackBytes(),
        areas);
  }

  private static Processors processors(Call call) throws MissingFactException, KernelReadException {
    KernelObject image = call.typed().variable("cpu_info", "struct cpuinfo_x86");
    PerCpu perCpu = new PerCpu(call.typed());
    List<Processor> found = new ArrayList<>();
    for (int cpu : call.cpus()) {
      KernelObject own = image.moved(perCpu.offset(cpu).orElse(0));
      found.add(new Processor(cpu, StructValue.of(call, own)));
    }
    return new Processors(found);
  }

  /** Where the kernel keeps it in a variable, as x86-64 does since it is random. */
  private static OptionalLong word(Call call, String name) throws MissingFactException {
    return call.machine()
        .linux()
        .address(name)
        .map(call.machine().kernelMemory()::word)
        .orElse(OptionalLong.empty());
  }

  @Override
  public int version() {
    return 2;
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer instanceof Map all) {
      out.print("      PHYSICAL ADDRESS RANGE         TYPE\n");
      all.ranges().forEach(r -> out.print("%016x - %016x  %s\n", r.start(), r.end(), r.type()));
    } else if (answer instanceof Processors all) {
      int radix = hexadecimal ? Text.HEXADECIMAL : decimal ? Text.DECIMAL : out.radix();
      String separator = "";
      for (Processor one : all.processors()) {
        out.lay(separator);
        separator = "\n";
        out.print("CPU %d:\n", one.cpu());
        one.info().print(out, radix);
      }
    } else if (answer instanceof Facts facts) {
      facts.machine().ifPresent(name -> row(out, "MACHINE TYPE", name));
      facts.memoryBytes().ifPresent(bytes -> row(out, "MEMORY SIZE", Sizes.ofMachine(bytes)));
      row(out, "CPUS", facts.cpus());
      facts.processorMhz().ifPresent(mhz -> row(out, "PROCESSOR SPEED", mhz + " Mhz"));
      facts.hz().ifPresent(hz -> row(out, "HZ", hz));
      row(out, "PAGE SIZE", facts.pageSize());
      address(out, "KERNEL VIRTUAL BASE", facts.virtualBase());
      address(out, "KERNEL VMALLOC BASE", facts.vmallocBase());
      address(out, "KERNEL VMEMMAP BASE", facts.vmemmapBase());
      row(out, "KERNEL STACK SIZE", facts.stackSize());
      for (Area area : facts.areas()) {
        row(out, area.name(), Text.format("%x - %x", area.start(), area.last()));
      }
    }
  }

  private static void row(Text out, String name, Object value) {
    out.print("%22s: %s\n", name, value);
  }

  private static void address(Text out, String name, OptionalLong value) {
    if (value.isPresent()) {
      row(out, name, Long.toHexString(value.getAsLong()));
    }
  }
}
