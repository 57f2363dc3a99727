package org.vmcore.gdbstub.machine;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.arch.Architectures;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.MachineFacts;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.dumpreader.api.Dump;

/**
 * A dump with what its headers, its notes and its user say of the machine: all that needs no page
 * tables. Immutable.
 */
final class MachineDump implements Closeable {
  private final Dump dump;
  private final MachineOptions options;
  private final FoundVmcoreinfo vmcoreinfo;
  private final Optional<Architecture> architecture;
  private final List<CpuState> states;

  /** Searches memory for VMCOREINFO where neither a note nor the user has it. */
  MachineDump(Dump dump, MachineOptions options) throws IOException {
    this.dump = dump;
    this.options = options;
    this.vmcoreinfo = FoundVmcoreinfo.find(dump, options);
    // A dump without notes tells its architecture by the VMCOREINFO that was found in its memory.
    this.architecture =
        options
            .architecture()
            .or(() -> Architectures.of(dump))
            .or(() -> Architectures.of(new DescribedDump(dump, vmcoreinfo.vmcoreinfo())));
    this.states = architecture.map(a -> a.cpus(dump)).orElse(List.of());
  }

  Dump dump() {
    return dump;
  }

  MachineOptions options() {
    return options;
  }

  /** The user's, the note's, or that of the memory, in this order. */
  FoundVmcoreinfo vmcoreinfo() {
    return vmcoreinfo;
  }

  /** Empty when it is none that is known. */
  Optional<Architecture> architecture() {
    return architecture;
  }

  /**
   * The architecture.
   *
   * @throws MissingFactException when it is none that is known
   */
  Architecture requireArchitecture() throws MissingFactException {
    if (architecture.isEmpty()) {
      throw new MissingFactException(
          "%s: the dump's architecture (%s) is not one of %s; if it is, name it with --arch"
              .formatted(
                  dump.info().file(),
                  machineName(),
                  Architectures.all().stream().map(Architecture::name).toList()));
    }
    return architecture.get();
  }

  private String machineName() {
    return dump.info()
        .machine()
        .orElseGet(
            () ->
                dump.info().elfMachine().isPresent()
                    ? "e_machine " + dump.info().elfMachine().getAsInt()
                    : "it does not tell");
  }

  /** The registers that the dump has, in the order of its notes. */
  List<CpuState> states() {
    return states;
  }

  /** The machine's byte order, or what the dump's headers say where the architecture is unknown. */
  ByteOrder byteOrder() {
    return architecture.map(a -> a.byteOrder(dump)).orElse(dump.info().byteOrder());
  }

  /** Size of a pointer, or what the dump's headers say where the architecture is unknown. */
  int pointerBytes() {
    return architecture.map(Architecture::wordBits).orElse(dump.info().wordBits()) / Byte.SIZE;
  }

  /**
   * What the user said of the architecture.
   *
   * @throws MissingFactException for what the architecture has no use for
   */
  Map<String, String> requireKnownOptions() throws MissingFactException {
    List<String> known = new ArrayList<>(requireArchitecture().options());
    known.add(MachineFacts.KASLR_OFFSET);
    for (String name : options.archOptions().keySet()) {
      if (!known.contains(name)) {
        throw new MissingFactException(
            "%s %s: %s takes %s"
                .formatted(
                    MachineFacts.OPTION,
                    name,
                    requireArchitecture().name(),
                    String.join(", ", known)));
      }
    }
    return options.archOptions();
  }

  @Override
  public void close() throws IOException {
    dump.close();
  }
}
