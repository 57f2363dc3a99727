package org.vmcore.gdbstub.machine.process;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.gdbstub.linux.mm.CachedFile;
import org.vmcore.gdbstub.linux.mm.PageFrames;
import org.vmcore.gdbstub.linux.tasks.AddressSpace;
import org.vmcore.gdbstub.linux.tasks.Identity;
import org.vmcore.gdbstub.linux.tasks.Mapping;
import org.vmcore.gdbstub.linux.tasks.Program;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.tasks.Tasks;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** A process of the machine that crashed. Safe for use by several threads. */
public final class UserProcess {
  private static final Logger log = LoggerFactory.getLogger(UserProcess.class);

  private final CrashedMachine machine;
  private final Architecture architecture;
  private final TypedMemory typed;
  private final Tasks tasks;
  private final List<Task> threads;
  private final Program program;
  private final ProcessMemory memory;
  private final MappedFiles files;

  private UserProcess(CrashedMachine machine, List<Task> threads, AddressSpace space)
      throws MissingFactException, KernelReadException {
    this.machine = machine;
    this.architecture = machine.requireArchitecture();
    this.typed = machine.requireTypes();
    this.tasks = machine.tasks().list();
    this.threads = List.copyOf(threads);
    this.program = new Program(typed, space, task(owner(threads)));
    this.memory =
        new ProcessMemory(
            machine.tasks().userMemoryOf(owner(threads)),
            machine.kernelSpace(),
            program.mappings(),
            new MachinePages(
                typed, machine.vmcoreinfo().map(info -> new PageFrames(typed.memory(), info))),
            (int) machine.pageBytes());
    this.files = new MappedFiles(memory);
    for (Mapping mapping : memory.mappings()) {
      mapping
          .problem()
          .ifPresent(
              problem ->
                  log.warn(
                      "What is behind {} of process {} is not known: {}",
                      "0x" + Long.toHexString(mapping.region().start()),
                      owner(threads).tgid(),
                      problem));
    }
  }

  /**
   * A process by its PID.
   *
   * @throws MissingFactException when there is none, it has no program, or it cannot be read; the
   *     message is one sentence that says which
   */
  public static UserProcess of(CrashedMachine machine, long pid) throws MissingFactException {
    Tasks tasks = machine.tasks().list();
    List<Task> threads = new ArrayList<>();
    for (Task task : tasks.all()) {
      if (task.tgid() == pid) {
        threads.add(task);
      }
    }
    if (threads.isEmpty()) {
      throw new MissingFactException(
          tasks.all().stream()
              .filter(task -> task.pid() == pid)
              .findFirst()
              .map(task -> "%d is a thread of process %d".formatted(pid, task.tgid()))
              .orElse("there was no process " + pid));
    }
    try {
      Optional<AddressSpace> space = tasks.addressSpace(owner(threads));
      Task first = threads.get(0);
      if (space.isEmpty()) {
        throw new MissingFactException(
            first.kernelThread()
                ? "%d is a thread of the kernel (%s)".formatted(pid, first.comm())
                : "process %d (%s) has ended".formatted(pid, first.comm()));
      }
      return new UserProcess(machine, threads, space.get());
    } catch (KernelReadException e) {
      throw new MissingFactException("process %d: %s".formatted(pid, e.getMessage()));
    }
  }

  /** A thread that still has the memory of the process; its first may have ended before others. */
  private static Task owner(List<Task> threads) {
    return threads.stream()
        .filter(task -> task.mm() != 0 && !task.kernelThread())
        .findFirst()
        .orElse(threads.get(0));
  }

  /** The pages of a machine, by what its VMCOREINFO tells of their descriptors. */
  private record MachinePages(TypedMemory typed, Optional<PageFrames> frames)
      implements ProcessMemory.Pages {
    @Override
    public CachedFile of(Mapping.BackingFile file) throws KernelReadException {
      return CachedFile.of(
          typed,
          frames.orElseThrow(
              () ->
                  new KernelReadException(
                      KernelReadException.Reason.ABSENT,
                      "without VMCOREINFO no struct page is known")),
          file.mapping());
    }

    @Override
    public OptionalLong page(long array, int index) {
      long at = array + (long) index * typed.memory().wordBytes();
      OptionalLong page = typed.memory().word(at);
      return page.isPresent() && frames.isPresent()
          ? frames.get().physicalAddress(page.getAsLong())
          : OptionalLong.empty();
    }
  }

  public int pid() {
    return threads.get(0).tgid();
  }

  /** Its threads, the first before the others. */
  public List<Task> threads() {
    return threads;
  }

  /** The thread that crashed, or else the first that has not ended. */
  public Task shownFirst() {
    return threads.stream()
        .filter(thread -> cpu(thread).filter(CrashedCpu::crashed).isPresent())
        .findFirst()
        .orElseGet(() -> owner(threads));
  }

  public ProcessMemory memory() {
    return memory;
  }

  /** The files that it has mapped. */
  public MappedFiles files() {
    return files;
  }

  /** Its regions, ascending. */
  public List<Mapping> mappings() {
    return memory.mappings();
  }

  public Program program() {
    return program;
  }

  Identity identity(Task thread) throws KernelReadException {
    return Identity.of(task(thread));
  }

  TypedMemory typed() {
    return typed;
  }

  KernelObject task(Task thread) throws KernelReadException {
    return tasks.object(thread);
  }

  CrashedMachine machine() {
    return machine;
  }

  public Architecture architecture() {
    return architecture;
  }

  /** The CPU that a thread ran on at the crash. */
  public Optional<CrashedCpu> cpu(Task thread) {
    return machine.cpus().stream()
        .filter(
            cpu ->
                tasks
                    .current(cpu.number())
                    .filter(current -> current.address() == thread.address())
                    .isPresent())
        .findFirst();
  }

  /** Whether a thread ran the program itself at the crash, not the kernel for it. */
  public boolean inUserMode(Task thread) {
    return cpu(thread).filter(cpu -> cpu.hasRegisters() && cpu.state().userMode()).isPresent();
  }

  /**
   * The registers of a thread in its program. Where the program counter cannot be told it is all
   * ones, where no code is: gdb 13 drops a target that has none.
   */
  public RegisterValues registers(Task thread) {
    if (inUserMode(thread)) {
      return cpu(thread).orElseThrow().state().registers().in(architecture.programRegisters());
    }
    Optional<RegisterValues> saved = Optional.empty();
    try {
      saved = architecture.userRegisters(machine.byteOrder(), tasks.switchedOut(thread));
    } catch (KernelReadException e) {
      // Then none is known.
    }
    RegisterValues known =
        saved.orElseGet(
            () ->
                RegisterValues.builder(architecture.programRegisters(), machine.byteOrder())
                    .build());
    return known.value(architecture.programCounter()).isPresent()
        ? known
        : known.toBuilder().set(architecture.programCounter(), -1).build();
  }

  /** Bytes of its memory, at most {@code most}, as many as can be read. */
  byte[] bytes(Program.Range range, int most) {
    long length = range.end() - range.start();
    byte[] bytes = new byte[(int) Math.max(0, Math.min(length, most))];
    int got = memory.read(range.start(), bytes, 0, bytes.length).length();
    return got == bytes.length ? bytes : Arrays.copyOf(bytes, got);
  }
}
