package org.vmcore.dumpreader.format.vmware;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpFormat;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.note.RegisterNotes;
import org.vmcore.dumpreader.note.RegisterNotes.X86;
import org.vmcore.dumpreader.page.FileExtents;
import org.vmcore.dumpreader.page.MemoryImage;

/**
 * A suspended VMware guest (.vmss) or the state of a snapshot (.vmsn), with the guest's memory
 * inside or beside it (.vmem).
 *
 * <pre>
 * state = u32 magic, version, numgroups, group[numgroups], what the groups point at; little-endian
 * group = char name[64], u64 position, size          at position: item*, u16 0
 * item  = u16 tag, char name[tag >> 8], u32 index[tag >> 6 and 3], value
 * value = byte[tag and 63], or where that is 63 (62: compressed) a block:
 *         u64 size, u64 size in memory, u16 padding, byte[padding], byte[size]
 * .vmem = byte*                                      all memory, with the holes left out
 * </pre>
 *
 * <p>Group {@code memory} has the regions of memory, {@code regionPPN[i]} (physical page), {@code
 * regionPageNum[i]} (page of the file) and {@code regionSize[i]} (pages), none where memory has no
 * hole, and the block {@code Memory} where it is inside. Group {@code cpu} has the registers.
 *
 * <p>Source: crash's vmware_vmss.c, by VMware.
 */
public final class VmwareState implements DumpFormat {
  /** The old one is of 32-bit files, the others are states of the same file. */
  private static final int OLD_MAGIC = 0xbed0bed0;

  private static final List<Integer> MAGICS =
      List.of(0xbed2bed2, 0xbed3bed3, 0xbad1bad1, 0xbad2bad2);

  /** Without these, a CPU's note would lie; selectors are not among the values of group cpu. */
  private static final Set<X86> NEEDED =
      Collections.unmodifiableSet(
          EnumSet.complementOf(
              EnumSet.of(
                  X86.CS, X86.SS, X86.FS_BASE, X86.GS_BASE, X86.DS, X86.ES, X86.FS, X86.GS)));

  private static final int GROUP_SIZE = 80;
  private static final int GROUP_NAME = 64;
  private static final int MAX_GROUPS = 4096;
  private static final int PAGE = 4096;

  @Override
  public String name() {
    return "VMware state";
  }

  @Override
  public Optional<Dump> open(DumpInput input, OpenOptions options)
      throws IOException, DumpException {
    return open(List.of(input), options);
  }

  @Override
  public Optional<Dump> open(List<DumpInput> inputs, OpenOptions options)
      throws IOException, DumpException {
    for (DumpInput input : inputs) {
      int magic = magic(input);
      if (magic == OLD_MAGIC) {
        throw new UnsupportedDumpException(
            input,
            "state of a guest of VMware from before 64-bit checkpoints",
            "a newer VMware suspends it in a form that is known");
      }
      if (MAGICS.contains(magic)) {
        List<DumpInput> others = new ArrayList<>(inputs);
        others.remove(input);
        return Optional.of(new Opening(input, others).open(options));
      }
    }
    return Optional.empty();
  }

  private static int magic(DumpInput input) throws IOException {
    ByteBuffer magic = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    input.read(0, magic.array(), 0, Integer.BYTES);
    return magic.getInt(0);
  }

  private final class Opening {
    private final DumpInput state;
    private final List<DumpInput> others;
    private final Map<Long, long[]> regions = new LinkedHashMap<>();
    private final Map<Long, Map<String, Long>> registers = new LinkedHashMap<>();
    private long memoryAt = -1;
    private long memorySize;
    private boolean compressed;

    Opening(DumpInput state, List<DumpInput> others) {
      this.state = state;
      this.others = others;
    }

    Dump open(OpenOptions options) throws IOException, DumpException {
      readGroups();
      if (compressed) {
        throw new UnsupportedDumpException(
            state,
            "VMware state with compressed memory inside",
            "snapshot it with memory in a file of its own (.vmem)");
      }
      if (memoryAt >= 0 ? !others.isEmpty() : others.size() != 1) {
        throw new UnsupportedDumpException(
            state,
            "VMware state with memory "
                + (memoryAt >= 0 ? "inside, and another file" : "in another file"),
            memoryAt >= 0 ? "name it alone" : "name that .vmem too, beside it");
      }
      DumpInput memory = memoryAt >= 0 ? state : others.get(0);
      long from = Math.max(0, memoryAt);
      long size = memoryAt >= 0 ? memorySize : memory.size();
      FileExtents extents = extents(memory, from, size);
      List<String> incomplete = new ArrayList<>();
      if (from + size > memory.size()) {
        incomplete.add(
            "The file ends at %#x: %d bytes of memory are lost."
                .formatted(memory.size(), from + size - memory.size()));
      }
      Map<String, String> fields = new LinkedHashMap<>();
      fields.put("memory", memory.name());
      fields.put("regions", Integer.toString(regions.size()));
      DumpInfo info =
          MemoryImage.info(
              state,
              name(),
              memoryAt >= 0 ? "memory inside" : "memory in a .vmem",
              options.withMachine(ByteOrder.LITTLE_ENDIAN, 64),
              fields,
              incomplete);
      MemoryImage image = new MemoryImage(info, memory, extents, options).withNotes(notes());
      return registers.isEmpty() ? image : image.withMachine("x86_64");
    }

