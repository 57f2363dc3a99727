package org.vmcore.gdbstub.inspect.tasks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.HexAddress;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.types.StructValue;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.tasks.AddressSpace;
import org.vmcore.gdbstub.linux.tasks.MemoryRegion;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vm}, laid out after the command of that name in crash. */
@Command(
    name = "vm",
    description = "List the memory regions of a process.",
    footer =
        """
        Without an argument, those of the selected thread's task. FLAGS are vm_flags in
        hexadecimal: 1 read, 2 write, 4 execute, 8 shared, 100 a stack that grows down.
        """)
public final class Vm extends Query<Vm.Answer> {
  /** Of one region; programs map more than they use. */
  private static final int MAX_PAGES = 1 << 20;

  @Parameters(
      arity = "0..1",
      paramLabel = "[PID|TASK|NAME]",
      hideParamSyntax = true,
      description = "Of which task.")
  private @Nullable String name;

  @Option(names = "-p", description = "Show where each page is.")
  private boolean pages;

  @Option(names = "-P", paramLabel = "VMA", description = "The same of one region.")
  private @Nullable String region;

  @Option(names = "-R", paramLabel = "PART", description = "Only regions in whose line this is.")
  private @Nullable String part;

  @Option(
      names = "-M",
      paramLabel = "MM",
      description = "Take this mm_struct for the task's, as where it has given up its own.")
  private @Nullable String borrowed;

  @Option(names = "-m", description = "Show the mm_struct instead.")
  private boolean memory;

  @Option(names = "-v", description = "Show each vm_area_struct instead.")
  private boolean areas;

  @Option(names = "-x", description = "With -m and -v, print integers in hexadecimal.")
  private boolean hexadecimal;

  @Option(names = "-d", description = "The same in decimal.")
  private boolean decimal;

  @Option(names = "-f", paramLabel = "FLAGS", description = "Name the flags in a vm_flags.")
  private @Nullable String flags;

  /**
   * @param memory empty for a thread of the kernel
   */
  record OfTask(NamedTask task, Optional<UserMemory> memory) implements Answer {}

  /** */
  sealed interface Answer permits OfTask, Flags, Structures {}

  /**
   * The kernel's own structures.
   *
   * @param structures none for a thread of the kernel
   */
  record Structures(NamedTask task, Rows<StructValue> structures) implements Answer {}

  /** */
  record Flags(@Hex long flags, List<String> names) implements Answer {}

  /**
   * A process' memory.
   *
   * @param mm address of its {@code mm_struct}
   * @param pgd virtual address of its top-level page table
   */
  record UserMemory(
      @Hex long mm, @Hex long pgd, long rssKib, long totalVmKib, List<Region> regions) {}

  /**
   * A region of it.
   *
   * @param vma address of its {@code vm_area_struct}
   * @param end the address after its last
   * @param permissions as in /proc/PID/maps
   * @param flags {@code vm_flags}
   * @param file that is mapped there, or what it is in brackets
   * @param pages of it, where they were asked for
   */
  record Region(
      @Hex long vma,
      @Hex long start,
      @Hex long end,
      String permissions,
      @Hex long flags,
      Optional<String> file,
      List<Page> pages) {
    static Region of(MemoryRegion region, List<Page> pages) {
      return new Region(
          region.address(),
          region.start(),
          region.end(),
          region.permissions(),
          region.flags(),
          Optional.of(region.file()).filter(file -> !file.isEmpty()),
          pages);
    }

    /** As it is shown. */
    String line() {
      return "%x %x %x %x %s".formatted(vma, start, end, flags, file.orElse(""));
    }
  }

