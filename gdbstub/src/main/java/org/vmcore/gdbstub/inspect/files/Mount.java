package org.vmcore.gdbstub.inspect.files;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.tasks.TaskFinder;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.Visible;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.fs.MountShape;
import org.vmcore.gdbstub.linux.fs.Mounts;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code mount}, laid out after the command of that name in crash. */
@Command(
    name = "mount",
    description = "List the mounted file systems.",
    footer =
        """
        MOUNT and SUPERBLK are the addresses of the kernel's structures. A PID or the address of a
        task_struct chooses whose mount namespace is shown; the first process' is by default, which is
        told by its shape where the kernel's types are not known.
        """)
public final class Mount extends Query<Mount.Answer> {
  /** Wider columns would push what comes after them off the screen. */
  private static final int MAX_WIDTH = 40;

  @Parameters(
      arity = "0..1",
      paramLabel = "[PID|TASK]",
      hideParamSyntax = true,
      description = "As which task sees them.")
  private @Nullable String number;

  /** In the kernel's order. */
  record Answer(List<Mounted> mounts) {}

  /**
   * A mounted file system.
   *
   * @param mount address of its {@code struct mount}
   * @param superBlock address of its {@code struct super_block}
   * @param device what was given to mount
   * @param directory where it is mounted
   */
  record Mounted(
      @Hex long mount, @Hex long superBlock, String type, String device, String directory) {
    static Mounted of(Mounts.Mounted mount) {
      return new Mounted(
          mount.address(), mount.superBlock(), mount.type(), mount.device(), mount.directory());
    }
  }

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    LinuxKernel linux = call.machine().linux();
    if (number == null && linux.types().isEmpty()) {
      Optional<List<Mounts.Mounted>> shaped = MountShape.find(linux.memory(), linux::address);
      if (shaped.isPresent()) {
        call.notes()
            .incomplete(
                "told by the shape of the mounts, as no types of this kernel are known;"
                    + " --vmlinux FILE with debug info makes it certain");
        return new Answer(shaped.get().stream().map(Mounted::of).toList());
      }
    }
    KernelObject task =
        number == null
            ? call.typed().variable("init_task", "struct task_struct")
            : call.machine()
                .tasks()
                .list()
                .object(new TaskFinder(call).byNumber(Optional.of(number)));
    Listing<Mounts.Mounted> found = Mounts.of(call.typed(), task);
    call.notes().incomplete(found.problem());
    return new Answer(found.all().stream().map(Mounted::of).toList());
  }

  @Override
  public void print(Answer answer, Text out) {
    int digits = out.digits();
    String pattern =
        "%%-%1$ds %%-%1$ds %%-%2$ds %%-%3$ds %%s\n"
            .formatted(
                digits,
                width("TYPE", answer.mounts(), Mounted::type),
                width("DEVNAME", answer.mounts(), Mounted::device));
    String half = " ".repeat((digits - "SUPERBLK".length()) / 2);
    out.row(pattern, half + " MOUNT", half + "SUPERBLK", "TYPE", "DEVNAME", "DIRNAME");
    for (Mounted mount : answer.mounts()) {
      out.row(
          pattern,
          Long.toHexString(mount.mount()),
          Long.toHexString(mount.superBlock()),
          mount.type(),
          mount.device(),
          mount.directory());
    }
  }

  private static int width(String title, List<Mounted> mounts, Function<Mounted, String> field) {
    int widest =
        mounts.stream()
            .mapToInt(mount -> Visible.line(field.apply(mount)).length())
            .max()
            .orElse(0);
    return Math.max(title.length(), Math.min(widest, MAX_WIDTH));
  }
}
