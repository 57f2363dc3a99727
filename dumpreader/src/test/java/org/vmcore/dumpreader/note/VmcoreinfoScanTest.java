package org.vmcore.dumpreader.note;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.write.SyntheticDump;

class VmcoreinfoScanTest {
  private static final int PAGE = SyntheticDump.PAGE_SIZE;
  private static final String TEXT =
      "OSRELEASE=6.1.0\nPAGESIZE=4096\nSYMBOL(_stext)=ffffffff81000000\n";

  private final SyntheticDump.Builder machine =
      SyntheticDump.builder("machine", 62, 64, ByteOrder.LITTLE_ENDIAN).zeroPages(0, 8 * PAGE);

  @Test
  void findsTheTextAtTheStartOfAPageBeyondHoles() {
    write(0x40_0000_0000L, TEXT);

    VmcoreinfoScan.InMemory found = find();
    assertThat(found.physicalAddress()).isEqualTo(0x40_0000_0000L);
    assertThat(found.vmcoreinfo().text()).asString().isEqualTo(TEXT);
  }

  @Test
  void findsTheTextOfAKernelThatKeptItInItsBss() {
    write(3 * PAGE + 0x20, TEXT);

    assertThat(find().physicalAddress()).isEqualTo(3 * PAGE + 0x20);
  }

  @Test
  void aTextMayRunAcrossPagesAndEndsWhereItStopsBeingText() {
    String longText = TEXT + "SYMBOL(x)=1\n".repeat(500);
    write(PAGE, longText + "cut off in the mid\1\2\3");

    assertThat(find().vmcoreinfo().text()).asString().isEqualTo(longText);
  }

  @Test
  void theOneWithCrashtimeIsTheCrashedKernels() {
    write(PAGE, TEXT + "SYMBOL(more)=1\nSYMBOL(keys)=2\n");
    note(2 * PAGE, TEXT.replace("6.1.0", "crash-kernel"));
    note(4 * PAGE, TEXT + "CRASHTIME=1793491200\n");

    assertThat(find().physicalAddress()).isEqualTo(4 * PAGE + 24);
  }

  @Test
  void theKernelsOwnNoteIsBetterThanACopyOfSomeFile() {
    write(PAGE, TEXT + "SYMBOL(more)=1\nSYMBOL(keys)=2\n");
    note(2 * PAGE, TEXT);

    assertThat(find().physicalAddress()).isEqualTo(2 * PAGE + 24);
  }

  @Test
  void amongEqualsTheMostCompleteAndThenTheLowest() {
    write(PAGE, TEXT);
    write(2 * PAGE, TEXT + "KERNELOFFSET=0\n");
    write(3 * PAGE, TEXT + "KERNELOFFSET=1\n");

    assertThat(find().physicalAddress()).isEqualTo(2 * PAGE);
  }

  @Test
  void whatOnlyBeginsLikeVmcoreinfoIsNone() {
    write(PAGE, "OSRELEASE=%s\nPAGESIZE=%ld\nSYMBOL(_stext)=%lx\n");
    write(2 * PAGE, TEXT.replace("4096", "4095"));
    write(3 * PAGE, TEXT.replace("_stext", "_text"));
    write(4 * PAGE, "OSRELEASE=");
    write(5 * PAGE, "OSREL");

    assertThat(VmcoreinfoScan.find(machine.build().memory(), Progress.SILENT)).isEmpty();
  }

  @Test
  void progressReachesTheWholeOfWhatIsPresent() {
    machine.zeroPages(0x4000_0000, 3 << 20);
    List<Long> done = new ArrayList<>();
    List<Long> totals = new ArrayList<>();
    VmcoreinfoScan.find(
        machine.build().memory(),
        (task, some, all) -> {
          done.add(some);
          totals.add(all);
        });

    long all = 8 * PAGE + (3 << 20);
    assertThat(totals).containsOnly(all);
    assertThat(done).isSorted().hasSizeGreaterThan(3).endsWith(all);
  }

  private void write(long physicalAddress, String text) {
    machine.write(physicalAddress, text.getBytes(ISO_8859_1));
  }

  private void note(long physicalAddress, String text) {
    ByteBuffer header = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(11).putInt(text.length()).putInt(0).put("VMCOREINFO".getBytes(ISO_8859_1));
    machine.write(physicalAddress, header.array());
    write(physicalAddress + 24, text);
  }

  private VmcoreinfoScan.InMemory find() {
    return VmcoreinfoScan.find(machine.build().memory(), Progress.SILENT).orElseThrow();
  }
}
