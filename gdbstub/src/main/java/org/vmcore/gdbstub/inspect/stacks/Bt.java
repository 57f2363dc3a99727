package org.vmcore.gdbstub.inspect.stacks;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.Architectures;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.memory.WordMeanings;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.CpuList;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Place;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.tasks.TaskFinder;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.MachineStacks;
import org.vmcore.gdbstub.port.LinuxPorts;
import org.vmcore.gdbstub.port.api.OwnStack;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bt}, laid out after crash's command. */
@Command(
    name = "bt",
    description = "Show which functions called one another on a kernel stack.",
    footer =
        """
        Of the selected CPU or task, of all CPUs, of every task, of one. In brackets is the place
        on the stack, behind the address the module. Registers are those of a CPU, of what an
        exception or interrupt came in, or, last, of the user program. '?' marks what only looks
        like a return address, where the way back was lost. Without types (see 'task') it is CPUs
        only.
        """)
public final class Bt extends Query<Bt.Answer> {
  /** Linux include/uapi/linux/magic.h. */
  private static final String STACK_END_MAGIC = "57ac6e9d";

  @Parameters(
      arity = "0..*",
      paramLabel = "[all | cpu N | PID... | TASK...]",
      hideParamSyntax = true,
      description = "Every task; a CPU; or the tasks of PIDs or at addresses.")
  private List<String> words = List.of();

  @Option(
      names = {"-a", "-A"},
      description = "Show the stacks of all CPUs.")
  private boolean allCpus;

  @Option(names = "-c", paramLabel = "CPU,...", description = "Show those of some CPUs, or of all.")
  private @Nullable String cpuList;

  @Option(names = "-p", description = "Show that of the task that brought the machine down.")
  private boolean panic;

  @Option(names = "-n", paramLabel = "idle", description = "Leave out the CPUs' idle tasks.")
  private @Nullable String without;

  @Option(names = "-R", paramLabel = "NAME", description = "Only stacks with this function.")
  private @Nullable String reference;

  @Option(names = "-s", description = "Tell the offset in each function, in decimal.")
  private boolean offsets;

  @Option(names = "-x", description = "Tell it in hexadecimal.")
  private boolean hexadecimal;

  @Option(names = "-f", description = "Show the words of each frame.")
  private boolean full;

  @Option(names = "-F", description = "Show what these point at.")
  private boolean meanings;

  @Option(names = "-FF", description = "The same, with the words that point at objects of caches.")
  private boolean meaningsAndWords;

  @Option(names = "-t", description = "List all addresses of code from the stack pointer on.")
  private boolean texts;

  @Option(names = "-T", description = "List all addresses of code on the whole stack.")
  private boolean allTexts;

  @Option(names = "-r", description = "Show all words of the stack.")
  private boolean raw;

  @Option(names = "-v", description = "Tell which stacks have run over.")
  private boolean overflows;

  @Option(names = "-g", description = "With all threads of each one's process.")
  private boolean group;

  @Option(
      names = "-e",
      description = "What looks like registers that exceptions and system calls saved.")
  private boolean exceptions;

  @Option(names = "-E", description = "The same on the CPUs' own stacks, of x86-64.")
  private boolean ownStacks;

  @Option(names = "-I", paramLabel = "IP", description = "Begin at this address of code.")
  private @Nullable String instruction;

  @Option(
      names = "-S",
      paramLabel = "SP",
      description = "Begin at this stack pointer; without -I at the address that it points at.")
  private @Nullable String stackPointer;

  @Option(
      names = "-l",
      description = "With lines of source, which takes a vmlinux, or for modules their files.")
  private boolean lines;

  /**
   * @param architecture its name
   */
  public record Answer(String architecture, Rows<StackRow> stacks) {}

  @Override
  public List<String> takesForNothing() {
    return List.of("-d", "-o", "-O");
  }

  @Override
  public int version() {
    return 4;
  }

  @Override
  public Answer answer(Call call) throws NoAnswerException, MissingFactException {
    if (isMoreThanOne(full || isNamed(), texts, allTexts, raw, overflows, exceptions, ownStacks)) {
      throw NoAnswerException.usage("takes one of -f, -t, -T, -r, -e, -E and -v");
    } else if (without != null && !without.equals("idle")) {
      throw NoAnswerException.usage("-n is of idle tasks: -n idle");
    }
    Architecture architecture = call.machine().requireArchitecture();
    MachineStacks stacks = call.machine().stacks();
    StackRows rows = new StackRows(call.machine(), lines);
    if (ownStacks) {
      List<OwnStack> own =
          LinuxPorts.of(architecture).ownStacks(call.machine().linux(), call.cpus());
      if (own.isEmpty()) {
        throw NoAnswerException.notThere("the CPUs' own stacks are not known");
      }
      return new Answer(
          architecture.name(),
          Rows.of(
              call,
              out -> {
                for (OwnStack stack : own) {
                  out.accept(rows.of(stack));
                }
              }));
    }
    StackSource source = source(call, stacks);
    return new Answer(
        architecture.name(),
        Rows.of(
            call,
            out ->
                source.forEach(
                    stack -> {
                      StackRow row = row(call, stacks, rows, stack);
                      if (isWanted(row)) {
                        out.accept(row);
                      }
                    })));
  }

