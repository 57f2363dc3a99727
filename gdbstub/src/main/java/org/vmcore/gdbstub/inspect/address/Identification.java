package org.vmcore.gdbstub.inspect.address;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.linux.mm.PageStates;

/**
 * What an address is, as far as that is known; several may be true of one, as a task's stack is
 * memory of vmalloc's.
 *
 * @param area of the kernel's addresses
 * @param physical where it is mapped to
 * @param unreadable why it cannot be read, if so
 */
public record Identification(
    @Hex long address,
    Optional<InSymbol> symbol,
    Optional<InPerCpu> perCpu,
    Optional<OnStack> stack,
    Optional<InSlab> slab,
    Optional<InPageStruct> pageStruct,
    Optional<InVmalloc> vmalloc,
    Optional<InPage> page,
    Optional<InUserMemory> user,
    Optional<String> area,
    @Hex OptionalLong physical,
    Optional<String> unreadable) {

  /**
   * A function or variable.
   *
   * @param offset of the address in it, in bytes
   * @param module that it is of
   */
  public record InSymbol(String name, long offset, Optional<String> module) {}

  /**
   * A CPU's copy of a per-CPU variable.
   *
   * @param name of the variable; none of what was allocated
   * @param offset in it; of what has no name, from where the CPU's copies begin
   */
  public record InPerCpu(int cpu, Optional<String> name, long offset) {}

  /**
   * A task's kernel stack.
   *
   * @param task address of its {@code task_struct}
   * @param offset from the stack's lowest address
   * @param frame its number in what {@code bt} shows, and {@code function} what that is in; none
   *     where the task did not use the stack so far
   */
  public record OnStack(
      int pid,
      @Hex long task,
      String comm,
      long offset,
      OptionalInt frame,
      Optional<String> function) {}

  /**
   * An object of a cache.
   *
   * @param object its first byte
   * @param size in bytes
   * @param offset of the address in it
   * @param allocated whether it was in use; none where that is not known
   * @param type that objects of the cache are, where a type has its name and size
   * @param member of the type, at the address
   * @param history who asked for it and gave it back last, of kernels that keep that
   */
  public record InSlab(
      String cache,
      @Hex long kmemCache,
      @Hex long object,
      long size,
      long offset,
      Optional<Boolean> allocated,
      Optional<String> type,
      Optional<String> member,
      List<SlabEvent> history) {}

  /**
   * What happened to an object.
   *
   * @param freed whether it was given back; else it was asked for
   * @param by {@code SLUB} or {@code KASAN}, who wrote it down
   * @param pid of the task that did it
   * @param stack functions, the innermost first
   */
  public record SlabEvent(
      boolean freed, String by, int pid, OptionalInt cpu, List<String> stack) {}

  /**
   * A {@code struct page}.
   *
   * @param frame that it describes
   * @param described physical address of that
   * @param offset in bytes, and {@code member} what is there
   */
  public record InPageStruct(
      @Hex long frame, @Hex long described, long offset, Optional<String> member) {}

  /**
   * What was mapped apart.
   *
   * @param end the address after its last, with the guard page behind it
   * @param caller who asked for it
   * @param registers physical address of what ioremap() mapped
   */
  public record InVmalloc(
      @Hex long start,
      @Hex long end,
      Optional<String> caller,
      List<String> flags,
      @Hex OptionalLong registers) {}

  /**
   * A page of physical memory.
   *
   * @param pageStruct address of its {@code struct page}
   * @param head frame that the piece begins with that it is part of
   * @param freeOrder of the free piece that it is part of
   * @param fileOffset of the address in the file
   * @param mappedBy processes whose anonymous memory it is
   */
  public record InPage(
      @Hex long frame,
      @Hex long pageStruct,
      @Hex long head,
      PageStates.Use use,
      List<String> flags,
      long references,
      OptionalInt freeOrder,
      Optional<OfFile> file,
      @Hex OptionalLong fileOffset,
      List<MappedBy> mappedBy) {}

  /**
   * A file that is cached.
   *
   * @param device its file system's, or itself
   * @param path in the file system
   */
  public record OfFile(
      @Hex long inodeStruct, long inode, String fileSystem, String device, Optional<String> path) {}

  /**
   * A process.
   *
   * @param at where it has the address in its memory
   */
  public record MappedBy(int pid, String comm, @Hex long at) {}

  /**
   * A region of a process' memory.
   *
   * @param fileOffset of the address in the file
   */
  public record InUserMemory(
      int pid,
      String comm,
      @Hex long start,
      @Hex long end,
      String permissions,
      Optional<String> file,
      @Hex OptionalLong fileOffset) {}

  /** Whether anything is known but that it cannot be read. */
  public boolean isKnown() {
    return !text().isEmpty();
  }

  /**
   * What it is in a few words, the nearest that is known; empty for what nothing is known of. Names
   * in it come from the dump.
   */
  public String text() {
    return IdentificationText.brief(this);
  }
}
