package org.vmcore.gdbstub.machine.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.gdbstub.Visible;
import org.vmcore.gdbstub.linux.fs.OpenFiles;
import org.vmcore.gdbstub.linux.tasks.Identity;
import org.vmcore.gdbstub.linux.tasks.Mapping;
import org.vmcore.gdbstub.linux.tasks.MemoryRegion;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/**
 * The files of /proc that gdb reads of a Linux process (GDB gdb/linux-tdep.c), as the kernel would
 * have written them (Linux fs/proc/task_mmu.c, fs/proc/array.c, fs/proc/base.c), but for what a
 * terminal would obey, because gdb prints them as they are. In {@code stat}, {@code status} and
 * {@code smaps} are the fields alone that gdb takes from them, and zeros in the places of others.
 */
public final class ProcFiles {
  private static final Logger LOG = LoggerFactory.getLogger(ProcFiles.class);

  private static final Pattern NAME =
      Pattern.compile("/proc/([1-9]\\d{0,9})(?:/task/([1-9]\\d{0,9}))?/(\\w+)");

  /** Bytes of arguments that are believed; the kernel's limit is a quarter of the stack's. */
  private static final int MOST_ARGUMENTS = 2 << 20;

  /** Where show_map_vma() has the names start. */
  private static final int NAME_COLUMN = 73;

  /** The flags of {@code VmFlags} whose names gdb or its users look for, lowest bit first. */
  private static final String[] FLAGS = {
    "rd", "wr", "ex", "sh", "mr", "mw", "me", "ms", "gd", "", "pf", "", "", "lo", "io", "sr", "rr",
    "dc", "de", "", "ac", "nr", "ht", "", "", "wf", "dd"
  };

  private final UserProcess process;

  private ProcFiles(UserProcess process) {
    this.process = process;
  }

  /** A name below /proc of which {@link #read} or {@link #link} may know more. */
  public record Name(int pid, String file) {
    /** The parts of a name; empty for others. */
    public static Optional<Name> parse(String name) {
      Matcher matcher = NAME.matcher(name);
      if (!matcher.matches()) {
        return Optional.empty();
      }
      long pid = Long.parseLong(matcher.group(1));
      return pid > Integer.MAX_VALUE
          ? Optional.empty()
          : Optional.of(new Name((int) pid, matcher.group(3)));
    }
  }

  /** The content of one of a process's files; empty where there is none of that name. */
  public static Optional<byte[]> read(UserProcess process, String file) {
    try {
      return new ProcFiles(process).read(file);
    } catch (KernelReadException e) {
      LOG.info("/proc/{}/{}: {}", process.pid(), file, e.getMessage());
      return Optional.empty();
    }
  }

  private Optional<byte[]> read(String file) throws KernelReadException {
    return switch (file) {
      case "auxv" -> Optional.of(process.program().auxiliaryVector());
      case "cmdline" -> text(arguments());
      case "comm" -> text(Visible.line(process.threads().get(0).comm()) + "\n");
      case "coredump_filter" -> text("%08x\n".formatted(process.program().dumpFilter()));
      case "maps" -> text(maps());
      case "smaps" -> text(smaps());
      case "stat" -> text(stat());
      case "status" -> text(status());
      default -> Optional.empty();
    };
  }

  private static Optional<byte[]> text(String text) {
    return Optional.of(text.getBytes(UTF_8));
  }

  /** Each with a NUL behind it. */
  private String arguments() throws KernelReadException {
    byte[] all = process.bytes(process.program().arguments(), MOST_ARGUMENTS);
    return Arrays.stream(new String(all, ISO_8859_1).split("\0", -1))
        .map(Visible::line)
        .collect(Collectors.joining("\0"));
  }

  /** What one of a process's links leads to. */
  public static Optional<String> link(UserProcess process, String file) {
    try {
      Optional<String> target =
          switch (file) {
            case "exe" -> process.program().executable();
            case "cwd" -> openFiles(process).directory();
            case "root" -> openFiles(process).root();
            default -> Optional.empty();
          };
      return target.map(Visible::line);
    } catch (KernelReadException e) {
      LOG.info("/proc/{}/{}: {}", process.pid(), file, e.getMessage());
      return Optional.empty();
    }
  }

  private static OpenFiles.OfTask openFiles(UserProcess process) throws KernelReadException {
    return OpenFiles.of(process.typed(), process.task(process.threads().get(0)));
  }

  private String maps() {
    StringBuilder text = new StringBuilder();
    process.mappings().forEach(mapping -> text.append(line(mapping)));
    return text.toString();
  }

  private String line(Mapping mapping) {
    MemoryRegion region = mapping.region();
    boolean file = mapping.file().isPresent();
    String line =
        "%08x-%08x %s %08x %02x:%02x %d "
            .formatted(
                region.start(),
                region.end(),
                region.permissions(),
                file ? region.filePage() * process.memory().pageBytes() : 0,
                mapping.file().map(Mapping.BackingFile::major).orElse(0L),
                mapping.file().map(Mapping.BackingFile::minor).orElse(0L),
                mapping.file().map(Mapping.BackingFile::inode).orElse(0L));
    if (region.file().isEmpty()) {
      return line + "\n";
    }
    boolean deleted = mapping.file().filter(f -> f.links() == 0).isPresent();
    String name =
        Visible.line(region.file().replace("\n", "\\012")) + (deleted ? " (deleted)" : "");
    return line + " ".repeat(Math.max(0, NAME_COLUMN - line.length())) + name + "\n";
  }

  private String smaps() {
    StringBuilder text = new StringBuilder();
    for (Mapping mapping : process.mappings()) {
      long own = mapping.written() ? process.memory().ownPages(mapping) : 0;
      text.append(line(mapping));
      field(text, "Size", mapping.region().size() / 1024);
      field(text, "Anonymous", own * process.memory().pageBytes() / 1024);
      text.append("VmFlags: ").append(flags(mapping.region().flags())).append('\n');
    }
    return text.toString();
  }

  private static void field(StringBuilder text, String name, long kibibytes) {
    text.append("%-16s%8d kB\n".formatted(name + ":", kibibytes));
  }

  private static String flags(long bits) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < FLAGS.length; i++) {
      if ((bits >>> i & 1) != 0 && !FLAGS[i].isEmpty()) {
        text.append(FLAGS[i]).append(' ');
      }
    }
    return text.toString();
  }

  /** Up to the fields behind {@code nice}. */
  private String stat() throws KernelReadException {
    Task first = process.threads().get(0);
    Identity identity = process.identity(first);
    return "%d (%s) %c %d %d %d 0 -1 %d 0 0 0 0 0 0 0 0 %d %d %d 0 0\n"
        .formatted(
            process.pid(),
            Visible.line(first.comm()),
            first.state().letter(),
            first.ppid(),
            identity.group(),
            identity.session(),
            process.task(first).value("flags") & 0xffff_ffffL,
            20 + identity.nice(),
            identity.nice(),
            process.threads().size());
  }

  private String status() throws KernelReadException {
    Task first = process.threads().get(0);
    Identity identity = process.identity(first);
    return "Name:\t%s\nState:\t%c\nTgid:\t%d\nPid:\t%d\nPPid:\t%d\n"
            .formatted(
                Visible.line(first.comm()),
                first.state().letter(),
                first.tgid(),
                first.pid(),
                first.ppid())
        + "Uid:\t%1$d\t%1$d\t%1$d\t%1$d\n".formatted(identity.uid())
        + "Gid:\t%1$d\t%1$d\t%1$d\t%1$d\n".formatted(identity.gid())
        + "Threads:\t%d\n".formatted(process.threads().size());
  }
}
