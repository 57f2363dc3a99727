package org.vmcore.gdbstub.inspect.files;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Fields;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.dev.Devices;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import picocli.CommandLine.Command;

/** {@code dev}, laid out after the command of that name in crash. */
@Command(
    name = "dev",
    description = "List the character and block devices.",
    footer =
        """
        By their major numbers, with who has registered them. CDEV is the address of the struct
        cdev, GENDISK that of the first disk; OPERATIONS names the table of its functions.
        """)
public final class Dev extends Query<Dev.Answer> {
  /** In the order of the kernel's tables. */
  record Answer(Table character, Table block) {}

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
  public Answer answer(Call call) throws MissingFactException, KernelReadException {
    SymbolNames symbols = call.symbols();
    return new Answer(
        table(Devices.characters(call.typed()), symbols),
        table(Devices.blocks(call.typed()), symbols));
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
