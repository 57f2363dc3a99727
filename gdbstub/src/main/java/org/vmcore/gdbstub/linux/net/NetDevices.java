package org.vmcore.gdbstub.linux.net;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Walk;

/** The network devices of a namespace with their addresses (Linux include/linux/netdevice.h). */
public final class NetDevices {
  private static final int MAX_ADDRESSES = 4096;
  private static final int IPV4_BYTES = 4;
  private static final int IPV6_BYTES = 16;

  private NetDevices() {}

  /**
   * A device.
   *
   * @param address of its {@code struct net_device}
   * @param ips addresses of IPv4, then of IPv6, in their usual form
   */
  public record Device(long address, String name, List<String> ips) {}

  /**
   * Those of a namespace.
   *
   * @param net a {@code struct net}
   */
  public static Listing<Device> of(TypedMemory memory, KernelObject net)
      throws KernelReadException {
    Walk walk = net.member("dev_base_head").list("struct net_device", "dev_list");
    List<Device> devices = new ArrayList<>();
    Optional<String> problem = walk.problem();
    for (KernelObject device : walk) {
      List<String> ips = new ArrayList<>();
      try {
        ipv4(device, ips);
        ipv6(memory, device, ips);
      } catch (KernelReadException e) {
        problem = problem.or(() -> Optional.ofNullable(e.getMessage()));
      }
      devices.add(new Device(device.address(), device.string("name"), ips));
    }
    return new Listing<>(devices, problem);
  }

  private static void ipv4(KernelObject device, List<String> ips) throws KernelReadException {
    if (device.value("ip_ptr") == 0) {
      return;
    }
    KernelObject next = device.member("ip_ptr->ifa_list");
    for (int i = 0; next.value() != 0 && i < MAX_ADDRESSES; i++) {
      KernelObject address = next.dereference();
      ips.add(ipv4(address.member("ifa_address").bytes()));
      next = address.member("ifa_next");
    }
  }

  private static void ipv6(TypedMemory memory, KernelObject device, List<String> ips)
      throws KernelReadException {
    boolean known = memory.types().has("struct inet6_dev", "addr_list");
    if (!known || !device.has("ip6_ptr") || device.value("ip6_ptr") == 0) {
      return;
    }
    KernelObject inet6 = device.member("ip6_ptr").dereference();
    Walk walk = inet6.member("addr_list").list("struct inet6_ifaddr", "if_list");
    for (KernelObject address : walk) {
      ips.add(ipv6(address.member("addr").bytes(IPV6_BYTES)));
    }
    Walk unused = walk.whole();
  }

  /** Four numbers in network byte order. */
  static String ipv4(byte[] bytes) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < IPV4_BYTES; i++) {
      parts.add(String.valueOf(bytes[i] & 0xff));
    }
    return String.join(".", parts);
  }

  /** By RFC 5952: without leading zeros, the longest row of zero groups left out. */
  static String ipv6(byte[] bytes) {
    int groups = IPV6_BYTES / 2;
    int best = -1;
    int length = 1;
    for (int i = 0; i < groups; i++) {
      int run = 0;
      while (i + run < groups && bytes[2 * (i + run)] == 0 && bytes[2 * (i + run) + 1] == 0) {
        run++;
      }
      if (run > length) {
        best = i;
        length = run;
      }
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < groups; i++) {
      if (i == best) {
        text.append("::");
        i += length - 1;
      } else {
        text.append(text.length() == 0 || text.toString().endsWith(":") ? "" : ":");
        String digits = HexFormat.of().formatHex(bytes, 2 * i, 2 * i + 2);
        text.append(digits.replaceFirst("^0{1,3}", ""));
      }
    }
    return text.toString();
  }
}
