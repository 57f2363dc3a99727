package org.vmcore.gdbstub.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.types.KernelTypes;
import org.vmcore.gdbstub.linux.types.MadeTypes;
import org.vmcore.gdbstub.linux.types.MadeTypes.Placed;
import org.vmcore.gdbstub.linux.types.TypeRef;

class VariableShapesTest {
  private static final long IMAGE = 0xffffffff81000000L;

  private final MadeMemory memory = MadeMemory.at(IMAGE, 0x8000, 8);

  private VariableShapes shapes() {
    return new VariableShapes(memory.memory(), IMAGE);
  }

  @Test
  void theListOfModulesIsTheOneThatLeadsToOne() {
    long head = IMAGE + 0x2010;
    long core = IMAGE + 0x4000;
    long module = core + 0x380;
    // Any other list: an empty one, and one of what are no modules.
    memory.word(IMAGE + 0x1000, IMAGE + 0x1000).word(IMAGE + 0x1008, IMAGE + 0x1000);
    memory.word(IMAGE + 0x1100, IMAGE + 0x3000).word(IMAGE + 0x3008, IMAGE + 0x1100);
    assertThat(shapes().modules()).isEmpty();

    memory
        .word(head, module + 8)
        .word(head + 8, module + 8)
        .word(module + 8, head)
        .word(module + 16, head)
        .text(module + 24, "oldlab")
        .word(module + 304, core)
        .int32(module + 316, 2231)
        .int32(module + 324, 183);

    assertThat(shapes().modules()).hasValue(head);
    memory.text(module + 24, "X\u0085..");
    assertThat(shapes().modules()).as("a list of others, with pointers there").isEmpty();
  }

  /** {@code struct btf_module}: list, module, btf. */
  @Test
  void theListOfModulesTypesIsTheOneThatNamesAModule() {
    long head = IMAGE + 0x2010;
    long entry = IMAGE + 0x3000;
    long module = IMAGE + 0x4380;
    memory.word(head, entry).word(head + 8, entry).word(entry, head).word(entry + 8, head);
    memory.word(entry + 16, module + 8);
    assertThat(shapes().moduleTypes(Set.of(module))).isEmpty();
    memory.word(entry + 16, module);
    assertThat(shapes().moduleTypes(Set.of(module))).hasValue(head);
  }

  @Test
  void theFirstTaskIsTheOneOfThatNameWithoutANumber() {
    MadeTypes types = new MadeTypes(8);
    TypeRef list = types.declare("list_head");
    types.define(
        "list_head",
        16,
        List.of(
            new Placed("next", types.pointerTo(list), 0),
            new Placed("prev", types.pointerTo(list), 8)));
    types.declare("task_struct");
    types.define(
        "task_struct",
        0x80,
        List.of(
            new Placed("tasks", list, 0x10),
            new Placed("pid", types.integer(), 0x20),
            new Placed("comm", types.text(16), 0x40)));
    long task = IMAGE + 0x5000;
    long other = IMAGE + 0x6000;
    memory.text(IMAGE + 0x1040, "swapper/0").int32(IMAGE + 0x1020, 7);
    assertThat(shapes().initTask(KernelTypes.of(types))).isEmpty();

    memory
        .text(task + 0x40, "swapper/0")
        .word(task + 0x10, other + 0x10)
        .word(other + 0x18, task + 0x10);

    assertThat(shapes().initTask(KernelTypes.of(types))).hasValue(task);
  }
}
