package org.vmcore.gdbstub.kernel.log;

import java.util.OptionalLong;
import org.vmcore.arch.MissingFactException;
import org.vmcore.dumpreader.Vmcoreinfo;
import org.vmcore.gdbstub.kernel.KernelMemory;

/** Where VMCOREINFO says that the log and the members of its structures are. */
final class LogLayout {
  /** The log's structures are far smaller; more is a damaged VMCOREINFO. */
  private static final int MAX_STRUCTURE = 4096;

  private final KernelMemory memory;
  private final Vmcoreinfo vmcoreinfo;

  LogLayout(KernelMemory memory, Vmcoreinfo vmcoreinfo) {
    this.memory = memory;
    this.vmcoreinfo = vmcoreinfo;
  }

  boolean has(String symbol) {
    return vmcoreinfo.symbol(symbol).isPresent();
  }

  /** The word at a symbol. */
  long word(String symbol) throws MissingFactException {
    return required(memory.word(symbol(symbol)), symbol);
  }

  /** The {@code int} at a symbol, taken as unsigned. */
  long int32(String symbol) throws MissingFactException {
    return Integer.toUnsignedLong(
        memory
            .int32(symbol(symbol))
            .orElseThrow(() -> new MissingFactException("cannot read " + symbol)));
  }

  private long symbol(String name) throws MissingFactException {
    return vmcoreinfo
        .symbol(name)
        .orElseThrow(() -> new MissingFactException("VMCOREINFO lacks SYMBOL(" + name + ")"));
  }

  private static long required(OptionalLong value, String name) throws MissingFactException {
    return value.orElseThrow(() -> new MissingFactException("cannot read " + name));
  }

  /** Whether there is a structure of that name. */
  boolean hasStructure(String structure) {
    return vmcoreinfo.size(structure).isPresent();
  }

  /** Bytes of a structure, at least 1. */
  int size(String structure) throws MissingFactException {
    return checked(vmcoreinfo.size(structure), "SIZE(" + structure + ")", 1);
  }

  /**
   * Where a member is in its structure.
   *
   * @param path {@code structure.member}
   * @param bytes of the member; it ends within the structure
   */
  int offset(String path, int bytes) throws MissingFactException {
    int offset = checked(vmcoreinfo.offset(path), "OFFSET(" + path + ")", 0);
    String structure = path.substring(0, path.indexOf('.'));
    if (offset + bytes > size(structure)) {
      throw new MissingFactException(
          "VMCOREINFO has OFFSET(%s)=%d, which is not within it".formatted(path, offset));
    }
    return offset;
  }

  /** Whether a structure has a member. */
  boolean hasMember(String path) {
    return vmcoreinfo.offset(path).isPresent();
  }

  private static int checked(OptionalLong value, String key, int least)
      throws MissingFactException {
    long found =
        value.orElseThrow(() -> new MissingFactException("VMCOREINFO lacks or garbles " + key));
    if (found < least || found > MAX_STRUCTURE) {
      throw new MissingFactException(
          "VMCOREINFO has %s=%s, which cannot be".formatted(key, Long.toUnsignedString(found)));
    }
    return (int) found;
  }
}
