package org.vmcore.gdbstub.inspect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.fs.Mounts;
import org.vmcore.gdbstub.linux.fs.Mounts.Mounted;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** {@code monitor mount [PID|TASK]}, laid out after the command of that name in crash. */
final class MountCommand extends KernelCommand {
  MountCommand() {
    super(
        "mount",
        "[PID|TASK]",
        "List the mounted file systems",
        """
        MOUNT and SUPERBLK are the addresses of the kernel's structures. A PID or the address of a
        task_struct chooses whose mount namespace is shown; the first process' is by default.
        """);
  }

  @Override
  Answer answer(Call call, List<String> arguments)
      throws UsageException, MissingFactException, KernelReadException {
    TypedMemory memory = typed(call);
    KernelObject task =
        arguments.isEmpty()
            ? memory.variable("init_task", "struct task_struct")
            : object(memory, task(machine(call).tasks().list(), call, arguments));
    Mounts.Found found = Mounts.of(memory, task);
    int digits = machine(call).pointerBytes() * 2;
    String pattern =
        "%%-%1$ds %%-%1$ds %%-%2$ds %%-%3$ds %%s\n"
            .formatted(
                digits,
                width("TYPE", found.mounts(), Mounted::type),
                width("DEVNAME", found.mounts(), Mounted::device));
    StringBuilder text = new StringBuilder();
    String half = " ".repeat((digits - "SUPERBLK".length()) / 2);
    text.append(
        pattern.formatted(half + " MOUNT", half + "SUPERBLK", "TYPE", "DEVNAME", "DIRNAME"));
    List<Object> tree = new ArrayList<>();
    for (Mounted mount : found.mounts()) {
      text.append(
          pattern.formatted(
              Long.toHexString(mount.address()),
              Long.toHexString(mount.superBlock()),
              mount.type(),
              mount.device(),
              mount.directory()));
      tree.add(tree(mount));
    }
    return new Answer(text + note(found.problem()), tree);
  }

  private static int width(String title, List<Mounted> mounts, Function<Mounted, String> field) {
    int widest = mounts.stream().mapToInt(mount -> field.apply(mount).length()).max().orElse(0);
    return Math.max(title.length(), Math.min(widest, 40));
  }

  private static Map<String, Object> tree(Mounted mount) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("mount", hex(mount.address()));
    tree.put("super_block", hex(mount.superBlock()));
    tree.put("type", mount.type());
    tree.put("device", mount.device());
    tree.put("directory", mount.directory());
    return tree;
  }
}
