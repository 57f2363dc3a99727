package org.vmcore.gdbstub.rsp;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.Visible;

/**
 * What one debugger is shown: a machine that has stopped for good. The methods without a default
 * are the base; each further packet family is an interface of its own behind a getter that says
 * "none".
 *
 * <p>A target belongs to one session and is called by one thread at a time.
 */
public interface Target {

  /**
   * All threads, in the order in which debuggers number them; at least one. They change only by a
   * {@link Monitor} command, and the {@link #currentThread} is always one of them.
   */
  List<ThreadInfo> threads();

  /** The thread that is current when a debugger connects. */
  ThreadId currentThread();

  /**
   * Why that thread stopped: a signal number in gdb's own numbering (GDB include/gdb/signals.def).
   */
  int stopSignal();

  /** The target description, as {@code qXfer:features:read:target.xml} sends it. */
  String targetXml();

  /** Sizes in bytes of the registers, by register number. */
  List<Integer> registerSizes();

  /**
   * The bytes of a register in the target's byte order, or null when it is unavailable.
   *
   * @param number an index of {@link #registerSizes()}
   */
  byte @Nullable [] readRegister(ThreadId thread, int number);

  /** Memory as the thread sees it: its own user addresses, the kernel's for all. */
  MemoryRead readMemory(ThreadId thread, long address, byte[] destination, int offset, int length);

  /**
   * Where reading is worth another try above an address that cannot be read; 0 when nothing more
   * can be up to the highest address. Unless the target knows better, the next page: no
   * architecture has smaller ones than 4 KiB, and holes begin and end with pages.
   */
  default long afterHole(ThreadId thread, long address) {
    return nextPage(address);
  }

  /** The start of the page behind that of an address. */
  static long nextPage(long address) {
    return (address | (4096 - 1)) + 1;
  }

  /** Physical memory, for {@code Qqemu.PhyMemMode}. */
  default Optional<PhysicalMemoryReader> physicalMemory() {
    return Optional.empty();
  }

  /** {@code monitor} commands. */
  default Optional<Monitor> monitor() {
    return Optional.empty();
  }

  /** Where the program was loaded, for {@code qOffsets}. */
  default Optional<Relocation> relocation() {
    return Optional.empty();
  }

  /** Objects read whole with {@code qXfer:NAME:read:ANNEX:OFFSET,LENGTH}. */
  default List<TransferObject> transferObjects() {
    return List.of();
  }

  /** Files that the debugger may read ({@code vFile}); it can read no others. */
  default List<OfferedFile> files() {
    return List.of();
  }

  /** One of {@link #files}, or another that is not worth being listed. */
  default Optional<OfferedFile> file(String name) {
    return files().stream().filter(file -> file.name().equals(name)).findFirst();
  }

  /** What a symbolic link leads to ({@code vFile:readlink}). */
  default Optional<String> link(String name) {
    return Optional.empty();
  }

  /**
   * Asked before a debugger is told of {@link #files}: waits until they can be read without delay.
   *
   * @param atMost how long the debugger can be kept waiting
   */
  default void awaitFiles(Duration atMost) {}

  /**
   * Whether the debugger is on this machine, sees the same files, and may read them, as far as can
   * be told.
   */
  default boolean sharesFiles() {
    return false;
  }

  /**
   * What is known of the debugger by the time that it asks for the program or for libraries; what
   * it is offered may depend on it.
   *
   * @param opensFiles whether it opens offered files by their names itself
   * @param hasProgram whether it has a program of its own
   */
  default void describeDebugger(boolean opensFiles, boolean hasProgram) {}

  /**
   * The program's libraries. Empty where there will never be any, which no debugger then asks for.
   */
  default Optional<Libraries> libraries() {
    return Optional.empty();
  }

  /**
   * The name of that of {@link #files} which is the program, for a debugger that was given none
   * ({@code qXfer:exec-file:read}).
   */
  default Optional<String> executable() {
    return Optional.empty();
  }

  /** Processes that a debugger may attach to as inferiors of their own, beside this one. */
  default Optional<Processes> processes() {
    return Optional.empty();
  }

  /** Files for LLDB, which takes them from the disk it shares with this program. */
  default Optional<LocalFiles> localFiles() {
    return Optional.empty();
  }

  /** What LLDB asks of the host and process. */
  default Optional<Host> host() {
    return Optional.empty();
  }

  /**
   * Of which debuggers print the texts as they are: a task's name is whatever the task liked.
   *
   * @param core the CPU's number, or -1 for none
   * @param name short, such as {@code CPU 1}
   * @param description what the thread list shows in parentheses
   */
  record ThreadInfo(ThreadId id, int core, String name, String description) {
    public ThreadInfo {
      name = Visible.line(name);
      description = Visible.line(description);
    }
  }

