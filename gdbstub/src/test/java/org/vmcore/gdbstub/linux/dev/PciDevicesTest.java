package org.vmcore.gdbstub.linux.dev;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.dev.PciDevices.Bus;
import org.vmcore.gdbstub.linux.dev.PciDevices.Device;
import org.vmcore.gdbstub.linux.types.Listing;

/** Two root buses (Linux include/linux/pci.h). */
class PciDevicesTest {
  private final MadeKernel kernel =
      new MadeKernel(
          """
          struct list_head {
            struct list_head *next;
            struct list_head *prev;
          };
          struct kobject {
            char *name;
          };
          struct device {
            struct kobject kobj;
          };
          struct pci_bus {
            struct list_head node;
            struct list_head devices;
            struct device dev;
          };
          struct pci_dev {
            struct list_head bus_list;
            struct pci_bus *subordinate;
            unsigned int vendor;
            unsigned int device;
            unsigned int class;
            unsigned int pcie_flags_reg;
            struct device dev;
          };
          """);

  private Made bus(String name) {
    Made bus = kernel.object("pci_bus").point("dev.kobj.name", name);
    kernel.list(bus.at("devices"), "bus_list");
    return bus;
  }

  private Made device(String name, int vendor, int device, int kind) {
    return kernel
        .object("pci_dev")
        .set("vendor", vendor)
        .set("device", device)
        .set("class", kind)
        .point("dev.kobj.name", name);
  }

  private static Device expected(Made made, String name, int kind, int device, int depth) {
    return new Device(made.address(), name, kind, 0x8086, device, "ENDPOINT", depth);
  }

  /** The class is in the upper 16 of 24 bits, the interface of programming below them. */
  @Test
  void whatIsBehindABridgeComesAfterIt() throws Exception {
    Made root = bus("0000:00");
    Made behind = bus("0000:01");
    Made bridge = device("0000:00:01.0", 0x8086, 0x29c0, 0x060400).set("subordinate", behind);
    Made disk = device("0000:01:00.0", 0x8086, 0x2922, 0x010601);
    kernel.list(root.at("devices"), "bus_list", bridge);
    kernel.list(behind.at("devices"), "bus_list", disk);
    kernel.list(kernel.variable("pci_root_buses", "list_head").address(), "node", root);

    Listing<Bus> found = PciDevices.read(kernel.memory());

    assertThat(found.problem()).isEmpty();
    assertThat(found.all())
        .containsExactly(
            new Bus(
                root.address(),
                "0000:00",
                List.of(
                    expected(bridge, "0000:00:01.0", 0x0604, 0x29c0, 0),
                    expected(disk, "0000:01:00.0", 0x0106, 0x2922, 1))));
  }

  /** Once it ended there without a word. */
  @Test
  void aListThatLeadsOutOfTheDumpIsToldAndTheOtherBusIsThere() throws Exception {
    long lost = MadeKernel.BASE - 0x1000;
    Made broken = bus("0000:00");
    Made whole = bus("0000:80");
    kernel.word(broken.at("devices"), lost);
    kernel.list(kernel.variable("pci_root_buses", "list_head").address(), "node", broken, whole);

    Listing<Bus> found = PciDevices.read(kernel.memory());

    assertThat(found.all()).extracting(Bus::name).containsExactly("0000:00", "0000:80");
    assertThat(found.problem().orElseThrow()).contains(Long.toHexString(lost));
  }
}
