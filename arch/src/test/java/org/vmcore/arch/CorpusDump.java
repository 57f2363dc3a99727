package org.vmcore.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.LongPredicate;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.PageWalk;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.dumpreader.input.FileInput;
import org.vmcore.dumpreader.note.VmcoreinfoScan;
import org.vmcore.testing.Corpus;

/** A real dump and what is known of it from elsewhere: the {@code truth.tsv} in its folder. */
public final class CorpusDump implements Closeable {
  private final String folder;
  private final FileInput input;
  private final Dump dump;
  private final Architecture architecture;

  private CorpusDump(String folder, FileInput input, Dump dump, Architecture architecture) {
    this.folder = folder;
    this.input = input;
    this.dump = dump;
    this.architecture = architecture;
  }

  /**
   * @param name path of the dump in the corpus, without what it is packed with
   */
  public static CorpusDump open(String name, Architecture architecture) throws Exception {
    FileInput input = FileInput.open(Corpus.file(name));
    Dump dump = DumpFormats.open(input, OpenOptions.defaults());
    assertThat(Architectures.of(dump)).get().isInstanceOf(architecture.getClass());
    return new CorpusDump(name.substring(0, name.lastIndexOf('/') + 1), input, dump, architecture);
  }

  public Dump dump() {
    return dump;
  }

  public List<CpuState> cpus() {
    return architecture.cpus(dump);
  }

  /** As it is found without any help: with the VMCOREINFO of a note, or else that in memory. */
  public Machine machine() throws IOException {
    Optional<Vmcoreinfo> vmcoreinfo = dump.vmcoreinfo();
    if (vmcoreinfo.isEmpty()) {
      vmcoreinfo =
          VmcoreinfoScan.find(dump.memory(), Progress.SILENT)
              .map(VmcoreinfoScan.InMemory::vmcoreinfo);
    }
    return machine(vmcoreinfo, symbol -> OptionalLong.empty(), Map.of());
  }

  public Machine machine(
      Optional<Vmcoreinfo> vmcoreinfo,
      Function<String, OptionalLong> linkAddress,
      Map<String, String> options) {
    return new Machine(dump, vmcoreinfo, cpus(), linkAddress, options);
  }

  /** {@code System.map} of that kernel. */
  public static Function<String, OptionalLong> systemMap(String name) throws Exception {
    List<String> lines = Files.readAllLines(Corpus.file(name));
    return symbol ->
        lines.stream()
            .filter(line -> line.endsWith(" " + symbol))
            .mapToLong(line -> CorpusDumps.hex(line.split(" ", 2)[0]))
            .findFirst();
  }

  /** Every {@code reg} line; {@code names} turns its register names into ours. */
  public void checkRegisters(UnaryOperator<String> names) throws Exception {
    List<CpuState> cpus = cpus();
    assertThat(cpus).hasSize(Integer.parseInt(truth("cpus").get(0).get(0)));
    assertThat(truth("reg")).isNotEmpty();
    for (List<String> line : truth("reg")) {
      RegisterValues values = cpus.get(Integer.parseInt(line.get(0))).registers();
      assertThat(values.value(names.apply(line.get(1))))
          .as("%s", line)
          .hasValue(CorpusDumps.hex(line.get(2)));
    }
  }

  /** Every {@code mem} and {@code sym} line: where it is, and what is there. */
  public void checkKernelMemory(KernelSpace space) throws Exception {
    checkKernelMemory(space, symbol -> false);
  }

  /**
   * The same, for a dump without some of the memory that the lines were taken from.
   *
   * @param filtered tells whether the memory at a virtual address was left out
   */
  public void checkKernelMemory(KernelSpace space, LongPredicate filtered) throws Exception {
    assertThat(truth("mem")).hasSizeGreaterThan(5);
    assertThat(truth("sym")).hasSizeGreaterThan(100);
    for (String kind : List.of("mem", "sym")) {
      for (List<String> line : truth(kind)) {
        boolean absent = filtered.test(CorpusDumps.hex(line.get(1)));
        CorpusDumps.check(
            space.virtual(),
            List.of(line.get(0), line.get(1), line.get(2), absent ? "absent" : line.get(3)));
      }
    }
  }

  /**
   * The entries that an independent walker read, in lines such as {@code L3 idx 0x1ff at 0x8dffcff8
   * = 0x237fec01} below {@code WALK name va 0x...}.
   */
  public void checkWalks(KernelSpace space, String file) throws Exception {
    Pattern walk = Pattern.compile("WALK .* va (0x\\w+)");
    Pattern step = Pattern.compile("idx 0x\\w+ at (0x\\w+) = (0x\\w+)");
    int checked = 0;
    List<PageWalk.Step> steps = List.of();
    int next = 0;
    for (String line : Files.readAllLines(Corpus.file(folder + file))) {
      Matcher start = walk.matcher(line);
      if (start.matches()) {
        assertThat(next).as("%s", line).isEqualTo(steps.size());
        steps = space.virtual().walk(CorpusDumps.hex(start.group(1))).steps();
        next = 0;
      }
      Matcher entry = step.matcher(line);
      if (entry.find()) {
        assertThat(steps.get(next).entryAddress())
            .as(line)
            .isEqualTo(CorpusDumps.hex(entry.group(1)));
        assertThat(steps.get(next).entry()).as(line).isEqualTo(CorpusDumps.hex(entry.group(2)));
        next++;
        checked++;
      }
    }
    assertThat(checked).isGreaterThan(10);
  }

  public List<List<String>> truth(String kind) throws Exception {
    return Corpus.truth(folder + "truth.tsv", kind);
  }

  /** The text of a file beside the dump. */
  public String text(String file) throws Exception {
    return Files.readString(Corpus.file(folder + file));
  }

  @Override
  public void close() throws IOException {
    input.close();
  }
}
