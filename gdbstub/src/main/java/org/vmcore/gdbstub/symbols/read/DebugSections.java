package org.vmcore.gdbstub.symbols.read;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import net.fornwall.jelf.ElfException;
import net.fornwall.jelf.ElfFile;
import net.fornwall.jelf.ElfRelocation;
import net.fornwall.jelf.ElfRelocationAddend;
import net.fornwall.jelf.ElfRelocationAddendSection;
import net.fornwall.jelf.ElfRelocationSection;
import net.fornwall.jelf.ElfSection;
import net.fornwall.jelf.ElfSectionHeader;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.DumpInput;

/**
 * The sections of an ELF file that hold its debugging information. In a linked file they are read
 * where they lie; those of a module are relocated, as its strings are found by relocations, and
 * compressed ones (System V ABI, "Section Compression") unpacked, in memory.
 */
final class DebugSections {
  /** SHF_COMPRESSED. */
  private static final long COMPRESSED = 1 << 11;

  /** ELFCOMPRESS_ZLIB. */
  private static final int ZLIB = 1;

  /** ET_REL: a module, whose sections have no addresses yet. */
  private static final short RELOCATABLE = 1;

  private final DumpInput input;
  private final ElfFile elf;
  private final ByteOrder order;
  private final Map<String, ElfSection> sections = new HashMap<>();

  private DebugSections(DumpInput input, ElfFile elf) {
    this.input = input;
    this.elf = elf;
    this.order = elf.ei_data == ElfFile.DATA_LSB ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
  }

  /** Reads the section headers. */
  static DebugSections open(DumpInput input) throws IOException, DwarfException {
    try {
      DebugSections all = new DebugSections(input, ElfFile.from(new ElfBacking(input)));
      SectionBounds bounds = new SectionBounds(input, all.elf);
      for (int i = 0; i < all.elf.e_shnum; i++) {
        if (!bounds.fits(i)) {
          throw new DwarfException(
              "%s: section %d ends after the file, which is cut or damaged"
                  .formatted(input.name(), i));
        }
      }
      for (int i = 0; i < all.elf.e_shnum; i++) {
        all.add(i);
      }
      return all;
    } catch (UncheckedIOException e) {
      throw new IOException(input.name() + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      // The parser does not check all of what it reads.
      throw new DwarfException(input.name() + ": not an ELF file, or a damaged one", e);
    }
  }

  /** Sections that cannot be parsed are none of ours. */
  private void add(int index) {
    try {
      ElfSection section = elf.getSection(index);
      String name = section.header.getName();
      if (name != null && name.contains(".debug_")) {
        sections.putIfAbsent(name, section);
      }
    } catch (ElfException | IndexOutOfBoundsException | NegativeArraySizeException e) {
      return;
    }
  }

  ByteOrder order() {
    return order;
  }

  String name() {
    return input.name();
  }

  boolean has(String name) {
    return sections.containsKey(name);
  }

  /** A section's bytes; empty when there is no such section. */
  byte[] bytes(String name) throws IOException, DwarfException {
    DebugSection section = section(name);
    if (section == null) {
      return new byte[0];
    }
    if (section.size() > Integer.MAX_VALUE - 8) {
      throw new DwarfException("%s: %s is too large".formatted(input.name(), name));
    }
    return section.read(0, (int) section.size());
  }

  /** A section to read pieces of. */
  @Nullable DebugSection section(String name) throws IOException, DwarfException {
    ElfSection section = sections.get(name);
    if (section == null) {
      return null;
    }
    ElfSectionHeader header = section.header;
    if (header.sh_offset < 0
        || header.sh_size < 0
        || header.sh_offset > input.size() - header.sh_size) {
      throw new DwarfException("%s: %s ends after the file".formatted(input.name(), name));
    }
    boolean compressed = (header.sh_flags & COMPRESSED) != 0;
    if (!compressed && elf.e_type != RELOCATABLE) {
      return new DebugSection(input, name, header.sh_offset, header.sh_size, null);
    }
    if (header.sh_size > Integer.MAX_VALUE - 8) {
      throw new DwarfException("%s: %s is too large".formatted(input.name(), name));
    }
    byte[] bytes =
        new DebugSection(input, name, header.sh_offset, header.sh_size, null)
            .read(0, (int) header.sh_size);
    if (compressed) {
      bytes = unpack(name, ByteBuffer.wrap(bytes).order(order));
    }
    if (elf.e_type == RELOCATABLE) {
      relocate(name, ByteBuffer.wrap(bytes).order(order));
    }
    return new DebugSection(input, name, 0, bytes.length, bytes);
  }

  /**
   * Elf64_Chdr: u32 type, u32 0, u64 size, u64 alignment; Elf32_Chdr: u32 type, size, alignment.
   */
  private byte[] unpack(String name, ByteBuffer in) throws DwarfException {
    boolean is64 = elf.ei_class == ElfFile.CLASS_64;
    int header = is64 ? 24 : 12;
    if (in.remaining() < header) {
      throw new DwarfException("%s: %s has no header".formatted(input.name(), name));
    }
    int type = in.getInt(0);
    long size = is64 ? in.getLong(8) : Integer.toUnsignedLong(in.getInt(4));
    // Deflate packs at most about a thousand to one.
    if (type != ZLIB || size < 0 || size > Math.min(in.capacity() * 1100L, Integer.MAX_VALUE - 8)) {
      throw new DwarfException(
          "%s: %s is compressed in a way that is not supported (type %d); run `objcopy"
                  .formatted(input.name(), name, type)
              + " --decompress-debug-sections` on a copy");
    }
    byte[] out = new byte[(int) size];
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(in.position(header));
      int done = 0;
      while (done < out.length) {
        int got = inflater.inflate(out, done, out.length - done);
        if (got == 0) {
          throw new DwarfException("%s: %s is cut short".formatted(input.name(), name));
        }
        done += got;
      }
      return out;
    } catch (DataFormatException e) {
      throw new DwarfException("%s: %s is corrupt".formatted(input.name(), name), e);
    } finally {
      inflater.end();
    }
  }

  private void relocate(String name, ByteBuffer bytes) throws DwarfException {
    try {
      if (sections.get(".rela" + name) instanceof ElfRelocationAddendSection table) {
        for (ElfRelocationAddend entry : table.relocations) {
          put(bytes, entry.r_offset, entry.getType(), entry.getSymbol().st_value + entry.r_addend);
        }
      } else if (sections.get(".rel" + name) instanceof ElfRelocationSection table) {
        for (ElfRelocation entry : table.relocations) {
          int at = (int) entry.r_offset;
          if (at >= 0 && at <= bytes.capacity() - Integer.BYTES) {
            put(bytes, at, entry.getType(), entry.getSymbol().st_value + bytes.getInt(at));
          }
        }
      }
    } catch (RuntimeException e) {
      throw new DwarfException(
          "%s: the relocations of %s are damaged".formatted(input.name(), name), e);
    }
  }

  private void put(ByteBuffer bytes, long at, long type, long value) {
    int width = Relocation.width(elf.e_machine, type);
    if (at < 0 || at > bytes.capacity() - width) {
      return;
    }
    if (width == Integer.BYTES) {
      bytes.putInt((int) at, (int) value);
    } else if (width == Long.BYTES) {
      bytes.putLong((int) at, value);
    }
  }
}
