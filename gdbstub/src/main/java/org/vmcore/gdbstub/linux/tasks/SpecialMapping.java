package org.vmcore.gdbstub.linux.tasks;

import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/**
 * Pages of the kernel's own that it maps into processes under a name, such as {@code [vdso]}
 * ({@code struct vm_special_mapping}, Linux include/linux/mm_types.h, since 3.16, commit
 * a62c34bd2a8a, "x86, mm: Improve _install_special_mapping and fix x86 vdso naming"). Its first two
 * members have always been these, which are read without its type: few modules' debugging
 * information has it.
 *
 * @param pages address of an array of pointers to {@code struct page}; 0 where pages are made when
 *     they are first used
 */
record SpecialMapping(String name, long pages) {
  private static final int MOST_BYTES = 64;

  /**
   * @param region a {@code struct vm_area_struct}
   */
  static Optional<SpecialMapping> of(KernelObject region) throws KernelReadException {
    Optional<Long> operations = region.memory().address("special_mapping_vmops");
    if (operations.isEmpty() || region.value("vm_ops") != operations.get()) {
      return Optional.empty();
    }
    KernelMemory memory = region.memory().memory();
    long mapping = region.value("vm_private_data");
    OptionalLong name = memory.word(mapping);
    OptionalLong pages = memory.word(mapping + memory.wordBytes());
    return name.isPresent() && pages.isPresent()
        ? Optional.of(
            new SpecialMapping(memory.text(name.getAsLong(), MOST_BYTES), pages.getAsLong()))
        : Optional.empty();
  }
}
