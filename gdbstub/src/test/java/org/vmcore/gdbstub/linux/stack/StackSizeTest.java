package org.vmcore.gdbstub.linux.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.LinearKernel;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.types.DeclaredTypes;
import org.vmcore.gdbstub.linux.types.TypeTable;

/** THREAD_SIZE (Linux arch/x86/include/asm/page_64_types.h), by the union that is as long. */
class StackSizeTest {
  private static int of(int word, Optional<TypeTable> types) {
    return StackSize.of(
        LinuxKernel.open(
            LinearKernel.memory(0x1_0000, ByteOrder.LITTLE_ENDIAN, word, new byte[4096]),
            Optional.empty(),
            List.of(names -> Map.of()),
            needed -> types));
  }

  private static Optional<TypeTable> union(int words) {
    return Optional.of(
        new DeclaredTypes(
            """
            struct thread_info {
              void *task;
              unsigned long flags;
            };
            union thread_union {
              struct thread_info thread_info;
              unsigned long stack[%d];
            };
            """
                .formatted(words)));
  }

  @Test
  void typesTellIt() {
    assertThat(of(8, union(1024))).as("x86-64 until 3.15").isEqualTo(8 << 10);
    assertThat(of(8, union(2048))).as("since").isEqualTo(16 << 10);
    assertThat(of(8, union(4096))).as("with KASAN").isEqualTo(32 << 10);
  }

  @Test
  void whatIsNoStackIsNotBelieved() {
    assertThat(of(8, union(1000))).isEqualTo(16 << 10);
    assertThat(of(8, union(1 << 17))).isEqualTo(16 << 10);
  }

  @Test
  void withoutTypesItIsTheUsualOne() {
    assertThat(of(8, Optional.empty())).isEqualTo(16 << 10);
    assertThat(of(4, Optional.empty())).isEqualTo(8 << 10);
  }
}
