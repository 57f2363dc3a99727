package org.vmcore.gdbstub.linux.dev;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Walk;

/** The buses of PCI and what is on them (Linux include/linux/pci.h). */
public final class PciDevices {
  private static final int MAX_DEPTH = 32;
  private static final int CLASS_SHIFT = 8;

  /** PCI_EXP_FLAGS_TYPE of {@code pcie_flags_reg} (include/uapi/linux/pci_regs.h). */
  private static final int TYPE_SHIFT = 4;

  private static final List<String> TYPES =
      List.of(
          "ENDPOINT",
          "LEG_END",
          "",
          "",
          "ROOT_PORT",
          "UPSTREAM",
          "DOWNSTREAM",
          "PCI_BRIDGE",
          "PCIE_BRIDGE",
          "RC_END",
          "RC_EC");

  private PciDevices() {}

  /**
   * A root bus.
   *
   * @param address of its {@code struct pci_bus}
   */
  public record Bus(long address, String name, List<Device> devices) {}

  /**
   * A device.
   *
   * @param address of its {@code struct pci_dev}
   * @param name domain, bus, slot and function
   * @param kind base class and subclass
   */
  public record Device(
      long address, String name, long kind, long vendor, long device, String type, int depth) {}

  /**
   * All root buses, with what could be read of each.
   *
   * @throws KernelReadException when the kernel's types do not tell how they are kept
   */
  public static Listing<Bus> read(TypedMemory memory) throws KernelReadException {
    List<Bus> buses = new ArrayList<>();
    Reasons reasons = new Reasons();
    KernelObject roots = memory.variable("pci_root_buses", "struct list_head");
    Walk walk = roots.list("struct pci_bus", "node");
    for (KernelObject bus : walk) {
      List<Device> devices = new ArrayList<>();
      String name = "";
      try {
        name = name(bus.member("dev"));
        add(bus, devices, 0, reasons);
      } catch (KernelReadException e) {
        reasons.add(e);
      }
      buses.add(new Bus(bus.address(), name, devices));
    }
    walk.problem().ifPresent(reasons::add);
    return new Listing<>(buses, reasons.all().stream().findFirst());
  }

  private static void add(KernelObject bus, List<Device> devices, int depth, Reasons reasons)
      throws KernelReadException {
    Walk walk = bus.member("devices").list("struct pci_dev", "bus_list");
    walk.problem().ifPresent(reasons::add);
    for (KernelObject device : walk) {
      int type = (int) device.value("pcie_flags_reg") >> TYPE_SHIFT & 0xf;
      devices.add(
          new Device(
              device.address(),
              name(device.member("dev")),
              device.value("class") >> CLASS_SHIFT,
              device.value("vendor"),
              device.value("device"),
              type < TYPES.size() ? TYPES.get(type) : "",
              depth));
      if (device.value("subordinate") != 0 && depth < MAX_DEPTH) {
        add(device.member("subordinate").dereference(), devices, depth + 1, reasons);
      }
    }
  }

  private static String name(KernelObject device) throws KernelReadException {
    return device.value("kobj.name") == 0 ? "" : device.string("kobj.name");
  }
}