  /**
   * @param length bytes stored from the first address on
   * @param problem why the read stopped, made when asked for; null when it got all
   */
  record MemoryRead(int length, @Nullable Problem problem) {}

  /** A reason that is worded only when somebody reads it. */
  @FunctionalInterface
  interface Problem {
    String message();
  }

  /** See {@link #physicalMemory()}. */
  @FunctionalInterface
  interface PhysicalMemoryReader {
    MemoryRead read(long physicalAddress, byte[] destination, int offset, int length);

    /** As {@link Target#afterHole}. */
    default long afterHole(long physicalAddress) {
      return nextPage(physicalAddress);
    }
  }

  /** See {@link #monitor()}. */
  @FunctionalInterface
  interface Monitor {
    /**
     * Runs a command line. What it prints goes to {@code console} as it comes.
     *
     * @param thread the thread the debugger has selected
     */
    void run(String commandLine, ThreadId thread, Console console);
  }

  /** Where a monitor command writes text; lines end with {@code \n}. */
  @FunctionalInterface
  interface Console {
    void print(String text);

    /**
     * To be called now and then by a command that takes long: keeps the debugger waiting for it,
     * and ends it by an exception when the debugger has gone.
     */
    default void stillBusy() {}
  }

  /**
   * @param textSegment run-time address of the program's first loadable segment
   * @param slide run-time minus link-time address, where that is known
   */
  record Relocation(long textSegment, OptionalLong slide) {}

  /** See {@link #transferObjects()}. */
  interface TransferObject {
    /** Such as {@code vmcoreinfo}. */
    String name();

    /** The whole object, or empty when there is none of that annex. */
    Optional<byte[]> read(String annex);

    /**
     * The same of one that may take long to make.
     *
     * @param stillBusy to be called now and then: keeps the debugger waiting, and ends the work by
     *     an exception when the debugger has gone
     */
    default Optional<byte[]> read(String annex, Runnable stillBusy) {
      return read(annex);
    }
  }

  /** See {@link #files}. Used by one session at a time. */
  interface OfferedFile {
    /** What the debugger asks for: absolute, and not of any disk. */
    String name();

    /** Length in bytes. */
    long size() throws IOException;

    /**
     * Reads bytes.
     *
     * @param position 0 or more
     * @return how many were stored, fewer than {@code length} only at the end
     */
    int read(long position, byte[] destination, int offset, int length) throws IOException;
  }

  /** See {@link #libraries}. */
  @FunctionalInterface
  interface Libraries {
    /** In the order in which debuggers are to look into them. */
    List<Library> all();
  }

  /**
   * A library.
   *
   * @param file the name of a file that is offered, or of one that there is not
   * @param unit what the addresses are of
   * @param addresses one of each segment (run-time address), or one of each loaded section: what is
   *     to be added to its address in the file; never 0 where nothing is 0 in the machine
   */
  record Library(String file, Unit unit, List<Long> addresses) {
    /** What a library is moved by. */
    public enum Unit {
      SEGMENT,
      SECTION
    }

    public Library {
      addresses = List.copyOf(addresses);
    }
  }

  /** See {@link #processes}. */
  interface Processes {
    /**
     * Called once, before the debugger knows of any thread, when it may attach to processes: the
     * target's own threads are of a process from then on whose number none of those has.
     */
    void makeRoom();

    /**
     * Shows a process.
     *
     * @return its threads have {@code pid} as their process
     * @throws NoProcessException when there is none that can be shown
     */
    Target attach(long pid) throws NoProcessException;
  }

  /** Why a debugger cannot attach to a process; the message is one sentence. */
  final class NoProcessException extends Exception {
    private static final long serialVersionUID = 1;

    public NoProcessException(String message) {
      super(message);
    }
  }

  /** See {@link #localFiles}. Paths are absolute. */
  interface LocalFiles {
    /** The program with its link-time addresses, in place of any that the debugger has. */
    Optional<String> program();

    /**
     * Files with run-time addresses, none of them marked as executable.
     *
     * @param hasProgram whether the debugger has the program's symbols
     */
    List<String> libraries(boolean hasProgram);
  }

  /**
   * @param triple such as {@code x86_64-unknown-linux-gnu}
   * @param pointerBytes 4 or 8
   * @param pageBytes size of a base page
   */
  record Host(String triple, boolean littleEndian, int pointerBytes, int pageBytes) {}
}
