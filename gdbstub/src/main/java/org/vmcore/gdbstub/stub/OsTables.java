package org.vmcore.gdbstub.stub;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.ModuleUse;
import org.vmcore.gdbstub.linux.fs.OpenFiles;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.tasks.Arguments;
import org.vmcore.gdbstub.linux.tasks.Identity;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineTasks;
import org.vmcore.gdbstub.rsp.Target.TransferObject;

/**
 * {@code qXfer:osdata:read}, which gdb's {@code info os} asks for, with the tables and columns of a
 * gdbserver on Linux (GDB gdb/nat/linux-osdata.c).
 *
 * <pre>
 *   > qXfer:osdata:read:processes:0,1000
 *   < l&lt;osdata type="processes">&lt;item>&lt;column name="pid">1&lt;/column>...
 * </pre>
 */
final class OsTables implements TransferObject {
  private static final Logger LOG = LoggerFactory.getLogger(OsTables.class);

  private final CrashedMachine machine;

  OsTables(CrashedMachine machine) {
    this.machine = machine;
  }

  /** A table that there is. */
  private enum Table {
    PROCESSES("Processes", "Listing of all processes"),
    PROCGROUPS("Process groups", "Listing of all process groups"),
    THREADS("Threads", "Listing of all threads"),
    FILES("File descriptors", "Listing of all file descriptors"),
    MODULES("Kernel modules", "Listing of all loaded kernel modules");

    private final String title;
    private final String description;

    Table(String title, String description) {
      this.title = title;
      this.description = description;
    }

    String type() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public String name() {
    return "osdata";
  }

  @Override
  public Optional<byte[]> read(String annex) {
    return read(annex, () -> {});
  }

  @Override
  public Optional<byte[]> read(String annex, Runnable stillBusy) {
    if (annex.isEmpty()) {
      OsTable types = new OsTable("types", "Type", "Description", "Title");
      for (Table table : Table.values()) {
        types.row(table.type(), table.description, table.title);
      }
      return Optional.of(types.xml().getBytes(UTF_8));
    }
    for (Table table : Table.values()) {
      if (table.type().equals(annex)) {
        try {
          return Optional.of(make(table, stillBusy).xml().getBytes(UTF_8));
        } catch (MissingFactException e) {
          LOG.warn("info os {}: {}", annex, e.getMessage());
        }
      }
    }
    return Optional.empty();
  }

  private OsTable make(Table table, Runnable stillBusy) throws MissingFactException {
    return switch (table) {
      case PROCESSES -> processes(stillBusy);
      case PROCGROUPS -> processGroups(stillBusy);
      case THREADS -> threads(stillBusy);
      case FILES -> files(stillBusy);
      case MODULES -> modules();
    };
  }

  private List<Task> leaders() throws MissingFactException {
    return machine.tasks().list().all().stream().filter(Task::isLeader).toList();
  }

  private String commandLine(Task task) throws MissingFactException {
    MachineTasks tasks = machine.tasks();
    return task.mm() == 0
        ? "[" + task.comm() + "]"
        : Arguments.of(machine.requireTypes(), tasks.list(), task, tasks.userMemoryOf(task));
  }

  private KernelObject object(Task task) throws MissingFactException {
    try {
      return machine.tasks().list().object(task);
    } catch (KernelReadException e) {
      throw new MissingFactException(String.valueOf(e.getMessage()));
    }
  }

  private OsTable processes(Runnable stillBusy) throws MissingFactException {
    OsTable table = new OsTable("processes", "pid", "user", "command", "cores");
    List<Task> all = machine.tasks().list().all();
    var cores =
        all.stream()
            .collect(
                Collectors.groupingBy(
                    Task::tgid,
                    Collectors.mapping(task -> task.cpu().orElse(0), Collectors.toList())));
    for (Task task : leaders()) {
      stillBusy.run();
      String on =
          new TreeSet<>(cores.getOrDefault(task.tgid(), List.of()))
              .stream().map(String::valueOf).collect(Collectors.joining(","));
      // Users' names are on the machine's disk.
      String user = String.valueOf(Identity.of(object(task)).uid());
      table.row(String.valueOf(task.pid()), user, commandLine(task), on);
    }
    return table;
  }

  private OsTable processGroups(Runnable stillBusy) throws MissingFactException {
    OsTable table = new OsTable("procgroups", "pgid", "leader command", "pid", "command line");
    record Member(int group, Task task) {}
    List<Member> members = new ArrayList<>();
    for (Task task : leaders()) {
      stillBusy.run();
      members.add(new Member(Identity.of(object(task)).group(), task));
    }
    members.sort(
        Comparator.comparingInt(Member::group)
            .thenComparing(member -> member.group() != member.task().pid())
            .thenComparing(member -> member.task().pid()));
    for (Member member : members) {
      String leader = machine.tasks().list().pid(member.group()).map(Task::comm).orElse("");
      table.row(
          String.valueOf(member.group()),
          leader,
          String.valueOf(member.task().pid()),
          commandLine(member.task()));
    }
    return table;
  }

  private OsTable threads(Runnable stillBusy) throws MissingFactException {
    OsTable table = new OsTable("threads", "pid", "command", "tid", "core");
    for (Task task : machine.tasks().list().all()) {
      stillBusy.run();
      table.row(
          String.valueOf(task.tgid()),
          task.comm(),
          String.valueOf(task.pid()),
          task.cpu().isPresent() ? String.valueOf(task.cpu().getAsInt()) : "");
    }
    return table;
  }

  private OsTable files(Runnable stillBusy) throws MissingFactException {
    OsTable table = new OsTable("files", "pid", "command", "file descriptor", "name");
    for (Task task : leaders()) {
      try {
        for (OpenFiles.OpenFile file : OpenFiles.of(machine.requireTypes(), object(task)).files()) {
          stillBusy.run();
          table.row(
              String.valueOf(task.pid()), task.comm(), String.valueOf(file.number()), file.path());
        }
      } catch (KernelReadException e) {
        LOG.info("Files of process {}: {}", task.pid(), e.getMessage());
      }
    }
    return table;
  }

  private OsTable modules() throws MissingFactException {
    OsTable table =
        new OsTable("modules", "name", "size", "num uses", "dependencies", "status", "address");
    for (KernelModule module : machine.linux().modules()) {
      Optional<ModuleUse> use = ModuleUse.of(machine.linux(), module);
      table.row(
          module.name(),
          String.valueOf(module.size()),
          use.flatMap(ModuleUse::count).map(String::valueOf).orElse(""),
          use.flatMap(ModuleUse::users).orElse(""),
          use.flatMap(ModuleUse::state).orElse(""),
          "0x" + Long.toHexString(module.base()));
    }
    return table;
  }
}
