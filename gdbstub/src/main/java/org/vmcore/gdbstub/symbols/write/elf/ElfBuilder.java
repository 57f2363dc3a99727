package org.vmcore.gdbstub.symbols.write.elf;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.vmcore.arch.Architectures;
import org.vmcore.arch.api.ElfAbi;
import org.vmcore.dumpreader.api.ElfMachines;

/**
 * An executable of sections and symbols (System V gABI, chapters 4 and 5):
 *
 * <pre>
 *   ELF header | program headers | contents of sections | section headers
 * </pre>
 *
 * Memory of the machine is described by sections without contents, each with a PT_LOAD of its own:
 * debuggers want every loadable section in a segment, and take the bytes from their target.
 */
public final class ElfBuilder {
  public static final int STT_NOTYPE = 0;
  public static final int STT_OBJECT = 1;
  public static final int STT_FUNC = 2;

  public static final int STB_LOCAL = 0;
  public static final int STB_GLOBAL = 1;
  public static final int STB_WEAK = 2;

  public static final int SHN_ABS = 0xfff1;

  public static final int SHF_WRITE = 1;
  public static final int SHF_ALLOC = 2;
  public static final int SHF_EXECINSTR = 4;

  private static final int SHN_LORESERVE = 0xff00;
  private static final int SHT_PROGBITS = 1;
  private static final int SHT_SYMTAB = 2;
  private static final int SHT_STRTAB = 3;
  private static final int SHT_NOBITS = 8;
  private static final int PT_LOAD = 1;
  private static final int PF_X = 1;
  private static final int PF_W = 2;
  private static final int PF_R = 4;
  private static final int ET_EXEC = 2;
  private static final int EV_CURRENT = 1;
  private static final byte DEL = 0x7f;

  private final int machine;
  private final ByteOrder order;
  private final boolean wide;
  private final int word;
  private final List<Section> sections = new ArrayList<>();
  private final StringPool sectionNames = new StringPool();
  private boolean inSegments = true;

  /**
   * @param contents pieces of bytes that follow one another
   */
  private record Section(
      String name, int type, int flags, long address, long size, List<byte[]> contents, int info) {}

  /**
   * @param machine its {@code e_machine}
   * @param wordBytes 4 for ELF32, 8 for ELF64
   */
  public ElfBuilder(int machine, ByteOrder order, int wordBytes) {
    this.machine = machine;
    this.order = order;
    this.wide = wordBytes == Long.BYTES;
    this.word = wordBytes;
  }

  /**
   * Leaves segments out. Debuggers move all segments of a program when they are told where the
   * first one is; sections in none stay where they are.
   */
  public void withoutSegments() {
    inSegments = false;
  }

  /** Memory of the machine; returns the section's number. */
  public int memory(String name, int flags, long address, long size) {
    if (sections.size() + 1 >= SHN_LORESERVE) {
      throw new IllegalStateException("too many sections");
    }
    sections.add(new Section(name, SHT_NOBITS, flags | SHF_ALLOC, address, size, List.of(), 0));
    return sections.size();
  }

  /**
   * A section for debuggers.
   *
   * @param pieces that it is made of, one after the other
   */
  public void contents(String name, byte[]... pieces) {
    sections.add(table(name, SHT_PROGBITS, 0, List.of(pieces)));
  }

  /**
   * NUL-terminated texts without what a terminal obeys. Names of kernels are ASCII; in a dump that
   * somebody has made they may be anything. The length stays, because other sections have the
   * places of names.
   */
  public static byte[] printable(byte[] texts) {
    byte[] printable = texts;
    for (int i = 0; i < texts.length; i++) {
      // Bytes from 0x80 on are negative.
      if ((texts[i] < ' ' && texts[i] != 0) || texts[i] == DEL) {
        printable = printable == texts ? texts.clone() : printable;
        printable[i] = '?';
      }
    }
    return printable;
  }

  /** Size of a symbol's entry. */
  public static int symbolBytes(int wordBytes) {
    return wordBytes == Long.BYTES ? 24 : 16;
  }

  /**
   * Adds a symbol to a table of them; section numbers and places of names are those of the file.
   */
  public static void symbol(
      Anchored table,
      int wordBytes,
      int name,
      int binding,
      int type,
      int section,
      Anchor anchor,
      long offset,
      long size) {
    Bytes bytes = table.bytes().u4(name);
    if (wordBytes == Long.BYTES) {
      bytes.u1(binding << 4 | type).u1(0).u2(section);
      table.address(anchor, offset);
      bytes.u8(size);
    } else {
      table.address(anchor, offset);
      bytes.u4((int) size).u1(binding << 4 | type).u1(0).u2(section);
    }
  }

  /**
   * The symbols of the file.
   *
   * @param locals pieces of entries, without the empty one that is first
   * @param globals pieces of entries of the others
   * @param names pieces of their names, {@link #printable}, the first of which starts with a NUL
   */
  public void symbols(List<byte[]> locals, List<byte[]> globals, List<byte[]> names) {
    List<byte[]> entries = new ArrayList<>(List.of(new byte[symbolBytes(word)]));
    entries.addAll(locals);
    int localCount = entries.stream().mapToInt(piece -> piece.length).sum() / symbolBytes(word);
    entries.addAll(globals);
    sections.add(table(".symtab", SHT_SYMTAB, localCount, entries));
    sections.add(table(".strtab", SHT_STRTAB, 0, names));
  }

