package org.vmcore.gdbstub.machine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.api.Vmcoreinfo;

/**
 * A real dump in whose names somebody has put what a terminal obeys: an escape sequence that begins
 * with ESC, one that begins with the C1 control CSI, DEL, an end of a line, and bytes that are no
 * UTF-8.
 */
public record HostileDump(Dump dump) implements Dump {
  private static final byte[] HOSTILE = {0x1b, (byte) 0x9b, 0x7f, '\n', (byte) 0xff};

  /** Names that many structures and tables of the machine have, of which the start is kept. */
  private static final List<String> NAMES =
      List.of(
          "crashme_level3",
          "kthreadd",
          "crashme",
          "devtmpfs",
          "virtio0-req.0",
          "tty_fops",
          "vmcorebtf",
          // Of the machine that the lab makes.
          "vmcore-lab",
          "nfnetlink",
          "process_timeout",
          "/dev/console",
          "Kernel panic",
          "skbuff_head_cache",
          "DMA32");

  /** The machine of one, whose names and types the dump alone tells. */
  public static CrashedMachine open() throws Exception {
    return CrashedMachine.open(
        new HostileDump(RealDumps.typed().dump()), MachineOptions.defaults());
  }

  @Override
  public DumpInfo info() {
    return dump.info();
  }

  @Override
  public PhysicalMemory memory() {
    return new HostileMemory(dump.memory());
  }

  @Override
  public List<Note> notes() {
    return dump.notes();
  }

  @Override
  public Optional<Vmcoreinfo> vmcoreinfo() {
    return dump.vmcoreinfo();
  }

  @Override
  public List<Segment> segments() {
    return dump.segments();
  }

  @Override
  public void close() throws IOException {
    dump.close();
  }

  private record HostileMemory(PhysicalMemory memory) implements PhysicalMemory {
    @Override
    public PhysicalRead read(long address, byte[] destination, int offset, int length) {
      PhysicalRead read = memory.read(address, destination, offset, length);
      String text = new String(destination, offset, read.length(), ISO_8859_1);
      for (String name : NAMES) {
        for (int at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
          int from = offset + at + name.length() - HOSTILE.length;
          System.arraycopy(HOSTILE, 0, destination, from, HOSTILE.length);
        }
      }
      return read;
    }

    @Override
    public long nextPresent(long address) {
      return memory.nextPresent(address);
    }

    @Override
    public void forEachRange(RangeVisitor visitor) {
      memory.forEachRange(visitor);
    }
  }
}
