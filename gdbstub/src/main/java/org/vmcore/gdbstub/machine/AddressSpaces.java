package org.vmcore.gdbstub.machine;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongPredicate;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.linux.tasks.Task;

/** The virtual memory that a machine's CPUs and processes saw. Safe for use by several threads. */
public final class AddressSpaces {
  private static final int SEARCH_STEP_PAGES = 1024;

  private final Architecture architecture;
  private final KernelSpace kernel;
  private final long pageBytes;
  private final MachineKernel linux;
  private final Lazy<MachineTasks, MissingFactException> tasks;
  private final Map<Integer, VirtualMemory> ofCpus = new ConcurrentHashMap<>();

  AddressSpaces(
      Architecture architecture,
      KernelSpace kernel,
      long pageBytes,
      MachineKernel linux,
      Lazy<MachineTasks, MissingFactException> tasks) {
    this.architecture = architecture;
    this.kernel = kernel;
    this.pageBytes = pageBytes;
    this.linux = linux;
    this.tasks = tasks;
  }

  /**
   * Memory as a CPU saw it: the kernel's, and the user addresses of what ran on it where its page
   * tables can be told.
   */
  public VirtualMemory of(CrashedCpu cpu) throws MissingFactException {
    VirtualMemory known = ofCpus.get(cpu.number());
    if (known == null) {
      known = architecture.addressSpace(kernel, cpu.state(), pageTableRoot(cpu));
      ofCpus.put(cpu.number(), known);
    }
    return known;
  }

  /** Where the page tables that a CPU ran on are, from its notes or from the kernel's own state. */
  public OptionalLong pageTableRoot(CrashedCpu cpu) throws MissingFactException {
    if (cpu.state().pageTableRoot().isPresent()) {
      return cpu.state().pageTableRoot();
    }
    OptionalLong found = linux.known().pageTableRoot(cpu.number(), isRoot());
    if (found.isPresent() || linux.known().types().isEmpty()) {
      return found;
    }
    Optional<Task> current = tasks.get().list().current(cpu.number());
    return current.isPresent() ? tasks.get().pageTableRoot(current.get()) : found;
  }

  /**
   * Memory through the page tables at a physical address.
   *
   * @param root physical address of a top-level page table
   */
  public VirtualMemory at(long root) {
    return architecture.addressSpace(kernel, root);
  }

  /**
   * Searches all physical memory for processes' top-level page tables and reports each as it is
   * found, ascending. Takes as long as reading the dump once.
   *
   * @param eachStep called after every few pages that were searched
   */
  public void forEach(Visitor visitor, Runnable eachStep) throws MissingFactException {
    PhysicalMemory memory = kernel.physical();
    LongPredicate isRoot = isRoot();
    long searched = 0;
    for (long page = memory.nextPresent(0);
        page != PhysicalMemory.NONE;
        page = memory.nextPresent(page + pageBytes)) {
      page &= -pageBytes;
      if (isRoot.test(page)) {
        visitor.visit(page);
      }
      if (++searched % SEARCH_STEP_PAGES == 0) {
        eachStep.run();
      }
    }
  }

  /** Receives the page tables of {@link #forEach}. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * @param root physical address of a top-level page table
     */
    void visit(long root) throws MissingFactException;
  }

  private LongPredicate isRoot() {
    LongPredicate isRoot = architecture.pageTableRoots(kernel);
    return page -> page != kernel.root() && isRoot.test(page);
  }
}
