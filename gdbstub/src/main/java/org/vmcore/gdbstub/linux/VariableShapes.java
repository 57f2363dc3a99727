package org.vmcore.gdbstub.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongPredicate;
import org.vmcore.gdbstub.linux.memory.ImageWindows;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.ModuleShape;
import org.vmcore.gdbstub.linux.tasks.TypesFit;
import org.vmcore.gdbstub.linux.types.KernelTypes;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * Finds the variables that all tasks, all modules and the types of these hang on, in a kernel whose
 * data has no names, as without CONFIG_KALLSYMS_ALL, by what they hold.
 */
final class VariableShapes {
  /** What {@code init_task} is called with and without SMP (Linux init/init_task.c). */
  private static final List<String> FIRST_TASK = List.of("swapper/0\0", "swapper\0");

  private static final int NAME_BYTES = 16;

  /** What addresses of a 64-bit kernel start with where its image does, as all but s390's. */
  private static final int KERNEL_HALF = -1;

  private final KernelMemory memory;
  private final long image;

  /**
   * @param image an address at or before the start of the kernel's image
   */
  VariableShapes(KernelMemory memory, long image) {
    this.memory = memory;
    this.image = image;
  }

  /**
   * The first task, by its name, its number and the list that it is the head of.
   *
   * @param types of the kernel
   */
  OptionalLong initTask(KernelTypes types) {
    OptionalLong name =
        types
            .compound("struct task_struct")
            .map(task -> task.offsetOf("comm"))
            .orElse(OptionalLong.empty());
    if (name.isEmpty()) {
      return OptionalLong.empty();
    }
    return asLong(
        ImageWindows.search(
            memory,
            image,
            NAME_BYTES,
            (address, bytes, length) -> {
              for (int at = 0; at + NAME_BYTES <= length; at += Integer.BYTES) {
                long task = memory.truncate(address + at - name.getAsLong());
                if (bytes[at] == 's' && isFirst(bytes, at) && fits(types, task)) {
                  return Optional.of(task);
                }
              }
              return Optional.empty();
            }));
  }

  private static boolean isFirst(byte[] bytes, int at) {
    String text = new String(bytes, at, NAME_BYTES, StandardCharsets.ISO_8859_1);
    return FIRST_TASK.stream().anyMatch(text::startsWith);
  }

  private boolean fits(KernelTypes types, long task) {
    TypedMemory found =
        new TypedMemory(
            memory,
            types,
            names -> names.contains("init_task") ? Map.of("init_task", task) : Map.of());
    return TypesFit.isProven(found);
  }

  /**
   * The head of the list of modules: the first leads back to it, and is one. Other lists hold
   * pointers where it has its name; a module of a list that is known may be called anything.
   */
  OptionalLong modules() {
    int word = memory.wordBytes();
    return head(
        next ->
            ModuleShape.read(memory, next - word)
                .filter(module -> ModuleShape.isWord(module.name()))
                .isPresent());
  }

  /**
   * The head of the list of the modules' types ({@code struct btf_module} in Linux
   * kernel/bpf/btf.c): behind the list, each names its module.
   *
   * @param modules the structures of all modules
   */
  OptionalLong moduleTypes(Set<Long> modules) {
    int word = memory.wordBytes();
    return head(
        next -> {
          OptionalLong module = memory.word(next + 2L * word);
          return module.isPresent() && modules.contains(module.getAsLong());
        });
  }

  /** The head of a list whose first element is what is looked for. */
  private OptionalLong head(LongPredicate isFirst) {
    int word = memory.wordBytes();
    return asLong(
        ImageWindows.search(
            memory,
            image,
            word,
            (address, bytes, length) -> {
              ByteBuffer window = ByteBuffer.wrap(bytes, 0, length).order(memory.byteOrder());
              for (int at = 0; at + word <= length; at += word) {
                long next = memory.word(window, at);
                long head = memory.truncate(address + at);
                if (mayBeList(next)
                    && memory.word(next + word).equals(OptionalLong.of(head))
                    && isFirst.test(next)) {
                  return Optional.of(head);
                }
              }
              return Optional.empty();
            }));
  }

  /** Most words of an image are ruled out by this alone. */
  private boolean mayBeList(long pointer) {
    boolean high =
        memory.wordBytes() < Long.BYTES
            || image >> 48 != KERNEL_HALF
            || pointer >> 48 == KERNEL_HALF;
    return pointer != 0 && pointer % memory.wordBytes() == 0 && high;
  }

  private static OptionalLong asLong(Optional<Long> value) {
    return value.map(OptionalLong::of).orElse(OptionalLong.empty());
  }
}
