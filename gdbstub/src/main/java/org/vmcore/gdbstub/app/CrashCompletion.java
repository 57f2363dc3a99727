package org.vmcore.gdbstub.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.shell.Shell;
import org.vmcore.gdbstub.inspect.types.MemberNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.Member;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** What a word at the prompt may become: by the command that it is a word of. */
final class CrashCompletion {
  private static final int MAX_CANDIDATES = 200;

  /** What {@code foreach} takes beside tasks and commands. */
  private static final List<String> KINDS = List.of("kernel", "user", "gleader", "active");

  private final Shell shell;
  private final CrashedMachine machine;
  private final List<String> found = new ArrayList<>();

  private CrashCompletion(Shell shell, CrashedMachine machine) {
    this.shell = shell;
    this.machine = machine;
  }

  /**
   * The whole words that a begun one may become.
   *
   * @param words of the line, up to the begun one, which is the last
   */
  static List<String> of(Shell shell, CrashedMachine machine, List<String> words) {
    CrashCompletion completion = new CrashCompletion(shell, machine);
    String begun = words.get(words.size() - 1);
    try {
      if (words.size() == 1) {
        completion.found.addAll(shell.commands());
      } else {
        completion.find(shell.expanded(words.get(0)).split("\\s", 2)[0], begun);
      }
    } catch (MissingFactException e) {
      // What is not known is not offered.
      completion.found.clear();
    }
    return completion.found.stream()
        .distinct()
        .filter(name -> name.startsWith(begun))
        .limit(MAX_CANDIDATES)
        .toList();
  }

  private void find(String command, String begun) throws MissingFactException {
    switch (command) {
      case "help", "repeat", "alias" -> found.addAll(shell.commands());
      case "struct", "union", "*", "whatis", "list", "tree" -> {
        members(begun);
        structures(begun);
        symbols(begun);
      }
      case "foreach" -> {
        found.addAll(KINDS);
        tasks();
        found.addAll(shell.commands());
      }
      case "ps", "bt", "task", "vm", "files", "set", "sig", "net", "mount", "vtop" -> {
        tasks();
        symbols(begun);
      }
      case "p" -> {
        found.addAll(MemberNames.behind(new Call(machine, new Call.Listener() {}), begun));
        symbols(begun);
      }
      default -> symbols(begun);
    }
  }

  private void tasks() throws MissingFactException {
    for (Task task : machine.tasks().list().all()) {
      found.add(String.valueOf(task.pid()));
      found.add(task.comm());
    }
  }

  private void symbols(String begun) throws MissingFactException {
    if (!begun.isEmpty()) {
      machine
          .linux()
          .symbolNames()
          .matching(name -> name.startsWith(begun), MAX_CANDIDATES)
          .stream()
          .map(SymbolNames.Named::name)
          .forEach(found::add);
    }
  }

  /** As far as the kernel's own table lists its types. */
  private void structures(String begun) throws MissingFactException {
    TypeTable types = machine.requireTypes().types().kernel();
    for (int id = types.firstId(); !begun.isEmpty() && id < types.endId(); id++) {
      if (types.type(id) instanceof Compound compound) {
        found.add(compound.name());
      }
    }
  }

  /** The members of the struct whose name stands before a dot. */
  private void members(String begun) throws MissingFactException {
    int dot = begun.lastIndexOf('.');
    if (dot > 0) {
      String before = begun.substring(0, dot + 1);
      Optional<Compound> type =
          machine.requireTypes().types().compound("struct " + begun.substring(0, dot));
      type.ifPresent(
          known ->
              known.members().stream().map(Member::name).map(before::concat).forEach(found::add));
    }
  }
}
