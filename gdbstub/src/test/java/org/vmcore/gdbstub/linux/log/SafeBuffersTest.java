package org.vmcore.gdbstub.linux.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.log.SafeBuffers.Buffer;

/** Linux 5.10 of two CPUs, of which the second was interrupted by a NMI that printed something. */
class SafeBuffersTest {
  private final MadeKernel kernel =
      new MadeKernel(
          """
          struct atomic {
            int counter;
          };
          struct printk_safe_seq_buf {
            struct atomic len;
            struct atomic message_lost;
            char buffer[64];
          };
          """);

  private final Made[] nmi = kernel.objects("printk_safe_seq_buf", 2);

  SafeBuffersTest() {
    kernel.symbol("nmi_print_seq", nmi[0].address());
    kernel.words("__per_cpu_offset", 0, nmi[1].address() - nmi[0].address());
  }

  private List<Buffer> read() throws Exception {
    return SafeBuffers.read(kernel.memory(), List.of(0, 1));
  }

  @Test
  void whatIsInABufferIsShownWithItsCpu() throws Exception {
    nmi[1].set("len.counter", 5).set("message_lost.counter", 2).set("buffer", "in it, and before");

    assertThat(read())
        .extracting(Buffer::name, Buffer::cpu, Buffer::address, Buffer::lost, Buffer::text)
        .containsExactly(tuple("nmi_print_seq", 1, nmi[1].address(), 2L, "in it"));
  }

  @Test
  void noMoreIsReadThanABufferHolds() throws Exception {
    nmi[0].set("len.counter", 1_000_000).set("buffer", "all");
    nmi[1].set("len.counter", -1);

    assertThat(read()).singleElement().satisfies(one -> assertThat(one.text()).hasSize(64));
  }
}
