package org.vmcore.it;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.Architectures;
import org.vmcore.arch.api.RegisterSet;
import org.vmcore.gdbstub.rsp.Limits;
import org.vmcore.gdbstub.rsp.Target;
import org.vmcore.gdbstub.rsp.ThreadId;
import org.vmcore.gdbstub.server.GdbServer;
import org.vmcore.gdbstub.server.ListenAddress;
import org.vmcore.gdbstub.server.Options;

/**
 * Our own protocol and server over a target that answers without reading anything: as fast as gdb
 * can be served, which is gdb's own ceiling.
 */
final class InstantStub {
  /** The argument of a stub whose memory is all zeros, which run-length encoding makes small. */
  static final String ZEROS = "zeros";

  private InstantStub() {}

  /**
   * Listens on a free port until it is killed.
   *
   * @param arguments the packet size in bytes, or nothing for the usual one, or {@link #ZEROS}
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    boolean zeros = List.of(arguments).contains(ZEROS);
    Limits limits =
        arguments.length == 0 || zeros
            ? Limits.DEFAULT
            : new Limits(Integer.parseInt(arguments[0]));
    byte[] memory = zeros ? new byte[1 << 20] : ConstantTarget.pattern();
    try (GdbServer server =
        GdbServer.start(
            ListenAddress.parse("0"),
            peer -> new ConstantTarget(memory),
            Options.DEFAULT.withLimits(limits))) {
      System.out.println("Listening on port " + server.port());
      server.awaitClosed();
    }
  }

  /** One x86-64 thread, all registers zero, and memory that repeats. */
  static final class ConstantTarget implements Target {
    private static final ThreadId THREAD = new ThreadId(1, 1);
    private static final RegisterSet REGISTERS =
        Architectures.named("x86-64").orElseThrow().registers();

    private static final List<Integer> SIZES =
        REGISTERS.registers().stream().map(register -> register.bits() / Byte.SIZE).toList();

    private final byte[] memory;

    ConstantTarget(byte[] memory) {
      this.memory = memory;
    }

    /** A megabyte in which no byte equals the next, and no run-length encoding pays. */
    static byte[] pattern() {
      byte[] bytes = new byte[1 << 20];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) (i * 37 + 1);
      }
      return bytes;
    }

    @Override
    public List<ThreadInfo> threads() {
      return List.of(new ThreadInfo(THREAD, 0, "CPU 0", "constant"));
    }

    @Override
    public ThreadId currentThread() {
      return THREAD;
    }

    @Override
    public int stopSignal() {
      return 5;
    }

    @Override
    public String targetXml() {
      return REGISTERS.targetXml();
    }

    @Override
    public List<Integer> registerSizes() {
      return SIZES;
    }

    @Override
    public byte @Nullable [] readRegister(ThreadId thread, int number) {
      return new byte[SIZES.get(number)];
    }

    @Override
    public MemoryRead readMemory(
        ThreadId thread, long address, byte[] destination, int offset, int length) {
      for (int done = 0; done < length; done += memory.length) {
        System.arraycopy(
            memory, 0, destination, offset + done, Math.min(memory.length, length - done));
      }
      return new MemoryRead(length, null);
    }
  }
}
