package org.vmcore.arch.api;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.Vmcoreinfo;

/**
 * All that may tell an architecture how the machine's memory is laid out.
 *
 * @param vmcoreinfo the one to believe: given by the user, carried by the dump, or found in memory
 * @param cpus what {@link Architecture#cpus} read from the dump's notes
 * @param linkAddress from a symbol of the user's vmlinux to its link-time address (before KASLR);
 *     always empty when there is no vmlinux
 * @param options the user's {@code --arch-option NAME=VALUE}
 */
public record Machine(
    Dump dump,
    Optional<Vmcoreinfo> vmcoreinfo,
    List<CpuState> cpus,
    Function<String, OptionalLong> linkAddress,
    Map<String, String> options) {
  public Machine {
    cpus = List.copyOf(cpus);
    options = Map.copyOf(options);
  }
}
