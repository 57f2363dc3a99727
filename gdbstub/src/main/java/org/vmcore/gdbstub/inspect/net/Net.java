package org.vmcore.gdbstub.inspect.net;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.HexAddress;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.tasks.NamedTask;
import org.vmcore.gdbstub.inspect.tasks.TaskFinder;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.fs.OpenFiles;
import org.vmcore.gdbstub.linux.net.Neighbours;
import org.vmcore.gdbstub.linux.net.NetDevices;
import org.vmcore.gdbstub.linux.net.Sockets;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code net}, laid out after the command of that name in crash. */
@Command(
    name = "net",
    description = "List network devices with their addresses, neighbours, or sockets.",
    footer =
        """
        Devices are those of the first namespace, with -n of the task's. -s lists the task's
        sockets, whose SOURCE-PORT and DESTINATION-PORT are of IP alone.
        """)
public final class Net extends Query<Net.Answer> {
  private static final int BYTE = 0xff;

  @Parameters(
      arity = "0..*",
      paramLabel = "[PID|TASK...]",
      hideParamSyntax = true,
      description = "Which task, with -s several.")
  private List<String> numbers = List.of();

  @Option(names = "-n", description = "Devices of the task's own namespace.")
  private boolean ofTask;

  @Option(names = "-s", description = "The task's sockets.")
  private boolean sockets;

  @Option(names = "-S", hidden = true, description = "The same, as in crash.")
  private boolean more;

  @Option(
      names = "-R",
      paramLabel = "REFERENCE",
      description = "With -s, only sockets with this file descriptor or address.")
  private @Nullable String reference;

  @Option(names = "-a", description = "The table of ARP.")
  private boolean arp;

  @Option(names = "-A", description = "The sockets of all tasks, with who has them.")
  private boolean all;

  @Option(
      names = "-N",
      paramLabel = "NUMBER",
      description = "Show a number in network byte order, as memory has it, as an IPv4 address.")
  private @Nullable String network;

  /** */
  sealed interface Answer permits Devices, OfTasks, OfAll, Arp, Address {}

  /** */
  record Devices(List<Device> devices) implements Answer {}

  /**
   * @param netDevice address of its {@code struct net_device}
   */
  record Device(@Hex long netDevice, String name, List<String> addresses) {}

  /** */
  record OfTasks(List<OfTask> tasks) implements Answer {}

  /** */
  record OfTask(NamedTask task, List<Socket> sockets) {}

  /**
   * A socket.
   *
   * @param fd the file descriptor
   * @param socket address of its {@code struct socket}, and {@code sock} of its {@code struct sock}
   */
  record Socket(
      int fd,
      @Hex long socket,
      @Hex long sock,
      String family,
      String type,
      Optional<String> source,
      Optional<String> destination,
      Optional<String> state) {}

  /** The sockets that files are open of, in the order of tasks. */
  record OfAll(Rows<Shared> sockets) implements Answer {}

  /**
   * A socket that tasks have.
   *
   * @param pids of the processes, with the file descriptor of each
   */
  record Shared(Socket socket, List<Holder> pids) {}

  /** */
  record Holder(int pid, String comm, int fd) {}

  /** */
  record Arp(List<Neighbour> neighbours) implements Answer {}

  /**
   * @param neighbour address of that structure
   */
  record Neighbour(
      @Hex long neighbour,
      String ip,
      String type,
      String hardware,
      String device,
      List<String> states) {}

  /** */
  record Address(String address) implements Answer {}

