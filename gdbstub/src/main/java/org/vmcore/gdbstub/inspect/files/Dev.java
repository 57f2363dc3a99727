package org.vmcore.gdbstub.inspect.files;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Fields;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.dev.Devices;
import org.vmcore.gdbstub.linux.dev.DiskUse;
import org.vmcore.gdbstub.linux.dev.PciDevices;
import org.vmcore.gdbstub.linux.dev.Resources;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import org.vmcore.gdbstub.linux.types.Reasons;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code dev}, laid out after the command of that name in crash. */
@Command(
    name = "dev",
    description = "List devices, and what their drivers saved of them.",
    footer =
        """
        Without an option the character and block devices by their major numbers, with who has
        registered them. CDEV is the address of the struct cdev, GENDISK that of the first disk;
        OPERATIONS names the table of its functions. Of -v N, 'xxd -r' makes the bytes again:
          vmcore-gdbserver dev vmcore -v 0 | xxd -r > device.bin
        """)
public final class Dev extends Query<Dev.Answer> {
  private static final int LINE = 16;

  @Option(names = "-p", description = "The devices of PCI.")
  private boolean pci;

  @Option(names = "-i", description = "Who uses which I/O ports, and which memory.")
  private boolean ports;

  @Option(names = "-d", description = "The disks.")
  private boolean disks;

  @Option(names = "-D", description = "The disks with requests in flight.")
  private boolean busy;

  @Option(names = "-V", description = "What drivers saved of their devices (NT_VMCOREDD).")
  private boolean dumps;

  @Option(names = "-v", paramLabel = "N", description = "The bytes of one of those.")
  private @Nullable Integer dump;

  /** */
  sealed interface Answer permits Tables, Buses, Ranges, Disks, Dumps, Data {}

  /** In the order of the kernel's tables. */
  record Tables(Table character, Table block) implements Answer {}

  /** */
  record Buses(List<Bus> buses) implements Answer {}

  /**
   * A root bus of PCI.
   *
   * @param bus address of its {@code struct pci_bus}
   */
  record Bus(@Hex long bus, String name, List<PciDevice> devices) {}

  /**
   * @param pciDev address of its {@code struct pci_dev}
   * @param kind base class and subclass
   */
  record PciDevice(
      @Hex long pciDev,
      String name,
      @Hex long kind,
      @Hex long vendor,
      @Hex long device,
      String type) {}

  /** */
  record Ranges(List<Range> ports, List<Range> memory) implements Answer {}

  /**
   * @param resource address of its {@code struct resource}
   */
  record Range(@Hex long resource, @Hex long start, @Hex long end, String name) {}

  /** */
  record Disks(List<Disk> disks) implements Answer {}

  /**
   * A disk.
   *
   * @param gendisk address of its {@code struct gendisk}
   * @param queue address of its {@code struct request_queue}
   * @param reads requests in flight, and {@code writes}; none where the kernel does not tell
   */
  record Disk(
      long major,
      @Hex long gendisk,
      String name,
      @Hex long queue,
      OptionalLong reads,
      OptionalLong writes) {}

  /** */
  record Dumps(List<DumpOf> dumps) implements Answer {}

  /** What a driver saved. */
  record DumpOf(int number, String name, long bytes) {}

  /**
   * The same, all of it.
   *
   * @param hex its bytes
   */
  record Data(String name, long bytes, String hex) implements Answer {}

  /**
   * Devices of one kind.
   *
   * @param incomplete why these are not all, if they are not
   */
  record Table(List<Device> devices, Optional<String> incomplete) {}

  /**
   * A driver's devices.
   *
   * @param structure address of the {@code struct cdev}, or of the first {@code struct gendisk}
   * @param operations the table of its functions, by its name where it has one
   */
  record Device(
      long major, String name, @Hex OptionalLong structure, Optional<String> operations) {}

