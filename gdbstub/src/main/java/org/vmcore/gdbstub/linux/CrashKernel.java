package org.vmcore.gdbstub.linux;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/** The memory that the crash kernel was loaded to. */
public final class CrashKernel {
  /**
   * Each a {@code struct resource} that starts with its first and its last address (Linux
   * kernel/crash_core.c; before 6.9 kernel/kexec_core.c).
   */
  static final List<String> RESOURCES = List.of("crashk_res", "crashk_low_res");

  private CrashKernel() {}

  /**
   * A piece of physical memory.
   *
   * @param start its first address
   * @param length bytes, at least 1
   */
  public record Range(long start, long length) {}

  /** None where it cannot be told. */
  public static List<Range> reserved(LinuxKernel kernel) {
    KernelMemory memory = kernel.memory();
    List<Range> ranges = new ArrayList<>();
    // On 32 bits the width of a resource's addresses depends on the kernel's configuration.
    if (memory.wordBytes() == Long.BYTES) {
      for (String name : RESOURCES) {
        Optional<ByteBuffer> resource =
            kernel.variable(name).flatMap(at -> memory.bytes(at, 2 * Long.BYTES));
        long start = resource.map(bytes -> bytes.getLong(0)).orElse(0L);
        long last = resource.map(bytes -> bytes.getLong(Long.BYTES)).orElse(0L);
        if (start > 0 && last > start) {
          ranges.add(new Range(start, last - start + 1));
        }
      }
    }
    return ranges;
  }
}
