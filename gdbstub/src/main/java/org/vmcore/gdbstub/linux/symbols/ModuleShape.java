package org.vmcore.gdbstub.linux.symbols;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.LinkedHashMap;
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
 * kallsyms               points at a mod_kallsyms: symtab, u32 num_symtab, strtab, typetab. That is
 *                        core_kallsyms in the structure itself, or one among what is freed while the
 *                        module's init function runs (since 4.5 and in older stable kernels, commit
 *                        8244062ef1e5, "modules: fix longstanding /proc/kallsyms vs module insertion
 *                        race."); before, symtab, core_symtab, u32 num_symtab, core_num_syms, strtab,
 *                        core_strtab, of which each pair is the same once that function has returned
 * </pre>
 *
 * Its memory is found by {@link ModuleAreas}.
 */
public final class ModuleShape implements KernelModule.Details {
  /** More bytes than a struct module has on any kernel. */
  public static final int MAX_STRUCTURE = ModuleBytes.MAX_STRUCTURE;

  private static final int MAX_SECTIONS = 1024;
  private static final int MAX_SECTION_NAME = 256;
  private static final int MAX_NOTE = 256;

  /** More words than are in one element of module_sect_attrs. */
  private static final int MAX_STRIDE_WORDS = 32;

  /** More than an attribute_group has before its attributes. */
  private static final int MAX_GROUP_WORDS = 16;

  /** The last of enum module_state. */
  private static final int UNFORMED = 3;

  /** The names of ELF notes are padded to 4; NT_GNU_BUILD_ID. */
  private static final int NT_GNU_BUILD_ID = 3;

  private final KernelMemory memory;
  private final int word;
  private final ModuleBytes module;
  private final ModuleAreas areas;

  private ModuleShape(ModuleBytes module, ModuleAreas areas) {
    this.memory = module.memory();
    this.word = module.wordBytes();
    this.module = module;
    this.areas = areas;
  }

  /** Empty when what is there is no module that is known by this. */
  public static Optional<KernelModule> read(KernelMemory memory, long structure) {
    ModuleBytes bytes = new ModuleBytes(memory, structure);
    return ModuleAreas.find(bytes).flatMap(areas -> new ModuleShape(bytes, areas).module());
  }

  /** Whether all of a name is ASCII that can be printed, without blanks. */
  public static boolean isWord(String name) {
    return name.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }

  private Optional<KernelModule> module() {
    String name = memory.text(module.structure() + 3L * word, 64 - word);
    if (name.isEmpty() || module.uint32(0) > UNFORMED) {
      return Optional.empty();
    }
    return Optional.of(
        new KernelModule(
            name,
            module.structure(),
            areas.living().get(0).base(),
            areas.size(),
            areas.initialisation(),
            this));
  }

  @Override
  public Map<String, Long> sections() {
    for (int at = 3 * word; at < module.end(); at += word) {
      long group = module.word(at);
      OptionalLong text = group == 0 ? OptionalLong.empty() : memory.word(group);
      if (text.isPresent() && memory.text(text.getAsLong(), 16).equals("sections")) {
        return sections(group);
      }
    }
    return Map.of();
  }

  /**
   * Each element starts with a pointer to its name: a {@code module_sect_attr}, whose last member
   * is the address, or since 6.14 a {@code bin_attribute}, whose private data it is. It alone
   * points into the module.
   */
  private Map<String, Long> sections(long group) {
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
        if (areas.contains(address)) {
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
    return name.length() > 1 && (name.startsWith(".") || name.startsWith("__")) && isWord(name);
  }

  @Override
  public Optional<String> buildId(Map<String, Long> sections) {
    return Optional.ofNullable(sections.get(".note.gnu.build-id")).flatMap(this::buildId);
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

  @Override
  public Optional<ModuleSymbols> symbols() {
    for (int at = 3 * word; at < module.end(); at += word) {
      long table = module.word(at);
      Optional<ModuleSymbols> found = areas.contains(table) ? modKallsyms(table) : Optional.empty();
      if (found.isEmpty()) {
        found = inPairs(at);
      }
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private Optional<ModuleSymbols> modKallsyms(long at) {
    return memory
        .bytes(at, 4 * word)
        .flatMap(
            words ->
                symbols(
                    memory.word(words, 0),
                    Integer.toUnsignedLong(words.getInt(word)),
                    memory.word(words, 2 * word),
                    memory.word(words, 3 * word)));
  }

  private Optional<ModuleSymbols> inPairs(int at) {
    int counts = at + 2 * word;
    int texts = counts + 2 * Integer.BYTES;
    boolean plausible =
        areas.contains(module.word(at + word))
            && areas.contains(module.word(texts + word))
            && module.uint32(counts + Integer.BYTES) <= module.uint32(counts);
    return plausible
        ? symbols(module.word(at), module.uint32(counts), module.word(texts), 0)
        : Optional.empty();
  }

  /** The names start with the empty name. */
  private Optional<ModuleSymbols> symbols(long table, long count, long texts, long types) {
    boolean plausible =
        areas.contains(table)
            && areas.contains(texts)
            && count > 0
            && count <= ModuleSymbols.MAX_COUNT
            && ModuleSymbols.startsTable(memory, table)
            && memory.bytes(texts, 1).filter(b -> b.get(0) == 0).isPresent();
    return plausible
        ? Optional.of(
            new ModuleSymbols(memory, table, (int) count, texts, areas.contains(types) ? types : 0))
        : Optional.empty();
  }
}
