package org.vmcore.gdbstub.linux.net;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Walk;

/** The table of ARP: which hardware address a neighbour has (Linux include/net/neighbour.h). */
public final class Neighbours {
  /** The hash table of a kernel has no more. */
  private static final int MAX_SHIFT = 20;

  private static final int MAX_CHAIN = 1 << 16;
  private static final int IPV4_BYTES = 4;

  /** Longest hardware address: MAX_ADDR_LEN (include/linux/netdevice.h). */
  private static final int MAX_HARDWARE = 32;

  /** ARPHRD_* (include/uapi/linux/if_arp.h). */
  private static final Map<Long, String> TYPES =
      Map.of(1L, "ETHER", 772L, "LOOPBACK", 32L, "INFINIBAND");

  /** NUD_* (include/uapi/linux/neighbour.h). */
  private static final Map<Integer, String> STATES = new LinkedHashMap<>();

  static {
    STATES.put(0x01, "INCOMPLETE");
    STATES.put(0x02, "REACHABLE");
    STATES.put(0x04, "STALE");
    STATES.put(0x08, "DELAY");
    STATES.put(0x10, "PROBE");
    STATES.put(0x20, "FAILED");
    STATES.put(0x40, "NOARP");
    STATES.put(0x80, "PERMANENT");
  }

  private Neighbours() {}

  /**
   * A neighbour.
   *
   * @param address of its {@code struct neighbour}
   * @param hardware address, with colons
   * @param states names of those that its number has
   */
  public record Neighbour(
      long address, String ip, String type, String hardware, String device, List<String> states) {}

  /** Those of IPv4. */
  public static Listing<Neighbour> arp(TypedMemory memory) throws KernelReadException {
    KernelObject table = memory.variable("arp_tbl", "struct neigh_table");
    KernelObject hash = table.member("nht").dereference();
    long shift = Math.min(hash.value("hash_shift"), MAX_SHIFT);
    // Since 6.13 lists with heads ("neighbour: Convert seq_file functions to use hlist").
    boolean lists = hash.has("hash_heads");
    KernelObject buckets = hash.member(lists ? "hash_heads" : "hash_buckets");
    List<Neighbour> found = new ArrayList<>();
    Optional<String> problem = Optional.empty();
    for (long i = 0; i < 1L << shift; i++) {
      long at = buckets.value() + i * memory.memory().wordBytes();
      try {
        if (lists) {
          Walk walk = memory.object("struct hlist_head", at).hlist("struct neighbour", "hash");
          for (KernelObject one : walk) {
            found.add(neighbour(one));
          }
          problem = problem.or(walk::problem);
        } else {
          long next = memory.object("unsigned long", at).value();
          for (int n = 0; next != 0 && n < MAX_CHAIN; n++) {
            KernelObject one = memory.object("struct neighbour", next);
            found.add(neighbour(one));
            next = one.value("next");
          }
        }
      } catch (KernelReadException e) {
        problem = problem.or(() -> Optional.ofNullable(e.getMessage()));
      }
    }
    return new Listing<>(found, problem);
  }

  private static Neighbour neighbour(KernelObject one) throws KernelReadException {
    KernelObject device = one.member("dev").dereference();
    byte[] key = one.member("primary_key").bytes(IPV4_BYTES);
    int length = (int) Math.min(device.value("addr_len") & 0xff, MAX_HARDWARE);
    byte[] hardware = one.member("ha").bytes(length);
    int state = (int) one.value("nud_state");
    List<String> states = new ArrayList<>();
    STATES.forEach(
        (bit, name) -> {
          if ((state & bit) != 0) {
            states.add(name);
          }
        });
    long type = device.value("type");
    return new Neighbour(
        one.address(),
        NetDevices.ipv4(key),
        TYPES.getOrDefault(type, String.valueOf(type)),
        HexFormat.ofDelimiter(":").formatHex(hardware),
        device.string("name"),
        states);
  }
}
