package org.vmcore.gdbstub.symbols.offer;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.gdbstub.symbols.read.elf.ObjectFile;
import org.vmcore.gdbstub.symbols.write.frames.EhFrame;

/**
 * The file of a module as a library that was linked for where the kernel put it: its sections have
 * their run-time addresses, and symbols and debugging information are relocated to them. LLDB moves
 * a library as a whole, which cannot be said of a module; this one is where it is to be.
 *
 * <p>Code and data have no contents: LLDB reads them from the machine, which has relocated and
 * patched them.
 */
final class LoadedModule {
  private static final short ET_DYN = 3;
  private static final int SHF_COMPRESSED = 1 << 11;
  private static final int SYMBOL = 24;
  private static final int LARGEST = 512 << 20;

  private final VmlinuxView file;
  private final ByteBuffer bytes;
  private final List<VmlinuxView.Section> sections;

  /**
   * By the number of the section; 0 for those that are not loaded. Those that were freed after
   * initialisation are said to be behind all others, where nothing is of the module's: LLDB 19
   * finds no line of a module that has something at 0.
   */
  private final long[] addresses;

  /** Which sections are in memory. */
  private final BitSet placed = new BitSet();

  private LoadedModule(VmlinuxView file, ByteBuffer bytes, Map<String, Long> known) {
    this.file = file;
    this.bytes = bytes;
    this.sections = file.sections();
    this.addresses = new long[sections.size()];
    long end = 0;
    for (int i = 0; i < addresses.length; i++) {
      Long address = isMemory(i) ? known.get(sections.get(i).name()) : null;
      if (address != null) {
        addresses[i] = address;
        placed.set(i);
        long next = address + sections.get(i).size();
        end = Long.compareUnsigned(next, end) > 0 ? next : end;
      }
    }
    for (int i = 0; i < addresses.length; i++) {
      if (isMemory(i) && !placed.get(i)) {
        addresses[i] = end;
        end += sections.get(i).size();
      }
    }
  }

  private boolean isMemory(int section) {
    return (sections.get(section).flags() & ElfTail.SHF_ALLOC) != 0;
  }

  /**
   * Writes the library.
   *
   * @param input the module's file
   * @param addresses run-time addresses of sections, by name
   * @param frames a {@code .debug_frame} with run-time addresses, for what the module's own lacks
   * @return false where the file is not of 64 bits
   * @throws IOException also when the file is damaged, or compressed in a way that is not known
   */
  static boolean write(
      DumpInput input, Map<String, Long> addresses, Optional<byte[]> frames, Path to)
      throws IOException {
    Optional<VmlinuxView> view = VmlinuxView.open(input);
    if (view.isEmpty()) {
      return false;
    }
    if (input.size() > LARGEST) {
      throw new IOException(input.name() + ": too large for a module");
    }
    ByteBuffer bytes = view.get().part(0, input.size());
    LoadedModule module = new LoadedModule(view.get(), bytes, addresses);
    try (FileChannel out = FileChannel.open(to, CREATE_NEW, WRITE)) {
      module.write(input, out, frames);
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new IOException(input.name() + ": its sections are damaged", e);
    }
    return true;
  }

  private void write(DumpInput input, FileChannel out, Optional<byte[]> frames) throws IOException {
    ObjectFile elf = ObjectFile.readPlaced(input, addressesByName());
    relocateSymbols();
    ElfTail tail = new ElfTail(file.order(), bytes.capacity());
    boolean hasFrames = false;
    for (int i = 0; i < sections.size(); i++) {
      VmlinuxView.Section section = sections.get(i);
      ByteBuffer header = file.sectionHeader(section);
      hasFrames |= section.name().equals(".eh_frame");
      if (isMemory(i)) {
        tail.section(section.name(), place(i, header));
      } else if (section.name().startsWith(".debug_")) {
        header.putLong(ElfTail.SH_FLAGS, section.flags() & ~SHF_COMPRESSED);
        tail.section(
            section.name(), header, ByteBuffer.wrap(elf.debugBytes(elf.section(i).orElseThrow())));
      } else if (section.type() == ElfTail.SHT_RELA) {
        tail.section(section.name(), header.putInt(ElfTail.SH_TYPE, ElfTail.SHT_NULL));
      } else {
        tail.section(section.name(), header);
      }
    }
    if (frames.isPresent() && !hasFrames) {
      tail.section(".eh_frame", EhFrame.of(frames.get(), file.order(), 0, new TreeMap<>()));
    }
    ByteBuffer all = bytes.duplicate().rewind();
    while (all.hasRemaining()) {
      out.write(all);
    }
    tail.write(out, file.header().putShort(ElfTail.E_TYPE, ET_DYN));
  }

  private Map<String, Long> addressesByName() {
    Map<String, Long> places = new HashMap<>();
    for (int i = 0; i < addresses.length; i++) {
      if (isMemory(i)) {
        places.putIfAbsent(sections.get(i).name(), addresses[i]);
      }
    }
    return places;
  }

  /** A section that was freed is none of memory. */
  private ByteBuffer place(int number, ByteBuffer header) {
    VmlinuxView.Section section = sections.get(number);
    if (section.type() != ElfTail.SHT_NOTE) {
      header.putInt(ElfTail.SH_TYPE, ElfTail.SHT_NOBITS);
    }
    if (!placed.get(number)) {
      header.putLong(ElfTail.SH_FLAGS, section.flags() & ~ElfTail.SHF_ALLOC);
    }
    return header.putLong(ElfTail.SH_ADDR, addresses[number]);
  }

  private void relocateSymbols() {
    for (VmlinuxView.Section table : sections) {
      if (table.type() == ElfTail.SHT_SYMTAB) {
        long end = table.offset() + table.size();
        for (long at = table.offset(); at + SYMBOL <= end; at += SYMBOL) {
          int symbol = Math.toIntExact(at);
          int section = bytes.getShort(symbol + 6) & 0xffff;
          if (section < addresses.length) {
            bytes.putLong(symbol + 8, bytes.getLong(symbol + 8) + addresses[section]);
          }
        }
      }
    }
  }
}
