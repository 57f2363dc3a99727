package org.vmcore.gdbstub.inspect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.dev.Devices;
import org.vmcore.gdbstub.linux.dev.Devices.Device;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/** {@code monitor dev}, laid out after the command of that name in crash. */
final class DevCommand extends KernelCommand {
  DevCommand() {
    super(
        "dev",
        "",
        "List the character and block devices",
        """
        By their major numbers, with who has registered them. CDEV is the address of the struct
        cdev, GENDISK that of the first disk; OPERATIONS names the table of its functions.
        """);
  }

  @Override
  Answer answer(Call call, List<String> arguments)
      throws UsageException, MissingFactException, KernelReadException {
    takesNone(arguments);
    Devices.Found characters = Devices.characters(typed(call));
    Devices.Found blocks = Devices.blocks(typed(call));
    Table table = new Table(machine(call).linux().symbolNames(), machine(call).pointerBytes() * 2);
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("character", table.add("CHRDEV", "CDEV", characters));
    table.text.append('\n');
    tree.put("block", table.add("BLKDEV", "GENDISK", blocks));
    return new Answer(table.text.toString(), tree);
  }

  /** Builds the text. */
  private static final class Table {
    private final StringBuilder text = new StringBuilder();
    private final SymbolNames symbols;
    private final int digits;

    Table(SymbolNames symbols, int digits) {
      this.symbols = symbols;
      this.digits = digits;
    }

    List<Object> add(String title, String structure, Devices.Found found) {
      String row = "%6s    %-16s  %-" + digits + "s  %s";
      text.append(row.formatted(title, "NAME", structure, "OPERATIONS")).append('\n');
      List<Object> tree = new ArrayList<>();
      for (Device device : found.devices()) {
        Optional<String> operations = name(device.operations());
        String address = device.structure() == 0 ? "(none)" : Long.toHexString(device.structure());
        text.append(
                row.formatted(
                        "%4d  ".formatted(device.major()),
                        device.name(),
                        address,
                        operations.orElse(""))
                    .stripTrailing())
            .append('\n');
        tree.add(tree(device, operations));
      }
      text.append(note(found.problem()));
      return tree;
    }

    private Optional<String> name(long operations) {
      return operations == 0
          ? Optional.empty()
          : Optional.of(symbols.at(operations).map(Located::text).orElse(hex(operations)));
    }

    private static Map<String, Object> tree(Device device, Optional<String> operations) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("major", device.major());
      one.put("name", device.name());
      if (device.structure() != 0) {
        one.put("structure", hex(device.structure()));
      }
      operations.ifPresent(name -> one.put("operations", name));
      return one;
    }
  }
}
