package org.vmcore.gdbstub.kernel.log;

import java.util.List;
import java.util.Optional;
import org.vmcore.arch.MissingFactException;
import org.vmcore.dumpreader.Vmcoreinfo;
import org.vmcore.gdbstub.kernel.KernelMemory;

/**
 * The kernel's log. Three forms have followed each other; a kernel's VMCOREINFO tells which it has:
 *
 * <ul>
 *   <li>{@code prb}: a ring of descriptors and one of texts, since 5.10 (commit 896fbe20b4e2,
 *       "printk: use the lockless ringbuffer");
 *   <li>{@code log_first_idx}: records one after the other, since 3.5 (commit 7ff9554bb578,
 *       "printk: convert byte-buffer to variable-length record buffer");
 *   <li>{@code log_end}: before, the text alone.
 * </ul>
 *
 * @param records the oldest first
 * @param problem why these are not all, if they are not
 */
public record KernelLog(List<LogRecord> records, Optional<String> problem) {
  public KernelLog {
    records = List.copyOf(records);
  }

  /**
   * Reads all that the buffer still holds.
   *
   * @throws MissingFactException when VMCOREINFO does not tell where it is, or it is not in the
   *     dump
   */
  public static KernelLog read(KernelMemory memory, Vmcoreinfo vmcoreinfo)
      throws MissingFactException {
    LogLayout layout = new LogLayout(memory, vmcoreinfo);
    if (layout.has("prb")) {
      return new PrintkRing(memory, layout).read();
    }
    if (layout.has("log_first_idx")) {
      return new RecordBuffer(memory, layout).read();
    }
    if (layout.has("log_end")) {
      return new TextBuffer(memory, layout).read();
    }
    throw new MissingFactException("the VMCOREINFO of this kernel does not tell where its log is");
  }
}
