package org.vmcore.gdbstub.linux.log;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * What was printed where the log could not be locked, from within a NMI or the log itself, and had
 * not come into the log yet: {@code struct printk_safe_seq_buf} of each CPU (Linux
 * kernel/printk/printk_safe.c).
 */
public final class SafeBuffers {
  private static final List<String> NAMES = List.of("nmi_print_seq", "safe_print_seq");
  private static final String TYPE = "struct printk_safe_seq_buf";

  private SafeBuffers() {}

  /**
   * A buffer with something in it.
   *
   * @param address of the structure
   * @param lost messages for which there was no room
   */
  public record Buffer(String name, int cpu, long address, long lost, String text) {}

  /** Those of some CPUs; none on kernels that have none. */
  public static List<Buffer> read(TypedMemory memory, List<Integer> cpus)
      throws KernelReadException {
    List<Buffer> found = new ArrayList<>();
    PerCpu perCpu = new PerCpu(memory);
    for (String name : NAMES) {
      for (int cpu : cpus) {
        OptionalLong address = perCpu.address(name, cpu);
        if (address.isEmpty()) {
          continue;
        }
        KernelObject buffer = memory.object(TYPE, address.getAsLong());
        KernelObject text = buffer.member("buffer");
        int length = (int) Math.max(0, Math.min(buffer.value("len.counter"), text.length()));
        if (length > 0) {
          found.add(
              new Buffer(
                  name,
                  cpu,
                  buffer.address(),
                  buffer.value("message_lost.counter"),
                  new String(text.bytes(length), ISO_8859_1)));
        }
      }
    }
    return found;
  }
}
