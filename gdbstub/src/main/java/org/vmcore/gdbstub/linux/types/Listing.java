package org.vmcore.gdbstub.linux.types;

import java.util.List;
import java.util.Optional;

/**
 * What was read of a list of the kernel's.
 *
 * @param all as far as could be read
 * @param problem why it is not whole, if it is not
 */
public record Listing<T>(List<T> all, Optional<String> problem) {
  public Listing {
    all = List.copyOf(all);
  }
}
