package org.vmcore.gdbstub.linux.net;

import java.util.Map;
import java.util.Optional;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** The sockets behind open files (Linux include/net/sock.h, include/net/inet_sock.h). */
public final class Sockets {
  /** AF_* (include/linux/socket.h). */
  private static final Map<Integer, String> FAMILIES =
      Map.of(1, "UNIX", 2, "INET", 10, "INET6", 16, "NETLINK", 17, "PACKET", 40, "VSOCK");

  private static final int INET = 2;
  private static final int INET6 = 10;
  private static final int STREAM = 1;

  /** SOCK_* (include/linux/net.h). */
  private static final Map<Integer, String> TYPES =
      Map.of(1, "STREAM", 2, "DGRAM", 3, "RAW", 4, "RDM", 5, "SEQPACKET", 6, "DCCP", 10, "PACKET");

  /** TCP_* (include/net/tcp_states.h), whose numbers all protocols' sockets share. */
  private static final Map<Integer, String> STATES =
      Map.ofEntries(
          Map.entry(1, "ESTABLISHED"),
          Map.entry(2, "SYN_SENT"),
          Map.entry(3, "SYN_RECV"),
          Map.entry(4, "FIN_WAIT1"),
          Map.entry(5, "FIN_WAIT2"),
          Map.entry(6, "TIME_WAIT"),
          Map.entry(7, "CLOSE"),
          Map.entry(8, "CLOSE_WAIT"),
          Map.entry(9, "LAST_ACK"),
          Map.entry(10, "LISTEN"),
          Map.entry(11, "CLOSING"),
          Map.entry(12, "NEW_SYN_RECV"));

  private Sockets() {}

  /**
   * A socket.
   *
   * @param socket address of its {@code struct socket}, {@code sock} of its {@code struct sock}
   * @param source and {@code destination} address and port; of those of IP alone
   * @param state of a TCP connection; of those alone
   */
  public record Found(
      long socket,
      long sock,
      String family,
      String type,
      Optional<String> source,
      Optional<String> destination,
      Optional<String> state) {}

  /**
   * The socket of an open file, if it is one's.
   *
   * @param file address of a {@code struct file} of sockfs
   */
  public static Optional<Found> of(TypedMemory memory, long file) throws KernelReadException {
    KernelObject opened = memory.object("struct file", file);
    long pointer = opened.value("private_data");
    if (pointer == 0) {
      return Optional.empty();
    }
    KernelObject socket = memory.object("struct socket", pointer);
    if (socket.value("file") != file || socket.value("sk") == 0) {
      return Optional.empty();
    }
    KernelObject sock = socket.member("sk").dereference();
    KernelObject common = sock.member("__sk_common");
    int family = (int) common.value("skc_family");
    int type = (int) socket.value("type");
    boolean ip = family == INET || family == INET6;
    int state = (int) common.value("skc_state");
    boolean connection = ip && type == STREAM;
    return Optional.of(
        new Found(
            socket.address(),
            sock.address(),
            FAMILIES.getOrDefault(family, String.valueOf(family)),
            TYPES.getOrDefault(type, String.valueOf(type)),
            ip ? Optional.of(source(memory, sock, common, family)) : Optional.empty(),
            ip ? Optional.of(destination(common, family)) : Optional.empty(),
            connection
                ? Optional.of(STATES.getOrDefault(state, String.valueOf(state)))
                : Optional.empty()));
  }

  private static String source(
      TypedMemory memory, KernelObject sock, KernelObject common, int family)
      throws KernelReadException {
    boolean known = memory.types().has("struct inet_sock", "inet_sport");
    long port =
        known
            ? port(memory.object("struct inet_sock", sock.address()).member("inet_sport").bytes())
            : common.value("skc_num");
    return ip(common, family, "skc_rcv_saddr", "skc_v6_rcv_saddr") + "-" + port;
  }

  private static String destination(KernelObject common, int family) throws KernelReadException {
    return ip(common, family, "skc_daddr", "skc_v6_daddr")
        + "-"
        + port(common.member("skc_dport").bytes());
  }

  private static String ip(KernelObject common, int family, String four, String six)
      throws KernelReadException {
    if (family == INET || !common.has(six)) {
      return NetDevices.ipv4(common.member(four).bytes());
    }
    return NetDevices.ipv6(common.member(six).bytes());
  }

  /** In network byte order. */
  private static long port(byte[] bytes) {
    return ((bytes[0] & 0xffL) << Byte.SIZE) | (bytes[1] & 0xffL);
  }
}
