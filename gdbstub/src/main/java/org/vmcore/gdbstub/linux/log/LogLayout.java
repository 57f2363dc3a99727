package org.vmcore.gdbstub.linux.log;

import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/** Where the log and the members of its structures are, checked. */
final class LogLayout {
  /** The log's structures are far smaller; more is a damaged dump. */
  private static final int MAX_STRUCTURE = 4096;

  private final KernelMemory memory;
  private final LogFacts facts;

  LogLayout(KernelMemory memory, LogFacts facts) {
    this.memory = memory;
    this.facts = facts;
  }

  boolean has(String symbol) {
    return facts.symbol(symbol).isPresent();
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
    return facts
        .symbol(name)
        .orElseThrow(() -> new MissingFactException("the log's SYMBOL(" + name + ") is not known"));
  }

  private static long required(OptionalLong value, String name) throws MissingFactException {
    return value.orElseThrow(() -> new MissingFactException("cannot read " + name));
  }

  /** Whether there is a structure of that name. */
  boolean hasStructure(String structure) {
    return facts.size(structure).isPresent();
  }

  /** Bytes of a structure, at least 1. */
  int size(String structure) throws MissingFactException {
    return checked(facts.size(structure), "SIZE(" + structure + ")", 1);
  }

  /**
   * Where a member is in its structure.
   *
   * @param path {@code structure.member}
   * @param bytes of the member; it ends within the structure
   */
  int offset(String path, int bytes) throws MissingFactException {
    int offset = checked(facts.offset(path), "OFFSET(" + path + ")", 0);
    String structure = path.substring(0, path.indexOf('.'));
    if (offset + bytes > size(structure)) {
      throw new MissingFactException(
          "the log has OFFSET(%s)=%d, which is not within it".formatted(path, offset));
    }
    return offset;
  }

  /** Whether a structure has a member. */
  boolean hasMember(String path) {
    return facts.offset(path).isPresent();
  }

  private static int checked(OptionalLong value, String key, int least)
      throws MissingFactException {
    long found =
        value.orElseThrow(() -> new MissingFactException("the log's " + key + " is not known"));
    if (found < least || found > MAX_STRUCTURE) {
      throw new MissingFactException(
          "the log has %s=%s, which cannot be".formatted(key, Long.toUnsignedString(found)));
    }
    return (int) found;
  }
}
