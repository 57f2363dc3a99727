package org.vmcore.gdbstub.stub;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.Register;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.VirtualRead;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.process.FileImage;
import org.vmcore.gdbstub.machine.process.ProcFiles;
import org.vmcore.gdbstub.machine.process.UserProcess;
import org.vmcore.gdbstub.rsp.Target;
import org.vmcore.gdbstub.rsp.ThreadId;

/**
 * A process as an inferior: to gdb a Linux program, with the registers and the memory that it had.
 * What belongs to no process, such as {@code monitor} commands, is the machine's.
 */
final class ProcessTarget implements Target {
  /** GDB_SIGNAL_TRAP: what a debugger expects of a target that simply has stopped. */
  private static final int SIGTRAP = 5;

  private final UserProcess process;
  private final Machine machine;
  private final Map<ThreadId, Task> threads = new LinkedHashMap<>();
  private final Map<ThreadId, RegisterValues> registers = new LinkedHashMap<>();

  /** What the machine's own target answers for its processes. */
  interface Machine {
    /** Runs a {@code monitor} command for a thread of a process. */
    void monitor(String commandLine, Task task, Console console);

    /** Objects that are of no process. */
    List<TransferObject> transferObjects();

    /** Files below /proc, of any process. */
    Optional<OfferedFile> file(String name);

    Optional<String> link(String name);

    Optional<PhysicalMemoryReader> physicalMemory();
  }

  ProcessTarget(UserProcess process, Machine machine) {
    this.process = process;
    this.machine = machine;
    for (Task task : process.threads()) {
      threads.putIfAbsent(new ThreadId(process.pid(), task.pid()), task);
    }
  }

  @Override
  public List<ThreadInfo> threads() {
    List<ThreadInfo> infos = new ArrayList<>();
    threads.forEach((id, task) -> infos.add(describe(id, task)));
    return infos;
  }

  private ThreadInfo describe(ThreadId id, Task task) {
    Optional<CrashedCpu> cpu = process.cpu(task);
    StringBuilder text = new StringBuilder("PID ").append(task.pid());
    if (cpu.isPresent()) {
      text.append(", CPU ").append(cpu.get().number());
      text.append(process.inUserMode(task) ? ", user mode" : "");
      text.append(cpu.get().crashed() ? ", crashed" : "");
    } else {
      text.append(", ").append(task.state().kernelName());
    }
    OptionalInt core = task.cpu();
    return new ThreadInfo(id, core.orElse(-1), task.comm(), text.toString());
  }

  @Override
  public ThreadId currentThread() {
    return new ThreadId(process.pid(), process.shownFirst().pid());
  }

  @Override
  public int stopSignal() {
    return SIGTRAP;
  }

  @Override
  public String targetXml() {
    return process.architecture().programRegisters().targetXml();
  }

  @Override
  public List<Integer> registerSizes() {
    return process.architecture().programRegisters().registers().stream()
        .map(Register::bytes)
        .toList();
  }

  @Override
  public byte @Nullable [] readRegister(ThreadId thread, int number) {
    Task task = threads.get(thread);
    return task == null
        ? null
        : registers.computeIfAbsent(thread, id -> process.registers(task)).bytes(number);
  }

  @Override
  public MemoryRead readMemory(
      ThreadId thread, long address, byte[] destination, int offset, int length) {
    VirtualRead read = process.memory().read(address, destination, offset, length);
    Fault fault = read.fault();
    return new MemoryRead(read.length(), fault == null ? null : fault::message);
  }

  @Override
  public long afterHole(ThreadId thread, long address) {
    return process.memory().afterHole(address);
  }

  @Override
  public Optional<PhysicalMemoryReader> physicalMemory() {
    return machine.physicalMemory();
  }

  @Override
  public Optional<Monitor> monitor() {
    return Optional.of(
        (commandLine, thread, console) -> {
          Task task = threads.get(thread);
          machine.monitor(commandLine, task == null ? process.threads().get(0) : task, console);
        });
  }

  @Override
  public List<TransferObject> transferObjects() {
    List<TransferObject> objects = new ArrayList<>(machine.transferObjects());
    objects.add(new AuxiliaryVector(Optional.of(process)));
    return objects;
  }

  @Override
  public Optional<String> executable() {
    return process.program().executable();
  }

  @Override
  public Optional<OfferedFile> file(String name) {
    return process
        .files()
        .find(name)
        .<OfferedFile>map(MappedFile::new)
        .or(() -> machine.file(name));
  }

  @Override
  public Optional<String> link(String name) {
    return machine.link(name);
  }

  /** {@code qXfer:auxv:read}, which only a process has (GDB manual, "General Query Packets"). */
  record AuxiliaryVector(Optional<UserProcess> process) implements TransferObject {
    @Override
    public String name() {
      return "auxv";
    }

    @Override
    public Optional<byte[]> read(String annex) {
      return annex.isEmpty() ? process.flatMap(p -> ProcFiles.read(p, "auxv")) : Optional.empty();
    }
  }

  /** A program or library as the page cache has it. */
  private record MappedFile(FileImage image) implements OfferedFile {
    @Override
    public String name() {
      return image.name();
    }

    @Override
    public long size() {
      return image.size();
    }

    @Override
    public int read(long position, byte[] destination, int offset, int length) {
      return image.read(position, destination, offset, length);
    }
  }

  /** Bytes that were made when the file was opened. */
  @SuppressWarnings("ArrayRecordComponent") // Files are never compared.
  record Content(String name, byte[] bytes) implements OfferedFile {
    @Override
    public long size() {
      return bytes.length;
    }

    @Override
    public int read(long position, byte[] destination, int offset, int length) {
      int count = (int) Math.max(0, Math.min(length, bytes.length - position));
      if (count > 0) {
        System.arraycopy(bytes, (int) position, destination, offset, count);
      }
      return count;
    }
  }
}
