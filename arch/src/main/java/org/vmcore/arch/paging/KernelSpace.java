package org.vmcore.arch.paging;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.dumpreader.api.PhysicalMemory;

/**
 * The kernel's address space and how it was found.
 *
 * @param physical the memory that the page tables are in
 * @param virtual kernel addresses, through the kernel's own page tables
 * @param root physical address of the kernel's top-level page table
 * @param kaslrOffset bytes that KASLR moved the kernel image by, where that is known
 * @param facts each fact that was used and where it came from, for {@code info}
 */
public record KernelSpace(
    PhysicalMemory physical,
    VirtualMemory virtual,
    long root,
    OptionalLong kaslrOffset,
    List<Fact> facts) {
  public KernelSpace {
    facts = List.copyOf(facts);
  }

  /**
   * A fact of the machine's memory layout.
   *
   * @param name as the kernel calls it, such as {@code phys_base}
   * @param value as a user wants to read it
   * @param source such as {@code VMCOREINFO} or {@code CR3 of CPU 0}
   */
  public record Fact(String name, String value, String source) {}

  /** The value of the fact of that name. */
  public Optional<String> fact(String name) {
    return facts.stream().filter(f -> f.name().equals(name)).map(Fact::value).findFirst();
  }
}
