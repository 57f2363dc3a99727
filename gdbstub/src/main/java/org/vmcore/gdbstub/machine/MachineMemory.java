package org.vmcore.gdbstub.machine;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.ExpectedImage;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.linux.Utsname;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.symbols.read.Vmlinux;

/**
 * The kernel's memory: the page tables, the VMCOREINFO that leads to them, and what can be read
 * without a symbol. Safe for use by several threads.
 */
final class MachineMemory {
  private static final Logger LOG = LoggerFactory.getLogger(MachineMemory.class);

  private final MachineDump dump;
  private final NamedFiles named;
  private final Supplier<Optional<Vmlinux>> chosen;
  private volatile FoundVmcoreinfo vmcoreinfo;
  private final Lazy<KernelSpace, MissingFactException> space = Lazy.of(this::openSpace);

  /**
   * @param chosen the kernel's vmlinux, asked for link-time addresses only where a note tells the
   *     build id: without, memory is read to choose it
   */
  MachineMemory(MachineDump dump, NamedFiles named, Supplier<Optional<Vmlinux>> chosen) {
    this.dump = dump;
    this.named = named;
    this.chosen = chosen;
    this.vmcoreinfo = dump.vmcoreinfo();
  }

  FoundVmcoreinfo foundVmcoreinfo() {
    return vmcoreinfo;
  }

  Optional<Vmcoreinfo> vmcoreinfo() {
    return vmcoreinfo.vmcoreinfo();
  }

  /** What a line of VMCOREINFO says. */
  Optional<String> told(String key) {
    return vmcoreinfo().flatMap(info -> info.value(key));
  }

  Optional<String> release() {
    return told("OSRELEASE");
  }

  /** In lower-case hexadecimal. */
  Optional<String> buildIdOfNote() {
    return told("BUILD-ID");
  }

  /** Size of a base page in bytes. */
  long pageBytes() {
    return vmcoreinfo().map(Vmcoreinfo::pageSize).orElse(OptionalLong.empty()).orElse(4096);
  }

  /**
   * The kernel's address space.
   *
   * @throws MissingFactException when its page tables cannot be found
   */
  KernelSpace space() throws MissingFactException {
    return space.get();
  }

  OptionalLong kaslrOffset() {
    try {
      return space().kaslrOffset();
    } catch (MissingFactException e) {
      // Whoever reads memory is told why it has no page tables.
      return OptionalLong.empty();
    }
  }

  /**
   * The kernel's memory, for what needs neither symbols nor types.
   *
   * @throws MissingFactException when its page tables cannot be found
   */
  KernelMemory read() throws MissingFactException {
    return new KernelMemory(space().virtual(), dump.byteOrder(), dump.pointerBytes());
  }

  /** What {@code uname} showed on the machine, by field; empty when it cannot be read. */
  Map<String, String> utsname() {
    try {
      KernelMemory memory = read();
      return vmcoreinfo().map(info -> Utsname.read(memory, info)).orElse(Map.of());
    } catch (MissingFactException e) {
      // As with the offset.
      return Map.of();
    }
  }

  private KernelSpace space(FoundVmcoreinfo found) throws MissingFactException {
    // Where memory must be read to tell whether a vmlinux is the right one, it is believed here.
    Optional<Vmlinux> file = buildIdOfNote().isPresent() ? chosen.get() : named.vmlinux();
    Function<String, OptionalLong> linkAddress = name -> named.linkAddress(file, name);
    return dump.requireArchitecture()
        .kernelSpace(
            new Machine(
                dump.dump(),
                found.vmcoreinfo(),
                dump.states(),
                linkAddress,
                dump.requireKnownOptions()));
  }

  private KernelSpace openSpace() throws MissingFactException {
    KernelSpace found = findSpace();
    vmcoreinfo()
        .flatMap(ExpectedImage::of)
        .ifPresent(image -> found.virtual().willRead(image.start(), image.length()));
    return found;
  }

  /**
   * By the VMCOREINFO at hand; where that is the note's and does not lead to page tables, it may be
   * of another boot or another kernel than the memory, which has its own.
   */
  private KernelSpace findSpace() throws MissingFactException {
    KernelSpace byNote = null;
    MissingFactException problem = null;
    try {
      byNote = space(vmcoreinfo);
    } catch (MissingFactException e) {
      problem = e;
    }
    boolean doubtful =
        byNote == null || (!hasRoot(byNote) && dump.dump().info().incomplete().isEmpty());
    if (doubtful && vmcoreinfo.isOfNote()) {
      Optional<KernelSpace> other = byMemory();
      if (other.isPresent()) {
        return other.get();
      }
    }
    if (byNote == null) {
      throw requireNonNull(problem);
    }
    return byNote;
  }

  /** Whether the dump has the table that all others hang on; without, only arithmetic is left. */
  private static boolean hasRoot(KernelSpace space) {
    return space.physical().read(space.root(), new byte[1], 0, 1).isComplete();
  }

  private Optional<KernelSpace> byMemory() {
    FoundVmcoreinfo other = FoundVmcoreinfo.inMemory(dump.dump(), dump.options());
    if (other.vmcoreinfo().isEmpty()) {
      return Optional.empty();
    }
    try {
      KernelSpace found = space(other);
      if (!hasRoot(found)) {
        return Optional.empty();
      }
      LOG.warn(
          "{}: the VMCOREINFO of its note does not lead to the kernel's page tables; the one in its"
              + " memory ({}) does, and is used",
          dump.dump().info().file(),
          other.source());
      vmcoreinfo = other;
      return Optional.of(found);
    } catch (MissingFactException e) {
      // Then the note's stands, with what is wrong with that.
      return Optional.empty();
    }
  }
}