  @Override
  public int version() {
    return 2;
  }

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (isMoreThanOne(pci, ports, disks || busy, dumps, dump != null)) {
      throw NoAnswerException.usage("takes one of its options");
    } else if (dumps || dump != null) {
      return dumps(DeviceDumps.among(call.machine().dump().notes()));
    } else if (pci) {
      Listing<PciDevices.Bus> found = PciDevices.read(call.typed());
      call.notes().incomplete(found.problem());
      return new Buses(found.all().stream().map(Dev::bus).toList());
    } else if (ports) {
      return new Ranges(ranges(call, "ioport_resource"), ranges(call, "iomem_resource"));
    } else if (disks || busy) {
      return disks(call);
    }
    SymbolNames symbols = call.symbols();
    return new Tables(
        table(Devices.characters(call.typed()), symbols),
        table(Devices.blocks(call.typed()), symbols));
  }

  private Answer dumps(List<DeviceDumps.DeviceDump> found) throws NoAnswerException {
    if (dump == null) {
      List<DumpOf> all = new ArrayList<>();
      for (int i = 0; i < found.size(); i++) {
        all.add(new DumpOf(i, found.get(i).name(), found.get(i).data().length));
      }
      return new Dumps(all);
    }
    if (dump < 0 || dump >= found.size()) {
      throw NoAnswerException.notThere("the dump has no device dump " + dump);
    }
    DeviceDumps.DeviceDump one = found.get(dump);
    return new Data(one.name(), one.data().length, HexFormat.of().formatHex(one.data()));
  }

  private static Bus bus(PciDevices.Bus bus) {
    return new Bus(
        bus.address(),
        bus.name(),
        bus.devices().stream()
            .map(
                d ->
                    new PciDevice(
                        d.address(), d.name(), d.kind(), d.vendor(), d.device(), d.type()))
            .toList());
  }

  private static List<Range> ranges(Call call, String root)
      throws MissingFactException, KernelReadException {
    return Resources.of(call.typed(), root).stream()
        .map(r -> new Range(r.address(), r.start(), r.end(), r.name()))
        .toList();
  }

  private Disks disks(Call call) throws MissingFactException, KernelReadException {
    List<Disk> found = new ArrayList<>();
    Reasons reasons = new Reasons();
    for (DiskUse.Disk disk : DiskUse.read(call.typed(), call.cpus(), reasons)) {
      long total = disk.reads().orElse(0) + disk.writes().orElse(0);
      if (!busy || total > 0) {
        found.add(
            new Disk(
                disk.major(),
                disk.address(),
                disk.name(),
                disk.queue(),
                disk.reads(),
                disk.writes()));
      }
    }
    call.notes().incomplete(reasons);
    return new Disks(found);
  }

  private static Table table(Listing<Devices.Device> found, SymbolNames symbols) {
    return new Table(
        found.all().stream().map(device -> device(device, symbols)).toList(), found.problem());
  }

  private static Device device(Devices.Device device, SymbolNames symbols) {
    long table = device.operations();
    return new Device(
        device.major(),
        device.name(),
        device.structure() == 0 ? OptionalLong.empty() : OptionalLong.of(device.structure()),
        table == 0
            ? Optional.empty()
            : Optional.of(symbols.at(table).map(Located::text).orElse(Fields.hex(table))));
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer instanceof Tables tables) {
      tables(tables, out);
    } else if (answer instanceof Buses all) {
      all.buses().forEach(bus -> bus(bus, out));
    } else if (answer instanceof Ranges all) {
      ranges(all.ports(), 4, out);
      out.print("\n");
      ranges(all.memory(), 8, out);
    } else if (answer instanceof Disks all) {
      disks(all, out);
    } else if (answer instanceof Dumps all) {
      if (all.dumps().isEmpty()) {
        out.print("dev: no device dumps found in this dumpfile\n");
        return;
      }
      out.print("INDEX  SIZE        NAME\n");
      all.dumps().forEach(d -> out.print("%5d  %-10d  %s\n", d.number(), d.bytes(), d.name()));
    } else if (answer instanceof Data data) {
      data(data, out);
    }
  }

  private static void ranges(List<Range> ranges, int width, Text out) {
    out.print("%s        RANGE    NAME\n", Text.centred("RESOURCE", out.digits()));
    String row = "%" + out.digits() + "x  %0" + width + "x-%0" + width + "x  %s\n";
    ranges.forEach(r -> out.row(row, r.resource(), r.start(), r.end(), r.name()));
  }

  /** As xxd(1) prints and reads it. */
  private static void data(Data data, Text out) {
    int digits = 2 * LINE;
    for (int at = 0; at < data.hex().length(); at += digits) {
      String line = data.hex().substring(at, Math.min(at + digits, data.hex().length()));
      out.print("%08x: %s\n", at / 2, line.replaceAll("(....)(?=.)", "$1 "));
    }
  }

  private static void bus(Bus bus, Text out) {
    int digits = out.digits();
    out.print("%s     BUSNAME\n", Text.centred("ROOT BUS", digits));
    out.row("%" + digits + "x %s\n", bus.bus(), bus.name());
    out.print("  %s      DO:BU:SL.FN  CLASS   PCI_ID      TYPE\n", Text.centred("PCI DEV", digits));
    for (PciDevice one : bus.devices()) {
      out.row(
          "  %" + digits + "x %s  %04x  %04x:%04x  %s\n",
          one.pciDev(),
          one.name(),
          one.kind(),
          one.vendor(),
          one.device(),
          one.type());
    }
  }

  private static void disks(Disks all, Text out) {
    int digits = out.digits();
    String row = "%5s %-" + digits + "s   %-10s %-" + digits + "s  %5s %5s %5s\n";
    out.row(row, "MAJOR", "GENDISK", "NAME", "REQUEST_QUEUE", "TOTAL", "READ", "WRITE");
    for (Disk disk : all.disks()) {
      boolean known = disk.reads().isPresent() && disk.writes().isPresent();
      out.row(
          row,
          disk.major(),
          Long.toHexString(disk.gendisk()),
          disk.name(),
          Long.toHexString(disk.queue()),
          known ? disk.reads().getAsLong() + disk.writes().getAsLong() : "-",
          known ? disk.reads().getAsLong() : "-",
          known ? disk.writes().getAsLong() : "-");
    }
  }

  private static void tables(Tables answer, Text out) {
    print("CHRDEV", "CDEV", answer.character(), out);
    out.print("\n");
    print("BLKDEV", "GENDISK", answer.block(), out);
  }

  private static void print(String title, String structure, Table table, Text out) {
    String row = "%6s    %-16s  %-" + out.digits() + "s  %s";
    out.line(row, title, "NAME", structure, "OPERATIONS");
    for (Device device : table.devices()) {
      out.line(
          row,
          device.major() + "  ",
          device.name(),
          device.structure().isPresent()
              ? Long.toHexString(device.structure().getAsLong())
              : "(none)",
          device.operations().orElse(""));
    }
    out.notAll(table.incomplete());
  }
}