  /**
   * A page.
   *
   * @param physical where it is; none where it is in no memory
   * @param why it is not
   */
  record Page(@Hex long virtual, @Hex OptionalLong physical, Optional<String> why) {}

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (flags != null) {
      long value = HexAddress.parse(flags);
      return new Flags(value, RegionFlags.names(value));
    }
    if (isMoreThanOne(pages || region != null, memory, areas, part != null)) {
      throw NoAnswerException.usage("takes one of -p, -P, -m, -v and -R");
    }
    Task task = new TaskFinder(call).one(Optional.ofNullable(name));
    Optional<AddressSpace> space =
        borrowed == null
            ? call.machine().tasks().list().addressSpace(task)
            : Optional.of(call.machine().tasks().list().addressSpace(HexAddress.parse(borrowed)));
    if (memory || areas) {
      return new Structures(
          NamedTask.of(task),
          space.isEmpty() ? Rows.of(call, List.of()) : structures(call, space.get()));
    }
    return new OfTask(
        NamedTask.of(task),
        space.isEmpty() ? Optional.empty() : Optional.of(memory(call, task, space.get())));
  }

  private Rows<StructValue> structures(Call call, AddressSpace space) {
    return Rows.of(
        call,
        out -> {
          if (memory) {
            out.accept(
                StructValue.of(call, call.typed().object("struct mm_struct", space.address())));
          } else {
            for (MemoryRegion one : space.regions()) {
              out.accept(
                  StructValue.of(
                      call, call.typed().object("struct vm_area_struct", one.address())));
            }
            space.problems().forEach(call.notes()::incomplete);
          }
        });
  }

  private UserMemory memory(Call call, Task task, AddressSpace space)
      throws NoAnswerException, MissingFactException, KernelReadException {
    TaskRows rows = new TaskRows(call);
    long wanted = region == null ? 0 : HexAddress.parse(region);
    List<Region> regions = new ArrayList<>();
    for (MemoryRegion one : space.regions()) {
      if (region == null || one.address() == wanted) {
        boolean shows = pages || region != null;
        Region row = Region.of(one, shows ? pages(call, task, one) : List.of());
        if (part == null || row.line().contains(part)) {
          regions.add(row);
        }
      }
    }
    if (region != null && regions.isEmpty()) {
      throw NoAnswerException.notThere("the task has no region at " + region);
    }
    space.problems().forEach(call.notes()::incomplete);
    return new UserMemory(
        space.address(),
        space.pgd(),
        rows.kib(space.residentPages()),
        rows.kib(space.totalPages()),
        regions);
  }

  private static List<Page> pages(Call call, Task task, MemoryRegion region)
      throws MissingFactException {
    VirtualMemory memory = call.machine().tasks().userMemoryOf(task);
    long size = call.machine().pageBytes();
    List<Page> found = new ArrayList<>();
    for (long at = region.start(); at < region.end() && found.size() < MAX_PAGES; at += size) {
      Translation result = memory.translate(at);
      if (result instanceof Translation.Mapped mapped) {
        found.add(new Page(at, OptionalLong.of(mapped.physicalAddress()), Optional.empty()));
      } else if (result instanceof Fault fault) {
        boolean nothing = fault instanceof Fault.NotMapped;
        String why = nothing ? "(not mapped)" : fault.message();
        found.add(new Page(at, OptionalLong.empty(), Optional.of(why)));
      }
      call.stillBusy();
    }
    return found;
  }

  @Override
  public int version() {
    return 3;
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer instanceof Flags named) {
      out.print("%x: (%s)\n", named.flags(), String.join("|", named.names()));
    } else if (answer instanceof Structures structures) {
      structures.task().print(out);
      int radix = hexadecimal ? Text.HEXADECIMAL : decimal ? Text.DECIMAL : out.radix();
      int unused = structures.structures().forEach(one -> one.print(out, radix));
    } else if (answer instanceof OfTask task) {
      print(task, out);
    }
  }

  private void print(OfTask answer, Text out) {
    answer.task().print(out);
    if (answer.memory().isEmpty()) {
      out.print("%s  %s   RSS    TOTAL_VM\n", title("MM", out), title("PGD", out));
      out.print("%s  %s   0k       0k\n", title("0", out), title("0", out));
      return;
    }
    UserMemory found = answer.memory().get();
    out.print("%s  %s   RSS    TOTAL_VM\n", title("MM", out), title("PGD", out));
    String mm = out.pointer(found.mm());
    String pgd = out.pointer(found.pgd());
    out.print("%s  %s  %dk    %dk\n", mm, pgd, found.rssKib(), found.totalVmKib());
    boolean shows = pages || this.region != null;
    if (!shows) {
      out.print("%s      START       END     FLAGS FILE\n", title("VMA", out));
    }
    for (Region region : found.regions()) {
      if (shows) {
        out.print("%s      START       END     FLAGS FILE\n", title("VMA", out));
      }
      out.line(
          "%s %10x %10x %6x %s",
          out.pointer(region.vma()),
          region.start(),
          region.end(),
          region.flags(),
          region.file().orElse(""));
      if (shows) {
        out.print("VIRTUAL     PHYSICAL\n");
      }
      for (Page page : region.pages()) {
        String where =
            page.physical().isPresent()
                ? Long.toHexString(page.physical().getAsLong())
                : page.why().orElse("");
        out.print("%-10x  %s\n", page.virtual(), where);
      }
    }
  }

  private static String title(String text, Text out) {
    return Text.format("%-" + out.digits() + "s", Text.centred(text, out.digits()));
  }
}
