package org.vmcore.arch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.LongPredicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.arch.paging.VirtualRead;
import org.vmcore.dumpreader.api.PhysicalMemory;

/**
 * What holds for every real dump of an architecture: it is what the guest printed of itself, what
 * an independent page walker found, and what stands in the notes.
 */
public abstract class CorpusContract {
  /** What the guests' program has in its data and prints. */
  private static final String NEEDLE = "userspace needle 0xfeedface";

  protected abstract Architecture architecture();

  /** Paths in the corpus, without what the files are packed with. */
  protected abstract List<String> dumps();

  /** Virtual address of the needle: {@code labspin needle at} in a console.txt of the guests. */
  protected abstract long needle();

  /** Bytes that top-level page tables are aligned to. */
  protected abstract int rootAlignment(String dump);

  /** Our name of a register of {@code truth.tsv}. */
  protected String register(String name) {
    return name;
  }

  /** Whether memory was left out of the dump that {@code truth.tsv} tells the content of. */
  protected boolean isFiltered(String dump, long virtualAddress) {
    return false;
  }

  /** Whether a dump has no user memory, so that only its page tables can tell where that was. */
  protected boolean isWithoutUserMemory(String dump) {
    return false;
  }

  private interface Check {
    void of(CorpusDump dump, String name) throws Exception;
  }

  private Stream<DynamicTest> eachDump(Check check) {
    return dumps().stream()
        .map(
            name ->
                DynamicTest.dynamicTest(
                    name,
                    () -> {
                      try (CorpusDump dump = CorpusDump.open(name, architecture())) {
                        check.of(dump, name);
                      }
                    }));
  }

  @TestFactory
  Stream<DynamicTest> registersAreThoseOfTheNotes() {
    return eachDump((dump, name) -> dump.checkRegisters(this::register));
  }

  @TestFactory
  Stream<DynamicTest> kernelAddressesAreWhereTheGuestSaidAndHoldWhatItSaid() {
    return eachDump(
        (dump, name) ->
            dump.checkKernelMemory(
                architecture().kernelSpace(dump.machine()), address -> isFiltered(name, address)));
  }

  @TestFactory
  Stream<DynamicTest> walksAreThoseOfAnIndependentWalker() {
    return eachDump(
        (dump, name) -> dump.checkWalks(architecture().kernelSpace(dump.machine()), walks(name)));
  }

  /** Beside {@code vmcore.elf} its {@code vmcore.elf.walk.txt}; all kdumps have one of the raw. */
  private static String walks(String name) {
    return name.endsWith(".elf") ? "vmcore.elf.walk.txt" : "vmcore.walk.txt";
  }

  /** The tables of a process are found by the entries for the kernel that they share. */
  @TestFactory
  @Tag("slow")
  Stream<DynamicTest> userAddressesHoldWhatTheProcessPrinted() {
    return eachDump(
        (dump, name) -> {
          KernelSpace kernel = architecture().kernelSpace(dump.machine());
          LongPredicate isRoot = architecture().pageTableRoots(kernel);
          PhysicalMemory memory = kernel.physical();
          int found = 0;
          for (long page = memory.nextPresent(0) & -4096;
              page != PhysicalMemory.NONE;
              page = memory.nextPresent(page + 4096)) {
            for (long table = page; table < page + 4096; table += rootAlignment(name)) {
              if (table != kernel.root() && isRoot.test(table) && hasNeedle(kernel, table, name)) {
                found++;
              }
            }
          }
          // init and its children labsleep, labmulti and labspin are forks of one program.
          assertThat(found).isGreaterThanOrEqualTo(4);
        });
  }

  private boolean hasNeedle(KernelSpace kernel, long root, String name) {
    VirtualMemory process = architecture().addressSpace(kernel, root);
    byte[] bytes = new byte[NEEDLE.length()];
    VirtualRead read = process.read(needle(), bytes, 0, bytes.length);
    return isWithoutUserMemory(name)
        ? read.fault() instanceof Fault.DataUnreadable
        : read.isComplete() && new String(bytes, ISO_8859_1).equals(NEEDLE);
  }
}
