package org.vmcore.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.arch.paging.VirtualRead;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.dumpreader.input.FileInput;
import org.vmcore.dumpreader.note.VmcoreinfoScan;
import org.vmcore.testing.Corpus;

/** Opens the dumps of one folder of the corpus for one test, and closes them after it. */
public final class CorpusDumps implements AfterEachCallback {
  private final String folder;
  private final List<FileInput> opened = new ArrayList<>();

  /**
   * @param folder such as {@code x86_64/}
   */
  public CorpusDumps(String folder) {
    this.folder = folder;
  }

  public Dump open(String name) throws IOException, InterruptedException, DumpException {
    FileInput input = FileInput.open(Corpus.file(folder + name));
    opened.add(input);
    return DumpFormats.open(input, OpenOptions.defaults());
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException {
    for (FileInput input : opened) {
      input.close();
    }
  }

  /**
   * The machine as the dump alone tells of it: without a vmlinux and options, with the VMCOREINFO
   * of a note or that in memory.
   */
  public static Machine machine(Architecture architecture, Dump dump) {
    Optional<Vmcoreinfo> vmcoreinfo =
        dump.vmcoreinfo()
            .or(
                () ->
                    VmcoreinfoScan.find(dump.memory(), Progress.SILENT)
                        .map(VmcoreinfoScan.InMemory::vmcoreinfo));
    return new Machine(
        dump, vmcoreinfo, architecture.cpus(dump), symbol -> OptionalLong.empty(), Map.of());
  }

  /**
   * Checks that an address is where a line of a {@code truth.tsv} says and holds what it says.
   *
   * @param line label, virtual address, physical address, bytes in memory order or {@code absent}
   */
  public static void check(VirtualMemory memory, List<String> line) {
    long address = hex(line.get(1));
    String expected = line.get(3);
    Translation translation = memory.translate(address);
    assertThat(translation).as("%s", line).isInstanceOf(Translation.Mapped.class);
    assertThat(((Translation.Mapped) translation).physicalAddress())
        .as("%s", line)
        .isEqualTo(hex(line.get(2)));
    byte[] bytes = new byte[expected.equals("absent") ? 1 : expected.length() / 2];
    VirtualRead read = memory.read(address, bytes, 0, bytes.length);
    if (expected.equals("absent")) {
      assertThat(read.fault()).as("%s", line).isInstanceOf(Fault.DataUnreadable.class);
    } else {
      assertThat(read.fault()).as("%s", line).isNull();
      assertThat(HexFormat.of().formatHex(bytes)).as("%s", line).isEqualTo(expected);
    }
  }

  public static long hex(String number) {
    return Long.parseUnsignedLong(number.startsWith("0x") ? number.substring(2) : number, 16);
  }
}
