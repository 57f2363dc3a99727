package org.vmcore.gdbstub.linux.symbols;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * Reads a {@code struct module} without knowing its types, for kernels that carry none. Its head
 * has always been the same; what follows depends on the version and the configuration, and is told
 * by what it points at:
 *
 * <pre>
 * state, list, name[64 - sizeof(long)]
 * ...
 * sect_attrs             points at an attribute_group, whose first member names it "sections"
 * ...
 * core_layout            base, u32 size, u32 text_size, ...: the structure itself lies in there
 *                        (from 4.5 to 6.3; before: module_init, module_core, u32 init_size, u32
 *                        core_size)
 * mem[7]                 in its place since 6.4 (commit ac3b43283923, "module: replace module_layout
 *                        with module_memory"): for text, data, rodata, ro_after_init, and three that
 *                        are freed: base, u32 size, and mtn, which starts with a pointer back
 * ...
 * kallsyms               points at a mod_kallsyms in the structure itself (since 4.5; before, its
 *                        members were the structure's own, each twice)
 * </pre>
 */
public final class ModuleShape {
  private static final int PAGE = 4096;

  /** More than a struct module has on any kernel. */
  public static final int MAX_STRUCTURE = 4096;

  private static final int MAX_CORE = 1 << 30;

  /** MOD_TEXT to MOD_RO_AFTER_INIT (Linux include/linux/module.h, enum mod_mem_type). */
  private static final int LIVING_AREAS = 4;

  /** More bytes than a struct module_memory has. */
  private static final int MAX_AREA = 256;

  private static final int MAX_SECTIONS = 1024;
  private static final int MAX_SECTION_NAME = 256;
  private static final int MAX_NOTE = 256;

  /** More words than are in one element of module_sect_attrs. */
  private static final int MAX_STRIDE_WORDS = 32;

  /** More than an attribute_group has before its attributes. */
  private static final int MAX_GROUP_WORDS = 16;

  /** The names of ELF notes are padded to 4; NT_GNU_BUILD_ID. */
  private static final int NT_GNU_BUILD_ID = 3;

  private final KernelMemory memory;
  private final int word;
  private final long structure;
  private final ByteBuffer bytes;

  /** What the module's memory is, without what was freed after its initialisation. */
  private record Core(List<Area> areas) {
    boolean contains(long address) {
      return areas.stream().anyMatch(area -> area.contains(address));
    }

    long size() {
      return areas.stream().mapToLong(Area::size).sum();
    }
  }

  private record Area(long base, long size) {
    boolean contains(long address) {
      return Long.compareUnsigned(address, base) >= 0
          && Long.compareUnsigned(address - base, size) < 0;
    }

    boolean isPlausible() {
      return base != 0 && base % PAGE == 0 && size > 0 && size <= MAX_CORE;
    }
  }

  private ModuleShape(KernelMemory memory, long structure) {
    this.memory = memory;
    this.word = memory.wordBytes();
    this.structure = structure;
    byte[] read = memory.upTo(structure, MAX_STRUCTURE);
    this.bytes = ByteBuffer.wrap(read).order(memory.byteOrder());
  }

  /** Empty when what is there is no module that is known by this. */
  static Optional<KernelModule> read(KernelMemory memory, long structure) {
    return new ModuleShape(memory, structure).module();
  }

  private Optional<KernelModule> module() {
    String name = memory.text(structure + 3L * word, 64 - word);
    Optional<Core> core = core();
    if (name.isEmpty() || core.isEmpty()) {
      return Optional.empty();
    }
    Map<String, Long> sections = sections(core.get());
    return Optional.of(
        new KernelModule(
            name,
            structure,
            core.get().areas().get(0).base(),
            core.get().size(),
            Optional.ofNullable(sections.get(".note.gnu.build-id")).flatMap(this::buildId),
            sections,
            symbols(core.get())));
  }

  /** The word at an offset in the structure; 0 beyond what could be read. */
  private long word(int offset) {
    return offset + word <= bytes.limit() ? memory.word(bytes, offset) : 0;
  }

  private long size(int offset) {
    return offset + Integer.BYTES <= bytes.limit()
        ? Integer.toUnsignedLong(bytes.getInt(offset))
        : 0;
  }

  private Optional<Core> core() {
    for (int at = 3 * word; at < bytes.limit(); at += word) {
      for (int sizeAt : new int[] {at + word, at + word + Integer.BYTES}) {
        Area area = new Area(word(at), size(sizeAt));
        if (area.isPlausible() && area.contains(structure)) {
          return Optional.of(inPieces(at, sizeAt).orElse(new Core(List.of(area))));
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Since 6.4 there are several areas, the structure in the second. In each a pointer back to the
   * structure comes next, which is where a core_layout has more sizes.
   *
   * @param data offset of the area that the structure is in
   * @param sizeAt offset of that area's size
   */
  private Optional<Core> inPieces(int data, int sizeAt) {
    int pointerAt = data + 2 * word;
    int stride = word;
    while (stride < MAX_AREA && word(pointerAt - stride) != structure) {
      stride += word;
    }
    if (word(pointerAt) != structure || stride >= MAX_AREA) {
      return Optional.empty();
    }
    List<Area> areas = new ArrayList<>();
    for (int i = 0; i < LIVING_AREAS; i++) {
      int at = data + (i - 1) * stride;
      Area area = new Area(word(at), size(at + sizeAt - data));
      if (area.isPlausible()) {
        areas.add(area);
      }
    }
    return Optional.of(new Core(areas));
  }

  private Map<String, Long> sections(Core core) {
    for (int at = 3 * word; at < bytes.limit(); at += word) {
      long group = word(at);
      OptionalLong text = group == 0 ? OptionalLong.empty() : memory.word(group);
      if (text.isPresent() && memory.text(text.getAsLong(), 16).equals("sections")) {
        return sections(group, core);
      }
    }
    return Map.of();
  }

  /**
   * Each element starts with a pointer to its name: a {@code module_sect_attr}, whose last member
   * is the address, or since 6.14 a {@code bin_attribute}, whose private data it is. It alone
   * points into the module.
   */
  private Map<String, Long> sections(long group, Core core) {
    Map<String, Long> sections = new LinkedHashMap<>();
    long first = 0;
    for (int i = 1; i < MAX_GROUP_WORDS && first == 0; i++) {
      first = isSectionName(group + (long) i * word) ? group + (long) i * word : 0;
    }
    int stride = 0;
    for (int i = 1; first != 0 && i < MAX_STRIDE_WORDS && stride == 0; i++) {
      long next = first + (long) i * word;
      boolean other = !memory.word(next).equals(memory.word(first));
      stride = other && isSectionName(next) ? i * word : 0;
    }
    for (int i = 0; stride != 0 && i < MAX_SECTIONS; i++) {
      long element = first + (long) i * stride;
      Optional<ByteBuffer> words = memory.bytes(element, stride);
      if (words.isEmpty() || !isSectionName(element)) {
        break;
      }
      for (int at = word; at < stride; at += word) {
        long address = memory.word(words.get(), at);
        if (core.contains(address)) {
          String name = memory.text(memory.word(words.get(), 0), MAX_SECTION_NAME);
          sections.putIfAbsent(name, address);
        }
      }
    }
    return sections;
  }

  private boolean isSectionName(long pointer) {
    OptionalLong text = memory.word(pointer);
    if (text.isEmpty() || text.getAsLong() == 0) {
      return false;
    }
    String name = memory.text(text.getAsLong(), MAX_SECTION_NAME);
    return name.length() > 1
        && (name.startsWith(".") || name.startsWith("__"))
        && name.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }

  /** A note: namesz, descsz, type, "GNU", the id (gABI, chapter 5, Note Section). */
  private Optional<String> buildId(long note) {
    return memory
        .bytes(note, 16)
        .filter(head -> head.getInt(0) == 4 && head.getInt(8) == NT_GNU_BUILD_ID)
        .map(head -> head.getInt(4))
        .filter(length -> length > 0 && length <= MAX_NOTE)
        .map(length -> memory.upTo(note + 16, length))
        .map(id -> HexFormat.of().formatHex(id));
  }

  private Optional<ModuleSymbols> symbols(Core core) {
    for (int at = 3 * word; at < bytes.limit(); at += word) {
      long inside = word(at) - structure;
      if (inside > 0 && inside < bytes.limit()) {
        int table = (int) inside;
        Optional<ModuleSymbols> found =
            symbols(
                core,
                word(table),
                size(table + word),
                word(table + 2 * word),
                word(table + 3 * word));
        if (found.isPresent()) {
          return found;
        }
      }
      boolean twice = word(at) == word(at + word) && word(at + 3 * word) == word(at + 4 * word);
      if (twice) {
        Optional<ModuleSymbols> found =
            symbols(core, word(at), size(at + 2 * word), word(at + 3 * word), 0);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  /** The table starts with the empty symbol, and the names with the empty name. */
  private Optional<ModuleSymbols> symbols(
      Core core, long table, long count, long texts, long types) {
    boolean plausible =
        core.contains(table)
            && core.contains(texts)
            && count > 0
            && count <= ModuleSymbols.MAX_COUNT
            && memory
                .bytes(table, 16)
                .filter(b -> b.getLong(0) == 0 && b.getLong(8) == 0)
                .isPresent()
            && memory.bytes(texts, 1).filter(b -> b.get(0) == 0).isPresent();
    return plausible
        ? Optional.of(
            new ModuleSymbols(memory, table, (int) count, texts, core.contains(types) ? types : 0))
        : Optional.empty();
  }
}
