package org.vmcore.gdbstub.linux.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeMemory;
import org.vmcore.gdbstub.linux.types.MadeTypes.Placed;

/** Lists of three entries, the last of which leads to memory that there is not. */
class WalkTest {
  private static final long HEAD = 0x1000;
  private static final long NOWHERE = 0x9000;

  private static Walk broken() throws KernelReadException {
    MadeTypes types = new MadeTypes(8);
    TypeRef list = types.declare("list_head");
    TypeRef pointer = types.pointerTo(list);
    types.define(
        "list_head", 16, List.of(new Placed("next", pointer, 0), new Placed("prev", pointer, 8)));
    types.declare("slab");
    types.define(
        "slab", 32, List.of(new Placed("objects", types.word(), 0), new Placed("list", list, 8)));
    MadeMemory memory =
        MadeMemory.at(HEAD, 0x100, 8)
            .int64(HEAD, HEAD + 0x28)
            .int64(HEAD + 0x20, 5)
            .int64(HEAD + 0x28, HEAD + 0x48)
            .int64(HEAD + 0x40, 7)
            .int64(HEAD + 0x48, NOWHERE + 8);
    return new TypedMemory(memory.memory(), KernelTypes.of(types), names -> Map.of())
        .object("struct list_head", HEAD)
        .list("struct slab", "list");
  }

  @Test
  void whatCameBeforeTheBreakIsShownAndTheBreakTold() throws Exception {
    Walk walk = broken();

    assertThat(walk.get(0).value("objects")).isEqualTo(5);
    assertThat(walk.get(1).value("objects")).isEqualTo(7);
    assertThat(walk.problem().orElseThrow()).contains("pointer at 0x0000000000009008");
  }

  /** Half a list of slabs would count as a cache with half of its objects. */
  @Test
  void ofPartOfAListThereIsNoSum() throws Exception {
    Walk walk = broken();

    assertThatThrownBy(walk::whole)
        .isInstanceOf(KernelReadException.class)
        .hasMessage(walk.problem().orElseThrow());
  }
}
