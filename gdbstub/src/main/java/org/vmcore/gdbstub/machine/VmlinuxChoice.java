package org.vmcore.gdbstub.machine;

import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.symbols.read.Vmlinux;

/**
 * Which vmlinux is believed of a dump, and why no other.
 *
 * @param vmlinux whose build id is the dump's, or that the user insists on, or whose build id
 *     cannot be compared
 * @param source where it came from, as a user would say it; empty without one
 * @param mismatch a sentence with both build ids where the one that the user named is another
 *     kernel's
 * @param without the places where it was looked for in vain
 */
public record VmlinuxChoice(
    Optional<Vmlinux> vmlinux, String source, Optional<String> mismatch, List<String> without) {
  static final VmlinuxChoice NONE =
      new VmlinuxChoice(Optional.empty(), "", Optional.empty(), List.of());

  public VmlinuxChoice {
    without = List.copyOf(without);
  }

  /** One that the user named. */
  static VmlinuxChoice named(Vmlinux vmlinux, Optional<String> mismatch, boolean believed) {
    return new VmlinuxChoice(
        believed ? Optional.of(vmlinux) : Optional.empty(),
        believed ? "--vmlinux" : "",
        mismatch,
        List.of());
  }
}
