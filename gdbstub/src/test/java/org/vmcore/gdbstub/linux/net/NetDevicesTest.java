package org.vmcore.gdbstub.linux.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.net.NetDevices.Device;
import org.vmcore.gdbstub.linux.types.Listing;

/** A device with an address of each kind (Linux include/linux/netdevice.h). */
class NetDevicesTest {
  private final MadeKernel kernel =
      new MadeKernel(
          """
          struct list_head {
            struct list_head *next;
            struct list_head *prev;
          };
          struct net {
            struct list_head dev_base_head;
          };
          struct in_ifaddr {
            char ifa_address[8];
            struct in_ifaddr *ifa_next;
          };
          struct in_device {
            struct in_ifaddr *ifa_list;
          };
          struct inet6_ifaddr {
            char addr[16];
            struct list_head if_list;
          };
          struct inet6_dev {
            struct list_head addr_list;
          };
          struct net_device {
            char name[16];
            struct list_head dev_list;
            struct in_device *ip_ptr;
            struct inet6_dev *ip6_ptr;
          };
          """);
  private final Made net = kernel.object("net");
  private final Made six = kernel.object("inet6_dev");
  private final Made address = kernel.object("inet6_ifaddr");
  private final Made device =
      kernel
          .object("net_device")
          .set("name", "eth0")
          .set("ip_ptr", kernel.object("in_device").set("ifa_list", four()))
          .set("ip6_ptr", six);

  private Made four() {
    return kernel.object("in_ifaddr").set("ifa_address", bytes("0a000205"));
  }

  private static String bytes(String hex) {
    return new String(HexFormat.of().parseHex(hex), StandardCharsets.ISO_8859_1);
  }

  private Listing<Device> read() throws Exception {
    kernel.list(net.at("dev_base_head"), "dev_list", device);
    return NetDevices.of(kernel.memory(), kernel.memory().object("struct net", net.address()));
  }

  /** RFC 5952 has the longest row of zeros left out. */
  @Test
  void addressesAreInTheirUsualForm() throws Exception {
    address.set("addr", bytes("fe80000000000000505400fffe123456"));
    kernel.list(six.at("addr_list"), "if_list", address);

    Listing<Device> found = read();

    assertThat(found.problem()).isEmpty();
    assertThat(found.all())
        .containsExactly(
            new Device(device.address(), "eth0", List.of("10.0.2.5", "fe80::5054:ff:fe12:3456")));
  }

  @Test
  void addressesThatCannotBeReadAreTold() throws Exception {
    long lost = MadeKernel.BASE - 0x1000;
    kernel.word(six.at("addr_list"), lost);

    Listing<Device> found = read();

    assertThat(found.all()).extracting(Device::name).containsExactly("eth0");
    assertThat(found.problem().orElseThrow()).contains(Long.toHexString(lost - 16));
  }
}
