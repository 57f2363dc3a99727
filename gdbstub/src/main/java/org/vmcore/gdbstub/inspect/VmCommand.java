package org.vmcore.gdbstub.inspect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.tasks.AddressSpace;
import org.vmcore.gdbstub.linux.tasks.MemoryRegion;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/** {@code monitor vm [PID|TASK|NAME]}, laid out after the command of that name in crash. */
final class VmCommand extends KernelCommand {
  VmCommand() {
    super(
        "vm",
        "[PID|TASK|NAME]",
        "List the memory regions of a process",
        """
        Without an argument, those of the selected thread's task. FLAGS are vm_flags in
        hexadecimal: 1 read, 2 write, 4 execute, 8 shared, 100 a stack that grows down.
        """);
  }

  @Override
  Answer answer(Call call, List<String> arguments)
      throws UsageException, MissingFactException, KernelReadException {
    TaskLines lines = new TaskLines(machine(call));
    Task task = lines.meant(call, arguments);
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("pid", task.pid());
    tree.put("comm", task.comm());
    Optional<AddressSpace> space = machine(call).tasks().list().addressSpace(task);
    if (space.isEmpty()) {
      return new Answer(heading(task) + "it has no user memory\n", tree);
    }
    List<Object> regions = new ArrayList<>();
    StringBuilder text = new StringBuilder(heading(task)).append(size(lines, space.get(), tree));
    text.append(
        "%s      START       END     FLAGS FILE\n"
            .formatted(centred("VMA", lines.pointer(0).length())));
    for (MemoryRegion region : space.get().regions()) {
      String line =
          "%s %10x %10x %6x %s"
              .formatted(
                  lines.pointer(region.address()),
                  region.start(),
                  region.end(),
                  region.flags(),
                  region.file());
      text.append(line.stripTrailing()).append('\n');
      regions.add(tree(region));
    }
    tree.put("regions", regions);
    return new Answer(text.toString(), tree);
  }

  private static String size(TaskLines lines, AddressSpace space, Map<String, Object> tree)
      throws KernelReadException {
    int width = lines.pointer(0).length();
    long rss = lines.kibibytes(Optional.of(space), AddressSpace::residentPages);
    long total = lines.kibibytes(Optional.of(space), AddressSpace::totalPages);
    tree.put("mm", hex(space.address()));
    tree.put("pgd", hex(space.pgd()));
    tree.put("rss_kib", rss);
    tree.put("total_vm_kib", total);
    return "%s  %s   RSS    TOTAL_VM\n%s  %s  %dk    %dk\n"
        .formatted(
            centred("MM", width),
            centred("PGD", width),
            lines.pointer(space.address()),
            lines.pointer(space.pgd()),
            rss,
            total);
  }

  private static Map<String, Object> tree(MemoryRegion region) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("vma", hex(region.address()));
    tree.put("start", hex(region.start()));
    tree.put("end", hex(region.end()));
    tree.put("permissions", region.permissions());
    tree.put("flags", hex(region.flags()));
    tree.put("file", region.file());
    return tree;
  }

  private static String centred(String text, int width) {
    int left = (width - text.length()) / 2;
    return " ".repeat(left) + text + " ".repeat(width - text.length() - left);
  }
}
