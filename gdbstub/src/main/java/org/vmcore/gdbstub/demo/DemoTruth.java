package org.vmcore.gdbstub.demo;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What is true of a demo machine, from the plan that it was built by: what tests compare with.
 *
 * @param release the kernel's release
 * @param buildId of the vmlinux, in hexadecimal
 * @param kaslrOffset bytes that the kernel image was moved by
 * @param physBase what the kernel calls {@code phys_base}; may be negative
 * @param pageOffset virtual address of physical address 0 in the direct map
 * @param levels of page tables
 * @param kernelRoot physical address of {@code init_top_pgt}
 * @param processRoot physical address of the crashed process's top-level table, kernel included
 * @param userModeRoot with page-table isolation: that which the process runs with in user mode
 * @param symbols run-time addresses by name; per-CPU variables as offsets
 * @param cpus in CPU order
 * @param memory bytes that can be read
 * @param holes addresses that cannot be read
 */
public record DemoTruth(
    String release,
    String buildId,
    long kaslrOffset,
    long physBase,
    long pageOffset,
    int levels,
    long kernelRoot,
    long processRoot,
    Optional<Long> userModeRoot,
    Map<String, Long> symbols,
    List<Cpu> cpus,
    List<Memory> memory,
    List<Hole> holes) {

  /** Whose addresses they are. */
  public enum Space {
    /** The kernel's: the same in all page tables. */
    KERNEL,
    /** The crashed process's. */
    PROCESS
  }

  /** Why an address cannot be read. */
  public enum Reason {
    NOT_CANONICAL,
    NOT_MAPPED,
    SWAPPED_OUT,
    /** Mapped, to memory that the dump does not hold. */
    NOT_IN_DUMP
  }

  /**
   * @param pid of the running task where the dump tells it; QEMU's does not
   * @param registers by gdb's names, as far as the dump has them
   * @param backtrace function names, innermost first; empty in user mode
   */
  public record Cpu(
      int number,
      OptionalInt pid,
      boolean crashed,
      boolean userMode,
      Map<String, Long> registers,
      List<String> backtrace) {

    /** The value of a register that the dump has. */
    public long register(String name) {
      Long value = registers.get(name);
      if (value == null) {
        throw new IllegalArgumentException("no register " + name);
      }
      return value;
    }
  }

  /**
   * @param bytes within one page; do not change them
   */
  @SuppressWarnings("ArrayRecordComponent") // Compared byte by byte by those who use it.
  public record Memory(
      String what, Space space, long virtualAddress, long physicalAddress, byte[] bytes) {}

  /** An address that cannot be read, and why. */
  public record Hole(String what, Space space, long virtualAddress, Reason reason) {}

  /** Run-time address of a symbol. */
  public long symbol(String name) {
    Long address = symbols.get(name);
    if (address == null) {
      throw new IllegalArgumentException("no symbol " + name);
    }
    return address;
  }

  /** The CPU that crashed. */
  public Cpu crashedCpu() {
    return cpus.stream().filter(Cpu::crashed).findFirst().orElseThrow();
  }
}
