package org.vmcore.gdbstub.linux.log;

import java.util.List;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * The kernel's log. Three forms have followed each other; a kernel's symbols tell which it has:
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
  private static final String RECORDS = "log_first_idx";

  public KernelLog {
    records = List.copyOf(records);
  }

  /** Whether VMCOREINFO tells where the log is: then nothing else needs to be found. */
  public static boolean isTold(Vmcoreinfo vmcoreinfo) {
    return List.of("prb", RECORDS, "log_end").stream()
        .anyMatch(name -> vmcoreinfo.symbol(name).isPresent());
  }

  /**
   * Reads all that the buffer still holds.
   *
   * @throws MissingFactException when VMCOREINFO does not tell where it is, or it is not in the
   *     dump
   */
  public static KernelLog read(KernelMemory memory, Vmcoreinfo vmcoreinfo)
      throws MissingFactException {
    LogFacts facts = LogFacts.of(vmcoreinfo);
    boolean isOf35 = facts.size("printk_log").isEmpty() && facts.size("log").isEmpty();
    return read(memory, isOf35 ? KnownLayouts.withRecords(facts) : facts, "the VMCOREINFO");
  }

  /**
   * The same by the kernel's symbols and, if it has some, types, for a dump whose VMCOREINFO is
   * missing or silent.
   *
   * @throws MissingFactException when these do not tell where it is, or it is not in the dump
   */
  public static KernelLog read(LinuxKernel kernel) throws MissingFactException {
    LogFacts facts = LogFacts.of(kernel);
    boolean isTyped = facts.size("printk_ringbuffer").isPresent();
    return read(
        kernel.memory(),
        isTyped ? facts : KnownLayouts.withRing(kernel.memory(), facts),
        "the symbol table");
  }

  private static KernelLog read(KernelMemory memory, LogFacts facts, String source)
      throws MissingFactException {
    LogLayout layout = new LogLayout(memory, facts);
    if (layout.has("prb")) {
      return new PrintkRing(memory, layout).read();
    }
    if (layout.has(RECORDS)) {
      return new RecordBuffer(memory, layout).read();
    }
    if (layout.has("log_end")) {
      return new TextBuffer(memory, layout).read();
    }
    throw new MissingFactException(source + " of this kernel does not tell where its log is");
  }
}
