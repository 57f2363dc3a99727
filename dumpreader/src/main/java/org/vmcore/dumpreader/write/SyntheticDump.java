package org.vmcore.dumpreader.write;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.api.Vmcoreinfo;

/**
 * A dump put together in memory, page by page: the source of the demo and of the fixtures of the
 * tests, where a writer turns it into a file.
 */
public final class SyntheticDump implements Dump {
  /** Bytes in a page of a synthetic dump. */
  public static final int PAGE_SIZE = 4096;

  /** Stands for the bytes of a page that was left out. */
  private static final byte[] FILTERED = new byte[0];

  private final DumpInfo info;
  private final Memory memory;
  private final List<Note> notes;
  private final Optional<Vmcoreinfo> vmcoreinfo;
  private final List<Segment> segments;

  private SyntheticDump(Builder builder) {
    this.info =
        new DumpInfo(
            builder.name,
            0,
            "synthetic",
            "in memory",
            Set.of(),
            OptionalInt.empty(),
            builder.byteOrder,
            builder.wordBits,
            OptionalInt.of(builder.elfMachine),
            Optional.empty(),
            OptionalInt.of(PAGE_SIZE),
            OptionalLong.empty(),
            Map.of(),
            List.of());
    this.memory = new Memory(new TreeMap<>(builder.pages));
    this.notes = List.copyOf(builder.notes);
    this.vmcoreinfo =
        notes.stream()
            .filter(note -> note.name().equals(Note.VMCOREINFO))
            .findFirst()
            .map(note -> Vmcoreinfo.parse(note.descriptor()));
    this.segments = List.copyOf(builder.segments);
  }

  /**
   * @param elfMachine {@code e_machine}, such as 62 for x86-64
   * @param wordBits 32 or 64
   */
  public static Builder builder(String name, int elfMachine, int wordBits, ByteOrder byteOrder) {
    return new Builder(name, elfMachine, wordBits, byteOrder);
  }

  @Override
  public DumpInfo info() {
    return info;
  }

  @Override
  public PhysicalMemory memory() {
    return memory;
  }

  @Override
  public List<Note> notes() {
    return notes;
  }

  @Override
  public Optional<Vmcoreinfo> vmcoreinfo() {
    return vmcoreinfo;
  }

  @Override
  public List<Segment> segments() {
    return segments;
  }

  /** Collects memory, notes and segments. A page exists from the first write to it on. */
  public static final class Builder {
    private final String name;
    private final int elfMachine;
    private final int wordBits;
    private final ByteOrder byteOrder;
    private final NavigableMap<Long, byte[]> pages = new TreeMap<>(Long::compareUnsigned);
    private final List<Note> notes = new ArrayList<>();
    private final List<Segment> segments = new ArrayList<>();

    private Builder(String name, int elfMachine, int wordBits, ByteOrder byteOrder) {
      this.name = name;
      this.elfMachine = elfMachine;
      this.wordBits = wordBits;
      this.byteOrder = byteOrder;
    }

    /** Stores bytes; pages that did not exist are zero elsewhere. */
    public Builder write(long physicalAddress, byte[] bytes) {
      for (int done = 0; done < bytes.length; ) {
        long at = physicalAddress + done;
        int inPage = (int) (at & (PAGE_SIZE - 1));
        int chunk = Math.min(PAGE_SIZE - inPage, bytes.length - done);
        byte[] page =
            pages.compute(
                at - inPage,
                (start, old) -> old == null || old == FILTERED ? new byte[PAGE_SIZE] : old);
        System.arraycopy(bytes, done, page, inPage, chunk);
        done += chunk;
      }
      return this;
    }

    /** Stores a 64-bit word in the machine's byte order. */
    public Builder writeLong(long physicalAddress, long value) {
      return write(
          physicalAddress, ByteBuffer.allocate(Long.BYTES).order(byteOrder).putLong(value).array());
    }

