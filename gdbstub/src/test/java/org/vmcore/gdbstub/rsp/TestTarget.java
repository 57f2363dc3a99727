package org.vmcore.gdbstub.rsp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A made-up x86-64 machine with three CPUs, the second of which crashed.
 *
 * <ul>
 *   <li>Register N of CPU C holds {@code C * 0x100 + N}; the floating-point ones are unavailable.
 *   <li>Memory is in pieces: {@link #TEXT}, {@link #ZEROS} and {@link #NOISE}, and nothing between.
 *   <li>Physical memory is {@code "physical!"} at 0.
 * </ul>
 */
public class TestTarget implements Target {
  public static final long TEXT = 0xffffffff81000000L;
  public static final long ZEROS = 0xffff888000000000L;
  public static final long NOISE = 0xffff889000000000L;
  public static final int LARGE = 64 << 20;

  private static final String[] REGISTERS =
      ("rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip eflags cs ss ds es fs gs "
              + "st0 st1 st2 st3 st4 st5 st6 st7 fctrl fstat ftag fiseg fioff foseg fooff fop")
          .split(" ");
  private static final int FIRST_FLOAT = 24;

  private static final byte[] ZERO_BYTES = new byte[LARGE];
  private static final byte[] NOISE_BYTES = noise(LARGE);

  private final Map<Long, byte[]> memory = new TreeMap<>(Long::compareUnsigned);
  private List<ThreadInfo> threads =
      IntStream.range(0, 3)
          .mapToObj(
              cpu ->
                  new ThreadInfo(
                      new ThreadId(1, cpu + 1),
                      cpu,
                      "CPU " + cpu,
                      cpu == 1 ? "crashed, <bash> & \"co\"" : "idle"))
          .toList();
  private int stopSignal = 11;
  private boolean relocated = true;
  private @Nullable Processes processes;
  private @Nullable String executable;

  public TestTarget() {
    byte[] text = new byte[4096];
    byte[] banner = "Linux version 6.1.0 }*#$".getBytes(StandardCharsets.ISO_8859_1);
    for (int i = 0; i < text.length; i++) {
      text[i] = (byte) i;
    }
    System.arraycopy(banner, 0, text, 0x400, banner.length);
    memory.put(TEXT, text);
    memory.put(ZEROS, ZERO_BYTES);
    memory.put(NOISE, NOISE_BYTES);
  }

  /** What lies at {@link #NOISE}. */
  public static byte[] noise(int length) {
    byte[] bytes = new byte[length];
    new Random(42).nextBytes(bytes);
    return bytes;
  }

  public TestTarget withMemory(long start, byte[] bytes) {
    memory.put(start, bytes);
    return this;
  }

  public TestTarget withThreads(List<ThreadInfo> all) {
    threads = all;
    return this;
  }

  public TestTarget withStopSignal(int signal) {
    stopSignal = signal;
    return this;
  }

  public TestTarget withoutRelocation() {
    relocated = false;
    return this;
  }

  /**
   * Has one process that can be attached to: 63, of two threads, at whose {@link #TEXT} is more.
   */
  public TestTarget withProcesses() {
    processes =
        new Processes() {
          @Override
          public void makeRoom() {
            threads =
                threads.stream()
                    .map(
                        t ->
                            new ThreadInfo(
                                new ThreadId(2, t.id().thread()),
                                t.core(),
                                t.name(),
                                t.description()))
                    .toList();
          }

          @Override
          public Target attach(long pid) throws NoProcessException {
            if (pid != 63) {
              throw new NoProcessException("there was no process " + pid);
            }
            return process();
          }
        };
    return this;
  }

  private static TestTarget process() {
    TestTarget process = new TestTarget();
    process.threads =
        List.of(
            new ThreadInfo(new ThreadId(63, 65), -1, "helper", "sleeps"),
            new ThreadInfo(new ThreadId(63, 63), 0, "program", "runs"));
    process.stopSignal = 5;
    process.memory.put(TEXT, "the process' own".getBytes(StandardCharsets.ISO_8859_1));
    process.executable = "/bin/program";
    return process;
  }

  @Override
  public Optional<Processes> processes() {
    return Optional.ofNullable(processes);
  }

  @Override
  public Optional<String> executable() {
    return Optional.ofNullable(executable);
  }

  /** What a process offers is of no use to others. */
  @Override
  public Optional<String> link(String name) {
    return executable != null && name.equals("/proc/63/exe")
        ? Optional.of(executable)
        : Optional.empty();
  }

  @Override
  public List<ThreadInfo> threads() {
    return threads;
  }

  @Override
  public ThreadId currentThread() {
    return threads.get(Math.min(1, threads.size() - 1)).id();
  }

  @Override
  public int stopSignal() {
    return stopSignal;
  }

  /** org.gnu.gdb.i386.core, complete: what gdb insists on and LLDB needs. */
  @Override
  public String targetXml() {
    StringBuilder registers = new StringBuilder();
    for (int i = 0; i < REGISTERS.length; i++) {
      registers.append(
          "<reg name=\"%s\" bitsize=\"%d\" type=\"%s\"/>\n"
              .formatted(REGISTERS[i], 8 * registerSizes().get(i), type(i)));
    }
    return """
        <?xml version="1.0"?>
        <!DOCTYPE target SYSTEM "gdb-target.dtd">
        <target>
        <architecture>i386:x86-64</architecture>
        <osabi>none</osabi>
        <feature name="org.gnu.gdb.i386.core">
        %s</feature>
        </target>
        """
        .formatted(registers);
  }

  private static String type(int register) {
    return switch (REGISTERS[register]) {
      case "rip" -> "code_ptr";
      case "rsp", "rbp" -> "data_ptr";
      default ->
          register < 16 ? "int64" : register < FIRST_FLOAT || register > 31 ? "int32" : "i387_ext";
    };
  }

  @Override
  public List<Integer> registerSizes() {
    return IntStream.range(0, REGISTERS.length)
        .mapToObj(n -> n < 17 ? 8 : n >= FIRST_FLOAT && n < 32 ? 10 : 4)
        .toList();
  }

  @Override
  public byte @Nullable [] readRegister(ThreadId thread, int number) {
    if (number >= FIRST_FLOAT) {
      return null;
    }
    long value = (thread.thread() - 1) * 0x100 + number;
    int size = registerSizes().get(number);
    byte[] bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    return Arrays.copyOf(bytes, size);
  }

  @Override
  public MemoryRead readMemory(
      ThreadId thread, long address, byte[] destination, int offset, int length) {
    for (Map.Entry<Long, byte[]> piece : memory.entrySet()) {
      byte[] bytes = piece.getValue();
      long at = address - piece.getKey();
      if (Long.compareUnsigned(at, bytes.length) < 0) {
        int count = (int) Math.min(length, bytes.length - at);
        System.arraycopy(bytes, (int) at, destination, offset, count);
        return new MemoryRead(count, count == length ? null : () -> "not mapped: *#$}");
      }
    }
    return new MemoryRead(0, () -> "not mapped: *#$}");
  }

  @Override
  public Optional<PhysicalMemoryReader> physicalMemory() {
    byte[] bytes = "physical!".getBytes(StandardCharsets.ISO_8859_1);
    return Optional.of(
        (address, destination, offset, length) -> {
          if (Long.compareUnsigned(address, bytes.length) >= 0) {
            return new MemoryRead(0, () -> "not in the dump");
          }
          int count = (int) Math.min(length, bytes.length - address);
          System.arraycopy(bytes, (int) address, destination, offset, count);
          return new MemoryRead(count, count == length ? null : () -> "not in the dump");
        });
  }

  @Override
  public Optional<Monitor> monitor() {
    return Optional.of(
        (commandLine, thread, console) -> {
          if (commandLine.equals("fail")) {
            throw new IllegalArgumentException("as asked");
          }
          console.print("You said " + commandLine + "\n");
          console.print("on thread " + thread.thread() + "\n");
        });
  }

  @Override
  public Optional<Relocation> relocation() {
    return relocated
        ? Optional.of(new Relocation(TEXT, OptionalLong.of(0x10000000)))
        : Optional.empty();
  }

  @Override
  public List<TransferObject> transferObjects() {
    return List.of(
        new TransferObject() {
          @Override
          public String name() {
            return "vmcoreinfo";
          }

          @Override
          public Optional<byte[]> read(String annex) {
            return annex.isEmpty()
                ? Optional.of("OSRELEASE=6.1.0\n".getBytes(StandardCharsets.ISO_8859_1))
                : Optional.empty();
          }
        });
  }

  @Override
  public Optional<Host> host() {
    return Optional.of(new Host("x86_64-unknown-linux-gnu", true, 8, 4096));
  }
}