  /** The file, of the pieces that it was given. */
  public ElfFile toFile() {
    if (sections.stream().noneMatch(section -> section.type() == SHT_SYMTAB)) {
      symbols(List.of(), List.of(), List.of(new byte[1]));
    }
    List<Section> all = new ArrayList<>(sections);
    if (machine == ElfMachines.EM_ARM) {
      List<byte[]> attributes = List.of(ArmAttributes.of(order));
      all.add(table(ArmAttributes.NAME, ArmAttributes.SECTION_TYPE, 0, attributes));
    }
    all.add(table(".shstrtab", SHT_STRTAB, 0, List.of()));
    all.forEach(section -> sectionNames.offset(section.name()));
    all.set(
        all.size() - 1,
        table(".shstrtab", SHT_STRTAB, 0, List.of(printable(sectionNames.toArray()))));

    List<Section> loads =
        inSegments ? all.stream().filter(s -> s.type() == SHT_NOBITS).toList() : List.of();
    int start = (wide ? 64 : 52) + loads.size() * (wide ? 56 : 32);
    List<Integer> offsets = new ArrayList<>();
    long end = start;
    for (Section section : all) {
      end = (end + Long.BYTES - 1) & -Long.BYTES;
      offsets.add(Math.toIntExact(end));
      end += section.type() == SHT_NOBITS ? 0 : section.size();
    }
    int headers = Math.toIntExact((end + Long.BYTES - 1) & -Long.BYTES);

    Bytes first = new Bytes(order, start);
    header(first, loads.size(), headers, all.size() + 1);
    for (Section load : loads) {
      segment(first, load, start);
    }
    List<byte[]> pieces = new ArrayList<>(List.of(first.take()));
    long at = start;
    for (int i = 0; i < all.size(); i++) {
      pieces.add(new byte[Math.toIntExact(offsets.get(i) - at)]);
      pieces.addAll(all.get(i).contents());
      at = offsets.get(i) + (all.get(i).type() == SHT_NOBITS ? 0 : all.get(i).size());
    }
    pieces.add(new byte[Math.toIntExact(headers - at)]);
    pieces.add(sectionHeaders(all, offsets));
    return new ElfFile(pieces);
  }

  private byte[] sectionHeaders(List<Section> all, List<Integer> offsets) {
    Bytes headers = new Bytes(order, (all.size() + 1) * (wide ? 64 : 40));
    sectionHeader(headers, new Section("", 0, 0, 0, 0, List.of(), 0), 0, 0, 0);
    for (int i = 0; i < all.size(); i++) {
      boolean isSymbols = all.get(i).type() == SHT_SYMTAB;
      // The names of symbols are the next section.
      sectionHeader(
          headers,
          all.get(i),
          offsets.get(i),
          isSymbols ? i + 2 : 0,
          isSymbols ? symbolBytes(word) : 0);
    }
    return headers.take();
  }

  private static Section table(String name, int type, int info, List<byte[]> contents) {
    long size = contents.stream().mapToLong(piece -> piece.length).sum();
    return new Section(name, type, 0, 0, size, contents, info);
  }

  private void header(Bytes file, int segments, int sectionHeaders, int sectionCount) {
    file.bytes(new byte[] {0x7f, 'E', 'L', 'F'}).u1(wide ? 2 : 1);
    file.u1(order == ByteOrder.BIG_ENDIAN ? 2 : 1).u1(EV_CURRENT).bytes(new byte[9]);
    file.u2(ET_EXEC).u2(machine).u4(EV_CURRENT);
    // gdb ends a backtrace at the entry point, and takes code without a name, as programs' and the
    // firmware's is, to begin at 0. The kernel calls ppc64's firmware on its own stack.
    file.word(machine == ElfMachines.EM_PPC64 ? -1 : 0, word)
        .word(segments == 0 ? 0 : wide ? 64 : 52, word)
        .word(sectionHeaders, word)
        .u4(flags());
    file.u2(wide ? 64 : 52).u2(wide ? 56 : 32).u2(segments);
    file.u2(wide ? 64 : 40).u2(sectionCount).u2(sectionCount - 1);
  }

  /** Which of its ABIs, for machines that have several. */
  private int flags() {
    return Architectures.elf(machine, order).map(ElfAbi::flags).orElse(0);
  }

  private void segment(Bytes file, Section section, int offset) {
    int flags =
        PF_R
            | ((section.flags() & SHF_WRITE) != 0 ? PF_W : 0)
            | ((section.flags() & SHF_EXECINSTR) != 0 ? PF_X : 0);
    file.u4(PT_LOAD);
    if (wide) {
      file.u4(flags);
    }
    file.word(offset, word).word(section.address(), word).word(section.address(), word);
    file.word(0, word).word(section.size(), word);
    if (!wide) {
      file.u4(flags);
    }
    file.word(1, word);
  }

  private void sectionHeader(Bytes file, Section section, int offset, int link, int entryBytes) {
    file.u4(sectionNames.offset(section.name())).u4(section.type());
    file.word(section.flags(), word).word(section.address(), word).word(offset, word);
    file.word(section.size(), word).u4(link).u4(section.info());
    file.word(1, word).word(entryBytes, word);
  }
}