    /** Stores a 32-bit word in the machine's byte order. */
    public Builder writeInt(long physicalAddress, int value) {
      return write(
          physicalAddress,
          ByteBuffer.allocate(Integer.BYTES).order(byteOrder).putInt(value).array());
    }

    /** Makes zero pages of all pages that a range touches, where there are none yet. */
    public Builder zeroPages(long physicalAddress, long length) {
      forEachPage(physicalAddress, length, at -> pages.putIfAbsent(at, new byte[PAGE_SIZE]));
      return this;
    }

    /** Makes all pages that a range touches filtered ones: described, but left out. */
    public Builder filteredPages(long physicalAddress, long length) {
      forEachPage(physicalAddress, length, at -> pages.put(at, FILTERED));
      return this;
    }

    private static void forEachPage(long physicalAddress, long length, LongConsumer page) {
      long first = physicalAddress & -PAGE_SIZE;
      long count = (physicalAddress - first + length + PAGE_SIZE - 1) / PAGE_SIZE;
      for (long i = 0; i < count; i++) {
        page.accept(first + i * PAGE_SIZE);
      }
    }

    public Builder note(String owner, int type, byte[] descriptor) {
      notes.add(new Note(owner, type, 0, descriptor.clone()));
      return this;
    }

    /** Declares a PT_LOAD; its memory comes from {@link #write}. */
    public Builder segment(Segment segment) {
      segments.add(segment);
      return this;
    }

    public SyntheticDump build() {
      return new SyntheticDump(this);
    }
  }

  private record Memory(NavigableMap<Long, byte[]> pages) implements PhysicalMemory {
    Memory {
      NavigableMap<Long, byte[]> copy = new TreeMap<>(Long::compareUnsigned);
      pages.forEach((start, page) -> copy.put(start, page == FILTERED ? page : page.clone()));
      pages = copy;
    }

    @Override
    public PhysicalRead read(long physicalAddress, byte[] destination, int offset, int length) {
      int done = 0;
      while (done < length) {
        long at = physicalAddress + done;
        int inPage = (int) (at & (PAGE_SIZE - 1));
        boolean wrapped = done > 0 && at == 0;
        byte[] page = wrapped ? null : pages.get(at - inPage);
        if (page == null || page == FILTERED) {
          PhysicalFault.Reason reason =
              page == null ? PhysicalFault.Reason.NOT_IN_DUMP : PhysicalFault.Reason.FILTERED;
          return new PhysicalRead(done, new PhysicalFault(reason, at, null));
        }
        int chunk = Math.min(PAGE_SIZE - inPage, length - done);
        System.arraycopy(page, inPage, destination, offset + done, chunk);
        done += chunk;
      }
      return PhysicalRead.complete(done);
    }

    @Override
    public long nextPresent(long physicalAddress) {
      long inPage = physicalAddress & (PAGE_SIZE - 1);
      for (Map.Entry<Long, byte[]> page : pages.tailMap(physicalAddress - inPage).entrySet()) {
        if (page.getValue() != FILTERED) {
          return Long.compareUnsigned(page.getKey(), physicalAddress) > 0
              ? page.getKey()
              : physicalAddress;
        }
      }
      return NONE;
    }

    @Override
    public void forEachRange(RangeVisitor visitor) {
      long start = 0;
      long length = 0;
      Presence presence = Presence.PRESENT;
      for (Map.Entry<Long, byte[]> page : pages.entrySet()) {
        Presence here = page.getValue() == FILTERED ? Presence.FILTERED : Presence.PRESENT;
        if (length > 0 && (page.getKey() != start + length || here != presence)) {
          visitor.visit(start, length, presence);
          length = 0;
        }
        if (length == 0) {
          start = page.getKey();
          presence = here;
        }
        length += PAGE_SIZE;
      }
      if (length > 0) {
        visitor.visit(start, length, presence);
      }
    }
  }
}