  @FunctionalInterface
  private interface StackUser {
    void accept(MachineStacks.Stack stack) throws MissingFactException;
  }

  @FunctionalInterface
  private interface StackSource {
    void forEach(StackUser user) throws NoAnswerException, MissingFactException;
  }

  private boolean isNamed() {
    return meanings || meaningsAndWords;
  }

  private boolean isWanted(StackRow row) {
    boolean idle = row.task().map(task -> task.pid() == 0).orElse(false);
    boolean refers =
        reference == null
            || row.frames().stream()
                .anyMatch(f -> f.function().filter(reference::equals).isPresent());
    return refers && !(idle && without != null);
  }

  private StackSource source(Call call, MachineStacks stacks)
      throws NoAnswerException, MissingFactException {
    boolean cpus = allCpus || cpuList != null;
    if (isMoreThanOne(cpus, panic, !words.isEmpty())) {
      throw NoAnswerException.usage("takes tasks, CPUs or -p");
    } else if (cpus) {
      List<Integer> chosen = CpuList.parse(call, cpuList == null ? "all" : cpuList);
      return user -> {
        for (CrashedCpu cpu : call.machine().cpus()) {
          if (chosen.contains(cpu.number())) {
            user.accept(stacks.of(cpu));
          }
        }
      };
    } else if (words.equals(List.of("all")) || overflows) {
      return of(TaskFinder.every(call.machine()), stacks);
    } else if (panic) {
      Optional<Task> task = call.machine().tasks().panicTask();
      if (task.isEmpty()) {
        throw NoAnswerException.notThere("no task brought the machine down");
      }
      return of(List.of(task.get()), stacks);
    } else if (!words.isEmpty() && words.get(0).equals("cpu")) {
      MachineStacks.Stack one = stacks.of(cpu(call, words.subList(1, words.size())));
      return user -> user.accept(one);
    }
    TaskFinder finder = new TaskFinder(call);
    List<Task> tasks = new ArrayList<>();
    for (String word : words) {
      tasks.add(finder.byNumber(Optional.of(word)));
    }
    if (words.isEmpty()) {
      boolean elsewhere = instruction != null || stackPointer != null;
      Optional<Task> meant = elsewhere ? Optional.of(finder.selected()) : call.task();
      if (meant.isEmpty()) {
        MachineStacks.Stack one = stacks.of(call.cpu());
        return user -> user.accept(one);
      }
      tasks.add(meant.get());
    }
    if (instruction != null || stackPointer != null) {
      return from(call, tasks.get(0), stacks);
    }
    return of(group ? withThreads(call, tasks) : tasks, stacks);
  }

  /** A task's stack from another place on. */
  private StackSource from(Call call, Task task, MachineStacks stacks)
      throws NoAnswerException, MissingFactException {
    OptionalLong sp =
        stackPointer == null
            ? OptionalLong.empty()
            : OptionalLong.of(Place.parse(call.symbols(), stackPointer));
    if (sp.isPresent()
        && Long.compareUnsigned(sp.getAsLong() - task.stack(), stacks.stackBytes()) >= 0) {
      throw NoAnswerException.notThere(
          "%x is not on the task's stack, %x to %x"
              .formatted(sp.getAsLong(), task.stack(), task.stack() + stacks.stackBytes()));
    }
    OptionalLong ip =
        instruction == null
            ? OptionalLong.empty()
            : OptionalLong.of(Place.parse(call.symbols(), instruction));
    MachineStacks.Stack one = stacks.of(task, ip, sp);
    return user -> user.accept(one);
  }

  private static StackSource of(List<Task> tasks, MachineStacks stacks) {
    return user -> {
      for (Task task : tasks) {
        user.accept(stacks.of(task));
      }
    };
  }

  private static List<Task> withThreads(Call call, List<Task> tasks) throws MissingFactException {
    List<Task> all = new ArrayList<>();
    for (Task task : tasks) {
      call.machine().tasks().list().all().stream()
          .filter(other -> other.tgid() == task.tgid())
          .forEach(all::add);
    }
    return all;
  }