    private void readGroups() throws IOException, DumpException {
      ByteBuffer header = buffer(state.readFully(0, 12, "cptdumpheader"));
      int count = header.getInt(8);
      if (count < 1 || count > MAX_GROUPS) {
        throw new DamagedDumpException(
            state, 8, "numgroups", "%d is not from 1 to %d".formatted(count, MAX_GROUPS));
      }
      byte[] groups = state.readFully(12, count * GROUP_SIZE, "cptgroupdesc");
      for (int i = 0; i < count; i++) {
        String group = text(groups, i * GROUP_SIZE, GROUP_NAME);
        if (group.equals("memory") || group.equals("cpu")) {
          readItems(buffer(groups).getLong(i * GROUP_SIZE + GROUP_NAME), group.equals("cpu"));
        }
      }
    }

    /**
     * Reads to the end mark; items are few, as values and blocks that are not wanted are skipped.
     */
    private void readItems(long position, boolean cpu) throws IOException, DumpException {
      long at = position;
      while (true) {
        int tag = Short.toUnsignedInt(buffer(state.readFully(at, 2, "tag")).getShort());
        at += 2;
        if (tag == 0) {
          return;
        }
        int nameLength = tag >> 8;
        int indexes = tag >> 6 & 3;
        byte[] head = state.readFully(at, nameLength + 4 * indexes, "item");
        String name = text(head, 0, nameLength);
        long index = indexes == 0 ? 0 : Integer.toUnsignedLong(buffer(head).getInt(nameLength));
        at += head.length;
        int size = tag & 0x3f;
        if (size < 62) {
          item(name, index, indexes, buffer(state.readFully(at, size, name)), cpu);
          at += size;
        } else {
          ByteBuffer block = buffer(state.readFully(at, 18, name));
          at += 18 + Short.toUnsignedLong(block.getShort(16));
          if (name.equals("Memory") && !cpu) {
            memoryAt = at;
            memorySize = Math.max(0, block.getLong(8));
            compressed = size == 62;
          }
          if (block.getLong(0) < 0 || at + block.getLong(0) < at) {
            throw new DamagedDumpException(state, at, name, "has a negative size");
          }
          at += block.getLong(0);
        }
      }
    }

    private void item(String name, long index, int indexes, ByteBuffer value, boolean cpu) {
      if (value.capacity() < Integer.BYTES) {
        return;
      }
      long word = Integer.toUnsignedLong(value.getInt(0));
      if (cpu) {
        if (indexes == 1) {
          registers
              .computeIfAbsent(index, i -> new LinkedHashMap<>())
              .put(name, value.capacity() >= Long.BYTES ? value.getLong(0) : word);
        }
        return;
      }
      int column = List.of("regionPPN", "regionPageNum", "regionSize").indexOf(name);
      if (column >= 0 && regions.size() < MAX_GROUPS) {
        regions.computeIfAbsent(index, i -> new long[3])[column] = word * PAGE;
      }
    }

    private FileExtents extents(DumpInput memory, long from, long size) {
      FileExtents.Builder extents = new FileExtents.Builder();
      List<long[]> parts =
          regions.isEmpty() ? List.of(new long[] {0, 0, size}) : List.copyOf(regions.values());
      for (long[] part : parts) {
        long offset = from + part[1];
        long inFile = Math.min(part[2], Math.max(0, memory.size() - offset));
        extents.present(part[0], inFile, offset);
        extents.truncated(part[0] + inFile, part[2] - inFile);
      }
      return extents.build();
    }

    /** A CPU of which a general register is missing has no note: it would lie. */
    private List<Note> notes() {
      List<Note> notes = new ArrayList<>();
      for (Map<String, Long> cpu : registers.values()) {
        Map<X86, Long> values = new EnumMap<>(X86.class);
        for (X86 register : X86.values()) {
          Long value = cpu.get(register.name().toLowerCase(Locale.ROOT));
          if (value != null) {
            values.put(register, value);
          }
        }
        if (cpu.containsKey("EFLAGS")) {
          values.put(X86.EFLAGS, cpu.get("EFLAGS"));
        }
        values.put(X86.ORIG_RAX, -1L);
        if (values.keySet().containsAll(NEEDED)) {
          notes.addAll(RegisterNotes.x86(values, 0));
        }
      }
      return notes;
    }
  }

  private static ByteBuffer buffer(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static String text(byte[] bytes, int from, int length) {
    int end = from;
    while (end < from + length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, from, end - from, ISO_8859_1);
  }
}