  @Override
  public int version() {
    return 3;
  }

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (network != null) {
      return new Address(ipv4(network));
    }
    if (isMoreThanOne(arp, all, ofTask, sockets || more)) {
      throw NoAnswerException.usage("takes one of -a, -A, -n and -s");
    } else if (arp) {
      Listing<Neighbours.Neighbour> found = Neighbours.arp(call.typed());
      call.notes().incomplete(found.problem());
      return new Arp(
          found.all().stream()
              .map(
                  one ->
                      new Neighbour(
                          one.address(),
                          one.ip(),
                          one.type(),
                          one.hardware(),
                          one.device(),
                          one.states()))
              .toList());
    } else if (all) {
      return new OfAll(Rows.of(call, all(call)));
    }
    if (sockets || more) {
      return ofTasks(call);
    }
    if (numbers.size() > (ofTask ? 1 : 0)) {
      throw NoAnswerException.usage("takes tasks with -s, and one with -n");
    }
    KernelObject namespace =
        ofTask
            ? call.machine()
                .tasks()
                .list()
                .object(new TaskFinder(call).byNumber(numbers.stream().findFirst()))
                .member("nsproxy->net_ns")
                .dereference()
            : call.typed().variable("init_net", "struct net");
    Listing<NetDevices.Device> found = NetDevices.of(call.typed(), namespace);
    call.notes().incomplete(found.problem());
    return new Devices(
        found.all().stream()
            .map(device -> new Device(device.address(), device.name(), device.ips()))
            .toList());
  }

  private OfTasks ofTasks(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    TaskFinder finder = new TaskFinder(call);
    List<OfTask> found = new ArrayList<>();
    for (String number : numbers) {
      found.add(sockets(call, finder.byNumber(Optional.of(number))));
    }
    if (numbers.isEmpty()) {
      found.add(sockets(call, finder.byNumber(Optional.empty())));
    }
    if (reference != null) {
      found.replaceAll(
          one -> new OfTask(one.task(), one.sockets().stream().filter(this::isWanted).toList()));
      found.removeIf(one -> one.sockets().isEmpty());
    }
    return new OfTasks(found);
  }

  private boolean isWanted(Socket socket) {
    return String.valueOf(socket.fd()).equals(reference)
        || Long.toHexString(socket.socket()).equals(reference)
        || Long.toHexString(socket.sock()).equals(reference);
  }

  @Override
  public List<String> takesForNothing() {
    return List.of("-x", "-d");
  }

  private static String ipv4(String number) throws NoAnswerException {
    long value = number.matches("\\d+") ? Long.parseLong(number) : HexAddress.parse(number);
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < Integer.BYTES; i++) {
      parts.add(String.valueOf(value >>> (i * Byte.SIZE) & BYTE));
    }
    return String.join(".", parts);
  }

  /** Each socket once, though forks and threads share it. */
  private static List<Shared> all(Call call) throws MissingFactException, KernelReadException {
    Map<Long, Socket> sockets = new LinkedHashMap<>();
    Map<Long, List<Holder>> holders = new HashMap<>();
    for (Task task : call.machine().tasks().list().all()) {
      if (task.isLeader() && !task.kernelThread()) {
        call.stillBusy();
        for (Socket one : sockets(call, task).sockets()) {
          sockets.putIfAbsent(one.sock(), one);
          holders
              .computeIfAbsent(one.sock(), unused -> new ArrayList<>())
              .add(new Holder(task.pid(), task.comm(), one.fd()));
        }
      }
    }
    return sockets.values().stream()
        .map(one -> new Shared(one, List.copyOf(holders.getOrDefault(one.sock(), List.of()))))
        .toList();
  }

  private static OfTask sockets(Call call, Task task)
      throws MissingFactException, KernelReadException {
    OpenFiles.OfTask files = OpenFiles.of(call.typed(), call.machine().tasks().list().object(task));
    call.notes().incomplete(files.problem());
    List<Socket> found = new ArrayList<>();
    for (OpenFiles.OpenFile file : files.files()) {
      if (file.type().equals("SOCK")) {
        Sockets.of(call.typed(), file.file())
            .ifPresent(
                socket ->
                    found.add(
                        new Socket(
                            file.number(),
                            socket.socket(),
                            socket.sock(),
                            socket.family(),
                            socket.type(),
                            socket.source(),
                            socket.destination(),
                            socket.state())));
      }
    }
    return new OfTask(NamedTask.of(task), found);
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer instanceof Address one) {
      out.print("%s\n", one.address());
    } else if (answer instanceof Devices all) {
      int digits = out.digits();
      String row = "%-" + digits + "s  %-10s %s\n";
      out.row(row, Text.centred("NET_DEVICE", digits), "NAME", "IP ADDRESS(ES)");
      for (Device device : all.devices()) {
        String ips = String.join(", ", device.addresses());
        out.row(row, Long.toHexString(device.netDevice()), device.name(), ips);
      }
    } else if (answer instanceof OfTasks all) {
      for (int i = 0; i < all.tasks().size(); i++) {
        out.lay(i == 0 ? "" : "\n");
        sockets(all.tasks().get(i), out);
      }
    } else if (answer instanceof Arp table) {
      arp(table, out);
    } else if (answer instanceof OfAll shared) {
      all(shared, out);
    }
  }

  private static void arp(Arp table, Text out) {
    int digits = out.digits();
    String row = "%-" + digits + "s  %-15s  %-10s  %-20s  %-8s  %s";
    out.line(
        row,
        Text.centred("NEIGHBOUR", digits),
        "IP ADDRESS",
        "HW TYPE",
        "HW ADDRESS",
        "DEVICE",
        "STATE");
    for (Neighbour one : table.neighbours()) {
      out.line(
          row,
          Long.toHexString(one.neighbour()),
          one.ip(),
          one.type(),
          one.hardware(),
          one.device(),
          String.join(" ", one.states()));
    }
  }

  private static void all(OfAll shared, Text out) {
    int digits = out.digits();
    String row = "%-" + digits + "s  %-15s %-12s %-28s %-28s %s";
    out.line(
        row,
        Text.centred("SOCK", digits),
        "FAMILY:TYPE",
        "STATE",
        "SOURCE-PORT",
        "DESTINATION-PORT",
        "PID(FD) COMMAND");
    int unused =
        shared
            .sockets()
            .forEach(
                one -> {
                  Socket socket = one.socket();
                  List<String> pids = new ArrayList<>();
                  for (Holder holder : one.pids()) {
                    pids.add(Text.format("%d(%d) %s", holder.pid(), holder.fd(), holder.comm()));
                  }
                  out.line(
                      row,
                      Long.toHexString(socket.sock()),
                      socket.family() + ":" + socket.type(),
                      socket.state().orElse(""),
                      socket.source().orElse(""),
                      socket.destination().orElse(""),
                      String.join(", ", pids));
                });
  }

  private static void sockets(OfTask of, Text out) {
    of.task().print(out);
    if (of.sockets().isEmpty()) {
      out.print("No open sockets.\n");
      return;
    }
    int digits = out.digits();
    String row = "%2s %" + digits + "s %" + digits + "s %s\n";
    out.row(
        row,
        "FD",
        Text.centred("SOCKET", digits) + " ".repeat(5),
        Text.centred("SOCK", digits) + " ".repeat(6),
        "FAMILY:TYPE SOURCE-PORT DESTINATION-PORT");
    for (Socket socket : of.sockets()) {
      out.row(
          row,
          socket.fd(),
          Long.toHexString(socket.socket()),
          Long.toHexString(socket.sock()),
          "%s:%s %s %s %s"
              .formatted(
                  socket.family(),
                  socket.type(),
                  socket.source().orElse(""),
                  socket.destination().orElse(""),
                  socket.state().orElse(""))
              .strip());
    }
  }
}