  /** A stack with its frames, or with all that looks like such, and with its words. */
  private StackRow row(Call call, MachineStacks stacks, StackRows rows, MachineStacks.Stack stack)
      throws MissingFactException {
    StackRow plain = rows.of(stack);
    if (exceptions) {
      long start = stack.task().map(Task::stack).orElse(0L);
      List<Frame> found =
          start == 0
              ? List.of()
              : LinuxPorts.of(call.machine().requireArchitecture())
                  .exceptionFrames(call.machine().linux(), start, stacks.stackBytes());
      return rows.of(stack, found, false, Optional.empty());
    }
    if (!(full || isNamed() || texts || allTexts || raw || overflows)) {
      return plain;
    }
    int word = call.machine().pointerBytes();
    long lowest = stack.task().map(Task::stack).orElse(0L);
    long end = lowest + stacks.stackBytes();
    if (overflows) {
      return rows.of(stack, List.of(), false, words(call, lowest, word));
    } else if (raw) {
      return rows.of(stack, List.of(), false, words(call, lowest, end - lowest));
    }
    long first = plain.frames().isEmpty() ? lowest : plain.frames().get(0).stack();
    if (texts || allTexts) {
      long from = allTexts ? lowest : first;
      List<Frame> found = new ArrayList<>(stacks.texts(from, end - from));
      stack.frames().stream().filter(f -> f.kind() == Frame.Kind.USER).forEach(found::add);
      return rows.of(stack, found, false, Optional.empty());
    }
    long last = first;
    for (FrameRow frame : plain.frames()) {
      boolean same = Long.compareUnsigned(frame.stack() - lowest, end - lowest) < 0;
      last = same && !frame.isUser() ? frame.stack() + word : last;
    }
    return new StackRow(
        plain.task(),
        plain.cpu(),
        plain.pid(),
        plain.name(),
        plain.frames(),
        words(call, first, last - first));
  }

  private Optional<StackRow.Words> words(Call call, long start, long length)
      throws MissingFactException {
    WordMeanings known =
        new WordMeanings(
            call,
            meaningsAndWords
                ? WordMeanings.Objects.WORD_AND_CACHE
                : meanings ? WordMeanings.Objects.CACHE : WordMeanings.Objects.NOT);
    KernelMemory memory = call.machine().kernelMemory();
    byte[] bytes = memory.upTo(start, (int) Math.max(length, 0));
    ByteBuffer words = ByteBuffer.wrap(bytes).order(memory.byteOrder());
    List<String> shown = new ArrayList<>();
    for (int at = 0; at + memory.wordBytes() <= bytes.length; at += memory.wordBytes()) {
      long value = memory.word(words, at);
      shown.add(isNamed() ? known.of(value) : Text.format("%0" + call.digits() + "x", value));
    }
    return Optional.of(new StackRow.Words(start, shown));
  }

  private static CrashedCpu cpu(Call call, List<String> words) throws NoAnswerException {
    if (words.size() != 1 || !words.get(0).matches("\\d{1,5}")) {
      throw NoAnswerException.usage("takes 'cpu' and the number of one in the dump");
    }
    int number = Integer.parseInt(words.get(0));
    return call.machine().cpus().stream()
        .filter(cpu -> cpu.number() == number)
        .findFirst()
        .orElseThrow(() -> NoAnswerException.notThere("the dump has no CPU " + number));
  }

  @Override
  public void print(Answer answer, Text out) {
    StackText layout =
        new StackText(
            Architectures.named(answer.architecture()).orElseThrow(), offsets, hexadecimal);
    if (overflows) {
      overflows(answer, out);
      return;
    }
    boolean[] first = {true};
    int unused =
        answer
            .stacks()
            .forEach(
                stack -> {
                  if (!first[0]) {
                    out.lay("\n");
                  }
                  first[0] = false;
                  StackText.head(stack, out);
                  answer.stacks().partShown();
                  if (texts || allTexts) {
                    layout.texts(stack, texts, out);
                  } else if (exceptions || ownStacks) {
                    layout.exceptions(stack, out);
                  } else if (raw) {
                    layout.raw(stack, out);
                  } else {
                    layout.frames(stack, out);
                  }
                });
  }

  /** The kernel puts a mark at a stack's end ({@code STACK_END_MAGIC}), which nothing changes. */
  private static void overflows(Answer answer, Text out) {
    boolean[] any = {false};
    int unused =
        answer
            .stacks()
            .forEach(
                stack -> {
                  String end =
                      stack.words().map(words -> String.join("", words.meanings())).orElse("");
                  if (!end.isEmpty() && !end.endsWith(STACK_END_MAGIC)) {
                    any[0] = true;
                    stack.task().ifPresent(task -> task.print(out));
                    out.print("  possible stack overflow: the mark at its end is %s\n", end);
                  }
                });
    if (!any[0]) {
      out.print("No stack overflows detected\n");
    }
  }
}
