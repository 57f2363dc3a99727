package org.vmcore.gdbstub.linux;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Named;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Walk;

/**
 * The functions that live patches have put in the place of others (Linux include/linux/livepatch.h,
 * since 4.0). kpatch's patches are of this kind where the kernel has it.
 *
 * <p>What is read has not changed since: of a {@code struct klp_patch} {@code list} and {@code
 * objs}, of a {@code struct klp_object} {@code name} and {@code funcs}, of a {@code struct
 * klp_func} {@code old_name} and {@code new_func}; arrays end with an element of zeros.
 */
public final class LivePatches {
  private static final String PATCHES = "klp_patches";

  /** What compilers call such parts. */
  private static final String SELDOM = ".cold";

  /** More than a patch has; an array that was overwritten may have no end. */
  private static final int MAX_ELEMENTS = 1 << 16;

  private final Map<Long, String> replaced = new HashMap<>();

  private Optional<String> problem = Optional.empty();

  private LivePatches() {}

  /** None where the kernel has no live patches, or its types do not tell. */
  public static LivePatches of(LinuxKernel linux) {
    return of(linux.types());
  }

  static LivePatches of(Optional<TypedMemory> types) {
    LivePatches patches = new LivePatches();
    if (types.isPresent() && types.get().address(PATCHES).isPresent()) {
      try {
        KernelObject list = types.get().variable(PATCHES, "struct list_head");
        Walk walk = list.list("struct klp_patch", "list");
        patches.problem = walk.problem();
        for (KernelObject patch : walk) {
          patches.addObjects(patch.member("objs"));
        }
      } catch (KernelReadException e) {
        patches.problem = Optional.ofNullable(e.getMessage());
      }
    }
    return patches;
  }

  /** Why some of them are not known, if some are not. */
  public Optional<String> problem() {
    return problem;
  }

  /**
   * What a function is in the place of, such as {@code cmdline_proc_show} or {@code nfs_read
   * [nfs]}.
   *
   * @param function its address
   */
  Optional<String> replacedBy(long function) {
    return Optional.ofNullable(replaced.get(function));
  }

  /**
   * The same of a function's part that the compiler has put elsewhere, too, because it is seldom
   * run.
   */
  public Optional<String> replacedBy(Located function, SymbolNames symbols) {
    Named part = function.symbol();
    int end = replaced.isEmpty() ? -1 : part.name().indexOf(SELDOM);
    return end < 0
        ? replacedBy(part.address())
        : symbols.named(part.name().substring(0, end)).stream()
            .filter(whole -> whole.module().equals(part.module()))
            .flatMap(whole -> replacedBy(whole.address()).stream())
            .findFirst();
  }

  private void addObjects(KernelObject objects) throws KernelReadException {
    Set<Long> seen = new HashSet<>();
    KernelObject object = objects.value() == 0 ? objects : objects.dereference();
    while (object.has("funcs") && seen.add(object.address()) && seen.size() < MAX_ELEMENTS) {
      long name = object.value("name");
      if (name == 0 && object.value("funcs") == 0) {
        return;
      }
      // Without a name it is the kernel itself.
      addFunctions(object.member("funcs"), name == 0 ? "" : " [" + object.string("name") + "]");
      object = object.moved(object.type().size().orElse(0));
    }
  }

  private void addFunctions(KernelObject functions, String module) throws KernelReadException {
    Set<Long> seen = new HashSet<>();
    KernelObject function = functions.value() == 0 ? functions : functions.dereference();
    while (function.has("new_func")
        && function.value("old_name") != 0
        && seen.add(function.address())
        && seen.size() < MAX_ELEMENTS) {
      replaced.putIfAbsent(function.value("new_func"), function.string("old_name") + module);
      function = function.moved(function.type().size().orElse(0));
    }
  }
}
