package org.vmcore.gdbstub.linux.pstore;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeMemory;

class FunctionTraceTest {
  @Test
  void theOldestCallThatIsCutOffIsLeftOut() {
    ByteBuffer content = ByteBuffer.allocate(5 + 24).order(ByteOrder.LITTLE_ENDIAN);
    content.putLong(5, 0x1000).putLong(13, 0x2010).putLong(21, 77L << 8 | 3);

    String text =
        new FunctionTrace(MadeMemory.at(0, 8, Long.BYTES).memory(), content.array())
            .text(address -> Optional.of(address == 0x1000 ? "vfs_open+1" : "do_open+16"));

    assertThat(text).isEqualTo("CPU:3 ts:77 00001000  00002010  vfs_open <- do_open+16\n");
  }
}
