package org.vmcore.gdbstub.linux.symbols;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.vmcore.gdbstub.linux.symbols.KernelModule.Area;

/**
 * Where the memory of a module is, told without types by the one thing that is certain: the {@code
 * struct module} itself lies in it. Linux include/linux/module.h has had three forms:
 *
 * <pre>
 * until 4.4   void *module_init, *module_core; unsigned int init_size, core_size;
 *             unsigned int init_text_size, core_text_size;
 * 4.5 to 6.3  struct module_layout core_layout, init_layout: void *base; unsigned int size,
 *             text_size, ro_size[, ro_after_init_size]; struct mod_tree_node mtn
 *             (commit 7523e4dc5057, "module: use a structure to encapsulate layout.")
 * since 6.4   struct module_memory mem[7]: void *base; [bool is_rox;] unsigned int size;
 *             struct mod_tree_node mtn
 *             (commit ac3b43283923, "module: replace module_layout with module_memory")
 * </pre>
 *
 * A {@code mod_tree_node} starts with a pointer back to the structure; kernels without
 * CONFIG_MODULES_TREE_LOOKUP have none.
 *
 * @param living what stays; of several, the code first
 * @param initialisation what is freed when the module's init function has returned; none of a
 *     module for which it has
 */
record ModuleAreas(List<Area> living, List<Area> initialisation) {
  private static final int PAGE = 4096;

  /** The largest modules, of drivers of GPUs with all checks, have some 100 MiB. */
  private static final int MAX_SIZE = 256 << 20;

  /** MOD_TEXT to MOD_RO_AFTER_INIT come first (enum mod_mem_type), the structure in the second. */
  private static final int LIVING = 4;

  private static final int ALL = 7;

  /** More bytes than a struct module_memory has. */
  private static final int MAX_STRIDE = 256;

  /** Of a mod_tree_node: a pointer, and two rb_nodes of three. */
  private static final int TREE_NODE_WORDS = 7;

  ModuleAreas {
    living = List.copyOf(living);
    initialisation = List.copyOf(initialisation);
  }

  boolean contains(long address) {
    return Stream.concat(living.stream(), initialisation.stream())
        .anyMatch(area -> area.contains(address));
  }

  long size() {
    return living.stream().mapToLong(Area::size).sum();
  }

  /** Empty where what is there is no module. */
  static Optional<ModuleAreas> find(ModuleBytes module) {
    int word = module.wordBytes();
    for (int at = 3 * word; at < module.end(); at += word) {
      int data = at;
      Optional<ModuleAreas> found =
          pieces(module, data, data + word)
              .or(() -> pieces(module, data, data + word + Integer.BYTES))
              .or(() -> initAndCore(module, data))
              .or(() -> layouts(module, data))
              .or(() -> pieces(module, data));
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static boolean isPlausible(Area area) {
    return area.base() != 0
        && area.base() % PAGE == 0
        && area.size() > 0
        && area.size() <= MAX_SIZE;
  }

  private static boolean holds(Area area, ModuleBytes module) {
    return isPlausible(area) && area.contains(module.structure());
  }

  /**
   * Until 4.4.
   *
   * @param at offset of {@code module_core}
   */
  private static Optional<ModuleAreas> initAndCore(ModuleBytes module, int at) {
    int word = module.wordBytes();
    int sizes = at + word;
    Area init = new Area(module.word(at - word), module.uint32(sizes));
    Area core = new Area(module.word(at), module.uint32(sizes + 4));
    long initText = module.uint32(sizes + 8);
    long coreText = module.uint32(sizes + 12);
    boolean noInit = init.base() == 0 && init.size() == 0 && initText == 0;
    return holds(core, module)
            && coreText <= core.size()
            && (noInit || (isPlausible(init) && initText <= init.size()))
        ? Optional.of(new ModuleAreas(List.of(core), noInit ? List.of() : List.of(init)))
        : Optional.empty();
  }

  /**
   * From 4.5 to 6.3.
   *
   * @param at offset of {@code core_layout}
   */
  private static Optional<ModuleAreas> layouts(ModuleBytes module, int at) {
    Optional<Area> core = layout(module, at).filter(area -> holds(area, module));
    if (core.isEmpty()) {
      return Optional.empty();
    }
    int word = module.wordBytes();
    List<Area> init = List.of();
    // Three sizes and, since 4.8, a fourth: on 64 bits that is the same with what aligns them.
    for (int sizes = 3; sizes <= 4 && init.isEmpty(); sizes++) {
      int end = (word + sizes * Integer.BYTES + word - 1) / word * word;
      boolean inTree = module.word(at + end) == module.structure();
      int next = at + end + (inTree ? TREE_NODE_WORDS * word : 0);
      init = layout(module, next).map(List::of).orElse(List.of());
    }
    return Optional.of(new ModuleAreas(List.of(core.get()), init));
  }

  private static Optional<Area> layout(ModuleBytes module, int at) {
    int sizes = at + module.wordBytes();
    Area area = new Area(module.word(at), module.uint32(sizes));
    long text = module.uint32(sizes + 4);
    return isPlausible(area) && text > 0 && text <= area.size()
        ? Optional.of(area)
        : Optional.empty();
  }

  /**
   * Since 6.4, with a pointer back in each piece, which is where a {@code module_layout} has more
   * sizes.
   *
   * @param data offset of the piece that the structure is in
   * @param sizeAt offset of that piece's size
   */
  private static Optional<ModuleAreas> pieces(ModuleBytes module, int data, int sizeAt) {
    int word = module.wordBytes();
    int pointerAt = data + 2 * word;
    if (module.word(pointerAt) != module.structure()
        || !holds(new Area(module.word(data), module.uint32(sizeAt)), module)) {
      return Optional.empty();
    }
    int stride = word;
    while (stride < MAX_STRIDE && module.word(pointerAt - stride) != module.structure()) {
      stride += word;
    }
    return stride < MAX_STRIDE
        ? Optional.of(pieces(module, data, sizeAt - data, stride))
        : Optional.empty();
  }

  /** Since 6.4, without a pointer back. */
  private static Optional<ModuleAreas> pieces(ModuleBytes module, int data) {
    int word = module.wordBytes();
    for (int sizeAt = word; sizeAt <= word + Integer.BYTES; sizeAt += Integer.BYTES) {
      if (holds(new Area(module.word(data), module.uint32(data + sizeAt)), module)) {
        int stride = (sizeAt + Integer.BYTES + word - 1) / word * word;
        return Optional.of(pieces(module, data, sizeAt, stride));
      }
    }
    return Optional.empty();
  }

  private static ModuleAreas pieces(ModuleBytes module, int data, int sizeAt, int stride) {
    List<Area> living = new ArrayList<>();
    List<Area> initialisation = new ArrayList<>();
    for (int i = 0; i < ALL; i++) {
      int at = data + (i - 1) * stride;
      Area area = new Area(module.word(at), module.uint32(at + sizeAt));
      if (isPlausible(area)) {
        (i < LIVING ? living : initialisation).add(area);
      }
    }
    return new ModuleAreas(living, initialisation);
  }
}
